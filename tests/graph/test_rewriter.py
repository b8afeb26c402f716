"""Graphs that a pass does not change are not built anew; where it changes one, all before it is there too."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.graph import Graph, builder, ops
from pellucid.graph.duplicates import merge_duplicates
from pellucid.graph.passes import optimize
from pellucid.graph.rewriter import Rewriter, eliminate_dead


def _graph() -> Graph:
    graph = Graph()
    x = graph.leaf(ops.Input((2, 3), "x"))
    graph.outputs = {"y": builder.tanh(x + 1.0), "z": x * 2.0}
    return graph


def test_what_is_copied_as_it_stands_is_the_same() -> None:
    graph = _graph()
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        rewrite.copy(node)
    assert rewrite.finish() is graph
    assert eliminate_dead(graph) is graph and merge_duplicates(graph) is graph


@pytest.mark.parametrize("place", range(3))
def test_a_change_at_any_place_keeps_what_was_before(place: int) -> None:
    """One sum more, asked for behind so many nodes, before or after others were looked at."""
    graph = _graph()
    rewrite = Rewriter(graph)
    for number, node in enumerate(graph.nodes):
        rewrite.copy(node)
        if number == place:
            assert rewrite(node.outputs[0]).graph is rewrite.new is not graph
    new = rewrite.finish()
    assert [type(node.op) for node in new.nodes] == [type(node.op) for node in graph.nodes]
    assert all(tensor.graph is new for node in new.nodes for tensor in node.inputs)
    assert {name: tensor.shape for name, tensor in new.outputs.items()} == {"y": (2, 3), "z": (2, 3)}


def test_nodes_that_are_left_out_or_turned_around() -> None:
    graph = _graph()
    dead = graph.apply(ops.Constant(7.0))[0]
    alive = eliminate_dead(graph)
    assert alive is not graph and len(alive.nodes) == len(graph.nodes) - 1
    assert dead.node in graph.nodes  # the old graph is as it was
    first, second, *others = graph.nodes
    rewrite = Rewriter(graph)
    for node in (second, first, *others):
        rewrite.copy(node)
    assert [node.op for node in rewrite.finish().nodes[:2]] == [second.op, first.op]


def test_doubled_nodes_are_one_and_others_stay() -> None:
    graph = Graph()
    x = graph.leaf(ops.Input((4,), "x"))
    graph.outputs = {"sum": builder.exp(x) + builder.exp(x), "other": builder.tanh(x)}
    merged = merge_duplicates(graph)
    names = [node.op.function for node in merged.nodes if isinstance(node.op, ops.Elementwise)]
    assert names == ["exp", "add", "tanh"] and len(optimize(merged).outputs) == 2
    assert np.unique([tensor.graph is merged for tensor in merged.outputs.values()]).tolist() == [True]
