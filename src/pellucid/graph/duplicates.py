"""Computing once what is asked for twice."""

from __future__ import annotations

from pellucid.graph import movement, ops
from pellucid.graph.rewriter import Key, Rewriter, eliminate_dead
from pellucid.graph.tensor import Graph, Tensor

_MERGED = (ops.Elementwise, movement.BroadcastTo, movement.Reshape, ops.ReduceSum, ops.Constant)


def merge_duplicates(graph: Graph) -> Graph:
    """Let nodes that compute the same from the same be one, and a `StopGradient` be what it stops.

    Gradients have been derived when passes run, so that there is nothing left to stop.
    """
    stands: dict[Key, Tensor] = {}  # for a result, the one that stands in its place
    known: dict[tuple[ops.Op, tuple[Tensor, ...]], Tensor] = {}
    for node in graph.nodes:
        inputs = tuple([stands.get((tensor.node, tensor.index), tensor) for tensor in node.inputs])
        if isinstance(node.op, movement.StopGradient):
            stands[node, 0] = inputs[0]
        elif isinstance(node.op, _MERGED):
            result = known.setdefault((node.op, inputs), node.outputs[0])
            if result.node is not node:
                stands[node, 0] = result
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if (node, 0) in stands:
            rewrite.place[node, 0] = rewrite(stands[node, 0])
        else:
            rewrite.copy(node)
    return eliminate_dead(rewrite.finish())
