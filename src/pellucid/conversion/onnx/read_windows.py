"""Pooling, and what all windows have in common: strides, padding in amounts or words, sizes that are rounded up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.conversion.onnx.held import Held
from pellucid.conversion.onnx.reader import Reader, Rule, refusal, whole_list
from pellucid.formats.onnx_file import OnnxNode
from pellucid.geometry import same_padding

Pads = list[tuple[int, int]]
MOST_PADDING = 2**16  # on one side: what an honest file has is below a hundred


def per_axis(node: OnnxNode, name: str, count: int, default: int = 1) -> list[int]:
    """A list of whole numbers of a node, one per axis (or two, of pads)."""
    values = whole_list(node, name, node.attributes.get(name, [default] * count))
    if len(values) != count or min(values, default=0) < min(default, 1):
        raise refusal(node, f"its {name} is {values}, expected {count} numbers from {min(default, 1)} on")
    return values


def paddings(
    node: OnnxNode, spatial: Sequence[int | None], size: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Pads:
    """How many elements are added before and after each axis."""
    rank, word = len(size), node.attributes.get("auto_pad", "NOTSET")
    if word in ("NOTSET", ""):
        amounts = per_axis(node, "pads", 2 * rank, 0)
        if max(amounts, default=0) > MOST_PADDING:
            raise refusal(node, f"it adds {max(amounts)} elements of padding; at most {MOST_PADDING} are read")
        return list(zip(amounts[:rank], amounts[rank:], strict=True))
    if word == "VALID":
        return [(0, 0)] * rank
    if word not in ("SAME_UPPER", "SAME_LOWER"):
        raise refusal(node, f"its auto_pad is {word!r}")
    pads = []
    for n, taps, stride, step in zip(spatial, size, strides, dilation, strict=True):
        if n is None and stride > 1:
            raise refusal(node, "its padding follows from sizes that are open")
        before, after = same_padding(n or taps * step, window=taps, stride=stride, dilation=step)
        pads.append((before, after) if word == "SAME_UPPER" else (after, before))
    return pads


def ended(
    node: OnnxNode, pads: Pads, spatial: Sequence[int | None], size: Sequence[int], strides: Sequence[int]
) -> Pads:
    """The padding with which as many windows fit as the file wants, where it rounds their number up.

    A window that would begin in the padding after the end is left out, as PyTorch does and ONNX says since version 22.
    """
    if not node.attributes.get("ceil_mode", 0):
        return pads
    result = []
    for (before, after), n, taps, stride in zip(pads, spatial, size, strides, strict=True):
        if n is None:
            raise refusal(node, "it rounds sizes up that are open")
        count = -(-(n + before + after - taps) // stride) + 1
        if (count - 1) * stride >= n + before:
            count -= 1
        result.append((before, max(after, (count - 1) * stride + taps - n - before)))
    return result


def _pool(reader: Reader, node: OnnxNode, kind: str, **options: Any) -> None:
    x = reader.last(node)
    size = whole_list(node, "kernel_shape", node.attributes.get("kernel_shape", []))
    rank = len(size)
    if x.rank != rank + 2 or rank > 3:
        raise refusal(node, f"its window {size} does not fit {x.shape}; 1 to 3 spatial axes are read")
    for name in node.outputs[1:]:
        users = {reader.file.nodes[number].kind for number in reader.consumers.get(name, [])}
        if users - {"MaxUnpool"}:
            raise refusal(node, "where the maxima lie is used, and by more than an unpooling")
    if set(per_axis(node, "dilations", rank)) != {1}:
        raise refusal(node, "its window has gaps, which no pooling layer has")
    strides, spatial, tensor = per_axis(node, "strides", rank), x.tensor.shape[1:-1], x.tensor
    pads = paddings(node, spatial, size, strides, [1] * rank)
    whole = ended(node, pads, spatial, size, strides)
    if kind == "AveragePooling" and node.attributes.get("count_include_pad", 0) and any(map(any, pads)):
        amounts = pads[0] if rank == 1 else pads
        tensor = reader.layer(node, f"ZeroPadding{rank}D", tensor, amounts, **({} if rank == 1 else _LAST))
        whole = [(0, after - old) for (_, after), (_, old) in zip(whole, pads, strict=True)]
    padding = tuple(whole) if any(map(any, whole)) else "valid"
    window = {"pool_size": size, "strides": strides, "padding": padding, **_LAST}
    y = reader.layer(node, f"{kind}{rank}D", tensor, **window, **options)
    reader.give(node, Held.channels_last(y))
    if len(node.outputs) > 1:
        reader.pooled[node.outputs[1]] = x, window


_LAST = {"data_format": "channels_last"}


def max_pool(reader: Reader, node: OnnxNode) -> None:
    """MaxPool."""
    _pool(reader, node, "MaxPooling")


def average_pool(reader: Reader, node: OnnxNode) -> None:
    """AveragePool; where padding counts, zeros are put there first."""
    _pool(reader, node, "AveragePooling")


def max_unpool(reader: Reader, node: OnnxNode) -> None:
    """MaxUnpool, where the places come from a pooling of the same window: the layer looks at what was pooled itself."""
    y, pooled = reader.last(node), reader.pooled.get(node.inputs[1])
    if pooled is None:
        raise refusal(node, "its places do not come from a MaxPool")
    x, window = pooled
    rank = x.rank - 2
    same = ("kernel_shape", "pool_size", 1), ("strides", "strides", 1)
    if any(per_axis(node, name, rank, default) != list(window[word]) for name, word, default in same):
        raise refusal(node, "its window is not that of the pooling")
    pads, overlaps = per_axis(node, "pads", 2 * rank, 0), zip(window["pool_size"], window["strides"], strict=True)
    amounts = [(0, 0)] * rank if window["padding"] == "valid" else list(window["padding"])
    if list(zip(pads[:rank], pads[rank:], strict=True)) != amounts or any(taps > stride for taps, stride in overlaps):
        raise refusal(node, "its windows overlap, or its padding is not that of the pooling")
    if len(node.inputs) > 2 and list(reader.constant(node, 2))[1:] != list(x.shape[1:]):
        raise refusal(node, "its result has not the shape of what was pooled")
    if len(node.inputs) < 3 and y.shape[2:] != tuple(_unpooled(x.shape[2:], window, amounts)):
        raise refusal(node, "its result is smaller than what was pooled")
    tensor = reader.layer(node, f"MaxUnpooling{rank}D", [y.tensor, x.tensor], **window)
    reader.give(node, Held.channels_last(tensor))


def _unpooled(sizes: Sequence[int | None], window: dict[str, Any], amounts: Pads) -> list[int | None]:
    """How many windows lie on axes whose ends these reach exactly; None where the ends are elsewhere."""
    axes = zip(sizes, window["pool_size"], window["strides"], amounts, strict=True)
    counts: list[int | None] = []
    for n, taps, stride, (before, after) in axes:
        rest = None if n is None else n + before + after - taps
        counts.append(None if rest is None or rest % stride else rest // stride + 1)
    return counts


def lp_pool(reader: Reader, node: OnnxNode) -> None:
    """LpPool."""
    _pool(reader, node, "LpPooling", p=float(node.attributes.get("p", 2)))


def _global(reader: Reader, node: OnnxNode, kind: str, **options: Any) -> None:
    x = reader.last(node)
    if not 3 <= x.rank <= 5:
        raise refusal(node, f"it pools over 1 to 3 spatial axes, got {x.shape}")
    y = reader.layer(node, f"{kind}{x.rank - 2}D", x.tensor, keepdims=True, **_LAST, **options)
    reader.give(node, Held.channels_last(y))


WINDOWS: dict[str, Rule] = {
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "MaxUnpool": max_unpool,
    "LpPool": lp_pool,
    "GlobalAveragePool": lambda reader, node: _global(reader, node, "GlobalAveragePooling"),
    "GlobalMaxPool": lambda reader, node: _global(reader, node, "GlobalMaxPooling"),
    "GlobalLpPool": lambda reader, node: _global(reader, node, "GlobalLpPooling", p=float(node.attributes.get("p", 2))),
}
