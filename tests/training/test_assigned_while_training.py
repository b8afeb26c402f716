"""A layer that assigns a weight in its `call` which the optimiser trains: the step begins at the assigned value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid import Input, Sequential, layers, ops, optimizers

X = np.random.default_rng(0).random((24, 6, 6, 1), np.float32)
Y = np.random.default_rng(1).random((24, 6, 6, 3), np.float32)
MASK = np.zeros((3, 3, 1, 3), np.float32)
MASK[:1] = 1
MASK[1, :1] = 1


class Masked(layers.Layer):
    """The masked convolution of PixelCNN, as recipes write it: the mask is laid on the kernel in every call.

    Source: van den Oord et al., Conditional image generation with PixelCNN decoders, 2016, section 2.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.conv = layers.Conv2D(**options)

    def build(self, input_shape: Any) -> None:
        self.conv.build(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        self.conv.kernel.assign(self.conv.kernel * MASK)
        return self.conv(inputs)


class Multiplied(layers.Layer):
    """The same without assigning: the gradient goes through the mask."""

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight((3, 3, 1, 3), name="kernel")
        self.bias = self.add_weight((3,), "zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        return ops.conv(inputs, self.kernel * MASK, padding="same") + self.bias


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Muon"])
@pytest.mark.parametrize("accumulated", [None, 2])
def test_a_masked_kernel_is_trained(optimizer: str, accumulated: int | None) -> None:
    """What the mask lets through becomes the same in both ways; what it does not is masked before it is used."""
    settings: dict[str, Any] = {"learning_rate": 0.05, "gradient_accumulation_steps": accumulated}
    assigning, plain = (
        Sequential([Input((6, 6, 1)), layer])
        for layer in (Masked(filters=3, kernel_size=3, padding="same"), Multiplied())
    )
    plain.set_weights(assigning.get_weights())
    histories = []
    for model in (assigning, plain):
        model.compile(getattr(optimizers, optimizer)(**settings), "mse")
        histories.append(model.fit(X, Y, 6, 4, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-5)
    kernels = [model.get_weights()[0] for model in (assigning, plain)]
    np.testing.assert_allclose(kernels[0] * MASK, kernels[1] * MASK, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(assigning.predict(X, verbose=0), plain.predict(X, verbose=0), rtol=1e-4, atol=1e-5)


def test_a_weight_that_is_frozen_keeps_what_is_assigned() -> None:
    """Nobody steps from there."""
    layer = Masked(filters=3, kernel_size=3, padding="same")
    model = Sequential([Input((6, 6, 1)), layer, layers.Conv2D(3, 1)])
    layer.conv.trainable = False
    first = layer.conv.kernel.numpy()
    model.compile("sgd", "mse")
    model.fit(X, Y, 6, 1, verbose=0)
    np.testing.assert_array_equal(layer.conv.kernel.numpy(), first * MASK)


def test_an_assigned_weight_begins_its_step_there() -> None:
    """Gradient descent on mean((w x - y)^2) with w set to 2 in each call: w = 2 - rate * slope at 2."""

    class Reset(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight((1,), "zeros", name="w")

        def call(self, inputs: Any) -> Any:
            self.w.assign([2.0])
            return inputs * self.w

    model = Sequential([Input((1,)), Reset()])
    model.compile(optimizers.SGD(0.1), "mse")
    x, y = np.array([[1.0], [3.0]], np.float32), np.array([[1.0], [1.0]], np.float32)
    model.fit(x, y, 2, 3, verbose=0)
    slope = np.mean(2 * (2 * x - y) * x)
    assert model.get_weights()[0].item() == pytest.approx(2 - 0.1 * slope, rel=1e-6)


def test_a_layer_returns_its_weight() -> None:
    """The sum of all that it has seen, as Keras's guide to layers has it: the new value, not the one before."""

    class ComputeSum(layers.Layer):
        def __init__(self, input_dim: int) -> None:
            super().__init__()
            self.total = self.add_weight(initializer="zeros", shape=(input_dim,), trainable=False)

        def call(self, inputs: Any) -> Any:
            self.total.assign_add(ops.sum(inputs, axis=0))
            return self.total

    layer = ComputeSum(2)
    assert [layer(np.ones((2, 2))).tolist() for _ in range(2)] == [[2.0, 2.0], [4.0, 4.0]]
    assert layer.total.numpy().tolist() == [4.0, 4.0]
