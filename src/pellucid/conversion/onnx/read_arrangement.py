"""Other shapes for the same numbers: reshaped, flattened, seen in another order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.conversion.onnx.held import Held, flattening
from pellucid.conversion.onnx.reader import Reader, Rule, refusal, whole_list
from pellucid.formats.onnx_file import OnnxNode


def identity(reader: Reader, node: OnnxNode) -> None:
    """Identity, and Dropout, which does nothing when a model predicts."""
    if node.kind == "Dropout" and len(node.outputs) > 1 and node.outputs[1] in reader.consumers:
        raise refusal(node, "what it drops is used")
    if node.kind == "Dropout" and len(node.inputs) > 2 and np.any(reader.optional(node, 2)):
        raise refusal(node, "it drops at random when the model predicts")
    reader.give(node, reader.value(node, 0))
    reader.say(node, "", "it does nothing when the model predicts", "left out")


def shape(reader: Reader, node: OnnxNode) -> None:
    """Shape, a constant but for the batch, which is None."""
    x = reader.held(node)
    sizes: list[int | None] = list(x.shape)
    sizes[0] = reader.batch
    start, end = node.attributes.get("start", 0), node.attributes.get("end", x.rank)
    reader.values[node.outputs[0]] = np.array(sizes[start:end], object)


def _sample(
    reader: Reader, node: OnnxNode, x: Held, target: Sequence[Any], *, zero_copies: bool = True
) -> list[int] | None:
    """The sizes of one sample that a shape asks for; None where the batch is not its first axis."""
    sizes = x.shape
    wanted: list[Any] = [sizes[at] if n == 0 and zero_copies and at < len(sizes) else n for at, n in enumerate(target)]
    if not wanted or wanted.count(-1) > 1:
        raise refusal(node, f"the shape {list(target)} is impossible")
    if None in sizes[1:]:
        return None
    total = math.prod(n or 1 for n in sizes[1:])
    rest = math.prod(n for n in wanted[1:] if n not in (-1, None))
    is_batch = target[0] is None or (target[0] == 0 and zero_copies) or wanted[0] == reader.batch
    if -1 in wanted[1:] and is_batch and rest and total % rest == 0:
        wanted = [total // rest if n == -1 else n for n in wanted]
    elif not (rest == total and (is_batch or wanted[0] == -1)):
        return None
    return [int(n) for n in wanted[1:]] if None not in wanted[1:] else None


def reshape(reader: Reader, node: OnnxNode) -> None:
    """Reshape; where channels and places are joined, what comes next is told in which order they stand."""
    x = reader.held(node)
    asked = reader.constant(node, 1)
    target = list(asked) if asked.dtype == object else whole_list(node, "shape", asked)
    if _in_groups(reader, node, target):
        return
    sample = None
    if not x.is_folded:
        sample = _sample(reader, node, x, target, zero_copies=not node.attributes.get("allowzero", 0))
    if sample is not None:
        reader.give(node, reader.reshaped(node, x, sample))
        return
    reader.give(node, _folded(reader, node, x, target))
    reader.say(node, "reshape", "its first axis is more, or less, than the batch")


def _folded(reader: Reader, node: OnnxNode, x: Held, target: Sequence[Any]) -> Held:
    """The batch joined with the axes behind it, as for a product that goes along the last one; or parted from them."""
    copied = [x.shape[at] if n == 0 and at < x.rank else n for at, n in enumerate(target)]
    sizes = [-1 if n is None else int(n) for n in copied]
    if sizes.count(-1) == 1 and sizes[0] != -1:  # the batch is none of the file's first axis, and stays one axis
        return Held.plain(ops.reshape(reader.plain(node, x), sizes))
    within, rest = math.prod(n or 0 for n in x.tensor.shape[1:]), math.prod(sizes[1:])
    if -1 in sizes[1:] or rest < 1 or within % rest or None in x.tensor.shape[1:]:
        raise refusal(node, f"it reshapes {x.shape} to {list(target)}, where the samples cannot be told apart any more")
    if x.is_folded:
        tensor = x.tensor if list(x.order) == sorted(x.order) else ops.transpose(x.tensor, (0, 1, *x.order[1:]))
    else:
        tensor = reader.plain(node, x)
    if within == rest:
        return Held.plain(ops.reshape(tensor, (-1, *sizes[1:])))
    return Held(ops.reshape(tensor, (-1, within // rest, *sizes[1:])), (0, *range(2, len(sizes) + 1)))


def _in_groups(reader: Reader, node: OnnxNode, target: Sequence[Any]) -> bool:
    """Whether a reshaping, a normalisation and this reshaping back are one in groups, as PyTorch writes it; read so."""
    normal = reader.producers.get(node.inputs[0])
    first = reader.producers.get(normal.inputs[0]) if normal is not None else None
    if normal is None or first is None or (first.kind, normal.kind) != ("Reshape", "InstanceNormalization"):
        return False
    x, asked = reader.values[first.inputs[0]], reader.values[first.inputs[1]]
    scale, bias = (reader.values[name] for name in normal.inputs[1:3])
    if not isinstance(x, Held) or any(isinstance(each, Held) for each in (asked, scale, bias)):
        return False
    groups = list(np.asarray(asked).tolist())
    is_plain = bool(np.all(scale == 1) and np.all(bias == 0)) and x.is_channels_last and None not in x.shape[1:]
    if not is_plain or len(groups) != 3 or groups[1] < 1 or list(target)[1:] != list(x.shape[1:]):
        return False
    options = {"epsilon": float(normal.attributes.get("epsilon", 1e-5)), "center": False, "scale": False}
    reader.unsay(first, normal)
    reader.give(node, x.like(reader.layer(normal, "GroupNormalization", x.tensor, int(groups[1]), **options)))
    return True


def flatten(reader: Reader, node: OnnxNode) -> None:
    """Flatten: (batch, all else)."""
    x = reader.held(node)
    axis = int(node.attributes.get("axis", 1))
    if axis not in (1, 1 - x.rank):
        raise refusal(node, f"its axis is {axis}; 1 is read, which leaves the batch alone")
    if None in x.shape[1:]:
        raise refusal(node, f"it flattens sizes that are open, {x.shape}; fix the sizes of the input")
    if x.rank == 2:
        reader.give(node, x)
        return
    reader.give(node, Held(reader.layer(node, "Flatten", x.tensor), (0, 1), flattening(x)))


def transpose(reader: Reader, node: OnnxNode) -> None:
    """Transpose: the same tensor, seen otherwise."""
    x = reader.held(node)
    permutation = [int(axis) for axis in node.attributes.get("perm", range(x.rank)[::-1])]
    if sorted(permutation) != list(range(x.rank)):
        raise refusal(node, f"its perm {permutation} is no order of the axes of {x.shape}")
    if x.features is not None:
        x = Held.plain(reader.plain(node, x))
    reader.give(node, x.seen(permutation))
    reader.say(node, "", "the axes are seen in another order; nothing is moved", "left out")


def _axes(reader: Reader, node: OnnxNode, rank: int) -> list[int] | None:
    axes = reader.setting(node, "axes", 1)
    if axes is None:
        return None
    if any(not -rank <= axis < rank for axis in axes):
        raise refusal(node, f"its axes {axes} are not all among {rank}")
    return sorted({axis % rank for axis in axes})


def squeeze(reader: Reader, node: OnnxNode) -> None:
    """Squeeze."""
    x = reader.held(node)
    axes = _axes(reader, node, x.rank)
    axes = [axis for axis, size in enumerate(x.shape) if size == 1 and axis] if axes is None else axes
    if 0 in axes or any(x.shape[axis] != 1 for axis in axes):
        raise refusal(node, f"it takes the axes {axes} of {x.shape} away, which are not all of size 1, or the batch")
    _resized(reader, node, x, [size for axis, size in enumerate(x.shape) if axis not in axes])


def unsqueeze(reader: Reader, node: OnnxNode) -> None:
    """Unsqueeze."""
    x = reader.held(node)
    count = len(reader.setting(node, "axes", 1) or ())
    axes = _axes(reader, node, x.rank + count) or []
    if 0 in axes:
        raise refusal(node, "it puts an axis before the batch")
    old = iter(x.shape)
    _resized(reader, node, x, [1 if axis in axes else next(old) for axis in range(x.rank + len(axes))])


def _resized(reader: Reader, node: OnnxNode, x: Held, shape: list[int | None]) -> None:
    if None not in shape[1:]:
        reader.give(node, reader.reshaped(node, x, [size or 0 for size in shape[1:]]))
    elif shape.count(None) == 2 and shape[0] is None:
        raise refusal(node, "it reshapes sizes that are open; fix the sizes of the input")
    else:
        raise refusal(node, "it reshapes sizes that are open")


def depth_to_space(reader: Reader, node: OnnxNode) -> None:
    """DepthToSpace: channels become places in blocks."""
    x, block = reader.held(node), int(node.attributes["blocksize"])
    channels, rows, columns = _maps(node, x)
    if block < 1 or channels % block**2:
        raise refusal(node, f"{channels} channels do not make blocks of {block}x{block}")
    few = channels // block**2
    if node.attributes.get("mode", "DCR") == "DCR":
        cut, order = [block, block, few], (0, 3, 4, 1, 5, 2)
    else:
        cut, order = [few, block, block], (0, 1, 4, 2, 5, 3)
    cut_value = reader.reshaped(node, x, [*cut, rows, columns]).seen(order)
    reader.give(node, reader.reshaped(node, cut_value, [few, rows * block, columns * block]))


def space_to_depth(reader: Reader, node: OnnxNode) -> None:
    """SpaceToDepth: places in blocks become channels."""
    x, block = reader.held(node), int(node.attributes["blocksize"])
    channels, rows, columns = _maps(node, x)
    if block < 1 or rows % block or columns % block:
        raise refusal(node, f"{rows}x{columns} places do not make blocks of {block}x{block}")
    order = (0, 1, 3, 5, 2, 4) if node.attributes.get("mode", "DCR") == "CRD" else (0, 3, 5, 1, 2, 4)
    cut = reader.reshaped(node, x, [channels, rows // block, block, columns // block, block]).seen(order)
    reader.give(node, reader.reshaped(node, cut, [channels * block**2, rows // block, columns // block]))


def _maps(node: OnnxNode, x: Held) -> tuple[int, int, int]:
    if x.rank != 4 or None in x.shape[1:]:
        raise refusal(node, f"it takes maps of known sizes, got {x.shape}")
    channels, rows, columns = (size or 0 for size in x.shape[1:])
    return channels, rows, columns


ARRANGEMENT: dict[str, Rule] = {
    "Identity": identity,
    "Dropout": identity,
    "Shape": shape,
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": transpose,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth,
}
