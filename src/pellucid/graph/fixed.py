"""Which results depend on weights alone, so that predictions need not compute them again for every batch."""

from __future__ import annotations

from pellucid.graph import ops
from pellucid.graph.tensor import Graph, Node


def fixed_nodes(graph: Graph) -> frozenset[Node]:
    """The nodes whose results are the same in each run until somebody writes to the state.

    A graph that writes to the state itself, a training step, has none.

    Example:
        >>> graph = Graph()
        >>> x, w = graph.add(ops.Input((4,), "x")), graph.parameter(ops.Parameter((4,), "weights", 0))
        >>> graph.outputs["y"] = x * -w
        >>> [type(node.op).__name__ for node in graph.nodes if node in fixed_nodes(graph)]
        ['Parameter', 'Elementwise']
    """
    fixed: set[Node] = set()
    if any(isinstance(node.op, ops.Update) for node in graph.nodes):
        return frozenset()
    for node in graph.nodes:
        is_given = isinstance(node.op, ops.Parameter | ops.Literal | ops.Constant)
        if is_given or (node.inputs and all(tensor.node in fixed for tensor in node.inputs)):
            fixed.add(node)
    return frozenset(fixed)
