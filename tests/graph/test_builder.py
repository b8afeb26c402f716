"""The functions that layers are written with, against NumPy, on both engines."""

from __future__ import annotations

import numpy as np
import pytest
from checks.states import state_of

from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.graph import Graph, builder, ops
from pellucid.variables import Variable

X = np.random.default_rng(0).normal(size=(3, 4, 5)).round(3)
Y = np.random.default_rng(1).normal(size=(3, 4, 5)).round(3)

SAME_AS_NUMPY = {
    "stack first": (lambda x, y: builder.stack([x, y], 0), np.stack([X, Y], 0)),
    "stack last": (lambda x, y: builder.stack([x, y, x], -1), np.stack([X, Y, X], -1)),
    "stack the middle": (lambda x, y: builder.stack([x, y], 2), np.stack([X, Y], 2)),
    "slice": (lambda x, y: builder.slice_axis(x, -1, 1, 4), X[..., 1:4]),
    "slice all": (lambda x, y: builder.slice_axis(x, 1, 0, 4), X),
    "pad": (lambda x, y: builder.pad_axis(x, -2, 1, 2), np.pad(X, ((0, 0), (1, 2), (0, 0)))),
    "pad nothing": (lambda x, y: builder.pad_axis(x, 1, 0, 0), X),
    "gather": (lambda x, y: builder.gather(x, [4, 0, 0], -1), X[..., [4, 0, 0]]),
    "gather nowhere": (lambda x, y: builder.gather(x, [-1, 2], 1), np.where([[False], [True]], X[:, [2, 2]], 0)),
    "flip": (lambda x, y: builder.flip(x, -2), X[:, ::-1]),
    "repeat": (lambda x, y: builder.repeat(x, 3, 1), np.repeat(X, 3, 1)),
    "repeat last": (lambda x, y: builder.repeat(x, 2, -1), np.repeat(X, 2, -1)),
    "repeat once": (lambda x, y: builder.repeat(x, 1, 0), X),
    "minimum of all": (lambda x, y: builder.reduce_min(x), X.min()),
    "minimum of columns": (lambda x, y: builder.reduce_min(x, [0, 2], keepdims=True), X.min((0, 2), keepdims=True)),
    "variance of all": (lambda x, y: builder.variance(x), X.var()),
    "variance of rows": (lambda x, y: builder.variance(x, [0, 1]), X.var((0, 1))),
    "variance, kept": (lambda x, y: builder.variance(x, [-1], keepdims=True), X.var(-1, keepdims=True)),
    "large and steady": (lambda x, y: builder.variance(x * 1e-3 + 100.0, [0]), (X * 1e-3).var(0)),
    "square": (lambda x, y: builder.square(x), X**2),
    "power": (lambda x, y: builder.power(builder.absolute(x), y), np.abs(X) ** Y),
    "power of a number": (lambda x, y: builder.power(2.0, y), 2.0**Y),
    "clip": (lambda x, y: builder.clip(x, -0.5, np.full(5, 0.25)), X.clip(-0.5, 0.25)),
    "where": (lambda x, y: builder.where(builder.greater(x, y), 1.0, X), np.where(X > Y, 1.0, X)),
    "floor": (lambda x, y: builder.floor(x * 3.0), np.floor(X.astype(np.float32) * np.float32(3))),
    "batched product": (lambda x, y: builder.matmul(x, y, transpose_b=True), X @ Y.swapaxes(1, 2)),
    "product with an array": (lambda x, y: builder.matmul(x, Y, transpose_a=True), X.swapaxes(1, 2) @ Y),
    "array on the left": (lambda x, y: Y - x, Y - X),
    "literal": (lambda x, y: builder.literal(x.graph, Y[:, ::-1].T), Y[:, ::-1].T),
    "literal of a number": (lambda x, y: builder.literal(x.graph, 2.5), np.array(2.5)),
}


@pytest.mark.parametrize("engine", [ReferenceEngine(), NativeEngine()], ids=["reference", "native"])
@pytest.mark.parametrize("name", SAME_AS_NUMPY)
def test_functions_give_what_numpy_gives(name, engine):
    emit, expected = SAME_AS_NUMPY[name]
    graph = Graph()
    graph.outputs["y"] = emit(graph.add(ops.Input(X.shape, "x")), graph.add(ops.Input(Y.shape, "y")))
    program = engine.prepare(graph)
    for _ in range(2):
        found = program.run({"x": X, "y": Y}, {})["y"]
        assert found.shape == expected.shape
        # The steady values carry the rounding of 100 in float32, 4e-6 beside a deviation of 1e-3.
        tolerance = 2e-2 if name == "large and steady" and engine.name == "native" else 1e-5
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-6 if tolerance < 1e-3 else 0)


def test_weights_may_stand_beside_a_tensor():
    weight = Variable(np.arange(15.0).reshape(5, 3), name="kernel", owner="layer")
    graph = Graph()
    x = graph.add(ops.Input((2, 5), "x"))
    graph.outputs = {
        "product": builder.matmul(x, weight),
        "maximum": builder.maximum(x, Variable(np.ones(5), name="b", owner="l")),
    }
    states = {weight.state.name: weight.state}
    states |= {
        op.state: state_of(np.ones(5, np.float32))
        for op in (n.op for n in graph.nodes)
        if isinstance(op, ops.Parameter)
        if op.state not in states
    }
    found = ReferenceEngine().prepare(graph).run({"x": np.eye(2, 5)}, states)
    assert np.array_equal(found["product"], weight.numpy()[:2])
    assert np.array_equal(found["maximum"], np.ones((2, 5)))


@pytest.mark.parametrize("engine", [ReferenceEngine(), NativeEngine()], ids=["reference", "native"])
def test_random_numbers_have_their_distribution(engine):
    """Mean, variance, skewness and the share beyond two deviations, each within five standard errors."""
    count = 200_000
    graph = Graph()
    graph.outputs = {
        "uniform": builder.random_uniform(graph, (2, count // 2), 0),
        "normal": builder.random_normal(graph, (count // 2, 2), 1),
        "other": builder.random_normal(graph, (count // 2, 2), 2),
    }
    program = engine.prepare(graph)
    draws = {name: array.astype(np.float64) for name, array in program.run({}, {}, seed=5).items()}
    uniform, normal = draws["uniform"], draws["normal"]
    assert uniform.shape == (2, count // 2) and normal.shape == (count // 2, 2)
    assert uniform.min() >= 0 and uniform.max() < 1
    error = 5 / np.sqrt(count)
    assert abs(uniform.mean() - 0.5) < error * np.sqrt(1 / 12)
    assert abs(normal.mean()) < error and abs(normal.var() - 1) < error * np.sqrt(2)
    assert abs((normal**3).mean()) < error * np.sqrt(15)
    share = 0.04550026
    assert abs((np.abs(normal) > 2).mean() - share) < error * np.sqrt(share)
    assert abs(np.corrcoef(normal.ravel(), draws["other"].ravel())[0, 1]) < error
    assert abs(np.corrcoef(normal.ravel()[1:], normal.ravel()[:-1])[0, 1]) < error
    again = program.run({}, {}, seed=5, step=1)["normal"]
    assert not np.array_equal(again, draws["normal"])
