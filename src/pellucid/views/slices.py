"""Kernels and feature maps of any rank as one array of two-dimensional slices, which is all that a picture can show.

The result always has the axes (items, channels, depth, rows, columns): an item is a filter or a feature map, and what
an array lacks has length 1. No axis is flipped or swapped: row 0 is the top row, column 0 the left one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.errors import ArgumentError, ShapeError
from pellucid.inspection.records import FeatureMaps, FilterBank
from pellucid.views.given import banks_of

__all__ = [
    "FEW_SLICES",
    "LONGEST_ROW",
    "are_of_layers",
    "as_banks",
    "farthest",
    "kernel_slices",
    "map_slices",
    "shrink",
    "wrap_rows",
]

FEW_SLICES = 512  # of a layer whose filters are all shown by default
LONGEST_ROW = 32  # numbers of a dense layer that stand in one row before they are wrapped


def as_banks(banks: FilterBank | Sequence[FilterBank]) -> list[FilterBank]:
    """One filter bank, or several moments of a layer, as a list.

    Raises:
        ArgumentError: there is none, or they are of several layers.
        ShapeError: their kernels differ in shape.
    """
    several = banks_of(banks)
    if are_of_layers(several):
        names = ", ".join(dict.fromkeys(bank.layer for bank in several))
        raise ArgumentError(
            f"filters side by side are those of one layer at several moments, got the layers {names}; draw one by one: "
            "for bank in banks: filters_figure(bank)"
        )
    shapes = [bank.kernel.shape for bank in several]
    if len(set(shapes)) > 1:
        raise ShapeError(f"filters side by side need kernels of one shape, got {shapes}; draw them one by one")
    return several


def are_of_layers(banks: Sequence[FilterBank]) -> bool:
    """Whether they are of several layers at one moment, and not of one layer at several."""
    return len({bank.layer for bank in banks}) > 1 and len({bank.moment for bank in banks}) == 1


def kernel_slices(bank: FilterBank) -> np.ndarray:
    """Every filter as slices.

    Args:
        bank: kernel (spatial..., in_channels, filters).

    Returns:
        weights (filters, in_channels, depth, rows, columns), float64. The weights of a dense unit become one slice,
        wrapped row by row.

    Example:
        >>> kernel_slices(FilterBank("conv1d", np.zeros((5, 2, 4)))).shape
        (4, 2, 1, 1, 5)
        >>> kernel_slices(FilterBank("dense", np.zeros((800, 10)))).shape
        (10, 1, 1, 25, 32)
    """
    weights = np.moveaxis(bank.kernel.astype(np.float64), (-1, -2), (0, 1))
    if not bank.spatial:
        return weights.reshape(bank.filters, 1, 1, *wrap_rows(bank.in_channels))
    return _pad_rank(weights, bank.spatial)


def map_slices(record: FeatureMaps) -> np.ndarray:
    """Every feature map of a layer as slices.

    Args:
        record: maps (spatial..., channels).

    Returns:
        answers (channels, 1, depth, rows, columns), float64. A vector becomes one item, wrapped row by row.

    Example:
        >>> map_slices(FeatureMaps("conv2d", "Conv2D", np.zeros((6, 7, 32)))).shape
        (32, 1, 1, 6, 7)
        >>> map_slices(FeatureMaps("flatten", "Flatten", np.zeros(288))).shape
        (1, 1, 1, 8, 36)
    """
    values = np.moveaxis(record.maps.astype(np.float64), -1, 0)
    if not record.spatial:
        return values.reshape(1, 1, 1, *wrap_rows(record.channels, columns_per_row=4))
    return _pad_rank(values[:, None], record.spatial)


def _pad_rank(values: np.ndarray, spatial: tuple[int, ...]) -> np.ndarray:
    missing = (1,) * (3 - len(spatial))
    return values.reshape(*values.shape[:2], *missing, *spatial)


def wrap_rows(count: int, columns_per_row: int = 1) -> tuple[int, int]:
    """Rows and columns for numbers without spatial order: full rows only, as near to the wanted form as they come.

    Args:
        count: how many numbers, >= 1.
        columns_per_row: wanted width divided by height.

    Returns:
        (rows, columns), whose product is `count`.

    Example:
        >>> wrap_rows(10), wrap_rows(800), wrap_rows(127)
        ((1, 10), (25, 32), (1, 127))
    """
    if count <= LONGEST_ROW:
        return 1, count
    highest = max(math.isqrt(count // columns_per_row), 1)
    rows = next(rows for rows in range(highest, 0, -1) if count % rows == 0)
    return rows, count // rows


def shrink(values: np.ndarray, most: int) -> tuple[np.ndarray, int]:
    """A slice that is too wide, made smaller by keeping from each square the number farthest from zero.

    Args:
        values: numbers (rows, columns).
        most: columns that there is room for, >= 1.

    Returns:
        the smaller slice and the side of the squares; the slice itself and 1 where it fits.

    Example:
        >>> shrink(np.array([[1.0, -3.0, 0.0], [2.0, 0.0, 5.0]]), most=2)
        (array([[-3.,  5.]]), 2)
    """
    side = -(-values.shape[1] // most)  # whole numbers, however large
    return farthest(values, side), side


def farthest(values: np.ndarray, side: int) -> np.ndarray:
    """Of each square of so many rows and columns the number farthest from zero, along the last two axes.

    Example:
        >>> farthest(np.array([[1.0, -3.0, 0.0], [2.0, 0.0, 5.0]]), 2)
        array([[-3.,  5.]])
    """
    if side == 1:
        return values
    rows, columns = (math.ceil(length / side) for length in values.shape[-2:])
    padded = np.zeros((*values.shape[:-2], rows * side, columns * side))
    padded[..., : values.shape[-2], : values.shape[-1]] = values
    squares = padded.reshape(*values.shape[:-2], rows, side, columns, side).swapaxes(-3, -2)
    squares = squares.reshape(*values.shape[:-2], rows, columns, side * side)
    distance = np.where(np.isfinite(squares), np.abs(squares), np.inf)
    return np.take_along_axis(squares, distance.argmax(axis=-1)[..., None], axis=-1)[..., 0]
