"""Layers as activations of others, and activations along an axis: Keras's numbers, in training and in files too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pellucid import Input, Model, Sequential, layers, load_model
from pellucid.errors import ShapeError

X = np.random.default_rng(0).normal(size=(4, 6, 6, 4)).astype(np.float32)
INSIDE: dict[str, dict[str, Any]] = {
    "ReLU": {"max_value": 0.5, "negative_slope": 0.1},
    "LeakyReLU": {"negative_slope": 0.4},
    "ELU": {"alpha": 0.5},
    "PReLU": {"shared_axes": [1, 2], "alpha_initializer": "ones"},
    "Softmax": {"axis": 1},
    "Activation": {"activation": "tanh"},
    "BatchNormalization": {},
}
OUTSIDE: dict[str, dict[str, Any]] = {
    "Conv2D": {"filters": 4, "kernel_size": 3},
    "Conv2DTranspose": {"filters": 3, "kernel_size": 3, "data_format": "channels_first"},
    "DepthwiseConv2D": {"kernel_size": 2, "data_format": "channels_first"},
    "SeparableConv2D": {"filters": 4, "kernel_size": 3, "padding": "same"},
    "Dense": {"units": 3},
    "Activation": {},
}


def made(library: Any, outside: str, inside: str) -> Any:
    """A model of one layer with another as its activation, and a second one that makes a number of it."""
    held = getattr(library.layers, inside)(**INSIDE[inside])
    layer = getattr(library.layers, outside)(**OUTSIDE[outside], activation=held, name="holder")
    model = library.Sequential(
        [library.layers.Input((6, 6, 4)), layer, library.layers.Flatten(), library.layers.Dense(1)]
    )
    model(X)  # Keras makes the weights of an activation at its first use
    return model


class _Ours:
    layers, Sequential = layers, Sequential


PAIRS = [*(("Conv2D", inside) for inside in INSIDE), *((outside, "PReLU") for outside in OUTSIDE)]


@pytest.mark.parametrize(("outside", "inside"), dict.fromkeys(PAIRS))
def test_numbers_and_files(outside: str, inside: str, tmp_path: Path) -> None:
    """Weights stand in Keras's order; a file of either library is read by the other."""
    ours, theirs = made(_Ours, outside, inside), made(keras, outside, inside)
    assert [weight.shape for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]
    ours.set_weights(theirs.get_weights())
    expected = np.asarray(theirs(X))
    np.testing.assert_allclose(ours.predict(X), expected, rtol=1e-4, atol=1e-5)
    theirs.save(tmp_path / "theirs.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "theirs.keras").predict(X), ours.predict(X))
    ours.save(tmp_path / "ours.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "ours.keras")(X), expected, rtol=1e-4, atol=1e-5)


def test_what_such_a_layer_learns() -> None:
    """The slopes of a PReLU follow the gradient as any weight does."""
    models = []
    for library in (_Ours, keras):
        model: Any = made(library, "Dense", "PReLU")
        model.compile("sgd", "mse")
        models.append(model)
    ours, theirs = models
    ours.set_weights(theirs.get_weights())
    for model in models:
        model.fit(X, np.ones((4, 1)), epochs=3, shuffle=False, verbose=0)
    for mine, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-4, atol=1e-5)
    assert not (ours.get_weights()[2] == 1).all()


@pytest.mark.parametrize("activation", ["softmax", "log_softmax", "glu"])
@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", ["Conv1D", "Conv2D", "Conv2DTranspose", "DepthwiseConv1D", "SeparableConv2D"])
def test_activations_go_along_the_last_axis(name: str, form: str, activation: str) -> None:
    """Whatever it holds."""
    options = {"kernel_size": 3, "padding": "same", "data_format": form, "activation": activation}
    options |= {} if name.startswith("Depthwise") else {"filters": 4}
    x = X[..., 0] if "1D" in name else X
    ours, theirs = (getattr(library, name)(**options) for library in (layers, keras.layers))
    expected = np.asarray(theirs(x))
    assert ours.compute_output_shape(x.shape) == expected.shape
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
@pytest.mark.parametrize("shape", [(4, 6, 6, 4), (1, 6, 1, 4), (6, 4), (4,)])
def test_a_softmax_over_what_a_mask_shows(shape: tuple[int, ...], axis: Any, tmp_path: Path) -> None:
    """On arrays and in models, which go through files; where nothing is shown all is 0."""
    mask = np.random.default_rng(1).random(shape) > 0.6
    mask[..., :1] = mask[..., :1] & (len(shape) < 4)
    theirs = np.asarray(keras.layers.Softmax(axis)(X, mask=keras.ops.convert_to_tensor(mask)))
    np.testing.assert_allclose(layers.Softmax(axis)(X, mask=mask), theirs, atol=1e-6)
    if len(shape) < 4 or shape[0] != 4:
        return
    x, seen = Input((6, 6, 4)), Input((6, 6, 4))
    model = Model([x, seen], layers.Softmax(axis)(x, mask=seen))
    np.testing.assert_allclose(model.predict([X, mask.astype(np.float32)], verbose=0), theirs, atol=1e-6)
    model.save(tmp_path / "masked.keras")
    again = load_model(tmp_path / "masked.keras").predict([X, mask.astype(np.float32)], verbose=0)
    np.testing.assert_allclose(again, theirs, atol=1e-6)


def test_a_mask_that_does_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"a mask has the shape of the inputs, \(4, 6, 6, 4\), or 1, got \(4, 6\)"):
        layers.Softmax()(X, mask=np.ones((4, 6)))


def test_one_layer_for_two() -> None:
    """It learns from both."""
    slope = layers.PReLU()
    x = Input((4,))
    model = Model(x, layers.Dense(4, activation=slope)(layers.Dense(4, activation=slope)(x)))
    assert len(model.weights) == 5 and len(model.trainable_weights) == 5
