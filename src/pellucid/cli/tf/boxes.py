"""`tf.image`'s boxes: pieces of images at places that are told in shares of their sides, and which boxes to keep."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers.sampling import pixels_at
from pellucid.tape.recording import Eager

SIDES = 4
METHODS = ("bilinear", "nearest")


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Any:
    """Pieces of images, all brought to one size.

    Args:
        image: (batch, rows, columns, channels).
        boxes: (pieces, 4): the first row and column and the last, as shares of the last row and column.
        box_indices: of which image each is, whole numbers that are known.
        crop_size: rows and columns of the pieces.
        method: "bilinear" or "nearest".
        extrapolation_value: what lies outside.
        name: taken; means nothing.

    Source: tf.image.crop_and_resize.
    """
    if method not in METHODS:
        raise ArgumentError(f"tf.image.crop_and_resize: method is one of {', '.join(METHODS)}, got {method!r}")
    rows, columns = (int(size) for size in crop_size)
    return eager(_pieces(image, boxes, box_indices, (rows, columns), method, float(extrapolation_value)))


@anywhere("image", "boxes", "box_indices", name="tf.image.crop_and_resize")
def _pieces(
    image: Operand, boxes: Operand, box_indices: Operand, size: tuple[int, int], method: str, outside: float
) -> Any:
    known = known_values(box_indices)
    if known is None:
        raise ArgumentError("tf.image.crop_and_resize: box_indices are numbers that are known")
    if image.rank != SIDES or boxes.rank != 2 or boxes.shape != (known.size, SIDES):
        raise ShapeError(
            "tf.image.crop_and_resize: an image is (batch, rows, columns, channels), and for each of box_indices there "
            f"is a box (4,); got {image.shape}, {known.size} indices and boxes {boxes.shape}"
        )
    whose = known.astype(int).ravel()
    if whose.min(initial=0) < 0 or whose.max(initial=0) >= image.shape[0]:
        raise ArgumentError(f"tf.image.crop_and_resize: box_indices are from 0 to {image.shape[0] - 1}")
    x = builder.gather(image, whose, 0)
    down, across = (_places(boxes, axis, x.shape[axis + 1], size[axis]) for axis in (0, 1))
    forms = (len(whose), size[0], 1), (len(whose), 1, size[1])
    places = [builder.reshape(each, form) for each, form in zip((down, across), forms, strict=True)]
    found = pixels_at(x, places, method, "nearest")
    inside = None
    for each, last in zip(places, x.shape[1:3], strict=True):
        here = builder.greater_equal(each, 0.0) * builder.greater_equal(float(last - 1), each)
        inside = here if inside is None else inside * here
    assert inside is not None
    return builder.where(builder.reshape(inside, (*inside.shape, 1)), found, outside)


def _places(boxes: Tensor, axis: int, have: int, want: int) -> Tensor:
    """Where along an axis the pixels of each piece come from: (pieces, want)."""
    first, last = (builder.slice_axis(boxes, 1, place, place + 1) * float(have - 1) for place in (axis, axis + 2))
    if want == 1:
        return (first + last) * 0.5
    return first + (last - first) * builder.literal(boxes.graph, np.arange(want) / (want - 1))


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: int,
    iou_threshold: float = 0.5,
    score_threshold: float = float("-inf"),
    name: str | None = None,
) -> Any:
    """The numbers of the boxes that are kept, the best first: none that overlaps a better one by more than a share.

    Args:
        boxes: (boxes, 4): of two opposite corners row and column each.
        scores: of each.
        max_output_size: how many are kept at most.
        iou_threshold: the share, of what the two cover together.
        score_threshold: boxes with no higher score are left out.
        name: taken; means nothing.

    Source: tf.image.non_max_suppression.
    """
    corners, points = np.asarray(boxes, float), np.asarray(scores, float)
    if corners.ndim != 2 or corners.shape[1] != SIDES or points.shape != corners.shape[:1]:
        raise ShapeError(
            f"tf.image.non_max_suppression: boxes are (boxes, 4), scores (boxes,), got {corners.shape}, {points.shape}"
        )
    low, high = np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])
    areas = np.prod(high - low, axis=1)
    kept: list[int] = []
    for number in np.argsort(-points, kind="stable"):
        if len(kept) >= int(max_output_size) or not points[number] > score_threshold:
            break
        shared = np.prod((np.minimum(high[number], high[kept]) - np.maximum(low[number], low[kept])).clip(0), axis=1)
        together = areas[number] + areas[kept] - shared
        if not (shared > iou_threshold * together).any():
            kept.append(int(number))
    return np.array(kept, np.int32).view(Eager)


def draw_bounding_boxes(images: Any, boxes: Any, colors: Any = None, name: str | None = None) -> Any:
    """Images with the edges of boxes drawn in, a pixel wide.

    Args:
        images: (batch, rows, columns, channels), an array.
        boxes: (batch, boxes, 4): the first row and column and the last, as shares of the sides.
        colors: (colours, channels), which are taken in turn; red by default.
        name: taken; means nothing.

    Source: tf.image.draw_bounding_boxes.
    """
    pixels = np.array(images, np.float32)
    inks = np.array([[1.0, 0.0, 0.0, 1.0]] if colors is None else np.asarray(colors), np.float32)
    for image, its in zip(pixels, np.asarray(boxes, float), strict=True):
        sizes = np.array(image.shape[:2] * 2) - 1
        for number, box in enumerate(its):
            top, left, bottom, right = np.floor(box * sizes).astype(int)
            rows, columns = slice(max(top, 0), max(bottom + 1, 0)), slice(max(left, 0), max(right + 1, 0))
            ink = inks[number % len(inks), : image.shape[2]]
            for row in (row for row in (top, bottom) if 0 <= row < image.shape[0]):
                image[row, columns] = ink
            for column in (column for column in (left, right) if 0 <= column < image.shape[1]):
                image[rows, column] = ink
    return eager(pixels)
