"""Bounding boxes on arrays, in Keras's place: other formats, cut off at the edges, and how much two have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.absent import absent
from pellucid.arraylike import array_that
from pellucid.calls import explained
from pellucid.checks import number, several
from pellucid.config import epsilon
from pellucid.data.images.boxes import NAMES, RELATIVE, from_corners, sides, to_corners
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown

__all__ = ["clip_to_image_size", "compute_iou", "convert_format"]

NUMBERS = 4
OUTSIDE = -1


@explained
def convert_format(
    boxes: Any, source: str, target: str, height: float | None = None, width: float | None = None
) -> Any:
    """Boxes with their four numbers in another format.

    Args:
        boxes: (..., 4); or a dictionary with them under "boxes".
        source: "xyxy" (left, top, right, bottom), "yxyx", "xywh" (left, top, width, height), "center_xywh" or
            "center_yxhw"; with "rel_" before one of them (but the last) shares of the sides of the image.
        target: likewise.
        height: of the image [pixels]; needed where one format has shares of it and the other pixels.
        width: likewise.

    Returns:
        float32; a dictionary where one came.

    Raises:
        ArgumentError: a format is unknown, or a size is missing.
        ShapeError: boxes have not four numbers.

    Example:
        >>> convert_format([[10, 20, 30, 60]], "xyxy", "xywh").tolist()
        [[10.0, 20.0, 20.0, 40.0]]

    Source: keras.utils.bounding_boxes.convert_format.
    """
    if isinstance(boxes, Mapping):
        return {**boxes, "boxes": convert_format(_part(boxes, "boxes"), source, target, height, width)}
    first, second = (_format("convert_format", name, form) for name, form in (("source", source), ("target", target)))
    array = _boxes("convert_format: boxes", boxes)
    corners = array @ to_corners(first)
    if first.startswith(RELATIVE) != second.startswith(RELATIVE):
        if height is None or width is None:
            raise ArgumentError(
                f"convert_format: from {first!r} to {second!r} height and width of the image are needed, got "
                f"{shown(height)} and {shown(width)}"
            )
        size = [number("convert_format", name, each) for name, each in (("height", height), ("width", width))]
        if min(size) <= 0:
            raise ArgumentError(f"convert_format: height and width must be above 0, got {size[0]:g} and {size[1]:g}")
        corners = corners * sides(first, *size) / sides(second, *size)
    return (corners @ from_corners(second)).astype(np.float32)


@explained
def clip_to_image_size(
    bounding_boxes: Mapping[str, Any],
    height: float | None = None,
    width: float | None = None,
    bounding_box_format: str = "xyxy",
) -> dict[str, Any]:
    """Boxes cut off at the edges of an image; of those of which nothing is left the label is -1.

    Args:
        bounding_boxes: a dictionary with "boxes" (..., 4), and "labels" if there are any.
        height: of the image [pixels].
        width: likewise.
        bounding_box_format: "xyxy", or "rel_xyxy", for which no size is needed.

    Raises:
        ArgumentError: the format is another one, or a size is missing.

    Example:
        >>> clip_to_image_size({"boxes": [[-10, 5, 8, 9], [12, 1, 15, 9]], "labels": [3, 4]}, 10, 10)["labels"].tolist()
        [3, -1]

    Source: keras.utils.bounding_boxes.clip_to_image_size.
    """
    form = _format("clip_to_image_size", "bounding_box_format", bounding_box_format)
    if form not in ("xyxy", "rel_xyxy"):
        raise ArgumentError(
            f"clip_to_image_size takes 'xyxy' and 'rel_xyxy', got {form!r}; convert_format makes them so"
        )
    corners = _boxes("clip_to_image_size: boxes", _part(bounding_boxes, "boxes"))
    if form == "xyxy" and (height is None or width is None):
        raise ArgumentError("clip_to_image_size: height and width of the image are needed for 'xyxy'")
    tall, wide = (1.0, 1.0) if form == "rel_xyxy" else (
        number("clip_to_image_size", name, each, 0.0) for name, each in (("height", height), ("width", width))
    )  # fmt: skip
    corners = np.clip(corners, 0.0, [wide, tall] * 2)
    found = {**bounding_boxes, "boxes": corners.astype(np.float32)}
    if "labels" in bounding_boxes:
        area = (corners[..., 2] - corners[..., 0]) * (corners[..., 3] - corners[..., 1])
        found["labels"] = np.where(
            area > 0, array_that("clip_to_image_size: labels", bounding_boxes["labels"]), OUTSIDE
        )
    return found


@explained
def compute_iou(
    boxes1: npt.ArrayLike,
    boxes2: npt.ArrayLike,
    bounding_box_format: str,
    image_shape: Sequence[int] | None = None,
) -> np.ndarray:
    """How much each of some boxes has in common with each of others: their intersection as a share of their union.

    Args:
        boxes1: (..., m, 4).
        boxes2: (..., n, 4).
        bounding_box_format: see `convert_format`.
        image_shape: (rows, columns, channels) of the image, for formats with shares of its sides.

    Returns:
        float32 (..., m, n), from 0 to 1.

    Raises:
        ArgumentError: the format is unknown, or the shape is missing.
        ShapeError: boxes have not four numbers.

    Example:
        >>> compute_iou([[0, 0, 2, 2]], [[1, 0, 3, 2], [5, 5, 6, 6]], "xyxy").round(3).tolist()
        [[0.3330000042915344, 0.0]]

    Source: keras.utils.bounding_boxes.compute_iou.
    """
    form = _format("compute_iou", "bounding_box_format", bounding_box_format)
    size = (1.0, 1.0)
    if form.startswith(RELATIVE):
        if image_shape is None:
            raise ArgumentError(f"compute_iou: {form!r} has shares of the image's sides; image_shape is needed for it")
        rows, columns, *_ = [*several("compute_iou", "image_shape", image_shape, "rows, columns and channels"), 0, 0]
        size = number("compute_iou", "image_shape", rows, 0.0), number("compute_iou", "image_shape", columns, 0.0)
    first, second = (
        (_boxes(f"compute_iou: {name}", each) @ to_corners(form)) * sides(form, *size)
        for name, each in (("boxes1", boxes1), ("boxes2", boxes2))
    )
    first, second = first[..., :, np.newaxis, :], second[..., np.newaxis, :, :]
    low, high = np.maximum(first[..., :2], second[..., :2]), np.minimum(first[..., 2:], second[..., 2:])
    common = np.maximum(high - low, 0.0).prod(axis=-1)
    areas = [(each[..., 2:] - each[..., :2]).prod(axis=-1) for each in (first, second)]
    return np.asarray(common / (areas[0] + areas[1] - common + epsilon()), np.float32)


def _format(owner: str, name: str, value: Any) -> str:
    lower = value.lower() if isinstance(value, str) else value
    if not isinstance(lower, str) or lower not in NAMES:
        raise ArgumentError(f"{owner}: {name} must be one of {', '.join(NAMES)}, got {shown(value)}")
    return lower


def _part(boxes: Any, name: str) -> Any:
    if not isinstance(boxes, Mapping) or name not in boxes:
        raise ArgumentTypeError(f'bounding boxes are a dictionary with "boxes" and "labels", got {shown(boxes)}')
    return boxes[name]


def _boxes(what: str, value: Any) -> np.ndarray:
    array = np.asarray(array_that(what, value), np.float64)
    if array.ndim < 2 or array.shape[-1] != NUMBERS:
        raise ShapeError(f"{what} must be (boxes, 4) or (batch, boxes, 4), got {array.shape}")
    return array


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
