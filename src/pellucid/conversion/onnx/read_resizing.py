"""Resize and Upsample: each element of the result is a sum of elements of the input, with weights that are known.

ONNX has six ways to lay the two grids over each other, and four to round. Whatever they are, the result is a product
with a matrix, or a choice of places; where that is what a layer computes, it becomes the layer.

Source: the specification of Resize, https://onnx.ai/onnx/operators/onnx__Resize.html
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.conversion.onnx.held import Held
from pellucid.conversion.onnx.reader import Reader, Rule, refusal
from pellucid.data.images.resampling import weights
from pellucid.formats.onnx_file import OnnxNode
from pellucid.frozen import Frozen
from pellucid.layers.resizing import MOST_PLACES

EXACT = 1e-6
MOST_WEIGHTS = 2**24  # of a matrix that the model would hold


class Resampling(Frozen):
    """How an axis is resized: the settings of a node."""

    mode: str = "nearest"
    grid: str = "half_pixel"
    rounding: str = "round_prefer_floor"
    cubic: float = -0.75
    outside: bool = False


def _places(how: Resampling, size: int, outputs: int, scale: float) -> np.ndarray:
    """Where each element of the result lies on the axis of the input."""
    o = np.arange(outputs, dtype=np.float64)
    match how.grid:
        case "half_pixel":
            return (o + 0.5) / scale - 0.5
        case "pytorch_half_pixel":
            return (o + 0.5) / scale - 0.5 if outputs > 1 else np.zeros(1)
        case "half_pixel_symmetric":
            middle = size / 2 * (1 - outputs / (size * scale))
            return middle + (o + 0.5) / scale - 0.5
        case "align_corners":
            return o * (size - 1) / (outputs - 1) if outputs > 1 else np.zeros(1)
        case "asymmetric":
            return o / scale
    raise ValueError(f"its coordinate_transformation_mode is {how.grid!r}")


def _nearest(how: Resampling, places: np.ndarray, size: int) -> np.ndarray:
    near = np.round(places, 9)  # so that 0.4999999999 is a half
    match how.rounding:
        case "round_prefer_floor":
            found = np.ceil(near - 0.5)
        case "round_prefer_ceil":
            found = np.floor(near + 0.5)
        case "floor":
            found = np.floor(near)
        case "ceil":
            found = np.ceil(near)
        case _:
            raise ValueError(f"its nearest_mode is {how.rounding!r}")
    return np.clip(found, 0, size - 1).astype(np.int64)


def _matrix(how: Resampling, places: np.ndarray, size: int) -> np.ndarray:
    """How much each input element counts in each output element, (inputs, outputs)."""
    first = np.floor(places).astype(np.int64)
    part = places - first
    if how.mode == "linear":
        taps = {0: 1 - part, 1: part}
    else:
        a = how.cubic
        taps = {
            -1: ((a * (part + 1) - 5 * a) * (part + 1) + 8 * a) * (part + 1) - 4 * a,
            0: ((a + 2) * part - (a + 3)) * part * part + 1,
            1: ((a + 2) * (1 - part) - (a + 3)) * (1 - part) * (1 - part) + 1,
            2: ((a * (2 - part) - 5 * a) * (2 - part) + 8 * a) * (2 - part) - 4 * a,
        }
    matrix = np.zeros((size, len(places)))
    for tap, weight in taps.items():
        at = first + tap
        inside = (at >= 0) & (at < size)
        counted = np.where(inside, weight, 0.0) if how.outside else weight
        np.add.at(matrix, (np.clip(at, 0, size - 1), np.arange(len(places))), counted)
    return matrix / matrix.sum(axis=0) if how.outside else matrix


def resize(reader: Reader, node: OnnxNode) -> None:
    """Resize, of all versions."""
    old = reader.file.opset < 11
    how = Resampling(
        node.attributes.get("mode", "nearest"),
        node.attributes.get("coordinate_transformation_mode", "asymmetric" if old else "half_pixel"),
        node.attributes.get("nearest_mode", "floor" if old else "round_prefer_floor"),
        float(node.attributes.get("cubic_coeff_a", -0.75)),
        bool(node.attributes.get("exclude_outside", 0)),
    )
    if node.attributes.get("antialias", 0) or node.attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise refusal(node, "it smooths before it shrinks, or keeps the aspect ratio")
    scales = reader.optional(node, 1 if old else 2)
    sizes = None if old else reader.optional(node, 3)
    axes = node.attributes.get("axes")
    _resize(reader, node, how, scales, sizes, axes)


def upsample(reader: Reader, node: OnnxNode) -> None:
    """Upsample, of versions 7 to 9."""
    mode = node.attributes.get("mode", "nearest")
    scales = node.attributes["scales"] if "scales" in node.attributes else reader.constant(node, 1)
    how = Resampling({"bilinear": "linear"}.get(mode, mode), "asymmetric", "floor")
    _resize(reader, node, how, np.asarray(scales), None, None)


def _resize(
    reader: Reader, node: OnnxNode, how: Resampling, scales: np.ndarray | None, sizes: np.ndarray | None, axes: Any
) -> None:
    x = reader.held(node)
    if x.features is not None or x.rank < 3:
        x = Held.plain(reader.plain(node, x))
    if how.mode not in ("nearest", "linear", "cubic"):
        raise refusal(node, f"its mode is {how.mode!r}")
    chosen = [axis % x.rank for axis in axes] if axes is not None else list(range(x.rank))
    has_sizes = sizes is not None and sizes.size > 0
    given = sizes if sizes is not None and has_sizes else scales
    if given is None or given.size != len(chosen):
        raise refusal(node, f"its scales or sizes are not one for each of {len(chosen)} axes")
    wanted: dict[int, tuple[int | None, float]] = {}
    for axis, value in zip(chosen, given.tolist(), strict=True):
        size = x.shape[axis]
        if axis == 0 or value is None:
            if value not in (1.0, None, reader.batch):
                raise refusal(node, "it resizes the batch")
            continue
        if has_sizes and size is None:
            raise refusal(node, "it resizes a size that is open to one that is fixed")
        scale = value / size if has_sizes and size is not None else float(value)
        if not 0 < scale < 2**20:
            raise refusal(node, f"its scale of {scale} is impossible")
        outputs = int(value) if has_sizes else None if size is None else math.floor(size * scale + 1e-9)
        if (
            how.grid == "align_corners"
            and not has_sizes
            and size is not None
            and abs(size * scale - (outputs or 0)) > 1e-6
        ):
            raise refusal(node, "it aligns corners of a size with a fraction, which systems understand differently")
        if scale != 1.0:
            wanted[axis] = outputs, scale
    reader.give(node, _as_layer(reader, node, how, x, wanted) or _axis_by_axis(reader, node, how, x, wanted))


def _as_layer(
    reader: Reader, node: OnnxNode, how: Resampling, x: Held, wanted: dict[int, tuple[int | None, float]]
) -> Held | None:
    """The layer that enlarges by whole factors, if it computes the same."""
    if not (x.is_channels_last and x.rank <= 5 and wanted and 1 not in wanted):
        return None
    factors = [wanted.get(axis, (0, 1.0))[1] for axis in range(2, x.rank)]
    if any(factor != int(factor) for factor in factors):
        return None
    words = {"nearest": "nearest", "linear": "bilinear"}
    if how.mode not in words or (how.mode == "linear" and x.rank != 4):
        return None
    for axis, (_, scale) in wanted.items():
        if not _is_plain(how, x.shape[axis], int(scale)):
            return None
    times = [int(factor) for factor in factors]
    if x.rank == 3:
        return x.like(reader.layer(node, "UpSampling1D", x.tensor, times[0]))
    options = {"interpolation": words[how.mode]} if x.rank == 4 else {}
    y = reader.layer(node, f"UpSampling{x.rank - 2}D", x.tensor, times, data_format="channels_last", **options)
    return x.like(y)


def _is_plain(how: Resampling, size: int | None, factor: int) -> bool:
    """Whether an axis is enlarged as the layers do it; tried on short ones: edges and what lies between are alike."""
    return all(_is_plain_for(how, n, factor) for n in {1, 2, 5, min(size or 64, 64)} if n <= (size or n))


def _is_plain_for(how: Resampling, size: int, factor: int) -> bool:
    places = _places(how, size, size * factor, float(factor))
    if how.mode == "nearest":
        return np.array_equal(_nearest(how, places, size), np.repeat(np.arange(size), factor))
    return np.allclose(_matrix(how, places, size), weights(size, size * factor, "bilinear"), rtol=0, atol=EXACT)


def _repeats(how: Resampling, size: int | None, scale: float) -> bool:
    """Whether each element is repeated, as often as a whole number says."""
    return how.mode == "nearest" and scale == int(scale) and _is_plain(how, size, int(scale))


def _axis_by_axis(
    reader: Reader, node: OnnxNode, how: Resampling, x: Held, wanted: dict[int, tuple[int | None, float]]
) -> Held:
    tensor = x.tensor
    for axis, (outputs, scale) in wanted.items():
        size = x.shape[axis]
        if _repeats(how, size, scale):
            tensor = ops.repeat(tensor, int(scale), axis=x.axis(axis))
            continue
        if size is None or outputs is None:
            raise refusal(node, "it resizes a size that is open in a way that no layer has")
        if not 1 <= outputs <= MOST_PLACES or (how.mode != "nearest" and size * outputs > MOST_WEIGHTS):
            raise refusal(
                node, f"an axis of {size} cannot be resized to {outputs}: that needs more memory than images have"
            )
        places, at = _places(how, size, outputs, scale), x.axis(axis)
        if how.mode == "nearest":
            tensor = ops.take(tensor, _nearest(how, places, size), axis=at)
        else:
            matrix = _matrix(how, places, size).astype(np.float32)
            tensor = ops.moveaxis(ops.tensordot(tensor, matrix, axes=[[at], [0]]), -1, at)
    if wanted:
        reader.say(node, "take" if how.mode == "nearest" else "tensordot", f"{how.mode}, {how.grid}, axis by axis")
    return x.like(tensor)


RESIZING: dict[str, Rule] = {"Resize": resize, "Upsample": upsample}
