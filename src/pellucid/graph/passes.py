"""Rewriting a graph into one that computes the same with fewer passes over memory.

Each pass takes a graph and returns a new one; none changes a result beyond rounding. `optimize` applies them all.
"""

from __future__ import annotations

import math

from pellucid.frozen import Frozen
from pellucid.graph import builder, movement, ops, windows
from pellucid.graph.chains import fuse_elementwise, recompute
from pellucid.graph.duplicates import merge_duplicates
from pellucid.graph.fixed import fixed_nodes
from pellucid.graph.pooling import fuse_pooling, fuse_pooling_gradients, sum_before_unpooling
from pellucid.graph.rewriter import Key, Rewriter, consumers_of, eliminate_dead, output_keys
from pellucid.graph.schedule import update_early
from pellucid.graph.sums import factor_sums
from pellucid.graph.tensor import Graph, Node, Tensor

MAX_PRODUCTS = 3  # a power up to this exponent costs less as products, and hardly rounds more


def optimize(graph: Graph) -> Graph:
    """All passes, each of them once, in the order in which one prepares the ground for the next."""
    simple = mask_before_unpooling(expand_powers(merge_duplicates(graph)))
    fused = fuse_convolution(fold_scale(merge_duplicates(factor_sums(simple))))
    pooled = fuse_pointwise(fuse_pooling(fused))
    return update_early(fuse_elementwise(recompute(fuse_pooling_gradients(sum_before_unpooling(pooled)))))


def expand_powers(graph: Graph) -> Graph:
    """Write x^1, x^2 and x^3 as products."""
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if _is_small_power(node):
            base, exponent = map(rewrite, node.inputs)
            assert isinstance(exponent.node.op, ops.Constant)
            with rewrite.new.scope(node.name):
                product = base
                for _ in range(1, int(exponent.node.op.value)):
                    product = product * base
            rewrite.place[node, 0] = product
        else:
            rewrite.copy(node)
    return rewrite.finish()


def _is_small_power(node: Node) -> bool:
    if not isinstance(node.op, ops.Elementwise) or node.op.function != "power":
        return False
    exponent = node.inputs[1].node.op
    return isinstance(exponent, ops.Constant) and exponent.value in range(1, MAX_PRODUCTS + 1)


def mask_before_unpooling(graph: Graph) -> Graph:
    """Let the gradient of a ReLU in front of a max pooling choose among the pooled gradients, which are fewer.

    where(x > 0, unpool(x, y, g), 0) = unpool(x, y, where(y > 0, g, 0)), since an element that receives a gradient is
    its window's maximum: there x = y.
    """
    consumers, kept = consumers_of(graph), output_keys(graph)
    rewrite = Rewriter(graph)
    waiting: set[Node] = set()  # gradients of poolings whose mask comes
    for node in graph.nodes:
        if isinstance(node.op, windows.MaxPoolGradient) and _find_mask(node, consumers, kept) is not None:
            waiting.add(node)
        elif isinstance(node.op, ops.Elementwise) and node.op.function == "where" and node.inputs[1].node in waiting:
            unpool = node.inputs[1].node
            x, y, gradient = map(rewrite, unpool.inputs)
            with rewrite.new.scope(unpool.name):
                masked = builder.where(builder.greater(y, 0.0), gradient, 0.0)
                rewrite.place[node, 0] = rewrite.new.add(unpool.op, x, y, masked)
        else:
            rewrite.copy(node)
    return eliminate_dead(rewrite.finish())


def _find_mask(unpool: Node, consumers: dict[Key, list[Node]], kept: set[Key]) -> Node | None:
    """The node where(x > 0, unpool, 0) that alone reads the gradient of a pooling of x."""
    mask = _sole_reader(unpool, "where", consumers, kept)
    if mask is None or mask.inputs[1].node is not unpool or not _is_number(mask.inputs[2], 0.0):
        return None
    condition = mask.inputs[0].node
    if not isinstance(condition.op, ops.Elementwise) or condition.op.function != "greater":
        return None
    of_pooled = condition.inputs[0] == unpool.inputs[0]
    return mask if of_pooled and _is_number(condition.inputs[1], 0.0) else None


