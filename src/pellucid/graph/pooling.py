"""Passes for max pooling: what comes before it, and its gradient, touch as little memory as can be."""

from __future__ import annotations

import math

from pellucid.frozen import Frozen
from pellucid.graph import movement, ops, windows
from pellucid.graph.rewriter import Key, Rewriter, consumers_of, eliminate_dead, output_keys
from pellucid.graph.tensor import Graph, Node, Tensor


class _Pooled(Frozen, eq=False):
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
    if not isinstance(convolution.op, windows.Convolution | windows.FusedConvolution) or (convolution, 0) in kept:
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
    setting, pool = pooled.convolution.op, pooled.pool
    assert isinstance(setting, windows.Convolution | windows.FusedConvolution)
    assert isinstance(pool.op, windows.MaxPool)
    has_bias, relu, ceiling = False, False, math.inf
    if isinstance(setting, windows.FusedConvolution):
        has_bias, relu, ceiling = True, setting.relu, setting.ceiling
    places = bool(pooled.gradients)
    op = windows.ConvolutionMaxPool(
        setting.window, setting.groups, relu, pool.op.window, places, ceiling, precision=setting.precision
    )
    with rewrite.new.scope(pooled.convolution.name):
        inputs = [rewrite(tensor) for tensor in pooled.convolution.inputs]
        if not has_bias:  # as in front of a normalisation
            zero = rewrite.new.add(ops.Constant(0.0))
            inputs.append(rewrite.new.add(movement.BroadcastTo(inputs[1].shape[-1:]), zero))
        return rewrite.new.apply(op, *inputs)


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


class _Gradients(Frozen, eq=False):
    """The gradients that alone read what an unpooling gives: of the kernel, and of the input where it is wanted."""

    of_kernel: Node
    of_input: Node | None


def fuse_pooling_gradients(graph: Graph) -> Graph:
    """Let the gradients of a convolution in front of a max pooling take the pooled gradient.

    So the unpooled one, mostly zeros, need not be written.
    """
    consumers, kept, order = consumers_of(graph), output_keys(graph), {n: i for i, n in enumerate(graph.nodes)}
    found: dict[Node, _Gradients] = {}
    for node in graph.nodes:
        if isinstance(node.op, windows.MaxUnpool) and (node, 0) not in kept:
            gradients = _find_gradients(node, consumers.get((node, 0), []), order)
            found.update({} if gradients is None else {node: gradients})
    absorbed = {node for pair in found.values() for node in (pair.of_kernel, pair.of_input)}
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if node in found:
            _emit_gradients(node, found[node], rewrite)
        elif node not in absorbed:
            rewrite.copy(node)
    return rewrite.finish()


def _find_gradients(unpool: Node, readers: list[Node], order: dict[Node, int]) -> _Gradients | None:
    """Who reads the unpooling, if it is the gradients of one convolution, whose other operands are there by then."""
    of_kernel = [node for node in readers if isinstance(node.op, windows.ConvolutionKernelGradient)]
    of_input = [node for node in readers if isinstance(node.op, windows.ConvolutionInputGradient)]
    if len(of_kernel) != 1 or len(of_input) > 1 or len(readers) != len(of_kernel) + len(of_input):
        return None
    others = [of_kernel[0].inputs[0]] + [node.inputs[1] for node in of_input]
    if any(order[tensor.node] >= order[unpool] for tensor in others):
        return None
    one, two = of_kernel[0], of_input[0] if of_input else None
    if two is not None and _setting(one) != _setting(two):
        return None
    return _Gradients(one, two)


def _setting(gradient: Node) -> tuple[object, ...]:
    """What the gradients of one convolution have in common, the shapes of input and kernel with it."""
    op = gradient.op
    assert isinstance(op, windows.ConvolutionKernelGradient | windows.ConvolutionInputGradient)
    if isinstance(op, windows.ConvolutionKernelGradient):
        return op.window, op.groups, op.precision, gradient.inputs[0].shape, op.shape
    return op.window, op.groups, op.precision, op.shape, gradient.inputs[1].shape


def _emit_gradients(unpool: Node, gradients: _Gradients, rewrite: Rewriter) -> None:
    of_kernel, of_input = gradients.of_kernel, gradients.of_input
    assert isinstance(unpool.op, windows.MaxUnpool)
    assert isinstance(of_kernel.op, windows.ConvolutionKernelGradient)
    setting, x = of_kernel.op, of_kernel.inputs[0]
    op = windows.ConvolutionMaxPoolGradient(
        setting.window,
        setting.groups,
        unpool.op.window,
        x.shape,
        setting.shape,
        of_input is not None,
        precision=setting.precision,
    )
    inputs = [x, *unpool.inputs] + ([] if of_input is None else [of_input.inputs[1]])
    replaces = [(of_kernel, 0)] + ([] if of_input is None else [(of_input, 0)])
    rewrite.emit(op, inputs, of_kernel.name, replaces)
