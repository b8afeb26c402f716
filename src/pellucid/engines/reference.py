"""The reference engine: NumPy in float64, written to be read.

It is the specification of every operation, the oracle of every test, and the source of the arithmetic that people are
shown. Each function below takes the operation and its input arrays and returns the result. Speed is not its business.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pellucid import random
from pellucid.engines.base import Arrays, ProgramMemory, States
from pellucid.engines.state import HostState, State, all_held
from pellucid.errors import GraphError
from pellucid.geometry import Window
from pellucid.graph import Graph, Node, movement, ops, windows

Array = np.ndarray[Any, np.dtype[Any]]
FLOAT64 = np.dtype(np.float64)


def _sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), with the exponential of a negative number only, so that it cannot overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _power(a: Array, b: Array) -> Array:
    """a^b; NaN where a is negative and b no whole number, infinite for a = 0 and b < 0, as in C."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.power(a, b))


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "negative": np.negative,
    "absolute": np.absolute,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "relu": lambda x: np.maximum(x, 0.0),
    "erf": lambda x: np.asarray(np.frompyfunc(math.erf, 1, 1)(x), FLOAT64),
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sin": np.sin,
    "cos": np.cos,
    "floor": np.floor,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": _power,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "greater": lambda a, b: (a > b).astype(FLOAT64),
    "greater_equal": lambda a, b: (a >= b).astype(FLOAT64),
    "equal": lambda a, b: (a == b).astype(FLOAT64),
    "where": lambda condition, a, b: np.asarray(np.where(condition != 0, a, b)),
}


def chain(op: ops.Chain, *inputs: Array) -> tuple[Array, ...]:
    values = list(inputs)
    for step in op.steps:
        values.append(FUNCTIONS[step.function](*(values[operand] for operand in step.operands)))
    results = (np.broadcast_to(values[len(inputs) + step], op.shape).copy() for step in op.results)
    summed = (np.broadcast_to(values[operand], op.shape) for operand in op.sums)
    return (*results, *(x.sum(axis=tuple(range(x.ndim - 1)), keepdims=True) for x in summed))


def one_hot(op: ops.OneHot, x: Array) -> Array:
    return (x[..., None] == np.arange(op.depth)).astype(FLOAT64)


def matmul(op: ops.Matmul, a: Array, b: Array) -> Array:
    return (a.swapaxes(-1, -2) if op.transpose_a else a) @ (b.swapaxes(-1, -2) if op.transpose_b else b)


def slice_axis(op: movement.Slice, x: Array) -> Array:
    return x[(slice(None),) * op.axis + (slice(op.start, op.stop),)]


def pad_axis(op: movement.Pad, x: Array) -> Array:
    return np.pad(x, [(op.before, op.after) if axis == op.axis else (0, 0) for axis in range(x.ndim)])


def gather(op: movement.Gather, x: Array) -> Array:
    taken = np.moveaxis(x, op.axis, 0)[np.maximum(op.indices, 0)]
    taken[op.indices < 0] = 0.0
    return np.moveaxis(taken, 0, op.axis)


def scatter_add(op: movement.ScatterAdd, x: Array) -> Array:
    moved = np.moveaxis(x, op.axis, 0)
    total: Array = np.zeros((op.size + 1, *moved.shape[1:]))  # -1, nowhere, is the last row: it is left out
    np.add.at(total, op.indices, moved)
    return np.moveaxis(total[:-1], 0, op.axis)


def rows_at(places: Array, size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(places))[:, None], np.where(np.isin(places, np.arange(size)), places, -1).astype(np.int64)


def gather_at(op: movement.GatherAt, x: Array, places: Array) -> Array:
    return np.concatenate([x, np.zeros_like(x[:, :1])], axis=1)[rows_at(places, x.shape[1])]


def scatter_add_at(op: movement.ScatterAddAt, x: Array, places: Array) -> Array:
    total: Array = np.zeros((len(x), op.size + 1, *x.shape[2:]))
    np.add.at(total, rows_at(places, op.size), x)
    return total[:, :-1]


def pack(op: movement.Pack, *inputs: Array) -> Array:
    flat = np.zeros(op.length)
    for offset, part in zip(op.offsets, inputs, strict=True):
        flat[offset : offset + part.size] = part.ravel()
    return flat


def padded(x: Array, window: Window, value: float = 0.0) -> Array:
    """x with the window's padding around its spatial axes."""
    return np.pad(x, [(0, 0), *window.padding, (0, 0)], constant_values=value)


