"""One filter of a layer: set, drawn anew, frozen while the others train, to the bit."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.filters import KINDS, trained

from pellucid import Sequential, callbacks, layers, load_model, optimizers
from pellucid.network.derivation import weight_count

RNG = np.random.default_rng(0)

OPTIMIZERS: dict[str, Callable[[], optimizers.Optimizer]] = {
    "sgd": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": lambda: optimizers.Adam(0.01, clipnorm=0.5),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True, global_clipnorm=0.1),
    "adagrad": lambda: optimizers.Adagrad(0.1, clipvalue=0.01),
    "adadelta": lambda: optimizers.Adadelta(1.0, weight_decay=0.01),
}


def _maps(layer: Any, number: int, which: str | None) -> tuple[np.ndarray, Any]:
    chosen = layer.filter(number, which)
    return chosen.kernel, chosen.bias


@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_filter_stays_to_the_bit_while_the_others_train(kind: str) -> None:
    make, shape, which = KINDS[kind]
    layer: Any = make()
    _, train = trained(layer, shape, OPTIMIZERS["sgd"]())
    train()
    count = layer.filter(0, which).count
    frozen = layer.filter(-2, which).freeze()
    assert frozen.number == count - 2 and frozen.is_frozen and not layer.filter(0, which).is_frozen
    before = [_maps(layer, number, which) for number in range(count)]
    train()
    for number, (kernel, bias) in enumerate(before):
        new_kernel, new_bias = _maps(layer, number, which)
        assert (kernel.tobytes() == new_kernel.tobytes()) == (number == frozen.number)
        assert bias is None or np.array_equal(bias, new_bias) == (number == frozen.number)
    frozen.unfreeze()
    assert all(weight.frozen_part is None for weight in layer.weights)
    train()
    assert not np.array_equal(frozen.kernel, before[frozen.number][0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_is_that_of_the_feature_map(kind: str) -> None:
    """Where a filter and its bias are zeros, its map is: the depthwise step of a separable convolution has no map."""
    make, shape, which = KINDS[kind]
    if which == "depthwise_kernel":
        return
    layer: Any = make()
    x = RNG.random((2, *shape), np.float32)
    layer(x)
    for number in range(min(layer.filter(0).count, 5)):
        chosen = layer.filter(number)
        chosen.set(np.zeros(chosen.kernel.shape), bias=None if chosen.bias is None else np.zeros_like(chosen.bias))
        y = np.asarray(layer(x))
        maps = np.moveaxis(y, 1, -1) if getattr(layer, "data_format", "") == "channels_first" else y
        assert not maps[..., : number + 1].any() and maps[..., number + 1 :].any(axis=tuple(range(y.ndim - 1))).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_neither_momentum_nor_decay_nor_constraints_move_it_and_what_is_remembered_stays(name: str) -> None:
    layer: Any = layers.Conv2D(
        4, 3, kernel_constraint="unit_norm", bias_constraint="non_neg", kernel_regularizer="l2", bias_initializer="ones"
    )
    model, train = trained(layer, (6, 6, 2), OPTIMIZERS[name]())
    train()
    layer.filter(1).set("sobel_x", bias=-3.0).freeze()
    layer.filter(2).freeze()
    slots = model.stepper.slots.read()
    before = layer.get_weights()
    train()
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert (old[..., 1:3] == new[..., 1:3]).all() and (old[..., [0, 3]] != new[..., [0, 3]]).any()
    for weight, kept in model.stepper.slots.read().items():
        for slot, values in kept.items():
            assert (values[..., 1:3] == slots[weight][slot][..., 1:3]).all(), slot
            assert (values[..., [0, 3]] != slots[weight][slot][..., [0, 3]]).any(), slot


AVERAGING: dict[str, dict[str, Any]] = {
    "at the end": {"ema_momentum": 0.5},
    "at times": {"ema_momentum": 0.9, "ema_overwrite_frequency": 3},
    "with gathered gradients": {"ema_momentum": 0.5, "gradient_accumulation_steps": 2},
}


@pytest.mark.parametrize("how", AVERAGING)
def test_the_average_of_a_frozen_filter_is_the_filter(how: str) -> None:
    """It was trained before, and set: what `fit` puts in the weights' place at its end is what was set."""
    layer: Any = layers.Conv2D(4, 3)
    model, train = trained(layer, (6, 6, 2), optimizers.SGD(0.1, use_ema=True, **AVERAGING[how]))
    train()
    layer.filter(1).set("sobel_x", bias=5.0).freeze()
    before = layer.get_weights()
    train()
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert (old[..., 1] == new[..., 1]).all() and (old[..., 0] != new[..., 0]).any()
    for weight, kept in model.stepper.slots.read().items():
        assert (kept["average"][..., 1] == weight.numpy()[..., 1]).all()


