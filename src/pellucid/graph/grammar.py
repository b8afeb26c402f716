"""Is this graph well formed? A grammar that is checked before a graph is run, and after every pass in the tests."""

from __future__ import annotations

import itertools
import math

from pellucid.errors import GraphError, ShapeError
from pellucid.graph import ops
from pellucid.graph.tensor import Graph, Node, Tensor


def verify(graph: Graph) -> None:
    """Raise `GraphError` unless the graph obeys the grammar.

    Every input of a node is a result of an earlier node of the same graph; shapes are what the shape rules give;
    operands match the arity of their function; every output is a result of the graph; inputs of one name agree in
    shape; no two updates overlap.

    Args:
        graph: any graph.

    Raises:
        GraphError: the first rule that is broken, with the node.

    Example:
        >>> graph = Graph()
        >>> graph.outputs["x"] = graph.add(ops.Input((1,), "x"))
        >>> verify(graph)
    """
    known: set[Tensor] = set()
    inputs: dict[str, tuple[int, ...]] = {}
    for position, node in enumerate(graph.nodes):
        where = f"node {position} ({type(node.op).__name__}{' of ' + node.name if node.name else ''})"
        for tensor in node.inputs:
            if _origin(tensor) not in known:
                raise GraphError(f"{where} uses a tensor that no earlier node of this graph computes")
        _check_shapes(node, where)
        if isinstance(node.op, ops.Input) and inputs.setdefault(node.op.name, node.op.shape) != node.op.shape:
            raise GraphError(f"{where}: input {node.op.name!r} is used with two shapes")
        if isinstance(node.op, ops.Elementwise) and len(node.inputs) != ops.ARITY[node.op.function]:
            raise GraphError(f"{where}: {node.op.function} takes {ops.ARITY[node.op.function]} operands")
        known.update(node.outputs)
    for name, tensor in graph.outputs.items():
        if _origin(tensor) not in known:
            raise GraphError(f"output {name!r} is not computed by this graph")
    _check_updates(graph)


def _origin(tensor: Tensor) -> Tensor:
    """The tensor as its node holds it (`builder.softmax` gives an annotated copy)."""
    return tensor.node.outputs[tensor.index]


def _check_shapes(node: Node, where: str) -> None:
    try:
        expected = node.op.output_shapes(*(tensor.shape for tensor in node.inputs))
    except ShapeError as error:
        raise GraphError(f"{where}: {error}") from error
    if expected != tuple(tensor.shape for tensor in node.outputs):
        raise GraphError(f"{where} should give shapes {expected}, holds {[tensor.shape for tensor in node.outputs]}")


def _check_updates(graph: Graph) -> None:
    spans: dict[str, list[tuple[int, int]]] = {}
    for node in graph.nodes:
        if isinstance(node.op, ops.Update):
            start, size = node.op.offset, math.prod(node.inputs[0].shape)
            spans.setdefault(node.op.state, []).append((start, start + size))
    for state, pairs in spans.items():
        pairs.sort()
        for (_, end), (start, _) in itertools.pairwise(pairs):
            if start < end:
                raise GraphError(f"two updates write element {start} of state {state!r}")
