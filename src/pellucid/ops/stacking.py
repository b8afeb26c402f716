"""Rows, columns and slices put side by side, turned and cut, under the names that they have in NumPy (keras.ops)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.ops.arrangement import split
from pellucid.ops.places import place, places, whole
from pellucid.ops.shapes import in_a_row


@anywhere("x1", "x2")
def append(x1: Operand, x2: Operand, axis: int | None = None) -> Any:
    """x2 behind x1 along an axis; by default both are put in one row first.

    Raises:
        ShapeError: the other axes differ.

    Example:
        >>> append([1.0, 2.0], [3.0]).tolist()
        [1.0, 2.0, 3.0]
    """
    if axis is None:
        return builder.concatenate([in_a_row(x) for x in (x1, x2)], 0)
    return builder.concatenate([x1, x2], place(axis, x1.rank))


@anywhere("x")
def array_split(x: Operand, indices_or_sections: int, axis: int = 0) -> Any:
    """x cut into parts along an axis, the first of which are longer by one where they cannot be equal.

    Args:
        x: of any shape.
        indices_or_sections: the number of parts.
        axis: along which; the first by default.

    Raises:
        ArgumentError: there are more parts than elements.

    Example:
        >>> [part.tolist() for part in array_split([1.0, 2.0, 3.0], 2)]
        [[1.0, 2.0], [3.0]]
    """
    along = place(axis, x.rank)
    length = x.shape[along]
    count = checks.whole("", "indices_or_sections", indices_or_sections, 1, length)
    edges = [number * (length // count) + min(number, length % count) for number in range(count + 1)]
    return [builder.slice_axis(x, along, start, stop) for start, stop in itertools.pairwise(edges)]


@anywhere("a")
def diff(a: Operand, n: int = 1, axis: int = -1) -> Any:
    """Each element less the one before it along an axis, so many times.

    Raises:
        ArgumentError: the axis has too few elements.

    Example:
        >>> diff([1.0, 4.0, 9.0]).tolist()
        [3.0, 5.0]
    """
    along = place(axis, a.rank)
    for _ in range(checks.whole("", "n", n, 0, a.shape[along] - 1)):
        size = a.shape[along]
        a = builder.slice_axis(a, along, 1, size) - builder.slice_axis(a, along, 0, size - 1)
    return a


@anywhere(several="xs")
def dstack(xs: Sequence[Operand]) -> Any:
    """Tensors one behind the other along the third axis; those of fewer axes get it first.

    Raises:
        ShapeError: the other axes differ.

    Example:
        >>> dstack([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[[1.0, 3.0], [2.0, 4.0]]]
    """
    return builder.concatenate([_with_axes(x, 3) for x in xs], 2)


@anywhere("x")
def fliplr(x: Operand) -> Any:
    """The columns, the second axis, in reverse order.

    Example:
        >>> fliplr([[1.0, 2.0]]).tolist()
        [[2.0, 1.0]]
    """
    return builder.flip(x, place(1, x.rank))


@anywhere("x")
def flipud(x: Operand) -> Any:
    """The rows, the first axis, in reverse order.

    Example:
        >>> flipud([[1.0], [2.0]]).tolist()
        [[2.0], [1.0]]
    """
    return builder.flip(x, place(0, x.rank))


@anywhere(several="xs")
def hstack(xs: Sequence[Operand]) -> Any:
    """Tensors side by side: along the second axis, vectors along their only one.

    Raises:
        ShapeError: the other axes differ.

    Example:
        >>> hstack([[1.0, 2.0], [3.0]]).tolist()
        [1.0, 2.0, 3.0]
    """
    parts = [_with_axes(x, 1) for x in xs]
    return builder.concatenate(parts, min(1, parts[0].rank - 1))


@anywhere(several="x")
def meshgrid(*x: Operand, indexing: str = "xy") -> Any:
    """The coordinates of all places of a grid.

    Args:
        x: for each axis its coordinates, a vector.
        indexing: "xy" gives images, whose rows are the second axis; "ij" gives the axes in their order.

    Returns:
        a list: for each axis the coordinate of every place.

    Raises:
        ArgumentError: there is no such indexing.
        ShapeError: coordinates have more than one axis.

    Example:
        >>> [part.tolist() for part in meshgrid([1.0, 2.0], [5.0])]
        [[[1.0, 2.0]], [[5.0, 5.0]]]
    """
    if not isinstance(indexing, str) or indexing not in ("xy", "ij"):
        raise ArgumentError(f"indexing is 'xy' or 'ij', got {shown(indexing)}")
    rows = [_with_axes(item, 1) for item in x]
    if any(row.rank > 1 for row in rows):
        raise ShapeError(f"coordinates stand in one row each, got {[item.shape for item in x]}")
    order = list(range(len(rows)))
    if indexing == "xy" and len(rows) > 1:
        order[:2] = [1, 0]
    shape = tuple(rows[number].shape[0] for number in order)
    single = [tuple(-1 if number == item else 1 for item in order) for number in range(len(rows))]
    return [
        builder.broadcast_to(builder.reshape(row, tuple(row.shape[0] if n < 0 else n for n in sizes)), shape)
        for row, sizes in zip(rows, single, strict=True)
    ]


@anywhere("array")
def rot90(array: Operand, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """x turned by right angles, from the first of two axes towards the second.

    Args:
        array: of two axes or more.
        k: how many times.
        axes: which two.

    Raises:
        ArgumentError: these are not two axes.

    Example:
        >>> rot90([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """
    found = places(axes, array.rank, "axes")
    if len(found) != 2:
        raise ArgumentError(f"axes are two, got {shown(axes)}")
    first, second = found
    order = list(range(array.rank))
    order[first], order[second] = second, first
    turns: list[Callable[[Tensor], Tensor]] = [
        lambda x: x,
        lambda x: builder.flip(builder.transpose(x, order), first),
        lambda x: builder.flip(builder.flip(x, first), second),
        lambda x: builder.flip(builder.transpose(x, order), second),
    ]
    return turns[whole("k", k) % 4](array)


@anywhere(several="xs")
def vstack(xs: Sequence[Operand]) -> Any:
    """Tensors one below the other along the first axis; vectors are rows.

    Raises:
        ShapeError: the other axes differ.

    Example:
        >>> vstack([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    return builder.concatenate([_with_axes(x, 2) for x in xs], 0)


def _with_axes(x: Tensor, rank: int) -> Tensor:
    """x with so many axes at least, as NumPy adds them: (n,) is (1, n) and (1, n, 1)."""
    shape = x.shape
    if not shape:
        shape = (1,)
    if rank > 1 and len(shape) == 1:
        shape = (1, *shape)
    if rank > 2 and len(shape) == 2:
        shape = (*shape, 1)
    return builder.reshape(x, shape)


@anywhere("x")
def hsplit(x: Operand, indices_or_sections: int | Sequence[int]) -> Any:
    """x cut along its second axis, or along its only one; see `split`.

    Example:
        >>> [part.tolist() for part in hsplit([[1.0, 2.0], [3.0, 4.0]], 2)]
        [[[1.0], [3.0]], [[2.0], [4.0]]]
    """
    return _cut("hsplit", x, indices_or_sections, 1 if x.rank > 1 else 0, least=1)


@anywhere("x")
def vsplit(x: Operand, indices_or_sections: int | Sequence[int]) -> Any:
    """x cut along its first axis, of two or more; see `split`.

    Example:
        >>> [part.tolist() for part in vsplit([[1.0, 2.0], [3.0, 4.0]], 2)]
        [[[1.0, 2.0]], [[3.0, 4.0]]]
    """
    return _cut("vsplit", x, indices_or_sections, 0, least=2)


@anywhere("x")
def dsplit(x: Operand, indices_or_sections: int | Sequence[int]) -> Any:
    """x cut along its third axis, of three or more; see `split`.

    Example:
        >>> [part.tolist() for part in dsplit([[[1.0, 2.0]]], 2)]
        [[[[1.0]]], [[[2.0]]]]
    """
    return _cut("dsplit", x, indices_or_sections, 2, least=3)


def _cut(name: str, x: Tensor, where: int | Sequence[int], axis: int, *, least: int) -> Any:
    if x.rank < least:
        raise ShapeError(f"{name} takes {least} axes or more, got shape {x.shape}")
    return split(x, where, axis)
