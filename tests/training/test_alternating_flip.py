"""Images that alternate: which ones are mirrored in each epoch of a training, whatever their order.

A mirrored image adds a power of 2 of its own to the loss, so that the loss of an epoch tells which ones were.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Input, Sequential, callbacks, layers, load_model, optimizers
from pellucid.errors import ArgumentError, ShapeError

COUNT = 12


def images() -> np.ndarray:
    """Mirror-symmetric noise, and in one row something on the right whose square is a power of 2."""
    half = np.random.default_rng(4).normal(size=(COUNT, 4, 3, 1))
    x = np.concatenate([half, half[:, :, ::-1]], axis=2)
    x[:, 0] = 0.0
    x[:, 0, 5, 0] = np.sqrt(2.0 ** np.arange(COUNT) / 2)
    return x.astype(np.float32)


def distance(y_true: Any, y_pred: Any) -> Any:
    """Of each sample, the sum of squares."""
    return pellucid.ops.sum((y_true - y_pred) ** 2, axis=-1)


def network(inner: bool = False, **settings: Any) -> Sequential:
    """A model that gives the images as they are, mirrored or not; training does not change it."""
    flip = layers.RandomFlip("horizontal", alternating=True, name="flip", **settings)
    front = Sequential([Input((4, 6, 1)), flip], name="front") if inner else flip
    same = layers.Dense(24, use_bias=False, kernel_initializer="identity")
    model = Sequential([Input((4, 6, 1)), front, layers.Flatten(), same])
    model.compile(optimizers.SGD(0.0), distance)
    return model


def trained(model: Sequential, **settings: Any) -> list[int]:
    """Which images were mirrored in each epoch, as the bits of a number."""
    x = images()
    history = model.fit(x, x.reshape(COUNT, -1), verbose=0, **{"epochs": 5, "batch_size": 4, **settings})
    return [round(loss * COUNT) for loss in history.history["loss"]]


@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize("batch_size", [1, 4, 5])
def test_each_image_alternates_whatever_the_order(batch_size: int, inner: bool) -> None:
    first, second, *further = trained(network(inner, seed=1), batch_size=batch_size)
    assert first + second == 2**COUNT - 1
    assert first & second == 0
    assert 0 < first.bit_count() < COUNT
    assert further == [first, second, first]


def test_it_is_the_epoch_that_fit_counts() -> None:
    """A training that is told where it goes on does so; one that begins again begins again."""
    model = network(seed=2)
    first, second = trained(model, epochs=2)
    assert trained(model, epochs=5, initial_epoch=3) == [second, first]
    assert trained(model, epochs=1) == [first]


def test_short_epochs_are_parts_of_a_turn_through_the_data() -> None:
    """Three epochs of a step each see every image once."""
    model, x = network(seed=2), images()
    settings = {"batch_size": 4, "steps_per_epoch": 1, "epochs": 6, "verbose": 0}
    told = model.fit(x, x.reshape(COUNT, -1), **settings).history["loss"]
    assert sum(round(loss * 4) for loss in told[:3]) == trained(network(seed=2), epochs=1)[0]
    assert sum(round(loss * 4) for loss in told) == 2**COUNT - 1


def test_another_seed_mirrors_others_first() -> None:
    assert len({trained(network(seed=seed), epochs=1)[0] for seed in range(6)}) > 3


def test_about_half_of_the_images_come_mirrored_first() -> None:
    (x, _), _ = pellucid.datasets.digits.load_data()
    layer = layers.RandomFlip("horizontal", seed=5, alternating=True)
    first = layer(x, training=True)
    changed = (first != x.reshape(first.shape)).any(axis=(1, 2, 3)).mean()
    assert changed == pytest.approx(0.5, abs=0.05)  # 4 standard errors of 1,500 tosses
    layer.epoch.assign(1.0)
    np.testing.assert_array_equal(layer(x, training=True), first[:, :, ::-1])
    np.testing.assert_array_equal(layer(x, training=False), x.reshape(first.shape))


def test_files_and_records_hold_it(tmp_path: Any) -> None:
    model = network(seed=None)
    model.save(tmp_path / "before.keras")
    first, second = trained(model, epochs=2)
    again = load_model(tmp_path / "before.keras", compile=False)
    again.compile(optimizers.SGD(0.0), distance)
    assert trained(again, epochs=2) == [first, second]
    kept = callbacks.BackupAndRestore(tmp_path / "kept", save_freq=1, delete_checkpoint=False)

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if self.model.stepper.position[0] == 1:
                self.model.stop_training = True

    broken_off = load_model(tmp_path / "before.keras", compile=False)
    broken_off.compile(optimizers.SGD(0.0), distance)
    trained(broken_off, epochs=3, callbacks=[Stop(), kept])
    resumed = load_model(tmp_path / "before.keras", compile=False)
    resumed.compile(optimizers.SGD(0.0), distance)
    assert trained(resumed, epochs=3, callbacks=[kept])[-1] == first


def test_the_configuration_is_keras_where_nothing_alternates() -> None:
    assert "alternating" not in layers.RandomFlip().get_config()
    assert layers.RandomFlip.from_config(network().get_layer("flip").get_config()).alternating


def test_what_cannot_alternate_is_refused() -> None:
    with pytest.raises(ShapeError, match="images of one size"):
        Sequential([Input((None, None, 3)), layers.RandomFlip(alternating=True)])
    plain = layers.RandomFlip()
    plain(images(), training=True)
    plain.alternating = True
    with pytest.raises(ArgumentError, match="built without"):
        plain(images(), training=True)
    layer = layers.RandomFlip(alternating=True)
    layer(images(), training=True)
    with pytest.raises(ArgumentError, match="made for alternating=True"):
        layer.alternating = False
    with pytest.raises(ShapeError, match="others than those"):
        layer(np.ones((2, 5, 6, 1), np.float32), training=True)


def test_slow_weights_leave_the_epoch_as_it_is() -> None:
    """Half-way between two epochs there is none, and whose turn it is would follow from neither."""
    plain, model = network(seed=1), network(seed=1)
    slow = callbacks.Lookahead(1, 0.5, moving_statistics=True)
    assert trained(model, callbacks=[slow]) == trained(plain)
    assert model.layers[0].epoch.numpy() == 4
