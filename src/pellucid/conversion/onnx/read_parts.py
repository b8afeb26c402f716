"""Parts of values, joined and cut, padded, picked and repeated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.conversion.onnx.held import Held
from pellucid.conversion.onnx.read_arithmetic import aligned
from pellucid.conversion.onnx.reader import MOST_ELEMENTS, Reader, Rule, refusal, whole_list
from pellucid.formats.onnx_file import OnnxNode

PAD_MODES = ("reflect", "edge", "wrap")
MOST_WRITTEN = 2**22  # elements of a constant that the model would hold


def concatenate(reader: Reader, node: OnnxNode) -> None:
    """Concat; flattened parts keep their orders side by side."""
    values = [reader.value(node, number) for number in range(len(node.inputs))]
    held = [value for value in values if isinstance(value, Held)]
    axis = int(node.attributes.get("axis", 1)) % held[0].rank
    if axis == 0 or len({each.rank for each in held}) > 1:
        raise refusal(node, "it joins along the batch, or values of several numbers of axes")
    if len(held) < len(values):
        raise refusal(node, "it joins constants and what comes from the data")
    if axis == 1 and held[0].rank == 2 and any(each.features is not None for each in held):
        sizes = [each.shape[1] or 0 for each in held]
        parts = [np.arange(n) if each.features is None else each.features for each, n in zip(held, sizes, strict=True)]
        starts = np.cumsum([0, *sizes[:-1]])
        features = np.concatenate([part + start for part, start in zip(parts, starts, strict=True)])
        tensor = reader.layer(node, "Concatenate", [each.tensor for each in held])
        reader.give(node, Held(tensor, (0, 1), features))
        return
    main = max(held, key=lambda each: each.is_channels_last)
    tensors = [reader.permuted(node, each, main.order).tensor for each in held]
    y = reader.layer(node, "Concatenate", tensors, axis=main.axis(axis)) if len(tensors) > 1 else tensors[0]
    reader.give(node, Held(y, main.order))


def _cut(reader: Reader, node: OnnxNode, x: Held, axis: int, part: slice) -> Held:
    """A part along an axis."""
    if x.features is not None:
        x = Held.plain(reader.plain(node, x))
    size = x.shape[axis]
    if size is not None and part.indices(size) == (0, size, 1):
        return x
    if axis == 0:
        raise refusal(node, "it takes some of the samples of a batch")
    key: list[Any] = [slice(None)] * x.rank
    key[x.axis(axis)] = part
    return Held(ops.get_item(x.tensor, tuple(key)), x.order)


def slices(reader: Reader, node: OnnxNode) -> None:
    """Slice."""
    x = reader.held(node)
    starts, ends = reader.setting(node, "starts", 1), reader.setting(node, "ends", 2)
    axes = reader.setting(node, "axes", 3)
    steps = reader.setting(node, "steps", 4)
    if starts is None or ends is None or len(starts) != len(ends):
        raise refusal(node, "it does not say from where to where")
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        axis %= x.rank
        if axis == 0 and start == 0 and step == 1 and end >= (reader.batch or 2**31 - 1):
            continue
        size = x.shape[axis]
        stop: int | None = end
        if size is not None:
            start = max(start, -size) if step > 0 else start
            stop = None if step < 0 and end < -size else min(end, size)
        elif end >= 2**31 - 1:
            stop = None
        x = _cut(reader, node, x, axis, slice(start, stop, step))
    reader.give(node, x)
    reader.say(node, "get_item", "parts of the axes")


def split(reader: Reader, node: OnnxNode) -> None:
    """Split."""
    x = reader.held(node)
    axis, count = int(node.attributes.get("axis", 0)) % x.rank, len(node.outputs)
    size, sizes = x.shape[axis], reader.setting(node, "split", 1)
    if size is None:
        raise refusal(node, "it cuts the batch, or a size that is open")
    if sizes is None:
        chunk = -(-size // count)
        sizes = [chunk] * (count - 1) + [size - chunk * (count - 1)]
    if len(sizes) != count or sum(sizes) != size or min(sizes) < 1:
        raise refusal(node, f"it cuts {size} elements into {sizes}")
    start = 0
    for number, length in enumerate(sizes):
        reader.give(node, _cut(reader, node, x, axis, slice(start, start + length)), number)
        start += length
    reader.say(node, "get_item", f"{count} parts of an axis")


def gather(reader: Reader, node: OnnxNode) -> None:
    """Gather, by places that are known."""
    x, places = reader.held(node), reader.constant(node, 1)
    axis = int(node.attributes.get("axis", 0)) % x.rank
    size = x.shape[axis]
    if axis == 0 or places.ndim > 1 or places.dtype.kind not in "iu" or (size is None):
        raise refusal(node, "it takes samples of the batch, or places that do not stand in one list")
    if x.features is not None:
        x = Held.plain(reader.plain(node, x))
    if places.size == 0 or places.min() < -size or places.max() >= size:
        raise refusal(node, f"its places lie outside of an axis of {size}")
    places = np.asarray(places, np.int64) % size
    reader.say(node, "take", "elements of an axis")
    if places.ndim == 1:
        reader.give(node, Held(ops.take(x.tensor, places, axis=x.axis(axis)), x.order))
        return
    key: list[Any] = [slice(None)] * x.rank
    key[x.axis(axis)] = int(places)
    kept = [x.axis(each) for each in range(x.rank) if each != axis]
    tensor = ops.get_item(x.tensor, tuple(key))
    reader.give(node, Held(tensor, tuple(sorted(kept).index(each) for each in kept)))


def pad(reader: Reader, node: OnnxNode) -> None:
    """Pad; zeros around maps are a layer, negative amounts crop."""
    x = reader.held(node)
    name = "paddings" if "paddings" in node.attributes else "pads"
    amounts, mode = reader.setting(node, name, 1), node.attributes.get("mode", "constant")
    axes = reader.setting(node, "axes", 3) if len(node.inputs) > 3 else None
    axes = list(range(x.rank)) if axes is None else [axis % x.rank for axis in axes]
    if amounts is None or len(amounts) != 2 * len(axes):
        raise refusal(node, f"its pads {amounts} are not two per axis")
    constant = reader.optional(node, 2)
    value = float(constant.reshape(-1)[0]) if constant is not None and constant.size else 0.0
    value = float(node.attributes.get("value", value))
    pairs = {axis: (amounts[at], amounts[at + len(axes)]) for at, axis in enumerate(axes)}
    if any(pairs.pop(0, (0, 0))):
        raise refusal(node, "it adds samples to the batch")
    if max((abs(n) for pair in pairs.values() for n in pair), default=0) > 2**20:
        raise refusal(node, f"its pads {amounts} are too large")
    for axis, (before, after) in list(pairs.items()):
        if before < 0 or after < 0:
            x = _cut(reader, node, x, axis, slice(max(-before, 0), min(after, 0) or None))
            pairs[axis] = (max(before, 0), max(after, 0))
    reader.give(node, _padded(reader, node, x, pairs, mode, value))


def _padded(
    reader: Reader, node: OnnxNode, x: Held, pairs: dict[int, tuple[int, int]], mode: str, value: float
) -> Held:
    rank = x.rank
    if not any(map(any, pairs.values())):
        return x
    spatial = [pairs.get(axis, (0, 0)) for axis in range(2, rank)]
    if mode == "constant" and value == 0.0 and x.is_channels_last and rank <= 5 and not any(pairs.get(1, (0, 0))):
        options = {} if rank == 3 else {"data_format": "channels_last"}
        amounts = spatial[0] if rank == 3 else spatial
        return x.like(reader.layer(node, f"ZeroPadding{rank - 2}D", x.tensor, amounts, **options))
    if x.features is not None:
        x = Held.plain(reader.plain(node, x))
    widths = [(0, 0)] * rank
    for axis, pair in pairs.items():
        widths[x.axis(axis)] = pair
    if mode != "constant" and mode not in PAD_MODES:
        raise refusal(node, f"its mode is {mode!r}")
    total = math.prod((x.tensor.shape[axis] or 1) + sum(pair) for axis, pair in enumerate(widths))
    if value != 0.0 and total > MOST_WRITTEN:
        raise refusal(node, f"it pads with {value} to {total} elements, which are too many to be written down")
    if not math.isfinite(value):
        raise refusal(node, f"it pads with {value}")
    reader.say(node, "pad", f"{mode} padding")
    if mode == "constant":
        return Held(ops.pad(x.tensor, widths, constant_values=value), x.order)
    return Held(ops.pad(x.tensor, widths, mode=mode), x.order)


def expand(reader: Reader, node: OnnxNode) -> None:
    """Expand: the value times ones."""
    x, target = reader.held(node), list(reader.constant(node, 1))
    if len(target) < x.rank:
        target = [1] * (x.rank - len(target)) + target
    sizes = [1 if n is None else int(n) for n in target]
    if len(sizes) > x.rank or sizes[0] not in (1, reader.batch):
        raise refusal(node, "it repeats the batch")
    sizes[0] = 1
    if math.prod(sizes) > MOST_WRITTEN or min(sizes) < 1:
        raise refusal(node, f"it expands to {sizes}")
    wide = [n if size == 1 else 1 for n, size in zip(sizes, x.shape, strict=True)]
    reader.say(node, "multiply", "by ones, as many as it repeats")
    if max(wide) == 1:
        reader.give(node, x)
        return
    main, operands = aligned(reader, node, [x, np.ones(wide, np.float32)])
    reader.give(node, main.like(ops.multiply(*operands)))


def tile(reader: Reader, node: OnnxNode) -> None:
    """Tile."""
    x, times = reader.held(node), whole_list(node, "repeats", reader.constant(node, 1))
    if x.features is not None:
        x = Held.plain(reader.plain(node, x))
    if len(times) != x.rank or times[0] != 1 or min(times) < 1 or math.prod(times) > MOST_ELEMENTS:
        raise refusal(node, f"it repeats {x.shape} {times} times")
    repeats = [1] * x.rank
    for axis, count in enumerate(times):
        repeats[x.axis(axis)] = count
    reader.give(node, Held(ops.tile(x.tensor, repeats), x.order))
    reader.say(node, "tile", "repeated")


PARTS: dict[str, Rule] = {
    "Concat": concatenate,
    "Slice": slices,
    "Split": split,
    "Gather": gather,
    "Pad": pad,
    "Expand": expand,
    "Tile": tile,
}
