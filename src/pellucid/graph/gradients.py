"""Backpropagation on the graph: one rule per operation, and the walk that applies them.

A rule takes the operation, its node and the gradient of the loss with respect to its result, and returns the gradient
with respect to each input, as new nodes of the same graph. So the gradient is a graph that every engine can run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid.errors import GraphError
from pellucid.graph import builder, movement, ops, windows
from pellucid.graph.tensor import Graph, Node, Tensor

Rule = Callable[[Any, Node, Tensor], Sequence[Tensor | None]]


def _power(g: Tensor, y: Tensor, a: Tensor, b: Tensor) -> Sequence[Tensor | None]:
    """d a^b / da = b a^(b-1), and 0 for b = 0 even at a = 0; d a^b / db = a^b log(a), taken as 0 where a <= 0."""
    if isinstance(b.node.op, ops.Constant):
        exponent = b.node.op.value
        return [None if exponent == 0 else g * (exponent * builder.power(a, exponent - 1.0)), None]
    lowered = builder.where(builder.equal(b, 0.0), 1.0, b - 1.0)
    positive = builder.greater(a, 0.0)
    logarithm = builder.log(builder.where(positive, a, 1.0))
    return [g * (b * builder.power(a, lowered)), builder.where(positive, g * y * logarithm, 0.0)]


# d f / d operand, times the incoming gradient g; y is the result of f. Broadcast operands are summed back afterwards.
_DERIVATIVES: dict[str, Callable[..., Sequence[Tensor | None]]] = {
    "negative": lambda g, y, a: [-g],
    "absolute": lambda g, y, a: [g * (builder.greater(a, 0.0) - builder.greater(-a, 0.0))],
    "exp": lambda g, y, a: [g * y],
    "log": lambda g, y, a: [g / a],
    "sqrt": lambda g, y, a: [g * 0.5 / y],
    "tanh": lambda g, y, a: [g * (1.0 - y * y)],
    "sigmoid": lambda g, y, a: [g * (y * (1.0 - y))],
    "relu": lambda g, y, a: [builder.where(builder.greater(y, 0.0), g, 0.0)],
    # Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.19: erf'(a) = 2 / sqrt(pi) exp(-a^2).
    "erf": lambda g, y, a: [g * (2.0 / math.sqrt(math.pi) * builder.exp(-(a * a)))],
    "log1p": lambda g, y, a: [g / (1.0 + a)],
    # Not g (y + 1), which loses all digits where exp(a) is small.
    "expm1": lambda g, y, a: [g * builder.exp(a)],
    "sin": lambda g, y, a: [g * builder.cos(a)],
    "cos": lambda g, y, a: [-(g * builder.sin(a))],
    "floor": lambda g, y, a: [None],
    "add": lambda g, y, a, b: [g, g],
    "subtract": lambda g, y, a, b: [g, -g],
    "multiply": lambda g, y, a, b: [g * b, g * a],
    "divide": lambda g, y, a, b: [g / b, -(g * y / b)],
    "power": _power,
    # At a tie the first operand gets the whole gradient.
    "maximum": lambda g, y, a, b: [
        builder.where(builder.greater_equal(a, b), g, 0.0),
        builder.where(builder.greater_equal(a, b), 0.0, g),
    ],
    "minimum": lambda g, y, a, b: [
        builder.where(builder.greater_equal(b, a), g, 0.0),
        builder.where(builder.greater_equal(b, a), 0.0, g),
    ],
    "greater": lambda g, y, a, b: [None, None],
    "greater_equal": lambda g, y, a, b: [None, None],
    "equal": lambda g, y, a, b: [None, None],
    "where": lambda g, y, c, a, b: [None, builder.where(c, g, 0.0), builder.where(c, 0.0, g)],
}


def _elementwise(op: ops.Elementwise, node: Node, grad: Tensor) -> Sequence[Tensor | None]:
    results = _DERIVATIVES[op.function](grad, node.outputs[0], *node.inputs)
    return [
        None if result is None or isinstance(operand.node.op, ops.Constant) else builder.sum_to(result, operand.shape)
        for result, operand in zip(results, node.inputs, strict=True)
    ]


def _reduce_sum(op: ops.ReduceSum, node: Node, grad: Tensor) -> Sequence[Tensor]:
    return [builder.broadcast_to(grad, node.inputs[0].shape)]


def _reduce_max(op: ops.ReduceMax, node: Node, grad: Tensor) -> Sequence[Tensor]:
    """Elements that tie for the maximum share the gradient equally (as TensorFlow and JAX do)."""
    x, y = node.inputs[0], node.outputs[0]
    winners = builder.equal(x, y)
    return [winners * (grad / builder.reduce_sum(winners, op.axes, keepdims=True))]


def _matmul(op: ops.Matmul, node: Node, grad: Tensor) -> Sequence[Tensor]:
    """C = A B: dA = dC B', dB = A' dC, and the transposes of these where A or B enter transposed; so in a batch."""
    a, b = node.inputs
    ta, tb = op.transpose_a, op.transpose_b
    grad_a = (
        builder.matmul(b, grad, transpose_a=tb, transpose_b=True) if ta else builder.matmul(grad, b, transpose_b=not tb)
    )
    grad_b = (
        builder.matmul(grad, a, transpose_a=True, transpose_b=ta) if tb else builder.matmul(a, grad, transpose_a=not ta)
    )
    return [grad_a, grad_b]


def _transpose(op: movement.Transpose, node: Node, grad: Tensor) -> Sequence[Tensor]:
    back = sorted(range(grad.rank), key=op.permutation.__getitem__)
    return [builder.transpose(grad, back)]


def _concatenate(op: movement.Concatenate, node: Node, grad: Tensor) -> Sequence[Tensor]:
    axis, start, parts = op.axis, 0, []
    for tensor in node.inputs:
        parts.append(grad.graph.add(movement.Slice(axis, start, start + tensor.shape[axis]), grad))
        start += tensor.shape[axis]
    return parts


def _slice(op: movement.Slice, node: Node, grad: Tensor) -> Sequence[Tensor]:
    length = node.inputs[0].shape
    return [grad.graph.add(movement.Pad(op.axis, op.start, length[op.axis] - op.stop), grad)]


def _pad(op: movement.Pad, node: Node, grad: Tensor) -> Sequence[Tensor]:
    return [grad.graph.add(movement.Slice(op.axis, op.before, op.before + node.inputs[0].shape[op.axis]), grad)]


def _gather(op: movement.Gather, node: Node, grad: Tensor) -> Sequence[Tensor]:
    return [grad.graph.add(movement.ScatterAdd(op.axis, op.indices, node.inputs[0].shape[op.axis]), grad)]


def _scatter_add(op: movement.ScatterAdd, node: Node, grad: Tensor) -> Sequence[Tensor]:
    return [grad.graph.add(movement.Gather(op.axis, op.indices), grad)]


def _gather_at(op: movement.GatherAt, node: Node, grad: Tensor) -> Sequence[Tensor | None]:
    """None for the places: the result changes with them in jumps alone."""
    x, places = node.inputs
    return [builder.scatter_add_at(grad, places, x.shape[op.axis]), None]


def _scatter_add_at(op: movement.ScatterAddAt, node: Node, grad: Tensor) -> Sequence[Tensor | None]:
    return [builder.gather_at(grad, node.inputs[1]), None]


def _pack(op: movement.Pack, node: Node, grad: Tensor) -> Sequence[Tensor]:
    parts = []
    for offset, tensor in zip(op.offsets, node.inputs, strict=True):
        size = math.prod(tensor.shape)
        parts.append(builder.reshape(grad.graph.add(movement.Slice(0, offset, offset + size), grad), tensor.shape))
    return parts


def _convolution(op: windows.Convolution, node: Node, grad: Tensor) -> Sequence[Tensor]:
    """The gradient of a filter is the correlation of its input with the error of its output."""
    x, kernel = node.inputs
    return [
        builder.convolution_input_gradient(grad, kernel, x.shape, op.window, op.groups),
        builder.convolution_kernel_gradient(x, grad, kernel.shape, op.window, op.groups),
    ]


def _convolution_input_gradient(op: windows.ConvolutionInputGradient, node: Node, grad: Tensor) -> Sequence[Tensor]:
    grad_output, kernel = node.inputs
    return [
        builder.convolution(grad, kernel, op.window, op.groups),
        builder.convolution_kernel_gradient(grad, grad_output, kernel.shape, op.window, op.groups),
    ]


def _convolution_kernel_gradient(op: windows.ConvolutionKernelGradient, node: Node, grad: Tensor) -> Sequence[Tensor]:
    x, grad_output = node.inputs
    return [
        builder.convolution_input_gradient(grad_output, grad, x.shape, op.window, op.groups),
        builder.convolution(x, grad, op.window, op.groups),
    ]


def _max_pool(op: windows.MaxPool, node: Node, grad: Tensor) -> Sequence[Tensor]:
    x, y = node.inputs[0], node.outputs[0]
    return [grad.graph.add(windows.MaxPoolGradient(op.window), x, y, grad)]


def _max_pool_gradient(op: windows.MaxPoolGradient, node: Node, grad: Tensor) -> Sequence[Tensor | None]:
    """The winners change only in jumps: x and y get no gradient."""
    x, y, _ = node.inputs
    return [None, None, grad.graph.add(windows.MaxPoolSelect(op.window), x, y, grad)]


def _max_pool_select(op: windows.MaxPoolSelect, node: Node, grad: Tensor) -> Sequence[Tensor | None]:
    x, y, _ = node.inputs
    return [None, None, grad.graph.add(windows.MaxPoolGradient(op.window), x, y, grad)]


def _average_pool(op: windows.AveragePool, node: Node, grad: Tensor) -> Sequence[Tensor]:
    return [grad.graph.add(windows.AveragePoolGradient(op.window, node.inputs[0].shape), grad)]


def _average_pool_gradient(op: windows.AveragePoolGradient, node: Node, grad: Tensor) -> Sequence[Tensor]:
    return [builder.average_pool(grad, op.window)]


RULES: dict[type[ops.Op], Rule] = {
    ops.Elementwise: _elementwise,
    ops.ReduceSum: _reduce_sum,
    ops.ReduceMax: _reduce_max,
    ops.Matmul: _matmul,
    movement.Reshape: lambda op, node, grad: [builder.reshape(grad, node.inputs[0].shape)],
    movement.BroadcastTo: lambda op, node, grad: [builder.sum_to(grad, node.inputs[0].shape)],
    movement.Transpose: _transpose,
    movement.Concatenate: _concatenate,
    movement.Slice: _slice,
    movement.Pad: _pad,
    movement.Gather: _gather,
    movement.ScatterAdd: _scatter_add,
    movement.GatherAt: _gather_at,
    movement.ScatterAddAt: _scatter_add_at,
    movement.Pack: _pack,
    windows.Convolution: _convolution,
    windows.ConvolutionInputGradient: _convolution_input_gradient,
    windows.ConvolutionKernelGradient: _convolution_kernel_gradient,
    windows.MaxPool: _max_pool,
    windows.MaxPoolGradient: _max_pool_gradient,
    windows.MaxPoolSelect: _max_pool_select,
    windows.AveragePool: _average_pool,
    windows.AveragePoolGradient: _average_pool_gradient,
}

# Results that do not change with their inputs, or only in jumps: no gradient flows back through these.
WITHOUT_GRADIENT: frozenset[type[ops.Op]] = frozenset(
    {
        ops.Input,
        ops.Parameter,
        ops.Constant,
        ops.Literal,
        ops.RandomUniform,
        movement.StopGradient,
        ops.ArgMax,
        ops.OneHot,
    }
)


def _sources(graph: Graph, node: Node) -> Sequence[Tensor]:
    """The tensors to which the gradient of a node's result goes on."""
    if node in graph.redirected:
        return graph.redirected[node][0]
    return () if type(node.op) in WITHOUT_GRADIENT else node.inputs


