"""Functions of tensors work on arrays, and in layers on tensors, weights, arrays and numbers in any mixture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from checks.arrays import fill
from ops.function_cases import CASES, NUMBERS

from pellucid import Input, Model, Sequential, layers, ops
from pellucid.engines import ReferenceEngine
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input as InputOp

X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
SEVERAL = [case for case in CASES if len(case.operands) > 1 and case.function not in NUMBERS]


class Apply(layers.Layer):
    """A layer that emits what a function says, with weights of the shape of a sample."""

    def __init__(self, function: Any, **options: Any) -> None:
        super().__init__(**options)
        self.function = function

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(input_shape[1:], "glorot_uniform", name="kernel")

    def call(self, inputs: Any) -> Any:
        return self.function(inputs, self.kernel)


@pytest.mark.parametrize("case", SEVERAL, ids=lambda case: case.name)
def test_each_operand_may_be_a_tensor_beside_arrays(case):
    """The result is that of arrays alone."""
    filled = fill({f"x{number}": operand for number, operand in enumerate(case.operands)}, case.name)
    arrays = [array.astype(np.float32) for array in filled.values()]
    expected = case.call(ops, arrays)
    for number in range(len(arrays)):
        graph = Graph()
        operands: list[Any] = list(arrays)
        operands[number] = graph.add(InputOp(arrays[number].shape, "x"))
        results = case.call(ops, operands)
        assert all(isinstance(result, Tensor) for result in results)
        graph.outputs = {str(i): result for i, result in enumerate(results)}
        found = ReferenceEngine().prepare(graph).run({"x": arrays[number]}, {})
        for result, array in zip(found.values(), expected, strict=True):
            np.testing.assert_allclose(result, array, rtol=1e-5, atol=1e-6)


MIXTURES = {
    "tensor and weight": (lambda x, w: ops.add(x, w), lambda x, w: x + w),
    "weight and tensor": (lambda x, w: ops.subtract(w, x), lambda x, w: w - x),
    "weight and number": (lambda x, w: x * ops.multiply(w, 2), lambda x, w: x * (w * 2)),
    "a weight alone": (lambda x, w: x * ops.tanh(w), lambda x, w: x * np.tanh(w)),
    "two weights": (lambda x, w: x + ops.add(w, w), lambda x, w: x + 2 * w),
    "a number from NumPy": (lambda x, w: ops.add(x, np.float32(2)), lambda x, w: x + 2),
    "True": (lambda x, w: ops.multiply(x, True), lambda x, w: x),
    "numbers in a list": (lambda x, w: ops.add(x, [1, 2, 3, 4, 5, 6]), lambda x, w: x + np.arange(1, 7)),
    "an array on the left": (lambda x, w: ops.subtract(np.arange(6), x), lambda x, w: np.arange(6) - x),
    "whole numbers": (lambda x, w: ops.maximum(x, np.zeros(6, int)), lambda x, w: np.maximum(x, 0)),
    "a list of all": (
        lambda x, w: ops.stack([x, ops.broadcast_to(w, ops.shape(x)), np.ones((ops.shape(x)[0], 6))], axis=1),
        lambda x, w: np.stack([x, np.broadcast_to(w, x.shape), np.ones_like(x)], axis=1),
    ),
    "where of three kinds": (lambda x, w: ops.where(ops.greater(x, 0), x, w), lambda x, w: np.where(x > 0, x, w)),
    "made inside": (lambda x, w: x + ops.arange(6) * ops.ones((6,)), lambda x, w: x + np.arange(6)),
    "bounds of weights": (
        lambda x, w: ops.clip(x, -0.5, ops.absolute(w)),
        lambda x, w: np.minimum(x.clip(-0.5), abs(w)),
    ),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_mixtures_in_a_layer(name):
    """On both engines, what NumPy gives for the same formula."""
    emit, expected = MIXTURES[name]
    layer = Apply(emit)
    model = Sequential([Input((6,)), layer])
    wanted = expected(X.astype(np.float64), layer.kernel.numpy().astype(np.float64))
    for engine in ("native", "reference"):
        np.testing.assert_allclose(model.predict(X, engine=engine), wanted, rtol=1e-5, atol=1e-6)


def test_functions_in_a_layer_learn():
    """Gradients reach the weights through functions: plain gradient descent on |tanh(x w)|, by hand."""
    layer = Apply(lambda x, w: ops.absolute(ops.tanh(ops.matmul(x, ops.expand_dims(w, -1)))))
    model = Sequential([Input((6,)), layer])
    weights = layer.kernel.numpy().astype(np.float64)
    model.compile("sgd", "mse")
    model.train_on_batch(X, np.zeros((4, 1)))
    t = np.tanh(X @ weights)
    slope = X.T @ (2 * np.abs(t) / 4 * np.sign(t) * (1 - t * t))
    np.testing.assert_allclose(layer.kernel.numpy(), weights - 0.01 * slope, rtol=1e-5, atol=1e-7)


def test_arrays_alone_in_a_layer_give_tensors():
    """So a layer can compute constants of its own, which may then stand anywhere."""
    seen = []

    def emit(x: Any, w: Any) -> Any:
        seen.append(ops.sqrt([4.0, 9.0, 16.0]))
        return ops.expand_dims(x, -1) * seen[-1]

    y = Sequential([Input((6,)), Apply(emit)]).predict(X)
    np.testing.assert_allclose(y, X[..., None] * np.array([2.0, 3.0, 4.0]), rtol=1e-6)
    assert all(isinstance(item, Tensor) for item in seen)


def test_weights_outside_of_layers():
    """A built layer's weights are arrays to the functions."""
    dense = layers.Dense(3)
    Sequential([Input((6,)), dense])
    total = ops.sum(ops.square(dense.kernel))
    assert isinstance(total, np.ndarray)
    np.testing.assert_allclose(total, (dense.kernel.numpy() ** 2).sum(), rtol=1e-6)


