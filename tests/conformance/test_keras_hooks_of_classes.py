"""Methods that Keras's own layers and callbacks call, written by a user's class: heeded as by Keras, or refused."""

from __future__ import annotations

from typing import Any

import keras
import keras_oracle
import numpy as np
import pytest

import pellucid
from pellucid.errors import ArgumentError

assert keras_oracle.keras is keras

X = np.random.default_rng(0).normal(size=(4, 6, 6, 2)).astype(np.float32)


def _standardised(library: Any, kind: str) -> type:
    """Convolution whose kernel has mean 0 and deviation 1, as papers on weight standardisation have it."""

    class Standardised(getattr(library.layers, kind)):  # type: ignore[misc]
        def convolution_op(self, inputs: Any, kernel: Any) -> Any:
            kernel = library.ops.convert_to_tensor(kernel)
            axes = list(range(len(kernel.shape) - 1))
            mean, variance = library.ops.moments(kernel, axes, keepdims=True)
            return super().convolution_op(inputs, (kernel - mean) / library.ops.sqrt(variance + 1e-3))

    return Standardised


OPTIONS = {
    "Conv1D": ((4, 9, 3), {"padding": "causal", "dilation_rate": 2}),
    "Conv2D": ((4, 6, 6, 2), {"strides": 2, "padding": "same", "activation": "relu"}),
    "Conv3D": ((2, 4, 4, 4, 2), {"groups": 2}),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_convolution_of_the_users_own(kind: str) -> None:
    """It is the library's, by another kernel; Keras asks for the method in two and three dimensions alone."""
    shape, options = OPTIONS[kind]
    x = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    mine, plain = _standardised(pellucid, kind)(4, 3, **options), getattr(pellucid.layers, kind)(4, 3, **options)
    result = mine(x)
    kernel, bias = mine.get_weights()
    axes = tuple(range(kernel.ndim - 1))
    wide = kernel.astype(np.float64)
    plain.build(shape)
    plain.set_weights([(wide - wide.mean(axes)) / np.sqrt(wide.var(axes) + 1e-3), bias])
    np.testing.assert_allclose(result, plain(x), rtol=1e-5, atol=1e-5)
    if kind != "Conv1D":
        theirs = _standardised(keras, kind)(4, 3, **options)
        theirs.build(shape)
        theirs.set_weights([kernel, bias])
        np.testing.assert_allclose(result, keras.ops.convert_to_numpy(theirs(x)), rtol=1e-4, atol=1e-5)


def test_it_meets_the_data_format_of_its_layer() -> None:
    """Turned about, images and results are those of a layer whose channels come last."""
    own = _standardised(pellucid, "Conv2D")
    last, first = own(3, 3), own(3, 3, data_format="channels_first")
    y = last(X)
    first.build((None, 2, 6, 6))
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(np.moveaxis(first(np.moveaxis(X, -1, 1)), 1, -1), y, atol=1e-6)


def test_it_is_trained_through() -> None:
    """Three steps of SGD move both kernels alike."""
    losses = {}
    start: list[np.ndarray] | None = None
    for library in (keras, pellucid):
        model = library.Sequential([library.Input((6, 6, 2)), _standardised(library, "Conv2D")(3, 3)])
        start = model.get_weights() if start is None else start
        model.set_weights(start)
        model.compile("sgd", "mse")
        model.fit(X, np.ones((4, 4, 4, 3)), epochs=3, batch_size=4, verbose=0, shuffle=False)
        losses[library.__name__] = model.get_weights()[0]
    np.testing.assert_allclose(losses["pellucid"], losses["keras"], atol=2e-6)


@pytest.mark.parametrize("kind", ["Add", "Maximum", "Concatenate", "Dot"])
def test_what_a_joining_layer_does_is_the_users(kind: str) -> None:
    def own(library: Any) -> Any:
        class Own(getattr(library.layers, kind)):  # type: ignore[misc]
            def _merge_function(self, inputs: Any) -> Any:
                return super()._merge_function(inputs) * 2.0

        return Own(axes=1) if kind == "Dot" else Own()

    a, b = X[:, 0, 0], X[:, 1, 1]
    np.testing.assert_allclose(own(pellucid)([a, b]), np.asarray(own(keras)([a, b])), rtol=1e-6)


def test_what_early_stopping_watches_is_the_users() -> None:
    epochs = {}
    for library in (pellucid, keras):

        class Still(library.callbacks.EarlyStopping):  # type: ignore[misc, name-defined]
            def get_monitor_value(self, logs: Any) -> float:
                return 5.0

        model = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
        model.compile("sgd", "mse")
        told = model.fit(np.ones((4, 2)), np.zeros((4, 1)), epochs=9, verbose=0, callbacks=[Still("loss", patience=2)])
        epochs[library.__name__] = told.epoch
    assert epochs["pellucid"] == epochs["keras"]


@pytest.mark.parametrize("name", ["transform_images", "get_random_transformation"])
def test_what_would_never_be_called_is_refused_where_it_is_written(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"Own: {name} would never be called; write varied"):
        type("Own", (pellucid.layers.RandomFlip,), {name: lambda self, *given: None})
