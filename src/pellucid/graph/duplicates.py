"""Computing once what is asked for twice."""

from __future__ import annotations

from pellucid.graph import movement, ops
from pellucid.graph.rewriter import Rewriter, eliminate_dead
from pellucid.graph.tensor import Graph, Tensor

_MERGED = (ops.Elementwise, movement.BroadcastTo, movement.Reshape, ops.ReduceSum, ops.Constant)


def merge_duplicates(graph: Graph) -> Graph:
    """Let nodes that compute the same from the same be one, and a `StopGradient` be what it stops.

    Gradients have been derived when passes run, so that there is nothing left to stop.
    """
    rewrite = Rewriter(graph)
    known: dict[tuple[ops.Op, tuple[Tensor, ...]], Tensor] = {}
    for node in graph.nodes:
        inputs = tuple(map(rewrite, node.inputs))
        if isinstance(node.op, movement.StopGradient):
            rewrite.place[node, 0] = inputs[0]
        elif isinstance(node.op, _MERGED) and (node.op, inputs) in known:
            rewrite.place[node, 0] = known[node.op, inputs]
        else:
            rewrite.copy(node)
            if isinstance(node.op, _MERGED):
                known[node.op, inputs] = rewrite.place[node, 0]
    return eliminate_dead(rewrite.finish())