@pytest.mark.parametrize("value", [3, 2.5, np.float64(2.5), np.int8(3), True, [1, 2], (1.0, 2.0), [[1], [2]],
                                   np.arange(3), np.ones((2, 2), bool), np.float16([1.5])])  # fmt: skip
def test_what_counts_as_an_array(value):
    """Numbers of every kind; the result is float32."""
    result = ops.negative(value)
    assert isinstance(result, np.ndarray)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, -np.asarray(value, np.float32))


def test_operands_by_name():
    """As in Keras."""
    assert ops.add(x2=3.0, x1=[1.0]).tolist() == [4.0]
    assert ops.where(condition=[1.0, 0.0], x1=5.0, x2=7.0).tolist() == [5.0, 7.0]
    assert ops.concatenate(xs=[[1.0], [2.0]], axis=0).tolist() == [1.0, 2.0]
    assert ops.clip(x=[5.0], x_min=0.0, x_max=1.0).tolist() == [1.0]


def test_open_sizes():
    """A layer of functions works on images of any size, and tells which sizes stay open."""

    class Coordinates(layers.Layer):
        """Two channels more: where a pixel is (CoordConv)."""

        def call(self, inputs: Any) -> Any:
            _, rows, columns, _ = ops.shape(inputs)
            down = ops.reshape(ops.linspace(-1, 1, rows), (1, rows, 1, 1)) * ops.ones_like(ops.max(inputs, -1, True))
            along = ops.reshape(ops.linspace(-1, 1, columns), (1, 1, columns, 1)) * ops.ones_like(down)
            return ops.concatenate([inputs, down, along], axis=-1)

    x = Input((None, None, 3))
    model = Model(x, Coordinates()(x))
    assert model.output_shape == (None, None, None, 5)
    y = model.predict(np.zeros((2, 3, 5, 3), np.float32))
    np.testing.assert_array_equal(y[1, :, 0, 3], [-1, 0, 1])
    np.testing.assert_array_equal(y[1, 0, :, 4], [-1, -0.5, 0, 0.5, 1])


def test_numbers_that_are_not_finite():
    """They pass through, as in Keras."""
    with np.errstate(all="ignore"):
        given = [np.nan, np.inf, -np.inf, -1.0, 0.0]
        assert np.isnan(ops.add(given, 1.0)[0])
        np.testing.assert_array_equal(ops.maximum(given, 0.0)[1:], [np.inf, 0.0, 0.0, 0.0])
        np.testing.assert_array_equal(ops.isnan(given), [1, 0, 0, 0, 0])
        np.testing.assert_array_equal(ops.isinf(given), [0, 1, 1, 0, 0])
        np.testing.assert_array_equal(ops.isfinite(given), [0, 0, 0, 1, 1])
        np.testing.assert_array_equal(ops.where(ops.isfinite(given), given, 9.0), [9, 9, 9, -1, 0])
