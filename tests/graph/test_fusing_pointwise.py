"""A 1x1 convolution goes into the depthwise one behind it where nobody else wants its result, and nothing changes."""

from __future__ import annotations

import numpy as np
import pytest
from checks.threads import check_bits

from pellucid.engines import NativeEngine, ReferenceEngine
from pellucid.geometry import Window
from pellucid.graph import Graph, Tensor, builder, ops, optimize, windows

POINT = Window((1, 1), (1, 1), (1, 1), ((0, 0), (0, 0)))
SAME = Window((3, 3), (1, 1), (1, 1), ((1, 1), (1, 1)))
SHAPES = {"x": (8, 9, 15, 4), "k": (1, 1, 4, 48), "b": (48,), "d": (3, 3, 1, 48), "c": (48,)}


def _graph(*, groups: int = 48, window: Window = POINT, precision: str = "float32") -> tuple[Graph, Tensor]:
    """min(relu(depthwise(min(relu(pointwise(x)), 1))), 1), and the tensor between."""
    graph = Graph()
    shapes = SHAPES | {"d": (3, 3, 48 // groups, 48)}
    x, k, b, d, c = (graph.add(ops.Input(shape, name)) for name, shape in shapes.items())
    with graph.scope("pointwise", precision):
        between = builder.minimum(builder.relu(builder.convolution(x, k, window, 1) + b), 1.0)
    y = builder.minimum(builder.relu(builder.convolution(between, d, SAME, groups) + c), 1.0)
    graph.outputs["y"] = y
    return graph, between


def _kinds(graph: Graph) -> set[type]:
    return {type(node.op) for node in optimize(graph).nodes}


def test_it_is_fused_and_gives_the_same():
    graph, _ = _graph()
    assert windows.PointwiseDepthwise in _kinds(graph)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape).astype(np.float32) / 2 for name, shape in SHAPES.items()}
    apart, kept = _graph()
    apart.outputs["between"] = kept
    assert windows.PointwiseDepthwise not in _kinds(apart)
    program = NativeEngine().prepare(graph)
    check_bits(program, arrays)
    found = program.run(arrays, {})["y"]
    np.testing.assert_array_equal(found, NativeEngine().prepare(apart).run(arrays, {})["y"])
    expected = ReferenceEngine().prepare(graph).run(arrays, {})["y"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def _read_twice() -> Graph:
    graph, between = _graph()
    graph.outputs["sum"] = builder.reduce_sum(between, (0, 1, 2, 3))
    return graph


@pytest.mark.parametrize(
    "make",
    [
        _read_twice,
        lambda: _graph(groups=24)[0],
        lambda: _graph(window=Window((1, 1), (1, 1), (1, 1), ((0, 0), (0, 1))))[0],
        lambda: _graph(precision="bfloat16")[0],
    ],
    ids=["read twice", "two channels a filter", "padded", "bfloat16"],
)
def test_it_is_not_fused(make):
    assert windows.PointwiseDepthwise not in _kinds(make())
