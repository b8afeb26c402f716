"""Sums of products, and what is computed once instead of twice."""

from __future__ import annotations

import pytest
from checks.graphs import kinds, same_results

from pellucid.graph import Graph, Tensor, builder, ops
from pellucid.graph.duplicates import merge_duplicates
from pellucid.graph.sums import factor_sums

SHAPE = (2, 5, 4, 3)
AXES = (0, 1, 2)


def _graph() -> tuple[Graph, Tensor, Tensor, Tensor]:
    """Two tensors as large as the data, and a number per channel."""
    graph = Graph()
    return (
        graph,
        graph.add(ops.Input(SHAPE, "g")),
        graph.add(ops.Input(SHAPE, "d")),
        graph.add(ops.Input((3,), "c")),
    )


def _sum(x: Tensor) -> Tensor:
    return builder.reduce_sum(x, AXES, keepdims=True)


def _factored(graph: Graph) -> Graph:
    rewritten = merge_duplicates(factor_sums(merge_duplicates(graph)))
    same_results(graph, rewritten)
    return rewritten


def test_sums_of_a_normalisation_become_two():
    graph, g, d, c = _graph()
    per_channel = builder.reshape(c, (1, 1, 1, 3))
    sums = [_sum(g), _sum(-(g * c)), _sum(g * (d * per_channel)), _sum(g * c * d), _sum((d * g) * 2.0)]
    graph.outputs.update({str(number): total for number, total in enumerate(sums)})
    assert kinds(_factored(graph)).count("ReduceSum") == 2


@pytest.mark.parametrize("axes", [(1, 2), (0,), (3,)])
def test_factors_that_vary_along_an_axis_of_the_sum_stay_inside(axes):
    graph, g, d, c = _graph()
    graph.outputs["y"] = builder.reduce_sum(g * c * d, axes, keepdims=True)
    rewritten = _factored(graph)
    (total,) = [node for node in rewritten.nodes if isinstance(node.op, ops.ReduceSum)]
    varies = 3 in axes
    inside = {tensor.node.op.name for tensor in _leaves(total.inputs[0])}
    assert ("c" in inside) == varies


def _leaves(tensor: Tensor) -> list[Tensor]:
    return [tensor] if not tensor.node.inputs else [leaf for t in tensor.node.inputs for leaf in _leaves(t)]


def test_a_product_of_parts_that_are_smaller_than_itself_stays():
    graph = Graph()
    rows, columns = graph.add(ops.Input((4, 1), "rows")), graph.add(ops.Input((1, 5), "columns"))
    graph.outputs["y"] = builder.reduce_sum(rows * columns, (0,), keepdims=True)
    assert kinds(_factored(graph)) == kinds(graph)


def test_equal_nodes_are_one_and_stops_are_gone():
    graph, g, _, c = _graph()
    graph.outputs["y"] = (g - builder.stop_gradient(c)) * (g - c)
    assert kinds(merge_duplicates(graph)) == ["Elementwise", "Elementwise"]
    same_results(graph, merge_duplicates(graph))


def test_draws_are_never_merged():
    graph, g, *_ = _graph()
    first, second = (builder.random_uniform(graph, SHAPE, stream) for stream in (1, 2))
    graph.outputs["y"] = first * g + second * g
    assert [type(node.op).__name__ for node in merge_duplicates(graph).nodes].count("RandomUniform") == 2
