"""Which shape images have that come as arrays: recognised where only one is possible, asked for where several are."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from pellucid.errors import ArgumentError, FileError, shown

__all__ = ["Shape", "grid_in", "shape_asked", "shape_of", "sides_of"]

Shape: TypeAlias = tuple[int, int, int, bool]
"""Rows, columns, channels, and whether the channels come first."""
COLORS = 3
SMOOTHER = 0.8
"""How much smaller the steps between rows must be in one order of the channels for that order to be believed."""
MOST_LOOKED_AT = 64
LONGEST = 100_000


def shape_asked(text: str) -> Shape:
    """What `--shape` says: rows, columns and channels, or channels, rows and columns.

    Raises:
        ArgumentError: it says none.

    Example:
        >>> shape_asked("28x28"), shape_asked("32x40x3"), shape_asked("3x32x40")
        ((28, 28, 1, False), (32, 40, 3, False), (32, 40, 3, True))
    """
    sizes = [int(size) for size in text.lower().split("x")] if re.fullmatch(r"\d{1,6}([xX]\d{1,6}){1,2}", text) else []
    if len(sizes) == 2 and min(sizes) >= 1:
        return sizes[0], sizes[1], 1, False
    if len(sizes) == 3 and min(sizes) >= 1:
        if sizes[2] in (1, COLORS):
            return sizes[0], sizes[1], sizes[2], False
        if sizes[0] in (1, COLORS):
            return sizes[1], sizes[2], sizes[0], True
    raise ArgumentError(
        "--shape says rows and columns, as 28x28, with 1 or 3 channels behind or before them, as 32x32x3 or 3x32x32; "
        f"got {shown(text)}"
    )


def sides_of(count: int) -> tuple[int, int]:
    """Side and channels of square images of so many numbers; (0, 0) where there are none.

    Example:
        >>> sides_of(784), sides_of(3072), sides_of(80)
        ((28, 1), (32, 3), (0, 0))
    """
    shapes = [(math.isqrt(count // channels), channels) for channels in (1, COLORS)]
    return next(((side, channels) for side, channels in shapes if side * side * channels == count and side > 1), (0, 0))


def grid_in(titles: Sequence[str]) -> tuple[int, int] | None:
    """Rows and columns that the titles of columns count, "1x1" to "28x28"; None where they count none.

    Example:
        >>> grid_in([f"{row}x{column}" for row in (1, 2) for column in (1, 2, 3)]), grid_in(["pixel0"])
        ((2, 3), None)
    """
    places = [re.search(r"(\d+)[x_](\d+)$", title.strip().lower()) for title in titles]
    if not all(places):
        return None
    counted = [(int(place[1]), int(place[2])) for place in places if place]
    first = counted[0]
    rows, columns = counted[-1][0] - first[0] + 1, counted[-1][1] - first[1] + 1
    wanted = [(first[0] + row, first[1] + column) for row in range(rows) for column in range(columns)]
    return (rows, columns) if min(rows, columns) > 1 and counted == wanted else None


def shape_of(
    values: np.ndarray, owner: str, asked: Shape | None = None, grid: tuple[int, int] | None = None
) -> tuple[Shape, str]:
    """The shape of images, and in words how it was told.

    Args:
        values: of many images, the samples in the first axis.
        owner: whose they are, for messages.
        asked: what the user says.
        grid: rows and columns that a table counts.

    Raises:
        FileError: none fits, or several do.

    Example:
        >>> shape_of(np.zeros((5, 784)), "x.npy")
        ((28, 28, 1, False), 'square, of rows of 784 numbers')
        >>> shape_of(np.zeros((5, 3, 8, 10)), "x.npy")
        ((8, 10, 3, True), 'the channels first')
    """
    inside = tuple(int(size) for size in values.shape[1:])
    if len(inside) == 2 and inside[-1] == 1:
        inside = inside[:1]
    if not inside or len(inside) > 3 or min(inside) < 1 or max(inside) > LONGEST:
        raise FileError(
            f"{owner} has the shape {values.shape}; expected images: (images, rows, columns), with or "
            "without 1 or 3 channels"
        )
    if asked is not None:
        return _of_asked(inside, owner, asked), "as --shape says"
    if len(inside) == 1:
        return _of_rows(values.reshape(len(values), -1), owner, grid)
    if len(inside) == 2:
        if COLORS in inside:
            raise FileError(
                f"{owner} has the shape {values.shape}: are its images {inside[0]}x{inside[1]} in grey? "
                f"Then say so: --shape {inside[0]}x{inside[1]}"
            )
        return (*inside, 1, False), "one number for each pixel"
    first, last = inside[0] in (1, COLORS), inside[2] in (1, COLORS)
    if first and last:
        raise FileError(
            f"{owner} has images of shape {inside}, whose channels may be first or last; say which: --shape "
            f"{'x'.join(map(str, inside))} is rows, columns, channels; give the images with the channels last"
        )
    if last:
        return (inside[0], inside[1], inside[2], False), "the channels last"
    if first:
        return (inside[1], inside[2], inside[0], True), "the channels first"
    raise FileError(_without_channels(values.shape, owner))


def _without_channels(shape: tuple[int, ...], owner: str) -> str:
    told = f"{owner} has the shape {shape}, and no axis of 1 or 3 channels"
    if shape[2] in (1, COLORS) and shape[3] > shape[2]:
        return f"{told}: the images seem to lie in the last axis; in NumPy: x = numpy.moveaxis(x, -1, 0)"
    if shape[3] == 4:
        return f"{told}: the fourth channel is how much pixels cover; leave it out: x = x[..., :3]"
    return f"{told}; expected (images, rows, columns, channels) or (images, channels, rows, columns)"


def _of_asked(inside: tuple[int, ...], owner: str, asked: Shape) -> Shape:
    rows, columns, channels, first = asked
    wanted = (channels, rows, columns) if first else (rows, columns, channels)
    if inside not in (wanted, (math.prod(wanted),), *([(rows, columns), (1, rows, columns)] * (channels == 1))):
        raise FileError(
            f"{owner} has {'x'.join(map(str, inside))} numbers in each image; --shape {'x'.join(map(str, wanted))} are "
            f"{math.prod(wanted):,}"
        )
    return asked


def _of_rows(values: np.ndarray, owner: str, grid: tuple[int, int] | None) -> tuple[Shape, str]:
    """The shape of images whose numbers stand in a row."""
    count = values.shape[1]
    if grid is not None and grid[0] * grid[1] == count:
        return (*grid, 1, False), "as the titles of its columns count them"
    side, channels = sides_of(count)
    if not side:
        raise FileError(
            f"{owner} has {count:,} numbers in each image, which is no square of 1 or 3 channels; say rows and "
            f"columns, such as --shape {_some_shape(count)}"
        )
    if channels == 1:
        return (side, side, 1, False), f"square, of rows of {count:,} numbers"
    some = values[:MOST_LOOKED_AT].astype(np.float64)
    last = _steps(some.reshape(-1, side, side, COLORS), 1)
    first = _steps(some.reshape(-1, COLORS, side, side), 2)
    if min(first, last) > SMOOTHER * max(first, last):
        raise FileError(
            f"{owner} has {count:,} numbers in each image: {side}x{side} pixels in three colours, of which nobody can "
            f"tell whether the colours stand together; say it: --shape {side}x{side}x3 if they do, --shape "
            f"3x{side}x{side} if all of one colour come first"
        )
    is_first = first < last
    how = "all of one colour before the next" if is_first else "the colours of a pixel together"
    return (
        side,
        side,
        COLORS,
        is_first,
    ), f"square, of rows of {count:,} numbers, {how}: in this order images are smooth"


def _steps(images: np.ndarray, axis: int) -> float:
    """How far a row of pixels is from the next, on average: of rows that are none, farther."""
    return float(np.abs(np.diff(images, axis=axis)).mean())


def _some_shape(count: int) -> str:
    """Rows and columns of so many numbers, as near to a square as there are."""
    rows = next((rows for rows in range(math.isqrt(count), 1, -1) if count % rows == 0), 0)
    return f"{rows}x{count // rows}" if rows else "ROWSxCOLUMNS"
