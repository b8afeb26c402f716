"""Engines that are wrong on purpose: the reference engine with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from unittest import mock

import numpy as np

from pellucid.engines import reference, reference_windows
from pellucid.engines.base import Arrays, Program, States
from pellucid.graph import Graph, movement, ops, optimize, windows
from pellucid.graph.rewriter import eliminate_dead

Array = np.ndarray


@dataclass(frozen=True)
class Sabotage:
    """What is broken, and which harnesses (by their names in `test_sabotage.HARNESSES`) must notice.

    Attributes:
        name: as it reads in the name of a test.
        caught_by: names of harnesses.
        operations: wrong implementations, by class.
        functions: wrong elementwise functions, by name.
        rewrite: what is done to a graph before it is run.
        keeps_step: whether the number of the training step reaches the engine.
    """

    name: str
    caught_by: tuple[str, ...]
    operations: Mapping[type[ops.Op], Callable[..., Array]] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Array]] = field(default_factory=dict)
    rewrite: Callable[[Graph], Graph] = eliminate_dead
    keeps_step: bool = True


class BrokenProgram:
    """A program of the reference engine that is sabotaged whenever it runs."""

    memory = 0

    def __init__(self, program: Program, sabotage: Sabotage) -> None:
        self._program, self._sabotage = program, sabotage

    def run(self, inputs: Arrays, states: States, *, seed: int = 0, step: int = 0) -> dict[str, Array]:
        """See `Program.run`."""
        broken = self._sabotage
        with (
            mock.patch.dict(reference.IMPLEMENTATIONS, broken.operations),
            mock.patch.dict(reference.FUNCTIONS, broken.functions),
        ):
            return self._program.run(inputs, states, seed=seed, step=step if broken.keeps_step else 0)

    def bind(self, states: States) -> Callable[..., dict[str, Array]]:
        """See `Program.bind`."""
        return lambda inputs, seed=0, step=0: self.run(inputs, states, seed=seed, step=step)


class BrokenEngine(reference.ReferenceEngine):
    """The reference engine, sabotaged."""

    name = "broken"

    def __init__(self, sabotage: Sabotage) -> None:
        self._sabotage = sabotage

    def prepare(self, graph: Graph) -> BrokenProgram:
        """See `Engine.prepare`."""
        return BrokenProgram(super().prepare(self._sabotage.rewrite(graph)), self._sabotage)


# ---- what is done wrong ----


def flipped_kernel(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """What mathematicians call convolution."""
    return reference_windows.convolution(op, x, np.flip(kernel, tuple(range(op.window.rank))))


def shifted_padding(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """One zero less before and one more after, where there is one before."""
    pairs = tuple((before - 1, after + 1) if before else (before, after) for before, after in op.window.padding)
    return reference_windows.convolution(replace(op, window=replace(op.window, padding=pairs)), x, kernel)


def without_dilation(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """Taps side by side, in windows that begin where they should."""
    y = reference_windows.convolution(op, x, kernel)
    dense = replace(op, window=replace(op.window, dilation=(1,) * op.window.rank))
    return reference_windows.convolution(dense, x, kernel)[tuple(map(slice, y.shape))]


def mixed_groups(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """Each group reads the next group's channels."""
    return reference_windows.convolution(op, np.roll(x, x.shape[-1] // op.groups, axis=-1), kernel)


def rectified(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """A convolution that is not linear."""
    return np.maximum(reference_windows.convolution(op, x, kernel), 0.0)


def depending_on_place(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """A convolution that treats the first window otherwise."""
    y = reference_windows.convolution(op, x, kernel)
    y[:, 0] *= 2
    return y


def dropped_bias(op: windows.FusedConvolution, x: Array, kernel: Array, bias: Array) -> Array:
    """Fused, and forgotten."""
    return reference_windows.fused_convolution(op, x, kernel, np.zeros_like(bias))


def forgotten_relu(op: windows.FusedConvolution, x: Array, kernel: Array, bias: Array) -> Array:
    """Fused, and not applied."""
    return reference_windows.fused_convolution(replace(op, relu=False), x, kernel, bias)


def dropped_bias_before_pooling(op: windows.ConvolutionMaxPool, x: Array, kernel: Array, bias: Array) -> Array:
    """The same where a pooling is fused too."""
    return reference_windows.convolution_max_pool(op, x, kernel, np.zeros_like(bias))


def forgotten_relu_before_pooling(op: windows.ConvolutionMaxPool, x: Array, kernel: Array, bias: Array) -> Array:
    """The same where a pooling is fused too."""
    return reference_windows.convolution_max_pool(replace(op, relu=False), x, kernel, bias)


def flipped_input_gradient(op: windows.ConvolutionInputGradient, grad_output: Array, kernel: Array) -> Array:
    """The kernel the wrong way round."""
    return reference_windows.convolution_input_gradient(op, grad_output, np.flip(kernel, tuple(range(op.window.rank))))


def swapped_axes(op: windows.ConvolutionKernelGradient, x: Array, grad_output: Array) -> Array:
    """Rows for columns, where the kernel is square."""
    grad = reference_windows.convolution_kernel_gradient(op, x, grad_output)
    return grad.swapaxes(0, 1) if op.window.rank > 1 and grad.shape[0] == grad.shape[1] else grad


def first_sample_only(op: windows.ConvolutionKernelGradient, x: Array, grad_output: Array) -> Array:
    """The batch is not summed up."""
    return reference_windows.convolution_kernel_gradient(op, x[:1], grad_output[:1])


def last_tie(op: windows.MaxPoolGradient, x: Array, y: Array, grad_output: Array) -> Array:
    """The taps are visited from the last to the first."""
    taps = reference_windows.taps
    with mock.patch.object(reference_windows, "taps", lambda *args: reversed(list(taps(*args)))):
        return reference_windows.max_pool_gradient(op, x, y, grad_output)


def every_tie(op: windows.MaxPoolGradient, x: Array, y: Array, grad_output: Array) -> Array:
    """All equals get the whole gradient."""
    x = reference_windows.padded(x, op.window, -np.inf)
    grad = np.zeros_like(x)
    for _, seen in reference_windows.taps(op.window, y.shape[1:-1]):
        grad[seen] += np.where(x[seen] == y, grad_output, 0.0)
    return reference_windows._crop(grad, op.window)


def last_selected(op: windows.MaxPoolSelect, x: Array, y: Array, values: Array) -> Array:
    """Of two equals the last."""
    taps = reference_windows.taps
    with mock.patch.object(reference_windows, "taps", lambda *args: reversed(list(taps(*args)))):
        return reference_windows.max_pool_select(op, x, y, values)


def neighbour_gathered(op: movement.Gather, x: Array) -> Array:
    """Every index is one too small, or the last."""
    return reference.gather(replace(op, indices=(op.indices - 1) % x.shape[op.axis]), x)


def nowhere_gathered(op: movement.Gather, x: Array) -> Array:
    """What lies nowhere is not 0 but the last element."""
    return x.take(op.indices, axis=op.axis)


def overwritten(op: movement.ScatterAdd, x: Array) -> Array:
    """Of several elements that go to one place the last wins: the sum forgets duplicates."""
    total = np.zeros((op.size, *np.moveaxis(x, op.axis, 0).shape[1:]))
    inside = op.indices >= 0
    total[op.indices[inside]] = np.moveaxis(x, op.axis, 0)[inside]
    return np.moveaxis(total, 0, op.axis)


def the_row_before(op: movement.GatherAt, x: Array, places: Array) -> Array:
    """Every place is one too small."""
    return reference.gather_at(op, x, places - 1)


def first_of_the_batch(op: ops.Matmul, a: Array, b: Array) -> Array:
    """All products of a batch take the first matrix on the right."""
    first = b.reshape(-1, *b.shape[-2:])[0] if b.ndim > 2 else b
    return reference.matmul(op, a, np.broadcast_to(first, b.shape))


def padding_counts(op: windows.AveragePool, x: Array) -> Array:
    """The mean over all taps, zeros of the padding included."""
    inside = reference_windows._inside(op.window, x.shape[1:-1], op.window.output_shape(x.shape[1:-1]))
    return reference_windows.average_pool(op, x) * inside / op.window.taps


def padding_wins(op: windows.MaxPool, x: Array) -> Array:
    """Padding with zeros instead of with nothing."""
    y = reference_windows.max_pool(op, x)
    return np.maximum(y, 0.0) if any(map(sum, op.window.padding)) else y


def half_precision(op: ops.Matmul, a: Array, b: Array) -> Array:
    """Rounded to 11 bits: too coarse for any tolerance."""
    return reference.matmul(op, a, b).astype(np.float16).astype(np.float64)


def slightly_off(op: windows.Convolution, x: Array, kernel: Array) -> Array:
    """A relative error of 1e-5, a hundred roundings of float32, in a single number."""
    y = reference_windows.convolution(op, x, kernel)
    place = np.unravel_index(int(np.abs(y).argmax()), y.shape)
    y[place] *= 1 + 1e-5
    return y


def reversed_parts(op: movement.Concatenate, *inputs: Array) -> Array:
    """The last part first."""
    return np.concatenate(inputs[::-1], axis=op.axis)


def incomplete_maximum(op: ops.ReduceMax, x: Array) -> Array:
    """The last element along the axis is left out."""
    return _without_last(x, op.axes[-1]).max(axis=op.axes, keepdims=True)


def incomplete_sum(op: ops.ReduceSum, x: Array) -> Array:
    """The last element along the axis is left out."""
    return _without_last(x, op.axes[-1]).sum(axis=op.axes, keepdims=True)


def _without_last(x: Array, axis: int) -> Array:
    return x.take(range(max(x.shape[axis] - 1, 1)), axis=axis)


def only_the_first_update(graph: Graph) -> Graph:
    """All but the first update are lost: weights move, and what the optimiser remembers does not."""
    updates = [node for node in graph.nodes if isinstance(node.op, ops.Update)]
    kept = Graph(training=graph.training)
    kept.nodes = [node for node in graph.nodes if node not in updates[1:]]
    kept.outputs = graph.outputs
    return kept


SABOTAGES = (
    Sabotage(
        "flipped kernel",
        ("gradient", "parity", "exact", "definition", "training"),
        {windows.Convolution: flipped_kernel},
    ),
    Sabotage(
        "off-by-one padding",
        ("gradient", "parity", "exact", "definition", "training"),
        {windows.Convolution: shifted_padding},
    ),
    Sabotage("no dilation", ("gradient", "parity", "exact", "definition"), {windows.Convolution: without_dilation}),
    Sabotage(
        "mixed groups", ("gradient", "parity", "exact", "definition", "training"), {windows.Convolution: mixed_groups}
    ),
    Sabotage("not linear", ("gradient", "parity", "exact", "definition", "linear"), {windows.Convolution: rectified}),
    Sabotage("bound to a place", ("parity", "definition", "equivariant"), {windows.Convolution: depending_on_place}),
    Sabotage("slightly off", ("parity",), {windows.Convolution: slightly_off}),
    Sabotage(
        "dropped bias",
        ("gradient", "parity", "exact", "training"),
        {windows.FusedConvolution: dropped_bias, windows.ConvolutionMaxPool: dropped_bias_before_pooling},
        rewrite=optimize,
    ),
    Sabotage(
        "forgotten relu",
        ("parity", "exact", "training"),
        {windows.FusedConvolution: forgotten_relu, windows.ConvolutionMaxPool: forgotten_relu_before_pooling},
        rewrite=optimize,
    ),
    Sabotage(
        "flipped input gradient",
        ("gradient", "parity", "exact", "definition", "model gradient", "training"),
        {windows.ConvolutionInputGradient: flipped_input_gradient},
    ),
    Sabotage(
        "swapped axes of a gradient",
        ("gradient", "parity", "exact", "definition", "model gradient", "training"),
        {windows.ConvolutionKernelGradient: swapped_axes},
    ),
    Sabotage(
        "gradient of the first sample only",
        ("gradient", "parity", "exact", "definition", "model gradient", "training"),
        {windows.ConvolutionKernelGradient: first_sample_only},
    ),
    Sabotage("last of two ties", ("exact", "definition", "kinks"), {windows.MaxPoolGradient: last_tie}),
    Sabotage("all of two ties", ("exact", "definition", "kinks"), {windows.MaxPoolGradient: every_tie}),
    Sabotage("last of two selected", ("exact", "definition"), {windows.MaxPoolSelect: last_selected}),
    Sabotage("gathered beside", ("gradient", "parity", "exact"), {movement.Gather: neighbour_gathered}),
    Sabotage("gathered from nowhere", ("gradient", "parity", "exact"), {movement.Gather: nowhere_gathered}),
    Sabotage("gathered a row before the place", ("gradient", "parity", "exact"), {movement.GatherAt: the_row_before}),
    Sabotage("scattered without duplicates", ("gradient", "parity", "exact"), {movement.ScatterAdd: overwritten}),
    Sabotage("one matrix for the batch", ("gradient", "parity", "exact"), {ops.Matmul: first_of_the_batch}),
    Sabotage(
        "padding counts in the mean",
        ("gradient", "parity", "exact", "definition"),
        {windows.AveragePool: padding_counts},
    ),
    Sabotage("padding wins the maximum", ("exact", "definition"), {windows.MaxPool: padding_wins}),
    Sabotage("half precision", ("gradient", "parity", "training"), {ops.Matmul: half_precision}),
    Sabotage("parts in reverse", ("gradient", "parity"), {movement.Concatenate: reversed_parts}),
    Sabotage("incomplete maximum", ("parity",), {ops.ReduceMax: incomplete_maximum}),
    Sabotage("incomplete sum", ("gradient", "parity", "softmax"), {ops.ReduceSum: incomplete_sum}),
    Sabotage(
        "relu with a slope below 0",
        ("gradient", "parity", "training"),
        functions={"relu": lambda x: np.where(x > 0, x, 0.01 * x)},
    ),
    Sabotage("coarse power", ("parity",), functions={"power": lambda a, b: np.round(a**b, 5)}),
    Sabotage("coarse exp", ("parity",), functions={"exp": lambda x: np.exp(np.round(x, 3))}),
    Sabotage(
        "greater or equal", ("dropout",), functions={"greater_equal": lambda a, b: np.ones(np.broadcast(a, b).shape)}
    ),
    Sabotage("no momentum", ("momentum", "training"), rewrite=only_the_first_update),
    Sabotage("the same mask in every step", ("training",), keeps_step=False),
)
