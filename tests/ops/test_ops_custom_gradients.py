"""Functions that say themselves what their gradient is: on arrays, in layers, in models, under tapes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from checks.keras_slopes import slopes_of, weighted_sum

from pellucid import GradientTape, Input, Model, Sequential, Variable, inspection, layers, ops, optimizers
from pellucid.errors import ArgumentError, ShapeError

X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


@ops.custom_gradient
def reversed_gradient(x: Any) -> Any:
    """The same; its gradient the other way round (Ganin and Lempitsky, ICML 2015)."""
    return x * 1.0, lambda upstream: -upstream


@ops.custom_gradient
def guided_relu(x: Any) -> Any:
    """Springenberg et al., ICLR 2015 (workshop), section 3.4."""

    def grad(dy: Any) -> Any:
        return ops.cast(dy > 0, "float32") * ops.cast(x > 0, "float32") * dy

    return ops.relu(x), grad


def slope_of(function: Any, x: np.ndarray, factors: np.ndarray) -> Any:
    variable = Variable(x)
    with GradientTape() as tape:
        loss = ops.sum(function(variable) * factors)
    return tape.gradient(loss, variable)


def test_the_example_of_keras() -> None:
    """log(1 + exp(x)) with a slope that does not overflow: values and gradient as Keras has them."""

    def log1pexp_of(library: Any) -> Any:
        @library.custom_gradient
        def log1pexp(x: Any) -> Any:
            e = library.exp(x)

            def grad(*args: Any, upstream: Any = None) -> Any:
                if upstream is None:
                    (upstream,) = args
                return library.multiply(upstream, 1.0 - 1.0 / library.add(1, e))

            return library.log(1 + e), grad

        return log1pexp

    factors = np.arange(30.0, dtype=np.float32).reshape(6, 5)
    mine, theirs = log1pexp_of(ops), log1pexp_of(keras.ops)
    np.testing.assert_allclose(mine(X), theirs(X), rtol=1e-6)
    _, [expected] = slopes_of(lambda x: (weighted_sum(theirs(x), factors), ()), [X])
    np.testing.assert_allclose(slope_of(mine, X, factors), expected, rtol=1e-5)


def test_a_gradient_that_is_reversed_trains_away() -> None:
    """In a functional model and as an activation: the first layer steps to the other side."""
    kernels = []
    for between in (lambda x: x, reversed_gradient):
        inputs = Input((5,))
        hidden = layers.Dense(3, kernel_initializer="ones", name="first")(inputs)
        outputs = layers.Dense(1, kernel_initializer="ones", name="second")(between(hidden))
        model = Model(inputs, outputs)
        model.compile(optimizers.SGD(0.1), "mse")
        model.fit(X, X[:, :1], batch_size=6, epochs=1, verbose=0)
        kernels.append([model.get_layer(name).kernel.numpy() for name in ("first", "second")])
    (first, second), (turned, same) = kernels
    np.testing.assert_allclose(first - 1, -(turned - 1), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(second, same, rtol=1e-6)


def test_guided_backpropagation_by_hand() -> None:
    """An activation of one's own with that gradient gives what `inspection.saliency` calls guided."""

    def make(activation: Any) -> Sequential:
        return Sequential(
            [
                Input((9, 9, 1)),
                layers.Conv2D(4, 3, activation=activation),
                layers.Conv2D(3, 3, activation=activation),
                layers.Flatten(),
                layers.Dense(2),
            ]
        )

    image = np.random.default_rng(1).random((9, 9, 1), np.float32)
    plain, guided = make("relu"), make(guided_relu)
    guided.set_weights(plain.get_weights())
    wanted = inspection.saliency(plain, image, unit=1, method="guided").values
    x = Variable(image[np.newaxis])
    with GradientTape() as tape:
        score = guided(x)[0, 1]
    np.testing.assert_allclose(tape.gradient(score, x)[0], wanted, rtol=1e-4, atol=1e-6)


def test_several_arguments_and_none_for_one() -> None:
    """Each gets its own; None is no gradient, which is 0."""

    @ops.custom_gradient
    def odd(a: Any, b: Any) -> Any:
        return a * b, lambda upstream: (upstream * 7.0, None)

    a, b = Variable(X), Variable(X + 1)
    with GradientTape() as tape:
        loss = ops.sum(odd(a, b))
    found = tape.gradient(loss, [a, b])
    np.testing.assert_array_equal(found[0], np.full_like(X, 7.0))
    assert found[1] is None or not np.any(found[1])


def test_what_is_wrong_is_said() -> None:
    """One sentence each."""
    with pytest.raises(ArgumentError, match="custom_gradient takes a function, got 3"):
        ops.custom_gradient(3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="return a tensor and a function of its gradient"):
        ops.custom_gradient(lambda x: x)(X)  # type: ignore[arg-type, return-value]
    with pytest.raises(ArgumentError, match="at least one"):
        reversed_gradient()
    with pytest.raises(ShapeError, match=r"the gradient of an argument \(6, 5\) has its shape, got \(\)"):
        slope_of(ops.custom_gradient(lambda x: (x * 1.0, lambda dy: ops.sum(dy))), X, X)
    with pytest.raises(ArgumentError, match="1 arguments have as many gradients, got 2"):
        slope_of(ops.custom_gradient(lambda x: (x * 1.0, lambda dy: (dy, dy))), X, X)

    class Weighted(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight((5,), "ones", name="w")

        def call(self, inputs: Any) -> Any:
            return ops.custom_gradient(lambda x: (x * self.w, lambda dy: dy))(inputs)

    with pytest.raises(ArgumentError, match="uses a weight, which no gradient would reach"):
        Sequential([Input((5,)), Weighted()]).predict(X, verbose=0)
