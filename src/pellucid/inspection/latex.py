"""The formula of a layer in LaTeX, as it is computed and as a true convolution."""

from __future__ import annotations

from pellucid.geometry import Window
from pellucid.graph import Node, movement, ops, windows
from pellucid.inspection.layer_formulas import is_rearranged

__all__ = ["latex_formula"]

_PLACES, _TAPS, _FROM = "ijk", "lmn", "opq"
FLIPPED = "F"
"""What the flipped kernel is called."""


def latex_formula(node: Node, weight: str, bias: str, activation: str, *, flipped: bool = False) -> str:
    """What a windowed operation or a product of matrices computes, in LaTeX; "" for other operations.

    Args:
        node: the operation.
        weight: name of the weight that it multiplies with.
        bias: name of what is added to the sum; "" for nothing.
        activation: its name; "linear" for none.
        flipped: as a true convolution, with the flipped kernel F; "" where that is no other formula.

    Example:
        >>> from pellucid.graph import Graph
        >>> graph = Graph()
        >>> x, w = graph.add(ops.Input((1, 4), "x")), graph.add(ops.Input((4, 2), "w"))
        >>> latex_formula(graph.add(ops.Matmul(), x, w).node, "kernel", "", "linear")
        'y_{f} = \\\\sum_{i=0}^{3} x_{i}\\\\,\\\\mathrm{kernel}_{i,f}'
    """
    added = f"{_name(bias)}_{{f}} + " if bias else ""
    match node.op:
        case ops.Matmul() if not flipped:
            inner = f"{added}\\sum_{{i=0}}^{{{node.inputs[1].shape[-2] - 1}}} x_{{i}}\\,{_name(weight)}_{{i,f}}"
            return f"y_{{f}} = {_within(activation, inner)}"
        case windows.Convolution(window=window):
            c, summed, last = _channels(node)
            taps = _TAPS[: window.rank]
            sums = "\\;".join(f"\\sum_{{{tap}=0}}^{{{size - 1}}}" for tap, size in zip(taps, window.size, strict=True))
            sums += f"\\;\\sum_{{c=0}}^{{{node.inputs[1].shape[-2] - 1}}}" if summed else ""
            kernel = FLIPPED if flipped else _name(weight)
            product = f"{_read(node)}_{{{_reads(window, flipped=flipped)},{c}}}\\,{kernel}_{{{','.join(taps)},{last}}}"
            return f"y_{{{','.join(_PLACES[: window.rank])},f}} = {_within(activation, f'{added}{sums} {product}')}"
        case windows.ConvolutionInputGradient(window=window) if not flipped:
            taps, sources, rank = ",".join(_TAPS[: window.rank]), ",".join(_FROM[: window.rank]), window.rank
            conditions = ",\\;".join(
                f"{_start(_FROM[axis], window.strides[axis])}+{_start(_TAPS[axis], window.dilation[axis])}"
                f"{_signed(-window.padding[axis][0])}={_PLACES[axis]}"
                for axis in range(rank)
            )
            inner = f"{added}\\sum_{{{conditions}}}\\;\\sum_{{c}} x_{{{sources},c}}\\,{_name(weight)}_{{{taps},f,c}}"
            return f"y_{{{','.join(_PLACES[:rank])},f}} = {_within(activation, inner)}"
        case windows.MaxPool(window=window) if not flipped:
            taps = ",".join(_TAPS[: window.rank])
            return f"y_{{{_of(window)},c}} = \\max_{{{taps}}}\\; x_{{{_reads(window, flipped=False)},c}}"
        case windows.AveragePool(window=window) if not flipped:
            taps = ",".join(_TAPS[: window.rank])
            mean = f"\\frac{{1}}{{{window.taps}}} \\sum_{{{taps}}}"
            return f"y_{{{_of(window)},c}} = {mean} x_{{{_reads(window, flipped=False)},c}}"
    return ""


def flip_formula(window: Window, weight: str, last: str) -> str:
    """What the flipped kernel is: the kernel, turned by half a turn.

    Example:
        >>> flip_formula(Window((3, 3), (1, 1), (1, 1), ((0, 0), (0, 0))), "kernel", "c,f")
        'F_{l,m,c,f} = \\\\mathrm{kernel}_{2-l,2-m,c,f}'
    """
    taps = _TAPS[: window.rank]
    turned = ",".join(f"{size - 1}-{tap}" for tap, size in zip(taps, window.size, strict=True))
    return f"{FLIPPED}_{{{','.join(taps)},{last}}} = {_name(weight)}_{{{turned},{last}}}"


def last_of(node: Node) -> str:
    """How channel and filter stand at the end of a kernel's index."""
    return _channels(node)[2]


def _read(node: Node) -> str:
    """What is read: x, or p where that is x with a padding that is not of zeros."""
    return "p" if is_rearranged(node.inputs[0]) else "x"


def _of(window: Window) -> str:
    return ",".join(_PLACES[: window.rank])


def _name(weight: str) -> str:
    return f"\\mathrm{{{weight}}}".replace("_", "\\_")


def _within(activation: str, inner: str) -> str:
    return inner if activation == "linear" else f"{_name(activation)}\\left({inner}\\right)"


def _channels(node: Node) -> tuple[str, bool, str]:
    """How the channel is written in the input, whether it is summed over, and the end of the kernel's index.

    Where the kernel is (spatial..., channels, multiplier) in another shape, filter f reads channel f // multiplier;
    where channels stand in groups, those of its own group.
    """
    op, kernel = node.op, node.inputs[1].node
    assert isinstance(op, windows.Convolution)
    if not isinstance(kernel.op, movement.Reshape) or not isinstance(kernel.inputs[0].node.op, ops.Parameter):
        width, filters = node.inputs[1].shape[-2], node.inputs[1].shape[-1] // op.groups
        own = "c" if op.groups == 1 else f"{width}\\lfloor f/{filters}\\rfloor+c"
        return own, True, "c,f"
    multiplier = kernel.inputs[0].shape[-1]
    if multiplier == 1:
        return "f", False, "f,0"
    channel = f"\\lfloor f/{multiplier}\\rfloor"
    return channel, False, f"{channel},f\\,\\mathrm{{mod}}\\,{multiplier}"


def _reads(window: Window, *, flipped: bool) -> str:
    """Which input a tap reads: "2i+l-1"; of the flipped kernel "2i-l+1"."""
    parts = []
    for axis, (place, tap) in enumerate(zip(_PLACES, _TAPS[: window.rank], strict=False)):
        dilation, before = window.dilation[axis], window.padding[axis][0]
        offset = (window.size[axis] - 1) * dilation - before if flipped else -before
        sign = "-" if flipped else "+"
        parts.append(f"{_start(place, window.strides[axis])}{sign}{_start(tap, dilation)}{_signed(offset)}")
    return ",".join(parts)


def _start(letter: str, factor: int) -> str:
    return letter if factor == 1 else f"{factor}{letter}"


def _signed(number: int) -> str:
    return f"{number:+d}" if number else ""
