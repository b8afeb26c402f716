"""The precision of products, over a whole graph: what an engine does that has been told to heed no layer's policy."""

from __future__ import annotations

from dataclasses import replace

from pellucid.graph.ops import Product
from pellucid.graph.rewriter import Rewriter
from pellucid.graph.tensor import Graph


def with_precision(graph: Graph, precision: str) -> Graph:
    """The same graph, all its products of one precision."""
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if isinstance(node.op, Product) and node.op.precision != precision:
            op = replace(node.op, precision=precision)
            rewrite.emit(op, node.inputs, node.name, [(node, index) for index in range(len(node.outputs))])
        else:
            rewrite.copy(node)
    return rewrite.finish()


def has_precision(graph: Graph, precision: str) -> bool:
    """Whether a graph has products of that precision."""
    return any(isinstance(node.op, Product) and node.op.precision == precision for node in graph.nodes)
