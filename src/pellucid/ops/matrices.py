"""Parts, sums and products of matrices and vectors, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.ops.creation import eye, from_values
from pellucid.ops.places import place, table, whole
from pellucid.ops.shapes import checked_sizes, in_a_row


@anywhere("x")
def diag(x: Operand, k: int = 0) -> Any:
    """A matrix with a vector on a diagonal, or the diagonal of a matrix.

    Args:
        x: a vector or a matrix.
        k: which diagonal: the main one is 0, those above are 1, 2, ...

    Raises:
        ArgumentError: x has another number of axes, or the matrix has no such diagonal.

    Example:
        >>> diag([1.0, 2.0]).tolist(), diag([[1.0, 2.0], [3.0, 4.0]]).tolist()
        ([[1.0, 0.0], [0.0, 2.0]], [1.0, 4.0])
    """
    k = whole("k", k)
    if x.rank == 2:
        return _diagonal(x, k, 0, 1)
    if x.rank != 1:
        raise ArgumentError(f"diag takes a vector or a matrix, got {x.rank} axes")
    size = x.shape[0]
    places = table((size + abs(k),) * 2, lambda: np.diag(np.arange(1, size + 1), k) - 1)  # -1 is nowhere: 0
    return builder.reshape(builder.gather(x, places.ravel(), 0), places.shape)


@anywhere("x")
def diagonal(x: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of two axes, which go; it is the last axis of the result.

    Args:
        x: of two axes or more.
        offset: which diagonal: the main one is 0, those above are 1, 2, ...
        axis1: rows.
        axis2: columns.

    Raises:
        ArgumentError: an axis does not exist, or there is no such diagonal.

    Example:
        >>> diagonal([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [1.0, 4.0]
    """
    return _diagonal(x, whole("offset", offset), *_two_axes(x, axis1, axis2))


def _two_axes(x: Tensor, axis1: int, axis2: int) -> tuple[int, int]:
    rows, columns = place(axis1, x.rank, "axis1"), place(axis2, x.rank, "axis2")
    if rows == columns:
        raise ArgumentError(f"axis1 and axis2 are two axes, got {shown(axis1)} and {shown(axis2)} of {x.shape}")
    return rows, columns


def _diagonal(x: Tensor, offset: int, rows: int, columns: int) -> Tensor:
    height, width = x.shape[rows], x.shape[columns]
    if not -height < offset < width:
        raise ArgumentError(f"a matrix of {height} rows and {width} columns has no diagonal {offset}")
    others = [axis for axis in range(x.rank) if axis not in (rows, columns)]
    moved = builder.transpose(x, [*others, rows, columns])
    first = max(offset, 0) + width * max(-offset, 0)
    count = min(height + min(offset, 0), width - max(offset, 0))
    flat = builder.reshape(moved, (*moved.shape[:-2], height * width))
    return builder.gather(flat, first + (width + 1) * np.arange(count), -1)


