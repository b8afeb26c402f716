"""Bounding boxes: what their four numbers mean in each format, and what becomes of them.

The corners (left, top, right, bottom) are a linear function of the four numbers of any format, so a format is a matrix.

Source: keras.utils.bounding_boxes, https://keras.io/api/utils/bounding_boxes/, for the formats and their names.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

RELATIVE = "rel_"
"""Begins the names of formats whose numbers are shares of the sides of the image."""

FORMATS: Mapping[str, list[list[float]]] = {
    "xyxy": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    "yxyx": [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]],
    "xywh": [[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]],
    "center_xywh": [[1, 0, 1, 0], [0, 1, 0, 1], [-0.5, 0, 0.5, 0], [0, -0.5, 0, 0.5]],
    "center_yxhw": [[0, 1, 0, 1], [1, 0, 1, 0], [0, -0.5, 0, 0.5], [-0.5, 0, 0.5, 0]],
}
"""The matrix by which a row of four numbers becomes the corners."""

NAMES = (*FORMATS, *(RELATIVE + name for name in ("xyxy", "yxyx", "xywh", "center_xywh")))
"""All formats that there are."""


def to_corners(name: str) -> np.ndarray:
    """The matrix (4, 4) that makes corners of boxes, both in pixels or both in shares of the sides.

    Example:
        >>> (np.array([10.0, 20.0, 5.0, 6.0]) @ to_corners("xywh")).tolist()
        [10.0, 20.0, 15.0, 26.0]
    """
    return np.array(FORMATS[name.removeprefix(RELATIVE)], np.float64)


def from_corners(name: str) -> np.ndarray:
    """The matrix (4, 4) that makes boxes of corners.

    Example:
        >>> (np.array([10.0, 20.0, 15.0, 26.0]) @ from_corners("center_xywh")).tolist()
        [12.5, 23.0, 5.0, 6.0]
    """
    return np.linalg.inv(to_corners(name))


def sides(name: str, height: float, width: float) -> np.ndarray:
    """What corners are to be multiplied with to be in pixels: ones where they are already.

    Example:
        >>> sides("rel_xyxy", 10, 20).tolist()
        [20.0, 10.0, 20.0, 10.0]
    """
    return np.array([width, height] * 2 if name.startswith(RELATIVE) else [1.0] * 4, np.float64)
