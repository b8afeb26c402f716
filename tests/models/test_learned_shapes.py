"""Models that learned their input shape from data take data of other sizes, where their layers do."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import DataError

RNG = np.random.default_rng(0)
SIZES = [(8, 8), (8, 11), (9, 6), (8, 8)]
IMAGES = [RNG.random((4, *size, 1), dtype=np.float32) for size in SIZES]
TARGETS = RNG.random((4, 3), dtype=np.float32)


def _parts() -> list[layers.Layer]:
    return [layers.Conv2D(2, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(3)]


class _OwnCall(Model):
    def __init__(self) -> None:
        super().__init__(name="own", seed=1)
        self.all = _parts()

    def call(self, inputs: Any) -> Any:
        for layer in self.all:
            inputs = layer(inputs)
        return inputs


WAYS: dict[str, Callable[[], Model]] = {"chain": lambda: Sequential(_parts(), seed=1), "own call": _OwnCall}


def _open(like: Model) -> Sequential:
    """A model that was told that sizes are open, with the weights of another."""
    model = Sequential([Input((None, None, 1)), *_parts()], seed=1)
    model.set_weights(like.get_weights())
    return model


@pytest.mark.parametrize("way", WAYS)
def test_predictions_on_images_of_many_sizes(way: str) -> None:
    """By every door, as a model that was told that sizes are open; no weight changes."""
    model = WAYS[way]()
    model.predict(IMAGES[0])
    told, before = _open(model), model.get_weights()
    for images in IMAGES:
        np.testing.assert_array_equal(model.predict(images), told.predict(images))
        np.testing.assert_array_equal(model(images), told(images))
        np.testing.assert_array_equal(model.predict_on_batch(images), told.predict_on_batch(images))
    rows = model.predict(iter([(images, TARGETS) for images in IMAGES]), steps=4)
    np.testing.assert_array_equal(rows, told.predict(iter([(images, TARGETS) for images in IMAGES]), steps=4))
    assert all(map(np.array_equal, before, model.get_weights()))
    assert model.input_shape == (None, None, None, 1) and model.output_shape == (None, 3)


@pytest.mark.parametrize("way", WAYS)
def test_a_training_on_batches_of_many_sizes(way: str) -> None:
    """The training that is under way goes on: its optimiser, its metrics, its count of steps."""

    def batches() -> Iterator[Any]:
        while True:
            yield from ((images, TARGETS) for images in IMAGES)

    model = WAYS[way]()
    model.compile("adam", "mse", metrics=["mae"])
    model.predict(IMAGES[0])
    told = _open(model)
    told.compile("adam", "mse", metrics=["mae"])
    histories = [
        each.fit(batches(), steps_per_epoch=6, epochs=2, validation_data=(IMAGES[2], TARGETS), verbose=0).history
        for each in (model, told)
    ]
    assert histories[0] == histories[1]
    assert model.optimizer.iterations == 12
    assert all(map(np.array_equal, model.get_weights(), told.get_weights()))
    assert model.train_on_batch(IMAGES[1], TARGETS) == told.train_on_batch(IMAGES[1], TARGETS)
    assert model.evaluate(IMAGES[2], TARGETS, verbose=0) == told.evaluate(IMAGES[2], TARGETS, verbose=0)


def test_layers_and_summary_tell_the_open_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    """Each layer is used once, as before; a size that never differed stays."""
    model = Sequential(_parts(), name="chain")
    model.predict(IMAGES[0])
    name = model.input_names
    model.predict(IMAGES[1])
    assert model.input_shape == (None, 8, None, 1) and model.input_names == name
    assert model.layers[0].output_shape == (None, 6, None, 2) and model.layers[0].output.shape == (None, 6, None, 2)
    assert [len(layer.calls) for layer in model.layers] == [1, 1, 1]
    model.summary()
    assert "(None, 6, None, 2)" in capsys.readouterr().out


def test_copies_and_files(tmp_path: Path) -> None:
    """What was opened stays so; a copy opens what it meets later."""
    model = Sequential(_parts())
    model.predict(IMAGES[0])
    model.predict(IMAGES[1])
    expected = _open(model).predict(IMAGES[2])
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict(IMAGES[2]), expected)
    model.predict(IMAGES[2])
    model.save(tmp_path / "open.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "open.keras").predict(IMAGES[2]), expected)


def test_what_layers_refuse_is_refused_at_the_door() -> None:
    """Flattened maps of another size fit no dense layer; channels are never open to a convolution."""
    model = Sequential([layers.Flatten(), layers.Dense(3)], name="flat")
    model.predict(IMAGES[0])
    with pytest.raises(DataError, match=r"^flat was built for samples of shape \(8, 8, 1\), got an array"):
        model.predict(IMAGES[1])
    assert model.input_shape == (None, 8, 8, 1) and model.predict(IMAGES[0]).shape == (4, 3)
    assert len(model.layers[0].calls) == 1
    chain = Sequential(_parts(), name="chain")
    chain.predict(IMAGES[0])
    with pytest.raises(DataError, match=r"^chain was built for samples of shape \(8, 8, 1\), got an array of"):
        chain.predict(np.zeros((2, 8, 8, 3)))
    with pytest.raises(DataError, match=r"^chain was built for .* got one sample of shape"):
        chain.predict(np.zeros((8, 8, 1)))


def test_a_shape_that_was_told_is_meant() -> None:
    """Whoever named one is told of images of another."""
    for model in (Sequential([Input((8, 8, 1)), *_parts()]), Sequential(_parts())):
        model.build((None, 8, 8, 1))
        with pytest.raises(DataError, match=r"was built for samples of shape \(8, 8, 1\), got an array of shape"):
            model.predict(IMAGES[1])
