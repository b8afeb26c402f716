"""`tf.image` as TensorFlow 1 had it: it resized images from the corners of their pixels, not from their middles.

So an image of twice the size has in every second place the old pixels themselves. Source: TensorFlow 1.15,
tensorflow/core/kernels/image_resizer_state.h (`LegacyScaler`), resize_bilinear_op.cc, resize_nearest_neighbor_op.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf import image
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.first import extract_image_patches
from pellucid.errors import ArgumentError, shown

__all__ = [
    "extract_image_patches",
    "resize_area",
    "resize_bilinear",
    "resize_image_with_crop_or_pad",
    "resize_images",
    "resize_nearest_neighbor",
]

METHODS = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}


def resize_images(
    images: Any,
    size: Any,
    method: Any = 0,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Any:
    """Images of another size.

    Args:
        images: (batch, rows, columns, channels), or one of them.
        size: rows and columns.
        method: `tf.image.ResizeMethod`, or its number in TensorFlow 1; not bicubic.
        align_corners: whether the outermost pixels stay what they are.
        preserve_aspect_ratio: whether the largest image of the old proportions is made that fits the size.
        name: means nothing.

    Raises:
        ArgumentError: the method is bicubic, or unknown.
    """
    kind = METHODS.get(method, method) if isinstance(method, int) else method
    rows, columns = (int(each) for each in size)
    if preserve_aspect_ratio:
        rows, columns = image.in_proportion(images, rows, columns)
    if kind == "area":
        return resize_area(images, (rows, columns))
    if kind not in ("bilinear", "nearest"):
        raise ArgumentError(
            f"tf.image.resize_images: TensorFlow 1 had another {shown(kind)} than today's, which tf.image.resize "
            "makes; bilinear, nearest and area are as they were"
        )
    make = resize_bilinear if kind == "bilinear" else resize_nearest_neighbor
    return make(images, (rows, columns), align_corners)


def resize_bilinear(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Any:
    """Each pixel between the two old ones on either side of it, by the distance from both."""
    if half_pixel_centers:
        return image.resize(images, size, "bilinear")
    for axis, wanted in zip((-3, -2), size, strict=True):
        old = ops.shape(images)[axis]
        at = np.arange(int(wanted)) * _scale(old, int(wanted), align_corners)
        first = np.minimum(np.floor(at).astype(int), old - 1)
        beyond = (at - first).astype(np.float32).reshape(-1, *(1,) * (-axis - 1))
        low, high = (ops.take(images, each, axis=axis) for each in (first, np.minimum(first + 1, old - 1)))
        images = ops.add(ops.multiply(low, 1.0 - beyond), ops.multiply(high, beyond))
    return eager(images)


def resize_nearest_neighbor(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Any:
    """Each pixel that of the old ones which it begins in."""
    if half_pixel_centers:
        return image.resize(images, size, "nearest")
    for axis, wanted in zip((-3, -2), size, strict=True):
        old = ops.shape(images)[axis]
        at = np.arange(int(wanted)) * _scale(old, int(wanted), align_corners)
        places = np.floor(at + 0.5 if align_corners else at).astype(int)
        images = ops.take(images, np.minimum(places, old - 1), axis=axis)
    return eager(images)


def _scale(old: int, wanted: int, align_corners: bool) -> float:
    """How many old pixels lie between two new ones."""
    return (old - 1) / (wanted - 1) if align_corners and wanted > 1 else old / wanted


def resize_area(images: Any, size: Any, align_corners: bool = False, name: str | None = None) -> Any:
    """Each pixel the mean of the area that it takes of the old ones."""
    return image.resize(images, size, image.ResizeMethod.AREA)


resize_image_with_crop_or_pad = image.resize_with_crop_or_pad
