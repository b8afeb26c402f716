"""A layer's `call` that uses tensors of the model which it is not given, as variational autoencoders of Keras 2 do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Model, inspection, layers, ops
from pellucid.errors import ArgumentError

X = np.random.default_rng(0).normal(size=(8, 5)).astype(np.float32)


def _model(is_given: bool, is_derived: bool = False) -> Model:
    """An autoencoder whose last layer adds a penalty on the code, which it is given, or finds outside."""
    x = Input((5,))
    mean = layers.Dense(2, kernel_initializer="ones", name="mean")(x)
    spread = layers.Dense(2, kernel_initializer="zeros", bias_initializer="ones", name="spread")(x)
    code = layers.Concatenate()([mean, spread])
    decoded = layers.Dense(5, kernel_initializer="ones", name="decoded")(code)

    class Penalty(layers.Layer):
        def call(self, inputs: Any) -> Any:
            before, after, *given = inputs
            centre, width = given or (mean, spread)
            size = (1.0 + width) - ops.square(centre) - ops.exp(width)
            self.add_loss(ops.mean(ops.square(before - after)) + ops.mean(ops.sum(size, axis=-1)) * -0.5, inputs=inputs)
            if is_derived:
                self.add_loss(ops.mean(ops.abs(centre)))
            return before

    ends = [x, decoded, *([mean, spread] if is_given else [])]
    return Model(x, Penalty(name="penalty")(ends))


@pytest.mark.parametrize("is_derived", [False, True])
def test_it_is_as_if_they_were_given(is_derived: bool) -> None:
    """Loss and training; also where a penalty follows from such tensors alone."""
    losses, weights = [], []
    for is_given in (True, False):
        model = _model(is_given, is_derived)
        model.compile("sgd")
        losses.append(model.fit(X, epochs=4, shuffle=False, verbose=0).history["loss"])
        weights.append(model.get_weights())
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-6)
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_value_is_that_of_the_formula() -> None:
    model = _model(False)
    model.compile("sgd")
    mean, width = np.repeat(X.sum(1, keepdims=True), 2, 1), np.ones((8, 2))
    decoded = np.repeat((mean + width).sum(1, keepdims=True), 5, 1)
    expected = np.square(X - decoded).mean() - 0.5 * (1 + width - mean**2 - np.exp(width)).sum(1).mean()
    assert model.evaluate(X, verbose=0) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_array_equal(model.predict(X), X)
    assert len(inspection.feature_maps(model, X[0])) >= 4


def test_one_of_another_model_is_refused() -> None:
    other = layers.Dense(2)(Input((3,)))

    class Adds(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs + other

    x = Input((2,))
    with pytest.raises(ArgumentError, match="is no input of this model"):
        Model(x, Adds()(x)).predict(np.ones((1, 2)))
