"""Which results depend alone on what a graph does not change: they need not be computed again for every batch."""

from __future__ import annotations

from pellucid.graph import ops
from pellucid.graph.tensor import Graph, Node


def fixed_nodes(graph: Graph) -> frozenset[Node]:
    """The nodes whose results are the same in each run until somebody else writes to the states that they read.

    States that the graph itself updates do not count: weights are fixed in an evaluation, which updates the counts of
    metrics, and are not in a training step.

    Example:
        >>> graph = Graph()
        >>> x, w = graph.add(ops.Input((4,), "x")), graph.parameter(ops.Parameter((4,), "weights", 0))
        >>> graph.outputs["y"] = x * -w
        >>> [type(node.op).__name__ for node in graph.nodes if node in fixed_nodes(graph)]
        ['Parameter', 'Elementwise']
    """
    fixed: set[Node] = set()
    updated = {node.op.state for node in graph.nodes if isinstance(node.op, ops.Update)}
    for node in graph.nodes:
        is_given = isinstance(node.op, ops.Literal | ops.Constant)
        is_given |= isinstance(node.op, ops.Parameter) and node.op.state not in updated
        if is_given or (node.inputs and all(tensor.node in fixed for tensor in node.inputs)):
            fixed.add(node)
    return frozenset(fixed)