def _depends_on(graph: Graph, graph_nodes: Sequence[Node], wanted: Sequence[Tensor]) -> set[Node]:
    """The nodes through which a wanted tensor can act on what follows."""
    found: set[Node] = {tensor.node for tensor in wanted}
    for node in graph_nodes:
        if any(tensor.node in found for tensor in _sources(graph, node)):
            found.add(node)
    return found


def _parts(graph: Graph, node: Node, grad: Tensor, rules: Mapping[type[ops.Op], Rule]) -> Sequence[Tensor | None]:
    """What the gradient of a node's result becomes at each of its sources."""
    if node in graph.redirected:
        return graph.redirected[node][1](grad)
    rule = rules.get(type(node.op))
    if rule is None:
        raise GraphError(f"{node.name}: {type(node.op).__name__} cannot be differentiated")
    return rule(node.op, node, grad)


def gradient(
    target: Tensor, wanted: Sequence[Tensor], rules: Mapping[type[ops.Op], Rule] | None = None
) -> list[Tensor]:
    """Add to the graph the gradient of a scalar with respect to tensors.

    Only what is needed is emitted: nothing for inputs, constants or frozen weights that nobody asked about.

    Args:
        target: a tensor of shape (), as a loss is.
        wanted: tensors of the same graph.
        rules: that take the place of some of `RULES`, for who propagates something else than the gradient.

    Returns:
        one tensor per wanted one, of its shape; zeros where the target does not depend on it.

    Raises:
        GraphError: the target is not a scalar, or an operation on the way has no rule.

    Example:
        >>> from pellucid.graph.tensor import Graph
        >>> graph = Graph()
        >>> x = graph.add(ops.Input((3,), "x"))
        >>> [grad] = gradient(builder.reduce_sum(x * x), [x])
        >>> grad.shape
        (3,)

    Source: reverse accumulation; Baydin et al., Automatic differentiation in machine learning, JMLR 18 (2018).
    """
    if target.shape != ():
        raise GraphError(f"a gradient needs a scalar to start from, got shape {target.shape}; sum it up first")
    graph, known = target.graph, RULES if rules is None else {**RULES, **rules}
    nodes = list(graph.nodes)
    relevant = _depends_on(graph, nodes, wanted)
    grads: dict[tuple[Node, int], Tensor] = {(target.node, target.index): graph.constant(1.0)}
    for node in reversed(nodes):
        grad = grads.get((node, 0))
        sources = _sources(graph, node)
        if grad is None or node not in relevant or not sources:
            continue
        with graph.scope(node.name, ops.precision_of(node.op)):
            for tensor, part in zip(sources, _parts(graph, node, grad, known), strict=True):
                if part is not None and tensor.node in relevant:
                    key = (tensor.node, tensor.index)
                    grads[key] = grads[key] + part if key in grads else part
    zero = graph.constant(0.0)
    return [builder.broadcast_to(grads.get((tensor.node, tensor.index), zero), tensor.shape) for tensor in wanted]


def nodes_before(*tensors: Tensor) -> set[Node]:
    """All operations that tensors are computed by, their own among them."""
    found, stack = set[Node](), [tensor.node for tensor in tensors]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [each.node for each in node.inputs]
    return found
