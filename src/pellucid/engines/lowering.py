"""From a plan to instructions of the C++ core: places become offsets, windows become three spatial axes.

One function per operation; each returns the instructions that compute it. What every instruction means is written in
native/runtime; nothing is decided there, so nothing may be left open here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pellucid.errors import GraphError
from pellucid.frozen import Frozen
from pellucid.geometry import Window
from pellucid.graph import Node, Plan, Tensor, movement, ops, windows
from pellucid.graph.ops import Shape
from pellucid.graph.plan import ARENA, Place, flops

Operand = tuple[int, int]  # base, offset in floats
Rule = Callable[["_Lowering", Any, Node], None]


class Instruction(Frozen):
    """One call of a kernel; `name` is the layer that asked for it, `fixed` whether it depends on the state alone.

    The first instruction of an operation bears its `flops` (`Op.flops`)."""

    kernel: str
    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    ints: tuple[int, ...]
    floats: tuple[float, ...]
    name: str
    fixed: bool
    flops: int

    def encoded(self) -> tuple[str, list[Operand], list[Operand], list[int], list[float]]:
        """The form that the core takes."""
        return self.kernel, list(self.inputs), list(self.outputs), list(self.ints), list(self.floats)


class Lowered(Frozen):
    """Instructions, and the arrays to hand in: inputs and outputs (with their shapes), states, literals, in this order.

    Fixed instructions come first.
    """

    instructions: list[Instruction]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    states: list[str]
    literals: list[ops.Literal]


def lower(plan: Plan, functions: Sequence[str], *, exact: bool) -> Lowered:
    """Translate a plan; `functions` are the core's names of elementwise functions, in the order of their codes.

    `exact` convolutions are sums of products as they are defined; others may be computed by Winograd's method.
    """
    return _Lowering(plan, functions, exact).run()


class _Lowering:
    """The translation under way: which base number each array has, and the instructions so far."""

    def __init__(self, plan: Plan, functions: Sequence[str], exact: bool) -> None:
        self.plan = plan
        self.exact = exact
        self.codes = {name: code for code, name in enumerate(functions)}
        leaves = [node.op for node in plan.graph.nodes]
        self.inputs = {op.name: op.shape for op in leaves if isinstance(op, ops.Input)}
        self.outputs = {name: tensor.shape for name, tensor in plan.graph.outputs.items()}
        self.states = list(dict.fromkeys(op.state for op in leaves if isinstance(op, ops.Parameter | ops.Update)))
        names = [f"input:{n}" for n in self.inputs] + [f"output:{n}" for n in self.outputs]
        names += [f"state:{n}" for n in self.states] + [f"literal:{n}" for n in range(len(plan.literals))]
        self.base = {ARENA: 0} | {name: number for number, name in enumerate(names, start=1)}
        self.name, self.fixed, self.flops = "", False, 0
        self.instructions: list[Instruction] = []

    def run(self) -> Lowered:
        for node in self.plan.graph.nodes:
            self.name, self.fixed, self.flops = node.name, node in self.plan.fixed, flops(node)
            rule = RULES.get(type(node.op))
            if rule is None:
                raise GraphError(f"{node.name}: the native engine does not know {type(node.op).__name__}")
            rule(self, node.op, node)
        self.fixed, self.flops = False, 0
        for copy in self.plan.copies:
            self.copy((copy.size,), (1,), self.operand(copy.source), self.operand(copy.target))
        ordered = sorted(self.instructions, key=lambda instruction: not instruction.fixed)
        return Lowered(ordered, self.inputs, self.outputs, self.states, self.plan.literals)

    def operand(self, place: Place, further: int = 0) -> Operand:
        return self.base[place.base], place.offset + further

    def at(self, tensor: Tensor, further: int = 0) -> Operand:
        return self.operand(self.plan.place(tensor), further)

    def emit(
        self,
        kernel: str,
        inputs: Iterable[Operand],
        outputs: Iterable[Operand],
        ints: Iterable[int],
        floats: Iterable[float] = (),
    ) -> None:
        arguments = tuple(inputs), tuple(outputs), tuple(ints), tuple(floats)
        self.instructions.append(Instruction(kernel, *arguments, self.name, self.fixed, self.flops))
        self.flops = 0

    def is_packed(self, convolution: Node) -> int:
        """1 where the kernel stays the same from run to run, so that the core may keep it in a form of its own."""
        return int(convolution.inputs[1].node in self.plan.fixed and not self.fixed)

    @staticmethod
    def contiguous(shape: Shape) -> tuple[int, ...]:
        return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))

    def copy(
        self,
        shape: Shape,
        source_strides: Sequence[int],
        source: Operand,
        target: Operand,
        target_strides: Sequence[int] | None = None,
    ) -> None:
        """Copy `shape` elements between strided arrays; stride 0 repeats."""
        targets = self.contiguous(shape) if target_strides is None else target_strides
        self.emit("copy", [source], [target], [len(shape), *shape, *source_strides, *targets])

    def fill(self, target: Operand, count: int, value: float) -> None:
        self.emit("fill", [], [target], [count], [value])


def _broadcast_strides(shape: Shape, target: Shape) -> tuple[int, ...]:
    """Strides with which an array of `shape` is read as if it had the shape `target`."""
    strides = _Lowering.contiguous(shape)
    new = len(target) - len(shape)
    return (0,) * new + tuple(0 if size == 1 else stride for size, stride in zip(shape, strides, strict=True))


def _nothing(lowering: _Lowering, op: ops.Op, node: Node) -> None:
    """Leaves, aliases and updates: their places say it all."""


def _constant(lowering: _Lowering, op: ops.Constant, node: Node) -> None:
    if (node, 0) in lowering.plan.places:
        lowering.fill(lowering.at(node.outputs[0]), 1, op.value)


def _chain(lowering: _Lowering, op: ops.Chain, node: Node) -> None:
    arrays = [tensor for tensor in node.inputs if not isinstance(tensor.node.op, ops.Constant)]
    constants = [tensor for tensor in node.inputs if isinstance(tensor.node.op, ops.Constant)]
    values = [tensor.node.op.value for tensor in constants if isinstance(tensor.node.op, ops.Constant)]
    register = {id(tensor): number for number, tensor in enumerate([*arrays, *constants])}
    registers = [register[id(tensor)] for tensor in node.inputs]
    registers += range(len(node.inputs), len(node.inputs) + len(op.steps))
    shape = op.shape or (1,)
    ints = [len(shape), *shape, len(arrays), len(op.results), len(op.sums), len(constants), len(op.steps)]
    for tensor in arrays:
        ints += _broadcast_strides(tensor.shape, shape)
    ints += (registers[len(node.inputs) + step] for step in op.results)
    ints += (registers[operand] for operand in op.sums)
    for step in op.steps:
        operands = [registers[operand] for operand in step.operands]
        ints += [lowering.codes[step.function], *operands, *[0] * (3 - len(operands))]
    lowering.emit("elementwise", map(lowering.at, arrays), map(lowering.at, node.outputs), ints, values)


def _reduce(kernel: str) -> Rule:
    def rule(lowering: _Lowering, op: ops.ReduceSum | ops.ReduceMax, node: Node) -> None:
        axes, shape = op.axes, node.inputs[0].shape
        if list(axes) != list(range(axes[0], axes[0] + len(axes))):
            raise GraphError(f"{node.name}: axes {axes} of a reduction must be neighbours; reduce one run at a time")
        sizes = shape[: axes[0]], shape[axes[0] : axes[-1] + 1], shape[axes[-1] + 1 :]
        lowering.emit(kernel, [lowering.at(node.inputs[0])], [lowering.at(node.outputs[0])], map(math.prod, sizes))

    return rule


def _arg_max(lowering: _Lowering, op: ops.ArgMax, node: Node) -> None:
    (source,), (target,) = node.inputs, node.outputs
    lowering.emit("arg_max", [lowering.at(source)], [lowering.at(target)], [math.prod(target.shape), source.shape[-1]])


def _one_hot(lowering: _Lowering, op: ops.OneHot, node: Node) -> None:
    (source,), (target,) = node.inputs, node.outputs
    lowering.emit("one_hot", [lowering.at(source)], [lowering.at(target)], [math.prod(source.shape), op.depth])


def _matmul(lowering: _Lowering, op: ops.Matmul, node: Node) -> None:
    *batch, rows, columns = node.outputs[0].shape
    inner = node.inputs[0].shape[-2 if op.transpose_a else -1]
    sizes = [math.prod(batch), rows, columns, inner]
    flags = [int(op.transpose_a), int(op.transpose_b), int(op.precision == "bfloat16")]
    lowering.emit("matmul", map(lowering.at, node.inputs), [lowering.at(node.outputs[0])], [*sizes, *flags])


def _random_uniform(lowering: _Lowering, op: ops.RandomUniform, node: Node) -> None:
    lowering.emit("random_uniform", [], [lowering.at(node.outputs[0])], [op.stream, math.prod(op.shape)])


def _broadcast_to(lowering: _Lowering, op: movement.BroadcastTo, node: Node) -> None:
    (source,), (target,) = node.inputs, node.outputs
    shape = target.shape or (1,)
    if isinstance(source.node.op, ops.Constant):
        lowering.fill(lowering.at(target), math.prod(shape), source.node.op.value)
    else:
        lowering.copy(shape, _broadcast_strides(source.shape, shape), lowering.at(source), lowering.at(target))


def _transpose(lowering: _Lowering, op: movement.Transpose, node: Node) -> None:
    (source,), (target,) = node.inputs, node.outputs
    order = [lowering.contiguous(source.shape)[axis] for axis in op.permutation]
    lowering.copy(target.shape, order, lowering.at(source), lowering.at(target))


def _concatenate(lowering: _Lowering, op: movement.Concatenate, node: Node) -> None:
    (target,) = node.outputs
    strides, start = lowering.contiguous(target.shape), 0
    for part in node.inputs:
        further = start * strides[op.axis]
        place = lowering.at(target, further)
        lowering.copy(part.shape, lowering.contiguous(part.shape), lowering.at(part), place, strides)
        start += part.shape[op.axis]


def _slice(lowering: _Lowering, op: movement.Slice, node: Node) -> None:
    (source,), (target,) = node.inputs, node.outputs
    strides = lowering.contiguous(source.shape)
    start = lowering.at(source, op.start * strides[op.axis])
    lowering.copy(target.shape, strides, start, lowering.at(target))


def _pad(lowering: _Lowering, op: movement.Pad, node: Node) -> None:
    (source,), (target,) = node.inputs, node.outputs
    strides = lowering.contiguous(target.shape)
    lowering.fill(lowering.at(target), math.prod(target.shape), 0.0)
    start = lowering.at(target, op.before * strides[op.axis])
    lowering.copy(source.shape, lowering.contiguous(source.shape), lowering.at(source), start, strides)


def _indexed(kernel: str) -> Rule:
    def rule(lowering: _Lowering, op: Any, node: Node) -> None:
        (source, *_), (target,), axis = node.inputs, node.outputs, op.axis
        size, count = (each.shape[axis] for each in ((target, source) if hasattr(op, "size") else (source, target)))
        sizes = [math.prod(source.shape[:axis]), size, math.prod(source.shape[axis + 1 :]), count]
        known = op.indices.tolist() if len(node.inputs) == 1 else []
        lowering.emit(kernel, map(lowering.at, node.inputs), [lowering.at(target)], [*sizes, *known])

    return rule


def _pack(lowering: _Lowering, op: movement.Pack, node: Node) -> None:
    """Parts that the plan could not put in place are copied; the gaps between parts are set to zero."""
    (target,) = node.outputs
    end = 0
    for offset, part in zip(op.offsets, node.inputs, strict=True):
        size = math.prod(part.shape)
        if offset > end:
            lowering.fill(lowering.at(target, end), offset - end, 0.0)
        if lowering.at(part) != lowering.at(target, offset):
            lowering.copy((size,), (1,), lowering.at(part), lowering.at(target, offset))
        end = offset + size
    if op.length > end:
        lowering.fill(lowering.at(target, end), op.length - end, 0.0)


def _three(values: Sequence[int], filler: int) -> list[int]:
    """The core always sees three spatial axes: missing ones come first."""
    return [filler] * (3 - len(values)) + list(values)


def _window(window: Window, input_shape: Shape, output_shape: Shape, node: Node) -> list[int]:
    if window.rank > 3:
        raise GraphError(f"{node.name}: the native engine has windows over at most 3 axes, got {window.rank}")
    return [
        *_three(input_shape[1:-1], 1),
        *_three(output_shape[1:-1], 1),
        *_three(window.size, 1),
        *_three(window.strides, 1),
        *_three(window.dilation, 1),
        *_three([before for before, _ in window.padding], 0),
    ]


def _convolution(
    kernel: str,
    x: Shape,
    y: Shape,
    lowering: _Lowering,
    op: windows.ConvolutionOp,
    node: Node,
    *flags: int,
    floats: Sequence[float] = (),
) -> None:
    arithmetic = 2 if op.precision == "bfloat16" else int(lowering.exact)
    ints = [x[0], x[-1], y[-1], op.groups, *_window(op.window, x, y, node), arithmetic, *flags]
    lowering.emit(kernel, map(lowering.at, node.inputs), map(lowering.at, node.outputs), ints, floats)


def _bounds(op: windows.FusedConvolution | windows.ConvolutionMaxPool) -> tuple[int, list[float]]:
    """The kind of bounds (0 none, 1 ReLU, 2 ReLU that ends somewhere), and where it ends."""
    ends = op.relu and op.ceiling != math.inf
    return int(op.relu) + ends, [op.ceiling] * ends


def _forward(lowering: _Lowering, op: windows.Convolution | windows.FusedConvolution, node: Node) -> None:
    kind, ceiling = _bounds(op) if isinstance(op, windows.FusedConvolution) else (0, [])
    x, y = node.inputs[0].shape, node.outputs[0].shape
    _convolution("conv_forward", x, y, lowering, op, node, lowering.is_packed(node), kind, floats=ceiling)


def _forward_pooled(lowering: _Lowering, op: windows.ConvolutionMaxPool, node: Node) -> None:
    x, kernel = (tensor.shape for tensor in node.inputs[:2])
    y = (x[0], *op.window.output_shape(x[1:-1]), kernel[-1])
    pooling = _window(op.pooling, y, node.outputs[0].shape, node)
    kind, ceiling = _bounds(op)
    flags = [lowering.is_packed(node), kind, int(op.places), *pooling]
    _convolution("conv_max_pool", x, y, lowering, op, node, *flags, floats=ceiling)


def _pointwise_depthwise(lowering: _Lowering, op: windows.PointwiseDepthwise, node: Node) -> None:
    x, y = node.inputs[0].shape, node.outputs[0].shape
    between = (*x[:-1], y[-1])
    (kind, ceiling), (deep_kind, deep_ceiling) = _bounds(op.pointwise), _bounds(op.depthwise)
    flags = [lowering.is_packed(node), kind, *_window(op.depthwise.window, between, y, node), deep_kind]
    _convolution(
        "pointwise_depthwise", x, between, lowering, op.pointwise, node, *flags, floats=[*ceiling, *deep_ceiling]
    )


def _backward_pooled(lowering: _Lowering, op: windows.ConvolutionMaxPoolGradient, node: Node) -> None:
    y = (op.shape[0], *op.window.output_shape(op.shape[1:-1]), op.kernel[-1])
    pooling = _window(op.pooling, y, node.inputs[1].shape, node)
    _convolution("conv_max_pool_backward", op.shape, y, lowering, op, node, int(op.of_input), *pooling)


def _backward_input(lowering: _Lowering, op: windows.ConvolutionInputGradient, node: Node) -> None:
    _convolution("conv_backward_input", op.shape, node.inputs[0].shape, lowering, op, node)


def _backward_weights(lowering: _Lowering, op: windows.ConvolutionKernelGradient, node: Node) -> None:
    _convolution("conv_backward_weights", node.inputs[0].shape, node.inputs[1].shape, lowering, op, node)


def _pool(kernel: str, *, backward: bool = False) -> Rule:
    def rule(lowering: _Lowering, op: windows.PoolOp, node: Node) -> None:
        large, small = (node.outputs[0], node.inputs[-1]) if backward else (node.inputs[0], node.outputs[0])
        ints = [large.shape[0], large.shape[-1], *_window(op.window, large.shape, small.shape, node)]
        lowering.emit(kernel, map(lowering.at, node.inputs), [lowering.at(node.outputs[0])], ints)

    return rule


RULES: dict[type[ops.Op], Rule] = {
    ops.Input: _nothing,
    ops.Parameter: _nothing,
    ops.Constant: _constant,
    ops.Literal: _nothing,
    movement.Reshape: _nothing,
    movement.StopGradient: _nothing,
    ops.Update: _nothing,
    ops.RandomUniform: _random_uniform,
    ops.Chain: _chain,
    ops.ReduceSum: _reduce("reduce_sum"),
    ops.ReduceMax: _reduce("reduce_max"),
    ops.ArgMax: _arg_max,
    ops.OneHot: _one_hot,
    ops.Matmul: _matmul,
    movement.BroadcastTo: _broadcast_to,
    movement.Transpose: _transpose,
    movement.Concatenate: _concatenate,
    movement.Slice: _slice,
    movement.Pad: _pad,
    movement.Gather: _indexed("gather"),
    movement.ScatterAdd: _indexed("scatter_add"),
    movement.GatherAt: _indexed("gather_at"),
    movement.ScatterAddAt: _indexed("scatter_add_at"),
    movement.Pack: _pack,
    windows.Convolution: _forward,
    windows.FusedConvolution: _forward,
    windows.ConvolutionMaxPool: _forward_pooled,
    windows.PointwiseDepthwise: _pointwise_depthwise,
    windows.ConvolutionMaxPoolGradient: _backward_pooled,
    windows.ConvolutionInputGradient: _backward_input,
    windows.ConvolutionKernelGradient: _backward_weights,
    windows.MaxPool: _pool("max_pool"),
    windows.MaxPoolGradient: _pool("max_pool_backward", backward=True),
    windows.MaxUnpool: _pool("max_unpool", backward=True),
    windows.MaxPoolSelect: _pool("max_pool_select"),
    windows.AveragePool: _pool("average_pool"),
    windows.AveragePoolGradient: _pool("average_pool_backward", backward=True),
}
