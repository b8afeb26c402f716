"""Images that are rotated, shifted, sheared and zoomed: a map of places, and what stands between the pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["FILL_MODES", "affine_map", "resampled"]

FILL_MODES = ("nearest", "constant", "reflect", "wrap")
Coordinates = np.ndarray


def affine_map(
    shape: tuple[int, int],
    theta: float = 0.0,
    tx: float = 0.0,
    ty: float = 0.0,
    shear: float = 0.0,
    zx: float = 1.0,
    zy: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """From a place (row, column) of the result to that of the image which is seen there, about the image's centre.

    Args:
        shape: rows and columns.
        theta: angle of the rotation [degrees].
        tx: shift over the rows [pixels].
        ty: shift over the columns [pixels].
        shear: angle [degrees].
        zx: how many rows of the image one of the result stands for.
        zy: the same of columns.

    Returns:
        a matrix and an offset: image place = matrix @ result place + offset.

    Example:
        >>> matrix, offset = affine_map((5, 5), tx=1.0)
        >>> (matrix @ [0, 0] + offset).tolist()
        [1.0, 0.0]
    """
    angle, slant = np.deg2rad(theta), np.deg2rad(shear)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ np.array([[1.0, -np.sin(slant)], [0.0, np.cos(slant)]]) @ np.diag([zx, zy])
    centre = (np.array(shape) - 1.0) / 2.0
    return matrix, rotation @ [tx, ty] + centre - matrix @ centre


def resampled(
    image: np.ndarray, matrix: np.ndarray, offset: np.ndarray, fill_mode: str, cval: float, order: int
) -> np.ndarray:
    """An image (rows, columns, channels) whose pixels are seen elsewhere; bilinear, or the nearest pixel for order 0.

    Args:
        image: of any numbers; the result is of the same type, whole numbers are rounded.
        matrix, offset: see `affine_map`.
        fill_mode: what lies outside: "nearest" pixel of the border, "constant", "reflect" (d c b a | a b c d), "wrap".
        cval: that constant.
        order: 0 or 1.

    Example:
        >>> row = np.array([[[1.0], [2.0], [4.0]]])
        >>> resampled(row, np.eye(2), np.array([0.0, 0.5]), "constant", -1.0, 1)[0, :, 0].tolist()
        [1.5, 3.0, -1.0]

    Source: scipy.ndimage.affine_transform, whose borders these are ("wrap" has a period of one pixel less there).
    """
    rows, columns = image.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), axis=-1)
    places = grid @ matrix.T + offset
    lines = [_weighted(places[..., axis], size, fill_mode, order) for axis, size in enumerate((rows, columns))]
    result = np.zeros(image.shape, np.float64)
    for row, row_weight in lines[0]:
        for column, column_weight in lines[1]:
            result += (row_weight * column_weight)[..., np.newaxis] * image[row, column]
    if fill_mode == "constant":
        sizes = np.array([rows, columns])
        outside = ((places < 0) | (places > sizes - 1)).any(axis=-1)
        result[outside] = cval
    return _of_type(result, image.dtype)


def _of_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Numbers as ones of a type: for whole numbers the nearest that the type has, halves away from zero."""
    if dtype.kind == "b":
        return values >= 0.5
    if dtype.kind not in "iu":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.trunc(values + np.copysign(0.5, values)), limits.min, limits.max).astype(dtype)


FARTHEST = 2.0**52  # pixels


def _weighted(places: Coordinates, size: int, fill_mode: str, order: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The pixels beside each place along one axis, and how much each counts."""
    places = np.clip(places, -FARTHEST, FARTHEST)  # whole numbers beyond would be others
    if fill_mode == "wrap":
        places = places % (size - 1.0) if size > 1 else np.zeros_like(places)
    inside = _INSIDE.get(fill_mode, _clamped)
    if order == 0:
        return [(inside(np.floor(places + 0.5).astype(np.int64), size), np.ones_like(places))]
    first = np.floor(places).astype(np.int64)
    beyond = places - first
    return [(inside(first, size), 1.0 - beyond), (inside(first + 1, size), beyond)]


def _clamped(index: np.ndarray, size: int) -> np.ndarray:
    return np.clip(index, 0, size - 1)


def _reflected(index: np.ndarray, size: int) -> np.ndarray:
    index = index % (2 * size)
    return np.where(index >= size, 2 * size - 1 - index, index)


_INSIDE: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {"reflect": _reflected}
