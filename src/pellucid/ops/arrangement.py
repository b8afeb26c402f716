"""Functions that arrange elements and compute none, under Keras's names (keras.ops)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checks import is_number
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import numbered, reserve
from pellucid.ops.places import numbers, place, places, table, whole
from pellucid.ops.shapes import checked_sizes, in_a_row, row_or_axis

PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@anywhere(several="xs")
def concatenate(xs: Sequence[Operand], axis: int = 0) -> Any:
    """Tensors one after the other along an axis; the first, the batch, by default.

    Raises:
        ShapeError: the other axes differ.

    Example:
        >>> concatenate([[1.0, 1.0], [0.0]]).tolist()
        [1.0, 1.0, 0.0]
    """
    return builder.concatenate(xs, place(axis, xs[0].rank))


@anywhere("x")
def flip(x: Operand, axis: int | Sequence[int] | None = None) -> Any:
    """The elements in reverse order along an axis, or several; along all by default.

    Example:
        >>> flip([1.0, 2.0, 3.0], 0).tolist()
        [3.0, 2.0, 1.0]
    """
    for item in places(axis, x.rank):
        x = builder.flip(x, item)
    return x


@anywhere("x")
def pad(
    x: Operand,
    pad_width: int | Sequence[int] | Sequence[Sequence[int]],
    mode: str = "constant",
    constant_values: float | None = None,
) -> Any:
    """Further elements before and after each axis.

    Args:
        x: of any shape.
        pad_width: a pair (before, after) for each axis, or one pair or one number for all of them.
        mode: what comes there: "constant" (a number), "edge" (the last element again), "reflect" (the elements as in
            a mirror that stands on the last), "symmetric" (behind the last), or "wrap" (those from the other end).
        constant_values: the number; 0 by default.

    Raises:
        ArgumentError: the mode or a width is wrong.

    Example:
        >>> pad([1.0, 2.0], [(1, 0)]).tolist(), pad([1.0, 2.0, 3.0], 1, mode="reflect").tolist()
        ([0.0, 1.0, 2.0], [2.0, 1.0, 2.0, 3.0, 2.0])
    """
    if not isinstance(mode, str) or mode not in PAD_MODES:
        raise ArgumentError(f"mode is one of {', '.join(PAD_MODES)}, got {shown(mode)}")
    if mode != "constant" and constant_values is not None:
        raise ArgumentError(f"constant_values is for mode='constant', got it with mode={shown(mode)}")
    if constant_values is not None and not is_number(constant_values):
        raise ArgumentTypeError(f"constant_values is a number, got {shown(constant_values)}")
    widths = _widths(pad_width, x.rank)
    if mode != "constant":
        for axis, width in enumerate(widths):
            if width != (0, 0):
                reserve(8 * sum(width))
                x = builder.gather(x, np.pad(numbered(x.shape[axis]), width, mode=mode), axis)  # type: ignore[call-overload]
        return x
    for axis, (before, after) in enumerate(widths):
        x = (
            _framed(x, axis, before, after, constant_values)
            if constant_values
            else builder.pad_axis(x, axis, before, after)
        )
    return x


def _framed(x: Tensor, axis: int, before: int, after: int, value: float) -> Tensor:
    """x with a number before and after it: put there and not added, for infinity times 0 is no number."""
    number = x.graph.constant(value)
    rows = [
        builder.broadcast_to(number, (*x.shape[:axis], count, *x.shape[axis + 1 :])) if count else None
        for count in (before, after)
    ]
    parts = [part for part in (rows[0], x, rows[1]) if part is not None]
    return builder.concatenate(parts, axis) if len(parts) > 1 else x


def _widths(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    try:
        pairs = np.broadcast_to(np.asarray(pad_width), (rank, 2))
    except Exception:  # or whatever a foreign object says that does not let itself be read
        pairs = np.array(-1)
    if pairs.dtype.kind not in "iu" or (pairs < 0).any():
        raise ArgumentError(
            f"pad_width needs a pair of whole numbers from 0 on for each of {rank} axes, got {shown(pad_width)}"
        )
    return [(int(before), int(after)) for before, after in pairs]


@anywhere("x")
def repeat(x: Operand, repeats: int | Sequence[int], axis: int | None = None) -> Any:
    """Each element several times in a row.

    Args:
        x: of any shape.
        repeats: how often, or how often each element along the axis.
        axis: along which; by default all elements are put in one row first.

    Raises:
        ArgumentError: a number is not whole, or negative.

    Example:
        >>> repeat([1.0, 2.0], 2).tolist(), repeat([[1.0, 2.0]], [2, 1], axis=1).tolist()
        ([1.0, 1.0, 2.0, 2.0], [[1.0, 1.0, 2.0]])
    """
    x, along = row_or_axis(x, axis)
    listed = isinstance(repeats, list | tuple | range) or (isinstance(repeats, np.ndarray) and repeats.ndim > 0)
    times = numbers("repeats", repeats) if listed else [whole("repeats", repeats)]
    if min(times, default=-1) < 0 or len(times) not in (1, x.shape[along]):
        raise ArgumentError(f"repeats is a number, or one for each of {x.shape[along]} elements, got {shown(repeats)}")
    if len(times) == 1 and times[0] > 0:
        return builder.repeat(x, times[0], along)
    count = sum(times)
    reserve(8 * count)
    return builder.gather(x, table((count or 1,), lambda: np.repeat(numbered(x.shape[along]), times)), along)


@anywhere("x")
def roll(x: Operand, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Any:
    """The elements moved along an axis; what is moved beyond the end comes in again at the beginning.

    Args:
        x: of any shape.
        shift: by how many places: one number, or one for each axis.
        axis: one or several; by default the elements are moved as if they stood in one row.

    Raises:
        ArgumentError: an axis does not exist, or there are more shifts than axes.

    Example:
        >>> roll([1.0, 2.0, 3.0], 1).tolist()
        [3.0, 1.0, 2.0]
    """
    if axis is None:
        return builder.reshape(_rolled(in_a_row(x), whole("shift", shift), 0), x.shape)
    along = places(axis, x.rank)
    shifts = list(shift) if isinstance(shift, Sequence) else [shift] * len(along)
    if len(shifts) != len(along):
        raise ArgumentError(f"shift needs a number for each axis, got {shown(shift)} for axis={shown(axis)}")
    for places_moved, item in zip(shifts, along, strict=True):
        x = _rolled(x, whole("shift", places_moved), item)
    return x


def _rolled(x: Tensor, shift: int, axis: int) -> Tensor:
    return builder.gather(x, np.roll(numbered(x.shape[axis]), shift), axis)


@anywhere("x")
def split(x: Operand, indices_or_sections: int | Sequence[int], axis: int = 0) -> Any:
    """x cut into parts along an axis.

    Args:
        x: of any shape.
        indices_or_sections: the number of equal parts, or where each part but the first begins.
        axis: along which; the first by default.

    Returns:
        a list of tensors.

    Raises:
        ArgumentError: a part would be empty, or parts of equal length are not possible.

    Example:
        >>> [part.tolist() for part in split([1.0, 2.0, 3.0, 4.0], 2)]
        [[1.0, 2.0], [3.0, 4.0]]
    """
    along = place(axis, x.rank)
    length = x.shape[along]
    if isinstance(indices_or_sections, list | tuple | range | np.ndarray):
        inner = numbers("indices_or_sections", indices_or_sections)
    else:
        count = whole("indices_or_sections", indices_or_sections)
        if count < 1 or length % count:
            raise ArgumentError(f"an axis of {length} elements cannot be cut into {shown(count)} equal parts")
        inner = list(range(length // count, length, length // count))
    edges = [0, *inner, length]
    if any(start >= stop for start, stop in itertools.pairwise(edges)):
        raise ArgumentError(f"the parts of an axis of {length} elements begin at rising places, got {shown(inner)}")
    return [builder.slice_axis(x, along, start, stop) for start, stop in itertools.pairwise(edges)]


@anywhere(several="x")
def stack(x: Sequence[Operand], axis: int = 0) -> Any:
    """Tensors of one shape side by side along a new axis.

    Raises:
        ShapeError: the shapes differ.

    Example:
        >>> stack([[1.0, 1.0], [0.0, 0.0]], axis=1).tolist()
        [[1.0, 0.0], [1.0, 0.0]]
    """
    if len({item.shape for item in x}) > 1:
        raise ShapeError(f"only tensors of one shape can be stacked, got {[item.shape for item in x]}")
    return builder.stack(x, place(axis, x[0].rank + 1))


@anywhere("x", "indices")
def take(x: Operand, indices: Operand, axis: int | None = None) -> Any:
    """The elements at the given places along an axis.

    Args:
        x: of any shape.
        indices: whole numbers of any shape, which takes the place of the axis in the result; negative ones count from
            the end.
        axis: along which; by default x is put in one row first.

    Raises:
        ArgumentError: a place does not exist (where the indices are a tensor such an element is 0).

    Example:
        >>> take([10.0, 20.0, 30.0], [2, 0, 0], axis=0).tolist()
        [30.0, 10.0, 10.0]
    """
    x, along = row_or_axis(x, axis)
    values = known_values(indices)
    if values is None:
        return _looked_up(x, indices, along)
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        raise ArgumentError(f"indices must be whole numbers, got {shown(values.tolist())}")
    found = [place(int(index), x.shape[along], "each index") for index in values.ravel().tolist()]
    return builder.reshape(builder.gather(x, found, along), (*x.shape[:along], *indices.shape, *x.shape[along + 1 :]))


def _looked_up(x: Tensor, indices: Tensor, axis: int) -> Tensor:
    """x at places that are known only when the model runs; those that do not exist give 0."""
    count, at = x.shape[axis], [axis, *(i for i in range(x.rank) if i != axis)]
    table = builder.transpose(x, at)
    rest = table.shape[1:]
    places = builder.where(builder.greater(0.0, indices), indices + float(count), indices)
    flat = builder.gather_at(
        builder.reshape(table, (1, count, math.prod(rest))), builder.reshape(places, (1, math.prod(indices.shape)))
    )
    middle = list(range(indices.rank))
    order = [indices.rank + i for i in range(len(rest))]
    return builder.transpose(builder.reshape(flat, (*indices.shape, *rest)), [*order[:axis], *middle, *order[axis:]])


@anywhere("x")
def tile(x: Operand, repeats: int | Sequence[int]) -> Any:
    """x several times, one copy behind the other.

    Args:
        x: of any shape.
        repeats: how often along each axis; further axes come first.

    Raises:
        ArgumentError: a number is not whole, or below 1.

    Example:
        >>> tile([1.0, 2.0], 2).tolist(), tile([1.0, 2.0], (2, 1)).tolist()
        ([1.0, 2.0, 1.0, 2.0], [[1.0, 2.0], [1.0, 2.0]])
    """
    times = checked_sizes(repeats, "repeats")
    rank = max(len(times), x.rank)
    times = (1,) * (rank - len(times)) + times
    x = builder.reshape(x, (1,) * (rank - x.rank) + x.shape)
    for axis, count in enumerate(times):
        if count > 1:
            reserve(8 * x.shape[axis] * count)
            x = builder.gather(x, _tiled(x.shape[axis], count), axis)
    return x


def _tiled(size: int, count: int) -> np.ndarray:
    """The places along an axis, so many times one after the other."""
    return table((size * count,), lambda: np.tile(numbered(size), count))


@anywhere("x")
def unstack(x: Operand, num: int | None = None, axis: int = 0) -> Any:
    """The slices of x along an axis, which goes.

    Args:
        x: of any shape.
        num: how many there are; need not be given.
        axis: along which; the first by default.

    Returns:
        a list of tensors.

    Raises:
        ArgumentError: `num` is wrong.

    Example:
        >>> [part.tolist() for part in unstack([[1.0, 2.0], [3.0, 4.0]])]
        [[1.0, 2.0], [3.0, 4.0]]
    """
    along = place(axis, x.rank)
    count, rest = x.shape[along], (*x.shape[:along], *x.shape[along + 1 :])
    if num is not None and whole("num", num) != count:
        raise ArgumentError(f"there are {count} slices along axis {along}, not num={shown(num)}")
    return [builder.reshape(builder.slice_axis(x, along, i, i + 1), rest) for i in range(count)]