def _is_number(tensor: Tensor, value: float) -> bool:
    op = tensor.node.inputs[0].node.op if isinstance(tensor.node.op, movement.BroadcastTo) else tensor.node.op
    return isinstance(op, ops.Constant) and op.value == value


class _Scaled(Frozen, eq=False):
    """A convolution, plus a bias, times a scale, plus a shift: nodes in a row, and one number per filter for each."""

    nodes: tuple[Node, ...]
    bias: Tensor | None
    scale: Tensor
    shift: Tensor | None


def fold_scale(graph: Graph) -> Graph:
    """Let a kernel take the scale behind its convolution, as batch normalisation leaves one when a model predicts.

    (convolution(x, k) + b) s + t = convolution(x, k s) + (b s + t), where the last axis of k and s is that of the
    filters. What is scaled then is the kernel instead of every result, and the rest is a bias, which `fuse_convolution`
    takes in. Kernels with more numbers than the result stay, unless they are weights that do not change from run to
    run; so do products of matrices, since a chain scales their results while it adds the bias.

    Source: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference,
    arXiv 1712.05877, section 3.2 (batch normalisation folding).
    """
    consumers, kept, fixed = consumers_of(graph), output_keys(graph), fixed_nodes(graph)
    folded: dict[Node, _Scaled] = {}  # by their last node: whatever they need has been computed there
    absorbed: set[Node] = set()
    for node in graph.nodes:
        found = _find_scale(node, consumers, kept) if isinstance(node.op, windows.Convolution) else None
        if found is not None and (_shrinks(node) or {node.inputs[1].node, found.scale.node} <= fixed):
            folded[found.nodes[-1]] = found
            absorbed.update(found.nodes)
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if node in folded:
            convolution = folded[node].nodes[0]
            with rewrite.new.scope(convolution.name, ops.precision_of(convolution.op)):
                rewrite.place[node, 0] = _emit_scaled(folded[node], rewrite)
        elif node not in absorbed:
            rewrite.copy(node)
    return rewrite.finish()


def _find_scale(convolution: Node, consumers: dict[Key, list[Node]], kept: set[Key]) -> _Scaled | None:
    nodes, operands = [convolution], []
    for function in ("add", "multiply", "add"):
        reader = _sole_reader(nodes[-1], function, consumers, kept)
        operand = None if reader is None else _per_filter(reader, nodes[-1])
        operands.append(operand)
        if reader is not None and operand is not None:
            nodes.append(reader)
        elif function == "multiply":
            return None
    bias, scale, shift = operands
    return None if scale is None else _Scaled(tuple(nodes), bias, scale, shift)


def _shrinks(convolution: Node) -> bool:
    """Whether the kernel has no more numbers than the result."""
    return math.prod(convolution.inputs[1].shape) <= math.prod(convolution.outputs[0].shape)


def _per_filter(reader: Node, node: Node) -> Tensor | None:
    """What a node combines the result of another with, if that is one number per filter."""
    first, second = reader.inputs
    other, shape = second if first.node is node else first, node.outputs[0].shape
    fits = other.shape[-1:] == shape[-1:] and math.prod(other.shape) == shape[-1] and reader.outputs[0].shape == shape
    return other if fits else None


def _emit_scaled(found: _Scaled, rewrite: Rewriter) -> Tensor:
    convolution = found.nodes[0]
    assert isinstance(convolution.op, windows.Convolution)
    x, kernel = map(rewrite, convolution.inputs)
    vector = kernel.shape[-1:]
    scale = builder.reshape(rewrite(found.scale), vector)
    offsets = [] if found.bias is None else [builder.reshape(rewrite(found.bias), vector) * scale]
    offsets += [] if found.shift is None else [builder.reshape(rewrite(found.shift), vector)]
    result = builder.convolution(x, kernel * scale, convolution.op.window, convolution.op.groups)
    return result + sum(offsets[1:], start=offsets[0]) if offsets else result


