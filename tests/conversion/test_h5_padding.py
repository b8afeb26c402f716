"""What is padded by amounts has a layer before it in Keras 2's words; what a model knows of its images goes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.data.images.reading import Reading, TrainedOn

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: layers.Conv2D(2, (3, 2), strides=2, padding=((1, 2), (0, 1))), (6, 5, 3)),
        (lambda: layers.Conv2D(2, 3, padding="full", dilation_rate=2), (6, 5, 3)),
        (lambda: layers.Conv1D(2, 3, padding=2), (6, 3)),
        (lambda: layers.Conv3D(2, 2, padding=(1, 0, 1)), (3, 5, 4, 2)),
        (lambda: layers.DepthwiseConv2D(3, padding=(1, 2)), (6, 5, 3)),
        (lambda: layers.SeparableConv2D(4, 3, padding=1), (6, 5, 3)),
    ],
)
def test_padding_by_amounts(layer: Any, shape: tuple[int, ...], tmp_path: Path) -> None:
    """Keras 3 reads what is written, and gives what the model gives."""
    model = Sequential([Input(shape), layer(), layers.ReLU()])
    x = RNG.normal(size=(2, *shape)).astype(np.float32)
    model.save(tmp_path / "model.h5")
    expected = model.predict(x, verbose=0)
    theirs = keras.models.load_model(tmp_path / "model.h5").predict(x, verbose=0)
    np.testing.assert_allclose(theirs, expected, rtol=0, atol=2e-6)
    np.testing.assert_array_equal(load_model(tmp_path / "model.h5").predict(x, verbose=0), expected)


def test_a_shared_layer_that_pads(tmp_path: Path) -> None:
    """The layer before it is shared likewise, and bears a name that is free."""
    first, second = Input((6, 5, 2), name="conv_pad"), Input((4, 7, 2), name="other")
    conv = layers.Conv2D(2, 3, padding=((2, 0), (1, 1)), name="conv")
    model = Model([first, second], [conv(first), conv(second)])
    x = [RNG.normal(size=(2, *shape)).astype(np.float32) for shape in ((6, 5, 2), (4, 7, 2))]
    model.save(tmp_path / "model.h5")
    expected = model.predict(x, verbose=0)
    for found in (keras.models.load_model(tmp_path / "model.h5"), load_model(tmp_path / "model.h5")):
        assert "conv_pad_2" in [layer.name for layer in found.layers]
        for ours, theirs in zip(expected, found.predict(x, verbose=0), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=2e-6)


def test_names_of_classes_go_along(tmp_path: Path) -> None:
    """As in `.keras`; Keras reads over them."""
    model = Sequential([Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)])
    model.trained_on = TrainedOn(Reading(8, 8), 1.0, ("cats", "dogs"))
    model.save(tmp_path / "model.h5")
    again = load_model(tmp_path / "model.h5")
    assert again.trained_on is not None
    assert again.trained_on.class_names == ("cats", "dogs")
    assert keras.models.load_model(tmp_path / "model.h5").output_shape == (None, 2)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamax", "nadam", "adadelta", "adagrad", "ftrl"])
def test_settings_of_optimizers_are_those_that_all_know(optimizer: str, tmp_path: Path) -> None:
    """tf.keras takes none of today's in such files, Keras 3 none of tf.keras's: what neither needs is left out."""
    model = Sequential([Input((3,)), layers.Dense(2)])
    model.compile(optimizer, "mse")
    model.save(tmp_path / "model.h5")
    theirs = keras.models.load_model(tmp_path / "model.h5").optimizer
    assert type(theirs).__name__.lower() == optimizer
    ours, told = model.optimizer.get_config(), theirs.get_config()
    assert {key: told[key] for key in ours if key in told and key != "name"} == pytest.approx(
        {key: ours[key] for key in ours if key in told and key != "name"}
    )
