"""Axes of images brought to another length, and pieces of images in the proportions of a size."""

from __future__ import annotations

import math
import operator
from functools import reduce

import numpy as np

from pellucid.data.images.resampling import count_of_taps, nearest, taps, weights
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import reserve

MOST_PLACES = 2**24  # along an axis that is resized
LONG = 2**12  # elements of an axis that are repeated rather than looked up in a table as long as the axis
FEW_TAPS = 4  # of which the sum is faster than any product
FULL_FROM = 8  # a matrix of which such a part is no zeros is multiplied with: it is not much longer than its band
MOST_TAPS = 12  # that are added one by one; more are gathered at once


def resized(x: Tensor, axis: int, size: int, interpolation: str, *, antialias: bool = False) -> Tensor:
    """x with an axis brought to another length: each element made of the few that lie under its kernel."""
    inputs = x.shape[axis]
    if size == inputs:
        return x
    if size > MOST_PLACES:
        raise ShapeError(f"an axis of {inputs} cannot be resized to {size}: the most that is made is {MOST_PLACES}")
    if interpolation == "nearest":
        if size > LONG and size % inputs == 0:
            return builder.repeat(x, size // inputs, axis)
        reserve(8 * size)
        return builder.gather(x, nearest(inputs, size), axis)
    reserve(16 * count_of_taps(inputs, size, interpolation, antialias=antialias) * size)
    places, counts = taps(inputs, size, interpolation, antialias=antialias)
    behind = (1,) * (x.rank - axis - 1)
    if len(places) > FEW_TAPS and inputs <= FULL_FROM * len(places):
        return _by_matrix(x, axis, weights(inputs, size, interpolation, antialias=antialias))
    if len(places) > MOST_TAPS:
        form = (*x.shape[:axis], len(places), size, *x.shape[axis + 1 :])
        under = builder.reshape(builder.gather(x, places.ravel(), axis), form)
        return builder.reduce_sum(under * counts.reshape(*counts.shape, *behind), [axis])
    parts = [
        builder.gather(x, place, axis) * count.reshape(size, *behind)
        for place, count in zip(places, counts, strict=True)
    ]
    return reduce(operator.add, parts)


def _by_matrix(x: Tensor, axis: int, matrix: np.ndarray) -> Tensor:
    order = [*(i for i in range(x.rank) if i != axis), axis]
    last = builder.transpose(x, order)
    rows = builder.reshape(last, (math.prod(last.shape[:-1]), last.shape[-1]))
    y = builder.matmul(rows, builder.literal(x.graph, matrix))
    y = builder.reshape(y, (*last.shape[:-1], matrix.shape[1]))
    return builder.transpose(y, sorted(range(x.rank), key=order.__getitem__))


def proportional(x: Tensor, height: int, width: int) -> tuple[int, int]:
    """The rows that the columns of images would need to have the proportions of a size, and likewise the columns."""
    _, rows, columns, _ = x.shape
    return int(columns * height / width), int(rows * width / height)


def middle(x: Tensor, height: int, width: int) -> list[tuple[int, int]]:
    """Where the middle of images in the proportions of a size begins, and how long it is: of rows, then of columns."""
    found = []
    for axis, most in enumerate(proportional(x, height, width), start=1):
        size = max(min(x.shape[axis], most), 1)
        found.append(((x.shape[axis] - size) // 2, size))
    return found


def in_proportion(x: Tensor, height: int, width: int, *, corner: bool = False) -> Tensor:
    """The middle of images in the proportions of a size; or what that size holds of them, laid at its corner."""
    pieces = zip(middle(x, height, width), (height, width), strict=True)
    for axis, ((start, size), piece) in enumerate(pieces, start=1):
        x = builder.slice_axis(x, axis, start, min(start + piece, x.shape[axis]) if corner else start + size)
    return x


def widened(x: Tensor, height: int, width: int, value: float) -> Tensor:
    """x with a border, so that it has the proportions of a size.

    As much on both sides, as in Keras, so an odd remainder is left out.
    """
    wanted = proportional(x, height, width)
    amounts = [(size - x.shape[axis]) // 2 for axis, size in enumerate(wanted, start=1)]
    for axis, amount in enumerate(amounts, start=1):
        if amount > 0:
            x = builder.pad_axis(x - value, axis, amount, amount) + value
    return x
