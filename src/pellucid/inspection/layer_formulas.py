"""The formula of a sum with its own numbers: "y[i, f] = relu(bias[f] + sum over l, c of x[2i+l-1, c] * ...)"."""

from __future__ import annotations

import math

from pellucid.geometry import Window
from pellucid.graph import Node, Tensor, movement, ops, windows

_PLACES, _TAPS, _FROM = "ijk", ("l", "lm", "lmn"), "opq"


def sum_formula(node: Node, weight: str, bias: str, activation: str) -> str:
    """What a windowed operation or a product of matrices computes; "" for other operations.

    Args:
        node: the operation.
        weight: name of the weight that it multiplies with.
        bias: name of what is added to the sum; "" for nothing.
        activation: its name; "linear" for none.
    """
    wrap = "{}" if activation == "linear" else activation + "({})"
    added = f"{bias}[f] + " if bias else ""
    match node.op:
        case ops.Matmul():
            return "y[f] = " + wrap.format(f"{added}sum over i of x[i] * {weight}[i, f]")
        case windows.Convolution(window=window):
            where, taps = _indices(window), ", ".join(_TAPS[window.rank - 1])
            c, further, last = _channels(node)
            x, tells = ("p", ", where p is x with its padding") if is_rearranged(node.inputs[0]) else ("x", "")
            inner = f"{added}sum over {taps}{further} of {x}[{_reads(window)}, {c}] * {weight}[{taps}, {last}]"
            return f"y[{where}, f] = {wrap.format(inner)}{tells}"
        case windows.ConvolutionInputGradient(window=window):
            where, taps = _indices(window), ", ".join(_TAPS[window.rank - 1])
            windows_of = ", ".join(_FROM[: window.rank])
            condition = " and ".join(
                f"{_index(o, t, *numbers)} = {i}"
                for o, t, i, *numbers in zip(_FROM, _TAPS[window.rank - 1], _PLACES, *_numbers(window), strict=False)
            )
            inner = f"{added}sum over {windows_of}, {taps}, c of x[{windows_of}, c] * {weight}[{taps}, f, c]"
            return f"y[{where}, f] = " + wrap.format(inner) + f", where {condition}"
        case windows.MaxPool(window=window):
            return f"y[{_indices(window)}, c] = max over {', '.join(_TAPS[window.rank - 1])} of x[{_reads(window)}, c]"
        case windows.AveragePool(window=window):
            return f"y[{_indices(window)}, c] = mean over {', '.join(_TAPS[window.rank - 1])} of x[{_reads(window)}, c]"
    return ""


def reduction_formula(node: Node, divisor: float, *, latex: bool) -> str:
    """What a sum, mean or maximum over all places computes, in words or in LaTeX; "" for other operations.

    Args:
        node: the operation.
        divisor: by which its result is divided.
        latex: whether it is written so.

    Example:
        >>> from pellucid.graph import Graph
        >>> x = Graph().add(ops.Input((1, 4, 5, 2), "x"))
        >>> reduction_formula(x.graph.add(ops.ReduceSum((1, 2)), x).node, 20, latex=False)
        'y[c] = mean over i, j of x[i, j, c]'
    """
    if not isinstance(node.op, ops.ReduceSum | ops.ReduceMax):
        return ""
    shape, axes = node.inputs[0].shape, node.op.axes
    sizes = [shape[axis] for axis in axes]
    kept = [axis for axis in range(1, len(shape)) if axis not in axes]
    is_max, is_mean = isinstance(node.op, ops.ReduceMax), divisor == math.prod(sizes)
    if 0 in axes or len(kept) != 1 or len(axes) > len(_PLACES) or (divisor != 1 and not is_mean):
        return ""
    letters = dict(zip(axes, _PLACES, strict=False)) | {kept[0]: "c"}
    read, places = [letters[axis] for axis in range(1, len(shape))], [letters[axis] for axis in axes]
    if not latex:
        what = "max" if is_max else "mean" if is_mean else "sum"
        return f"y[c] = {what} over {', '.join(places)} of x[{', '.join(read)}]"
    sums = "\\;".join(f"\\sum_{{{place}=0}}^{{{size - 1}}}" for place, size in zip(places, sizes, strict=True))
    over = f"\\max_{{{','.join(places)}}}\\;" if is_max else f"\\frac{{1}}{{{divisor:.0f}}} {sums}" if is_mean else sums
    return f"y_{{c}} = {over} x_{{{','.join(read)}}}"


def is_rearranged(tensor: Tensor) -> bool:
    """Whether elements of the input were put beside it before, as in a padding that is not of zeros."""
    while tensor.node.inputs:
        if isinstance(tensor.node.op, movement.Gather | movement.Concatenate | movement.Pad):
            return True
        tensor = tensor.node.inputs[0]
    return False


def _channels(node: Node) -> tuple[str, str, str]:
    """How the channel is written: in the input, among what is summed over, and at the end of the kernel's index.

    Where the kernel is (spatial..., channels, multiplier) in another shape, filter f reads channel f // multiplier;
    where channels stand in groups, those of its own group.
    """
    op, kernel = node.op, node.inputs[1].node
    assert isinstance(op, windows.Convolution)
    if not isinstance(kernel.op, movement.Reshape) or not isinstance(kernel.inputs[0].node.op, ops.Parameter):
        width, filters = node.inputs[1].shape[-2], node.inputs[1].shape[-1] // op.groups
        own = "c" if op.groups == 1 else f"{'' if width == 1 else width}(f//{filters})+c"
        return own, ", c", "c, f"
    multiplier = kernel.inputs[0].shape[-1]
    return ("f", "", "f, 0") if multiplier == 1 else (f"f//{multiplier}", "", f"f//{multiplier}, f%{multiplier}")


def _indices(window: Window) -> str:
    return ", ".join(_PLACES[: window.rank])


def _numbers(window: Window) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    return window.strides, window.dilation, tuple(before for before, _ in window.padding)


def _reads(window: Window) -> str:
    return ", ".join(window_index(window))


def window_index(window: Window) -> list[str]:
    """Which place of the input each tap reads, along each axis: "2i+l-1"."""
    taps = _TAPS[window.rank - 1]
    return [_index(i, t, *numbers) for i, t, *numbers in zip(_PLACES, taps, *_numbers(window), strict=False)]


def _index(output: str, tap: str, stride: int, dilation: int, before: int) -> str:
    """Which input a tap of a window reads: "2i+l-1"."""
    start = output if stride == 1 else f"{stride}{output}"
    step = tap if dilation == 1 else f"{dilation}{tap}"
    return f"{start}+{step}" + (f"-{before}" if before else "")