def fuse_convolution(graph: Graph) -> Graph:
    """Let a convolution add its bias and apply ReLU, or ReLU6, before it stores its result."""
    consumers, kept = consumers_of(graph), output_keys(graph)
    fused: dict[Node, tuple[Node, windows.FusedConvolution, Tensor]] = {}  # last node -> convolution, its op, bias
    absorbed: set[Node] = set()
    for node in graph.nodes:
        if not isinstance(node.op, windows.Convolution):
            continue
        add = _sole_reader(node, "add", consumers, kept)
        if add is None or add.inputs[0].node is not node or add.inputs[1].shape != node.inputs[1].shape[-1:]:
            continue
        relu = _sole_reader(add, "relu", consumers, kept)
        top = None if relu is None else _sole_reader(relu, "minimum", consumers, kept)
        ceiling = math.inf if top is None or relu is None else _ceiling(top, relu)
        op = windows.FusedConvolution(
            node.op.window, node.op.groups, relu is not None, ceiling, precision=node.op.precision
        )
        last = top if ceiling < math.inf else relu
        fused[last or add] = (node, op, add.inputs[1])
        absorbed.update({node, add} | ({relu} if last is top and relu is not None else set()))
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if node in fused:
            convolution, op, bias = fused[node]
            rewrite.emit(op, [*convolution.inputs, bias], convolution.name, [(node, 0)])
        elif node not in absorbed:
            rewrite.copy(node)
    return rewrite.finish()


def _ceiling(top: Node, relu: Node) -> float:
    """The number at which a node cuts the result of a ReLU off; infinity if it does something else."""
    first, second = top.inputs
    other = second if first.node is relu else first
    op = other.node.inputs[0].node.op if isinstance(other.node.op, movement.BroadcastTo) else other.node.op
    return op.value if isinstance(op, ops.Constant) and op.value >= 0 else math.inf


def fuse_pointwise(graph: Graph) -> Graph:
    """Let a depthwise convolution compute the 1x1 convolution that it alone reads, as far as it needs it.

    The 1x1 convolution makes several channels out of each; fused, they never travel to memory, nor have a place there.

    Source: Sandler et al., MobileNetV2, arXiv 1801.04381, section 5.1 (memory efficient inference).
    """
    consumers, kept = consumers_of(graph), output_keys(graph)
    found: dict[Node, Node] = {}  # by the depthwise convolution
    for node in graph.nodes:
        readers = consumers.get((node, 0), [])
        if len(readers) == 1 and (node, 0) not in kept and _is_pointwise(node) and _is_depthwise_of(readers[0], node):
            found[readers[0]] = node
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


def _is_pointwise(node: Node) -> bool:
    op = node.op
    if not isinstance(op, windows.FusedConvolution) or op.precision != "float32" or op.groups != 1:
        return False
    window = op.window
    return window.rank == 2 and window.taps == 1 and window.strides == (1, 1) and window.padding == ((0, 0), (0, 0))


def _is_depthwise_of(node: Node, source: Node) -> bool:
    op, filters = node.op, node.outputs[0].shape[-1]
    if not isinstance(op, windows.FusedConvolution) or op.precision != "float32":
        return False
    return node.inputs[0].node is source and 1 < op.groups == filters == source.outputs[0].shape[-1]


def _sole_reader(node: Node, function: str, consumers: dict[Key, list[Node]], kept: set[Key]) -> Node | None:
    """The elementwise node that alone reads the node's result, if it applies `function`."""
    readers = consumers.get((node, 0), [])
    if len(readers) != 1 or (node, 0) in kept:
        return None
    op = readers[0].op
    return readers[0] if isinstance(op, ops.Elementwise) and op.function == function else None