NEWER = ["Adafactor", "Adamax", "AdamW", "Ftrl", "Lamb", "Lion", "Muon", "Nadam", "ScheduleFreeAdamW"]


@pytest.mark.parametrize("name", NEWER)
def test_every_optimizer_leaves_it(name: str) -> None:
    layer: Any = layers.Conv2D(4, 3)
    _, train = trained(layer, (6, 6, 2), getattr(optimizers, name)(0.01))
    train()
    layer.filter(2).freeze()
    before = layer.get_weights()
    train()
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert (old[..., 2] == new[..., 2]).all() and (old[..., [0, 1, 3]] != new[..., [0, 1, 3]]).any()


@pytest.mark.parametrize("setting", ["clipnorm", "global_clipnorm"])
def test_norms_of_clipping_count_what_is_trained(setting: str) -> None:
    """The others move as if the gradient of the frozen filter were 0."""
    layer: Any = layers.Dense(2, use_bias=False, weights=[np.zeros((2, 2))])
    model = Sequential([layers.Input((2,)), layer])
    model.compile(optimizers.SGD(1.0, **{setting: 1.0}), "mse")
    layer.filter(1).freeze()
    model.train_on_batch([[3.0, 4.0]], [[1000.0, 1e6]])
    np.testing.assert_allclose(layer.get_weights()[0], [[0.6, 0], [0.8, 0]], rtol=1e-6)


def test_what_is_not_frozen_moves_as_if_nothing_were() -> None:
    """Without norms the steps of weights do not depend on each other: one step from the same place, bit for bit."""
    results = []
    for frozen in (None, 2):
        layer: Any = layers.Conv2D(4, 3)
        model, _ = trained(layer, (6, 6, 2), "adam")
        if frozen is not None:
            layer.filter(frozen).freeze()
        model.train_on_batch(np.ones((2, 6, 6, 2)), np.zeros((2, 4, 4, 4)))
        results.append(layer.get_weights())
    for free, held in zip(*results, strict=True):
        assert (free[..., [0, 1, 3]] == held[..., [0, 1, 3]]).all() and (free[..., 2] != held[..., 2]).any()


