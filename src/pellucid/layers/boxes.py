"""Bounding boxes that are changed with their images: as corners in pixels, whatever their format.

A box that is turned or slanted becomes the upright box around its corners. What reaches out of an image is cut off; of
what is not seen at all the label becomes -1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.data.images.boxes import from_corners, sides, to_corners
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers.resizing import middle

BOXES, BOX_LABELS = "bounding_boxes", "labels of bounding_boxes"
"""Where the two stand in a sample whose dictionaries are opened."""
OUTSIDE = -1.0
"""The label of a box that is not seen."""
RANK = 3  # of the boxes of a batch

Size = tuple[int, int]
Corners = Callable[[Tensor], Tensor]


def opened(label: str, boxes: Any) -> dict[str, Any]:
    """The two parts of what stands under "bounding_boxes"."""
    if not isinstance(boxes, Mapping) or not {"boxes", "labels"} <= set(boxes):
        got = list(boxes) if isinstance(boxes, Mapping) else shown(boxes)
        raise ArgumentTypeError(
            f'{label}: "bounding_boxes" must be a dictionary with "boxes" (batch, boxes, 4) and "labels" (batch, '
            f"boxes), got {got}"
        )
    four, labels = boxes["boxes"], boxes["labels"]
    if np.ndim(four) == RANK - 1 and np.shape(labels) == (1, len(four)):
        labels = np.reshape(labels, -1)  # of one image, with a batch axis, as Keras lets it pass
    return {BOXES: four, BOX_LABELS: labels}


def arranged(sample: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """A sample with what was changed of it; labels of boxes that were whole numbers are such again."""
    if BOXES not in found:
        return {**sample, **found}
    labels, was = found[BOX_LABELS], getattr(sample[BOXES]["labels"], "dtype", None)
    if isinstance(labels, np.ndarray) and np.issubdtype(was or np.int32, np.integer):
        labels = np.asarray(labels).astype(was or np.int32)
    boxes = {**sample[BOXES], "boxes": found[BOXES], "labels": labels}
    return {**sample, **{name: each for name, each in found.items() if name != BOX_LABELS}, BOXES: boxes}


def check_shapes(label: str, boxes: tuple[int, ...], labels: tuple[int, ...]) -> None:
    """Raise `ShapeError` unless there are four numbers for each box, and a label."""
    if len(boxes) != RANK or boxes[-1] != len(FOUR) or labels[:2] != boxes[:2] or len(labels) not in (RANK - 1, RANK):
        raise ShapeError(
            f"{label}: boxes are (batch, boxes, 4), or (boxes, 4) of one image, and their labels (batch, boxes); got "
            f"{boxes} and {labels}. Images with fewer boxes than others are filled up with boxes of 0 and labels of -1"
        )


FOUR = ("left", "top", "right", "bottom")


def changed(
    boxes: Tensor, labels: Tensor, form: str, before: Size, after: Size, corners: Corners
) -> tuple[Tensor, Tensor]:
    """Boxes with their labels after their images were changed.

    Args:
        boxes: (batch, boxes, 4), in the format.
        labels: (batch, boxes) or (batch, boxes, classes).
        form: the format.
        before: rows and columns of the images.
        after: likewise, of what becomes of them.
        corners: where corners (batch, boxes, 4) come to lie, in pixels.
    """
    moved = within(corners(by_matrix(boxes, to_corners(form) * sides(form, *before))), after)
    is_seen = builder.greater(area(moved), 0.0)
    is_seen = builder.reshape(is_seen, (*labels.shape[:2], *(1,) * (labels.rank - 2)))
    return (
        by_matrix(moved, from_corners(form) / sides(form, *after)[:, np.newaxis]),
        builder.where(is_seen, labels, OUTSIDE),
    )


def by_matrix(boxes: Tensor, matrix: np.ndarray) -> Tensor:
    """Each row of four numbers times a matrix."""
    rows = builder.reshape(boxes, (boxes.shape[0] * boxes.shape[1], len(FOUR)))
    return builder.reshape(builder.matmul(rows, builder.literal(boxes.graph, matrix)), boxes.shape)


def within(corners: Tensor, size: Size) -> Tensor:
    """Corners brought into an image of so many rows and columns."""
    rows, columns = size
    limits = builder.literal(corners.graph, [float(columns), float(rows)] * 2)
    return builder.minimum(builder.maximum(corners, 0.0), limits)


def area(corners: Tensor) -> Tensor:
    """Of each box, (batch, boxes, 1) [pixels]."""
    left, top, right, bottom = parts(corners)
    return (right - left) * (bottom - top)


def parts(corners: Tensor) -> tuple[Tensor, ...]:
    """Left, top, right and bottom, (batch, boxes, 1) each."""
    return tuple(builder.slice_axis(corners, 2, place, place + 1) for place in range(len(FOUR)))


def around(corners: Tensor, carried: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Tensor:
    """The upright boxes around what becomes of the four corners of each.

    Args:
        corners: (batch, boxes, 4).
        carried: says where points come to lie: of their columns and rows, (batch, boxes, 4) each, the new ones.
    """
    left, top, right, bottom = parts(corners)
    across, down = (
        builder.concatenate(row, axis=2) for row in ((left, right, left, right), (top, top, bottom, bottom))
    )
    new = carried(across, down)
    ends = [reduced(each, (2,), keepdims=True) for reduced in (builder.reduce_min, builder.reduce_max) for each in new]
    return builder.concatenate(ends, axis=2)


def scaled(corners: Tensor, starts: tuple[float, float], scales: tuple[float, float]) -> Tensor:
    """Corners in a piece of an image that begins at (row, column) and is then made larger by (down, across)."""
    (row, column), (down, across) = starts, scales
    graph = corners.graph
    return (corners - builder.literal(graph, [column, row] * 2)) * builder.literal(graph, [across, down] * 2)


def cut_and_resized(corners: Tensor, x: Tensor, height: int, width: int) -> Tensor:
    """Corners in the middle of images that has the proportions of a size, and is brought to that size."""
    (top, rows), (left, columns) = middle(x, height, width)
    return scaled(corners, (top, left), (height / rows, width / columns))


def refused(label: str, why: str) -> ArgumentError:
    """The error where boxes cannot be changed with their images."""
    return ArgumentError(f'{label} {why}; leave the key "{BOXES}" out')
