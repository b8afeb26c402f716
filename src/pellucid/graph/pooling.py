"""Passes for max pooling: what comes before it, and its gradient, touch as little memory as can be."""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.graph import ops, windows
from pellucid.graph.rewriter import Key, Rewriter, consumers_of, eliminate_dead, output_keys
from pellucid.graph.tensor import Graph, Node, Tensor


@dataclass(frozen=True)
class _Pooled:
    """A convolution, the max pooling that reads it, and the pooling's gradients."""

    convolution: Node
    pool: Node
    gradients: tuple[Node, ...]


def fuse_pooling(graph: Graph) -> Graph:
    """Let a convolution keep only the maxima of its result, and where they were for the gradient.

    A quarter of the numbers travel to memory and back where windows are 2 x 2, once as values and once as places.
    """
    consumers, kept = consumers_of(graph), output_keys(graph)
    found = [_find_pooling(node, consumers, kept) for node in graph.nodes]
    by_pool = {pooled.pool: pooled for pooled in found if pooled is not None}
    by_gradient = {gradient: pooled for pooled in by_pool.values() for gradient in pooled.gradients}
    absorbed = {pooled.convolution for pooled in by_pool.values()}
    rewrite = Rewriter(graph)
    places: dict[Node, Tensor] = {}
    for node in graph.nodes:
        if node in by_pool:
            largest, *rest = _emit_pooled(by_pool[node], rewrite)
            rewrite.place[node, 0] = largest
            places.update(dict.fromkeys([node], rest[0]) if rest else {})
        elif node in by_gradient:
            pooled = by_gradient[node]
            assert isinstance(node.op, windows.MaxPoolGradient)
            op = windows.MaxUnpool(node.op.window, pooled.convolution.outputs[0].shape)
            with rewrite.new.scope(node.name):
                rewrite.place[node, 0] = rewrite.new.add(op, places[pooled.pool], rewrite(node.inputs[2]))
        elif node not in absorbed:
            rewrite.copy(node)
    return rewrite.finish()


def _find_pooling(convolution: Node, consumers: dict[Key, list[Node]], kept: set[Key]) -> _Pooled | None:
    """The pooling, if nobody else reads the convolution than it and its gradients."""
    if not isinstance(convolution.op, windows.FusedConvolution) or (convolution, 0) in kept:
        return None
    readers = consumers.get((convolution, 0), [])
    pools = [node for node in readers if isinstance(node.op, windows.MaxPool)]
    if len(pools) != 1:
        return None
    pool, gradients = pools[0], tuple(node for node in readers if node is not pools[0])
    result = convolution.outputs[0]
    fit = all(_is_gradient(node, pool, result) for node in gradients)
    return _Pooled(convolution, pool, gradients) if fit else None


def _is_gradient(node: Node, pool: Node, result: Tensor) -> bool:
    """Whether a node is the gradient of that pooling of `result`, and reads `result` only as such."""
    if not isinstance(node.op, windows.MaxPoolGradient) or not isinstance(pool.op, windows.MaxPool):
        return False
    x, y, gradient = node.inputs
    return node.op.window == pool.op.window and x == result and y.node is pool and gradient != result


def _emit_pooled(pooled: _Pooled, rewrite: Rewriter) -> tuple[Tensor, ...]:
    convolution, pool = pooled.convolution, pooled.pool
    assert isinstance(convolution.op, windows.FusedConvolution)
    assert isinstance(pool.op, windows.MaxPool)
    setting = convolution.op
    op = windows.ConvolutionMaxPool(
        setting.window, setting.groups, setting.relu, pool.op.window, places=bool(pooled.gradients)
    )
    with rewrite.new.scope(convolution.name):
        return rewrite.new.apply(op, *map(rewrite, convolution.inputs))


def sum_before_unpooling(graph: Graph) -> Graph:
    """Add up pooled gradients instead of unpooled ones: the same numbers, among fewer zeros.

    The sum over samples and positions of unpool(places, g) is that of g, since every g goes to one position.
    """
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        source = node.inputs[0].node if node.inputs else node
        sums_all_but_channels = isinstance(node.op, ops.ReduceSum) and node.op.axes == tuple(
            range(len(node.inputs[0].shape) - 1)
        )
        if sums_all_but_channels and isinstance(source.op, windows.MaxUnpool):
            rewrite.emit(node.op, [source.inputs[1]], node.name, [(node, 0)])
        else:
            rewrite.copy(node)
    return eliminate_dead(rewrite.finish())