def test_nothing_frozen_is_the_program_of_before() -> None:
    layer: Any = layers.Dense(4)
    model, train = trained(layer, (3,))
    programs = []
    for number in range(6):
        chosen = layer.filter(1)
        chosen.freeze() if number % 2 else chosen.unfreeze()
        train()
        programs.append(len(model.runtime._programs._kept))
    assert programs[1:] == [programs[1]] * 5
    assert layer.kernel.frozen_part is None or layer.filter(1).is_frozen


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_between_two_batches_and_inside_other_models(engine: str) -> None:
    """A callback freezes the filter of a layer of an inner model: the steps after it leave it alone."""
    inner = Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3, name="inside")], name="inner")
    model = Sequential([layers.Input((6, 6, 1)), inner, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse", engine=engine)
    layer: Any = inner.get_layer("inside")
    seen: list[np.ndarray] = []

    class Freeze(callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append(layer.filter(0).kernel)
            if batch == 2:
                layer.filter(0).freeze()

    model.fit(RNG.random((10, 6, 6, 1)), RNG.random(10), batch_size=2, verbose=0, callbacks=[Freeze()])
    moved = [not np.array_equal(a, b) for a, b in itertools.pairwise(seen)]
    assert moved == [True, True, False, False]


def test_steps_that_an_optimizer_makes_at_once() -> None:
    layer: Any = layers.Dense(3, weights=[np.ones((2, 3)), np.ones(3)])
    layer.build((None, 2))
    layer.filter(1).freeze()
    averaging = optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)
    optimizer = optimizers.SGD(0.5, momentum=0.9, weight_decay=0.1)
    for each in (averaging, optimizer, optimizer, optimizer):
        each.apply_gradients(zip([np.ones((2, 3)), np.ones(3)], layer.weights, strict=True))
    layer.filter(1).freeze()
    assert (averaging.slot("average", layer.kernel).numpy()[:, 1] == 1).all()
    kernel, bias = layer.get_weights()
    assert (kernel[:, 1] == 1).all() and bias[1] == 1 and (kernel[:, [0, 2]] != 1).all()
    layer.filter(1).unfreeze()
    optimizer.apply_gradients(zip([np.ones((2, 3)), np.ones(3)], layer.weights, strict=True))
    np.testing.assert_allclose(layer.get_weights()[0][:, 1], 1 - 0.5 - 0.05, rtol=1e-6)


def test_a_frozen_layer_is_frozen_with_all_its_filters() -> None:
    layer: Any = layers.Dense(3)
    _, train = trained(layer, (2,))
    layer.filter(0).freeze()
    layer.trainable = False
    assert layer.filter(1).is_frozen and not layer.filter(1).is_held
    layer.trainable = True
    before = layer.get_weights()
    train()
    assert [(a[..., 0] == b[..., 0]).all() for a, b in zip(before, layer.get_weights(), strict=True)] == [True, True]
    assert layer.filter(0).is_frozen and not layer.filter(1).is_frozen


def test_a_layer_that_sets_its_weight_itself_leaves_the_frozen_part() -> None:
    class Halved(layers.Dense):
        def call(self, inputs: Any) -> Any:
            y = super().call(inputs)
            self.kernel.assign(self.kernel * 0.5)
            return y

    layer = Halved(2, weights=[np.ones((2, 2)), np.zeros(2)], trainable=True)
    layer.build((None, 2))
    layer.filter(0).freeze()
    layer(np.ones((1, 2)), training=True)
    assert layer.get_weights()[0].tolist() == [[1, 0.5], [1, 0.5]]


# Files and copies.


def test_files_hold_what_is_frozen(tmp_path: Path) -> None:
    first: Any = layers.SeparableConv2D(4, 3, name="first")
    inner = Sequential([layers.Input((6, 6, 2)), first], name="inner")
    model = Sequential([layers.Input((6, 6, 2)), inner, layers.Flatten(), layers.Dense(3, name="last")])
    first.filter(3).freeze()
    first.filter(0, "depthwise_kernel").freeze()
    model.get_layer("last").filter(1).freeze()
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    separable = again.get_layer("inner").get_layer("first")
    assert [separable.filter(i).is_frozen for i in range(4)] == [False, False, False, True]
    assert [separable.filter(i, "depthwise_kernel").is_frozen for i in range(2)] == [True, False]
    assert [again.get_layer("last").filter(i).is_frozen for i in range(3)] == [False, True, False]


def test_files_hold_what_is_frozen_in_a_layer_in_a_layer(tmp_path: Path) -> None:
    inside: Any = layers.Dense(3, name="d")
    model = Sequential([layers.Input((2,)), layers.SpectralNormalization(inside, name="s")])
    inside.filter(1).freeze()
    model.save(tmp_path / "model.keras")
    loaded: Any = load_model(tmp_path / "model.keras").get_layer("s")
    assert [loaded.layer.filter(k).is_held for k in range(3)] == [False, True, False]


def test_copies_are_frozen_too() -> None:
    layer: Any = layers.Dense(3)
    model, _ = trained(layer, (2,))
    layer.filter(1).freeze()
    other = copy.deepcopy(model)
    layer.filter(1).unfreeze()
    before = other.get_weights()
    other.train_on_batch(np.ones((1, 2)), np.ones((1, 3)))
    assert [(a == b).reshape(-1, 3).all(0).tolist() for a, b in zip(before, other.get_weights(), strict=True)] == [
        [False, True, False]
    ] * 2


def test_the_summary_counts_it_as_not_trained(capsys: pytest.CaptureFixture[str]) -> None:
    layer: Any = layers.Conv2D(4, 3)
    model, _ = trained(layer, (6, 6, 2))
    layer.filter(1).freeze()
    model.summary()
    printed = capsys.readouterr().out
    assert weight_count(layer) == "3·3·2·4 + 4 = 76, of which 19 are frozen"
    assert " Trainable params: 57 (228.00 B)\n Non-trainable params: 19 (76.00 B)" in printed


def test_filters_inside_spectral_normalization() -> None:
    """Its filters are those of the layer inside: one is set, frozen, and stays while the others train."""
    conv = layers.SpectralNormalization(layers.Conv2D(3, 3), name="c")
    model = Sequential([layers.Input((6, 6, 2)), conv, layers.Flatten(), layers.Dense(1)])
    conv.filter(1).set("sobel_x").freeze()
    before = conv.kernel.numpy().copy()
    assert np.array_equal(before[..., 1], conv.filter(1).kernel)
    model.compile("sgd", "mse")
    model.fit(np.random.default_rng(0).random((8, 6, 6, 2)), np.ones((8, 1)), epochs=2, verbose=0)
    moved = np.abs(conv.kernel.numpy() - before).max(axis=(0, 1, 2))
    assert moved[1] == 0 and moved[0] > 0 and moved[2] > 0
