"""Images brought to a size: scaled, cut, with margins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import layers, ops
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.pixels import is_array
from pellucid.errors import ArgumentError
from pellucid.tape.recording import Eager


class ResizeMethod:
    """Words for `resize`."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, LANCZOS3 = "bilinear", "nearest", "bicubic", "lanczos3"
    LANCZOS5, AREA = "lanczos5", "area"


def resize(
    images: Any,
    size: Any,
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Any:
    """Images of another size; in their own proportions the largest one that fits it."""
    height, width = (int(each) for each in size)
    if preserve_aspect_ratio:
        height, width = in_proportion(images, height, width)
    if method == ResizeMethod.AREA:
        return eager(_by_area(_by_area(images, -3, height), -2, width))
    if antialias or not is_array(images):
        return eager(ops.image.resize(images, (height, width), method, antialias=antialias))
    array = np.asarray(images)
    batch = array[np.newaxis] if array.ndim == 3 else array
    found = np.asarray(layers.Resizing(height, width, interpolation=method)(batch.astype(np.float32)))
    found = found.astype(array.dtype) if method == "nearest" else found
    return (found[0] if array.ndim == 3 else found).view(Eager)


def in_proportion(images: Any, height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the largest image of the old proportions that fits a size."""
    rows, columns = ops.shape(images)[-3:-1]
    share = min(height / rows, width / columns)
    return round(share * rows), round(share * columns)


def _by_area(images: Any, axis: int, size: int) -> Any:
    """Each pixel the mean of the area that it takes of the old ones."""
    edges = np.linspace(0, ops.shape(images)[axis], size + 1)
    old = np.arange(ops.shape(images)[axis])[:, np.newaxis]
    shares = (np.minimum(edges[1:], old + 1) - np.maximum(edges[:-1], old)).clip(0) / np.diff(edges)
    return ops.moveaxis(ops.matmul(ops.moveaxis(images, axis, -1), shares.astype(np.float32)), -1, axis)


def part_of(image: Any, places: tuple[Any, ...]) -> Any:
    return eager(np.asarray(image)[places] if is_array(image) else ops.get_item(image, places))


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """A part that begins at a place."""
    rows, columns = ops.shape(image)[-3:-1]
    top, left, height, width = (int(each) for each in (offset_height, offset_width, target_height, target_width))
    if min(top, left) < 0 or min(height, width) < 1 or top + height > rows or left + width > columns:
        raise ArgumentError(
            f"tf.image.crop_to_bounding_box: {height} rows from {top} on and {width} columns from {left} on do not lie "
            f"in an image of {rows}x{columns}"
        )
    return part_of(image, (..., slice(top, top + height), slice(left, left + width), slice(None)))


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """With zeros around it."""
    shape = ops.shape(image)
    rows, columns = shape[-3:-1]
    top, left, height, width = (int(each) for each in (offset_height, offset_width, target_height, target_width))
    below, right = height - top - rows, width - left - columns
    if min(top, left, below, right) < 0:
        raise ArgumentError(
            f"tf.image.pad_to_bounding_box: an image of {rows}x{columns} from ({top}, {left}) on does not lie in "
            f"{height}x{width}"
        )
    return _bordered(image, [(0, 0)] * (len(shape) - 3) + [(top, below), (left, right), (0, 0)])


def _bordered(image: Any, around: list[tuple[int, int]]) -> Any:
    return eager(np.pad(np.asarray(image), around) if is_array(image) else ops.pad(image, around))


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of it, with zeros around it where it is smaller."""
    shape = ops.shape(image)
    places: list[slice] = [slice(None)] * len(shape)
    around = [(0, 0)] * len(shape)
    for axis, wanted in ((-3, int(target_height)), (-2, int(target_width))):
        size = shape[axis]
        start = max((size - wanted) // 2, 0)
        places[axis] = slice(start, min(start + wanted, size))
        before = max((wanted - size) // 2, 0)
        around[axis] = (before, max(wanted - size, 0) - before)
    return _bordered(part_of(image, tuple(places)), around)


def central_crop(image: Any, central_fraction: float) -> Any:
    """A share of each side, in the middle."""
    share = float(central_fraction)
    if not 0 < share <= 1:
        raise ArgumentError(f"tf.image.central_crop: central_fraction is above 0 and at most 1, got {share:g}")
    rows, columns = ops.shape(image)[-3:-1]
    top, left = (int((size - size * share) / 2) for size in (rows, columns))
    return part_of(image, (..., slice(top, rows - top), slice(left, columns - left), slice(None)))


def resize_with_pad(
    image: Any, target_height: Any, target_width: Any, method: str = "bilinear", antialias: bool = False
) -> Any:
    """An image in its own proportions, as large as fits, in the middle of zeros.

    Source: tf.image.resize_with_pad, for which pixel is cut off where a size comes out between two.
    """
    rows, columns = (int(each) for each in ops.shape(image)[-3:-1])
    height, width = int(target_height), int(target_width)
    ratio = max(np.float32(columns) / np.float32(width), np.float32(rows) / np.float32(height))
    tall, wide = np.float32(rows) / ratio, np.float32(columns) / ratio  # of float32, as there: a size may hang on it
    top, left = (max(0, math.floor((room - size) / 2)) for room, size in ((height, tall), (width, wide)))
    smaller = resize(image, (math.floor(tall), math.floor(wide)), method, antialias=antialias)
    return pad_to_bounding_box(smaller, top, left, height, width)
