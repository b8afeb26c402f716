"""Graphs that nobody would write: drawn at random, and held to the same laws as all others."""

from __future__ import annotations

import numpy as np
from checks.listing import listing
from checks.plan import check_plan
from checks.states import run_on
from hypothesis import given, note, settings
from hypothesis import strategies as st

from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.errors import ShapeError
from pellucid.graph import Graph, Tensor, builder, gradient, make_plan, movement, ops, optimize, verify
from pellucid.graph.ops import broadcast_shapes

UNARY = ("tanh", "sigmoid", "relu", "absolute", "negative", "sin", "erf")
BINARY = ("add", "subtract", "multiply", "maximum", "minimum")
MOST = 64  # elements


def _combined(draw: st.DrawFn, pick: st.SearchStrategy[Tensor]) -> Tensor:
    """A function of two tensors; where they do not broadcast, of a tensor and itself."""
    a, b = draw(pick), draw(pick)
    try:
        if np.prod(broadcast_shapes(a.shape, b.shape)) > MOST:
            b = a
    except ShapeError:
        b = a
    y = a.graph.add(ops.Elementwise(draw(st.sampled_from(BINARY))), a, b)
    return builder.tanh(y) if draw(st.booleans()) else y


def _moved(draw: st.DrawFn, x: Tensor) -> Tensor:
    """Another view, part or arrangement of a tensor."""
    if x.rank == 0:
        return builder.broadcast_to(x, (draw(st.integers(1, 4)), 2))
    axis = draw(st.integers(0, x.rank - 1))
    size = x.shape[axis]
    match draw(st.integers(0, 9)):
        case 0:
            return builder.reshape(x, (int(np.prod(x.shape)),))
        case 1:
            return builder.transpose(x, draw(st.permutations(range(x.rank))))
        case 2:
            start = draw(st.integers(0, size - 1))
            return x.graph.add(movement.Slice(axis, start, draw(st.integers(start + 1, size))), x)
        case 3:
            return x.graph.add(movement.Pad(axis, draw(st.integers(0, 1)), draw(st.integers(0, 1))), x)
        case 4:
            return builder.reduce_mean(x, [axis], keepdims=draw(st.booleans()))
        case 5:
            return builder.reduce_max(x, [axis], keepdims=draw(st.booleans()))
        case 6:
            return builder.gather(x, draw(st.lists(st.integers(-1, size - 1), min_size=1, max_size=5)), axis)
        case 7:
            indices = draw(st.lists(st.integers(-1, 3), min_size=size, max_size=size))
            return builder.tanh(x.graph.add(movement.ScatterAdd(axis, np.array(indices), 4), x))
        case 8:
            values = draw(st.sampled_from((np.ones(size), np.arange(x.shape[-1]) / 10, np.full(x.shape, -0.5))))
            return x if values.shape not in ((x.shape[-1],), x.shape) else values * x
        case _:
            return builder.concatenate([x, builder.stop_gradient(x)], axis)


def _joined(draw: st.DrawFn, x: Tensor, y: Tensor) -> Tensor:
    """A product of two matrices, or a pack of two arrays."""
    sizes = int(np.prod(x.shape)), int(np.prod(y.shape))
    if draw(st.booleans()):
        offset = draw(st.sampled_from((sizes[0], -(-sizes[0] // 16) * 16, sizes[0] + 3)))
        return builder.pack([x, y], [0, offset], offset + sizes[1] + draw(st.integers(0, 2)))
    if x.rank == y.rank == 3 and x.shape == y.shape:
        return builder.tanh(builder.matmul(x, y, transpose_b=True))
    a, b = builder.reshape(x, (1, sizes[0])), builder.reshape(y, (sizes[1], 1))
    return builder.matmul(b, a) if np.prod(sizes) <= MOST else builder.tanh(x)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A graph of up to 30 nodes with inputs, a state, outputs and updates; all numbers stay small."""
    graph = Graph()
    tensors = [graph.add(ops.Input(shape, f"x{i}")) for i, shape in enumerate(((4, 4), (4,), (), (2, 1, 3)))]
    tensors += [
        graph.leaf(ops.Parameter(shape, "state", offset)) for shape, offset in (((16,), 0), ((4, 4), 16), ((8,), 4))
    ]
    for _ in range(draw(st.integers(3, 30))):
        pick = st.sampled_from(tensors)
        match draw(st.integers(0, 7)):
            case 0 | 1:
                made = graph.add(ops.Elementwise(draw(st.sampled_from(UNARY))), draw(pick))
            case 2 | 3 | 4:
                made = _combined(draw, pick)
            case 5 | 6:
                made = _moved(draw, draw(pick))
            case _:
                made = _joined(draw, draw(pick), draw(pick))
        if np.prod(made.shape) <= MOST:
            tensors.append(made)
    for number in range(draw(st.integers(1, 3))):
        graph.outputs[f"y{number}"] = draw(st.sampled_from(tensors))
    if draw(st.booleans()):
        [graph.outputs["gradient"]] = gradient(builder.reduce_sum(draw(st.sampled_from(tensors))), [tensors[0]])
    _add_updates(draw, graph, tensors)
    return graph


def _add_updates(draw: st.DrawFn, graph: Graph, tensors: list[Tensor]) -> None:
    end = 0
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.sampled_from(tensors))
        start = end + draw(st.integers(0, 5))
        end = start + int(np.prod(value.shape))
        if end > 160:
            return
        graph.apply(ops.Update("state", start), value)


@settings(max_examples=300)
@given(graphs())
def test_plan_of_any_graph(graph):
    note(listing(graph))
    verify(graph)
    optimized = optimize(graph)
    verify(optimized)
    check_plan(make_plan(optimized))


@settings(max_examples=300)
@given(graphs())
def test_engines_agree_on_any_graph(graph):
    note(listing(graph))
    results = []
    for engine, chosen in ((ReferenceEngine(), graph), (ReferenceEngine(), optimize(graph)), (NativeEngine(), graph)):
        rng = np.random.default_rng(0)
        inputs = {
            f"x{i}": rng.normal(size=shape).astype(np.float32) for i, shape in enumerate(((4, 4), (4,), (), (2, 1, 3)))
        }
        state = {"state": rng.normal(size=160).astype(np.float32)}
        program = engine.prepare(chosen)
        outputs = run_on(program, inputs, state)
        results.append(outputs | state)
    for found in results[1:]:
        for name, expected in results[0].items():
            np.testing.assert_allclose(
                found[name], expected, rtol=1e-3, atol=1e-4 * (1 + np.abs(expected).max()), err_msg=name
            )