def taps(window: Window, spatial: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """For each tap of the kernel: its position, and where on the padded input all windows read through it.

    `spatial` is the number of windows per axis; tap k of window o reads the padded input at o * stride + k * dilation.
    """
    for tap in itertools.product(*map(range, window.size)):
        starts = [k * dilation for k, dilation in zip(tap, window.dilation, strict=True)]
        yield (
            tap,
            (
                slice(None),
                *(
                    slice(start, start + (count - 1) * stride + 1, stride)
                    for start, count, stride in zip(starts, spatial, window.strides, strict=True)
                ),
            ),
        )


def _groups(groups: int, channels: int) -> list[slice]:
    size = channels // groups
    return [slice(group * size, (group + 1) * size) for group in range(groups)]


def _crop(x: Array, window: Window) -> Array:
    """x without the window's padding."""
    inner = tuple(
        slice(before, size - after) for (before, after), size in zip(window.padding, x.shape[1:-1], strict=True)
    )
    return x[(slice(None), *inner)]


def convolution(op: windows.Convolution | windows.FusedConvolution, x: Array, kernel: Array) -> Array:
    spatial = op.window.output_shape(x.shape[1:-1])
    y = np.zeros((x.shape[0], *spatial, kernel.shape[-1]))
    x = padded(x, op.window)
    for tap, seen in taps(op.window, spatial):
        pairs = zip(_groups(op.groups, x.shape[-1]), _groups(op.groups, kernel.shape[-1]), strict=True)
        for channels, filters in pairs:
            y[..., filters] += np.tensordot(x[(*seen, channels)], kernel[tap][:, filters], axes=1)
    return y


def fused_convolution(op: windows.FusedConvolution, x: Array, kernel: Array, bias: Array) -> Array:
    y = convolution(op, x, kernel) + bias
    return np.minimum(np.maximum(y, 0.0), op.ceiling) if op.relu else y


def convolution_max_pool(op: windows.ConvolutionMaxPool, x: Array, kernel: Array, bias: Array) -> tuple[Array, ...]:
    y = fused_convolution(windows.FusedConvolution(op.window, op.groups, op.relu, op.ceiling), x, kernel, bias)
    largest = max_pool(windows.MaxPool(op.pooling), y)
    if not op.places:
        return (largest,)
    seen_by_tap = [padded(y, op.pooling, -np.inf)[seen] for _, seen in taps(op.pooling, largest.shape[1:-1])]
    return largest, np.argmax(np.stack(seen_by_tap), axis=0).astype(y.dtype)


def pointwise_depthwise(
    op: windows.PointwiseDepthwise, x: Array, kernel: Array, bias: Array, deep_kernel: Array, deep_bias: Array
) -> Array:
    return fused_convolution(op.depthwise, fused_convolution(op.pointwise, x, kernel, bias), deep_kernel, deep_bias)


def convolution_input_gradient(op: windows.ConvolutionInputGradient, grad_output: Array, kernel: Array) -> Array:
    grad = padded(np.zeros(op.shape), op.window)
    for tap, seen in taps(op.window, grad_output.shape[1:-1]):
        pairs = zip(_groups(op.groups, op.shape[-1]), _groups(op.groups, kernel.shape[-1]), strict=True)
        for channels, filters in pairs:
            grad[(*seen, channels)] += np.tensordot(grad_output[..., filters], kernel[tap][:, filters].T, axes=1)
    return _crop(grad, op.window)


def convolution_kernel_gradient(op: windows.ConvolutionKernelGradient, x: Array, grad_output: Array) -> Array:
    grad: Array = np.zeros(op.shape)
    x = padded(x, op.window)
    every_position = list(range(x.ndim - 1))
    for tap, seen in taps(op.window, grad_output.shape[1:-1]):
        pairs = zip(_groups(op.groups, x.shape[-1]), _groups(op.groups, op.shape[-1]), strict=True)
        for channels, filters in pairs:
            grad[tap][:, filters] = np.tensordot(
                x[(*seen, channels)], grad_output[..., filters], axes=(every_position, every_position)
            )
    return grad


def max_pool(op: windows.MaxPool, x: Array) -> Array:
    spatial = op.window.output_shape(x.shape[1:-1])
    x = padded(x, op.window, -np.inf)
    return np.maximum.reduce([x[seen] for _, seen in taps(op.window, spatial)])


def max_pool_gradient(op: windows.MaxPoolGradient, x: Array, y: Array, grad_output: Array) -> Array:
    x = padded(x, op.window, -np.inf)
    grad, given = np.zeros_like(x), np.zeros(y.shape, bool)
    for _, seen in taps(op.window, y.shape[1:-1]):
        winner = (x[seen] == y) & ~given
        grad[seen] += np.where(winner, grad_output, 0.0)
        given |= winner
    return _crop(grad, op.window)


def max_unpool(op: windows.MaxUnpool, places: Array, grad_output: Array) -> Array:
    grad = padded(np.zeros(op.shape), op.window)
    for number, (_, seen) in enumerate(taps(op.window, places.shape[1:-1])):
        grad[seen] += np.where(places == number, grad_output, 0.0)
    return _crop(grad, op.window)


def convolution_max_pool_gradient(
    op: windows.ConvolutionMaxPoolGradient, x: Array, places: Array, grad_output: Array, *kernel: Array
) -> tuple[Array, ...]:
    spatial = op.window.output_shape(op.shape[1:-1])
    unpool = windows.MaxUnpool(op.pooling, (op.shape[0], *spatial, op.kernel[-1]))
    unpooled = max_unpool(unpool, places, grad_output)
    of_kernel = windows.ConvolutionKernelGradient(op.window, op.groups, op.kernel)
    of_input = windows.ConvolutionInputGradient(op.window, op.groups, op.shape)
    return (
        convolution_kernel_gradient(of_kernel, x, unpooled),
        *(convolution_input_gradient(of_input, unpooled, each) for each in kernel),
    )


def max_pool_select(op: windows.MaxPoolSelect, x: Array, y: Array, values: Array) -> Array:
    x, values = padded(x, op.window, -np.inf), padded(values, op.window)
    chosen, given = np.zeros(y.shape), np.zeros(y.shape, bool)
    for _, seen in taps(op.window, y.shape[1:-1]):
        winner = (x[seen] == y) & ~given
        chosen[winner] = values[seen][winner]
        given |= winner
    return chosen


def _inside(window: Window, spatial: tuple[int, ...], outputs: tuple[int, ...]) -> Array:
    """How many taps of each window lie inside the input, (1, windows..., 1)."""
    ones = padded(np.ones((1, *spatial, 1)), window)
    return np.add.reduce([ones[seen] for _, seen in taps(window, outputs)])


def average_pool(op: windows.AveragePool, x: Array) -> Array:
    outputs = op.window.output_shape(x.shape[1:-1])
    count = _inside(op.window, x.shape[1:-1], outputs)
    x = padded(x, op.window)
    return np.add.reduce([x[seen] for _, seen in taps(op.window, outputs)]) / count


def average_pool_gradient(op: windows.AveragePoolGradient, grad_output: Array) -> Array:
    outputs = grad_output.shape[1:-1]
    share = grad_output / _inside(op.window, op.shape[1:-1], outputs)
    grad = padded(np.zeros(op.shape), op.window)
    for _, seen in taps(op.window, outputs):
        grad[seen] += share
    return _crop(grad, op.window)


IMPLEMENTATIONS: dict[type[ops.Op], Callable[..., Array | tuple[Array, ...]]] = {
    ops.Constant: lambda op: np.array(op.value),
    ops.Literal: lambda op: op.values,
    ops.Elementwise: lambda op, *inputs: FUNCTIONS[op.function](*inputs),
    ops.Chain: chain,
    ops.ReduceSum: lambda op, x: x.sum(axis=op.axes, keepdims=True),
    ops.ReduceMax: lambda op, x: x.max(axis=op.axes, keepdims=True),
    ops.ArgMax: lambda op, x: x.argmax(axis=-1).astype(FLOAT64),
    ops.OneHot: one_hot,
    ops.Matmul: matmul,
    movement.Reshape: lambda op, x: x.reshape(op.shape),
    movement.StopGradient: lambda op, x: x,
    movement.BroadcastTo: lambda op, x: np.broadcast_to(x, op.shape),
    movement.Transpose: lambda op, x: x.transpose(op.permutation),
    movement.Concatenate: lambda op, *inputs: np.concatenate(inputs, axis=op.axis),
    movement.Slice: slice_axis,
    movement.Pad: pad_axis,
    movement.Gather: gather,
    movement.ScatterAdd: scatter_add,
    movement.GatherAt: gather_at,
    movement.ScatterAddAt: scatter_add_at,
    movement.Pack: pack,
    windows.Convolution: convolution,
    windows.FusedConvolution: fused_convolution,
    windows.ConvolutionMaxPool: convolution_max_pool,
    windows.PointwiseDepthwise: pointwise_depthwise,
    windows.ConvolutionMaxPoolGradient: convolution_max_pool_gradient,
    windows.ConvolutionInputGradient: convolution_input_gradient,
    windows.ConvolutionKernelGradient: convolution_kernel_gradient,
    windows.MaxPool: max_pool,
    windows.MaxPoolGradient: max_pool_gradient,
    windows.MaxUnpool: max_unpool,
    windows.MaxPoolSelect: max_pool_select,
    windows.AveragePool: average_pool,
    windows.AveragePoolGradient: average_pool_gradient,
}


class ReferenceProgram:
    """Runs the nodes of a graph one after the other."""

    memory = 0

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def run(self, inputs: Arrays, states: States, *, seed: int = 0, step: int = 0) -> dict[str, Array]:
        """See `Program.run`."""
        return self.bind(states)(inputs, seed=seed, step=step)

    def bind(self, states: States) -> ReferenceBoundProgram:
        """See `Program.bind`."""
        return ReferenceBoundProgram(self._graph, states)


class ReferenceBoundProgram:
    """See `BoundProgram`; the states keep their own type, the outputs are float64; nothing is kept between runs."""

    def __init__(self, graph: Graph, states: States) -> None:
        used = dict.fromkeys(n.op.state for n in graph.nodes if isinstance(n.op, ops.Parameter | ops.Update))
        self._graph, self._states = graph, {name: states[name] for name in used}

    def __call__(self, inputs: Arrays, *, seed: int = 0, step: int = 0) -> dict[str, Array]:
        with all_held(self._states.values()):
            values, updates = self._values(inputs, seed, step)
            for update, value in updates:
                self._states[update.state].write(update.offset, value)
        return {name: np.array(values[t.node, t.index]) for name, t in self._graph.outputs.items()}

    def _values(
        self, inputs: Arrays, seed: int, step: int
    ) -> tuple[dict[tuple[Node, int], Array], list[tuple[ops.Update, Array]]]:
        """All results, and what is to be written."""
        values: dict[tuple[Node, int], Array] = {}
        updates: list[tuple[ops.Update, Array]] = []
        for node in self._graph.nodes:
            operands = [values[tensor.node, tensor.index] for tensor in node.inputs]
            result: Any
            match node.op:
                case ops.Input(shape=shape, name=name):
                    result = np.asarray(inputs[name], FLOAT64).reshape(shape)
                case ops.Parameter(shape=shape, state=name, offset=offset):
                    result = self._states[name].read(offset, math.prod(shape)).astype(FLOAT64).reshape(shape)
                case ops.RandomUniform(shape=shape, stream=stream):
                    result = random.uniform(seed, stream, step, math.prod(shape)).reshape(shape)
                case ops.Update():
                    updates.append((node.op, operands[0]))
                    continue
                case op if type(op) in IMPLEMENTATIONS:
                    result = IMPLEMENTATIONS[type(op)](op, *operands)
                case op:
                    raise GraphError(f"the reference engine does not know {type(op).__name__}")
            results = result if isinstance(result, tuple) else (result,)
            values.update({(node, index): value for index, value in enumerate(results)})
        return values, updates


class ReferenceEngine:
    """NumPy, float64, the plainest way."""

    name = "reference"
    dtype = FLOAT64

    def state(self, size: int) -> HostState:
        """See `Engine.state`; weights are float32 on every engine."""
        return HostState(size)

    def takes(self, state: State) -> bool:
        """See `Engine.takes`: any state that can be read."""
        return True

    def prepare(self, graph: Graph) -> ReferenceProgram:
        """See `Engine.prepare`."""
        return ReferenceProgram(graph)

    def memory_of(self, graph: Graph) -> ProgramMemory:
        """See `Engine.memory_of`: every result stays until the run has ended."""
        sizes: Counter[str] = Counter()
        for node in graph.nodes:
            sizes[node.name] += 8 * sum(math.prod(tensor.shape) for tensor in node.outputs)
        return ProgramMemory(sizes.total(), 0, dict(sizes.most_common()))