def identity(n: int, dtype: Any = None) -> Any:
    """A square matrix with ones on its diagonal; as `eye`.

    Example:
        >>> identity(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    return eye(n, dtype=dtype)


@anywhere("x1", "x2")
def inner(x1: Operand, x2: Operand) -> Any:
    """The sum of products along the last axes of both.

    Raises:
        ShapeError: these axes differ in size.

    Example:
        >>> inner([1.0, 2.0], [3.0, 4.0]).tolist()
        11.0
    """
    if not x1.rank or not x2.rank:
        return x1 * x2
    depth = x1.shape[-1]
    if depth != x2.shape[-1]:
        raise ShapeError(f"the last axes of {x1.shape} and {x2.shape} differ in size")
    left, right = (builder.reshape(x, (math.prod(x.shape[:-1]), depth)) for x in (x1, x2))
    return builder.reshape(builder.matmul(left, right, transpose_b=True), (*x1.shape[:-1], *x2.shape[:-1]))


@anywhere("x1", "x2")
def outer(x1: Operand, x2: Operand) -> Any:
    """Each element of x1 times each of x2, both in one row first.

    Example:
        >>> outer([1.0, 2.0], [3.0, 4.0]).tolist()
        [[3.0, 4.0], [6.0, 8.0]]
    """
    return builder.reshape(x1, (math.prod(x1.shape), 1)) * builder.reshape(x2, (1, math.prod(x2.shape)))


@anywhere("x")
def trace(x: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a `diagonal`.

    Raises:
        ArgumentError: an axis does not exist, or there is no such diagonal.

    Example:
        >>> trace([[1.0, 2.0], [3.0, 4.0]]).tolist()
        5.0
    """
    found = _diagonal(x, whole("offset", offset), *_two_axes(x, axis1, axis2))
    return builder.reduce_sum(found, [found.rank - 1])


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """A matrix that is 1 on a diagonal and below it, else 0.

    Args:
        N: rows.
        M: columns; as many by default.
        k: which diagonal: the main one is 0, those above are 1, 2, ...
        dtype: as for `cast`; None is "float32".

    Example:
        >>> tri(2).tolist()
        [[1.0, 0.0], [1.0, 1.0]]
    """
    rows, columns = checked_sizes((N, N if M is None else M), "ops.tri")
    return from_values(_below(rows, columns, whole("k", k)), dtype)


def _below(rows: int, columns: int, k: int) -> np.ndarray:
    """Ones on a diagonal and below it."""
    return table((rows, columns), lambda: np.tri(rows, columns, max(-rows, min(k, columns))))


@anywhere("x")
def tril(x: Operand, k: int = 0) -> Any:
    """Matrices without what is above a diagonal: there they are 0.

    Args:
        x: matrices, in the last two axes.
        k: which diagonal: the main one is 0, those above are 1, 2, ...

    Raises:
        ShapeError: x has less than two axes.

    Example:
        >>> tril([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 0.0], [3.0, 4.0]]
    """
    return builder.where(_mask(x, whole("k", k)), x, 0.0)


@anywhere("x")
def triu(x: Operand, k: int = 0) -> Any:
    """Matrices without what is below a diagonal: there they are 0.

    Args:
        x: matrices, in the last two axes.
        k: which diagonal: the main one is 0, those above are 1, 2, ...

    Raises:
        ShapeError: x has less than two axes.

    Example:
        >>> triu([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 2.0], [0.0, 4.0]]
    """
    return builder.where(_mask(x, whole("k", k) - 1), 0.0, x)


def _mask(x: Tensor, k: int) -> Tensor:
    """1 on a diagonal of the last two axes and below it."""
    if x.rank < 2:
        raise ShapeError(f"a matrix has two axes, got {x.shape}")
    return builder.literal(x.graph, _below(x.shape[-2], x.shape[-1], k))


@anywhere("x1", "x2")
def vdot(x1: Operand, x2: Operand) -> Any:
    """The sum of products of all elements, both in one row first.

    Raises:
        ShapeError: they differ in number.

    Example:
        >>> vdot([[1.0, 2.0]], [3.0, 4.0]).tolist()
        11.0
    """
    rows = [in_a_row(x) for x in (x1, x2)]
    if rows[0].shape != rows[1].shape:
        raise ShapeError(f"as many elements of both are needed, got {x1.shape} and {x2.shape}")
    return builder.reduce_sum(rows[0] * rows[1])


@anywhere("x1", "x2")
def kron(x1: Operand, x2: Operand) -> Any:
    """Kronecker's product: x2 once for each element of x1, multiplied by that, side by side as these are.

    Example:
        >>> kron([1.0, 10.0], [1.0, 2.0]).tolist()
        [1.0, 2.0, 10.0, 20.0]
    """
    rank = x1.rank if x1.rank > x2.rank else x2.rank
    one, other = ((*(1,) * (rank - x.rank), *x.shape) for x in (x1, x2))
    left = builder.reshape(x1, tuple(size for pair in zip(one, (1,) * rank, strict=True) for size in pair))
    right = builder.reshape(x2, tuple(size for pair in zip((1,) * rank, other, strict=True) for size in pair))
    return builder.reshape(left * right, tuple(a * b for a, b in zip(one, other, strict=True)))
