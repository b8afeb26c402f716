"""A pass for the first half of an inverted residual: what a 1x1 convolution gives goes straight into a depthwise one.

The 1x1 convolution makes several channels out of each; fused, they never travel to memory, nor have a place there.

Source: Sandler et al., MobileNetV2, arXiv 1801.04381, section 5.1 (memory efficient inference).
"""

from __future__ import annotations

from pellucid.graph import windows
from pellucid.graph.rewriter import Key, Rewriter, consumers_of, output_keys
from pellucid.graph.tensor import Graph, Node


def fuse_pointwise(graph: Graph) -> Graph:
    """Let a depthwise convolution compute the 1x1 convolution that it alone reads, as far as it needs it."""
    consumers, kept = consumers_of(graph), output_keys(graph)
    found: dict[Node, Node] = {}  # by the depthwise convolution
    for node in graph.nodes:
        reader = _sole_reader(node, consumers, kept)
        if reader is not None and _is_pointwise(node) and _is_depthwise(reader):
            found[reader] = node
    absorbed = set(found.values())
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if node in found:
            pointwise = found[node]
            assert isinstance(pointwise.op, windows.FusedConvolution)
            assert isinstance(node.op, windows.FusedConvolution)
            op = windows.PointwiseDepthwise(pointwise.op, node.op)
            rewrite.emit(op, [*pointwise.inputs, *node.inputs[1:]], node.name, [(node, 0)])
        elif node not in absorbed:
            rewrite.copy(node)
    return rewrite.finish()


def _sole_reader(node: Node, consumers: dict[Key, list[Node]], kept: set[Key]) -> Node | None:
    """Who alone reads what a node gives, as the first of its inputs."""
    readers = consumers.get((node, 0), [])
    alone = len(readers) == 1 and (node, 0) not in kept and readers[0].inputs[0].node is node
    return readers[0] if alone else None


def _is_pointwise(node: Node) -> bool:
    op = node.op
    if not isinstance(op, windows.FusedConvolution) or op.precision != "float32" or op.groups != 1:
        return False
    window = op.window
    return window.rank == 2 and window.taps == 1 and window.strides == (1, 1) and window.padding == ((0, 0), (0, 0))


def _is_depthwise(node: Node) -> bool:
    op, filters = node.op, node.outputs[0].shape[-1]
    if not isinstance(op, windows.FusedConvolution) or op.precision != "float32":
        return False
    return 1 < op.groups == filters == node.inputs[0].shape[-1] and node.inputs[1].shape[-1] == filters
