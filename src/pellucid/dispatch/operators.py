"""The functions that Python's operators stand for, under Keras's names (keras.ops), and the operators themselves."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch.anywhere import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import builder
from pellucid.graph.ops import broadcast_shapes


@anywhere("x", name="ops.absolute")
def absolute(x: Operand) -> Any:
    """Each element without its sign; the gradient at 0 is 0.

    Example:
        >>> absolute([-1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return builder.absolute(x)


@anywhere("x1", "x2", name="ops.add")
def add(x1: Operand, x2: Operand) -> Any:
    """x1 + x2.

    Example:
        >>> add([1.0, 2.0], 3.0).tolist()
        [4.0, 5.0]
    """
    return x1 + x2


@anywhere("x1", "x2", name="ops.subtract")
def subtract(x1: Operand, x2: Operand) -> Any:
    """x1 - x2.

    Example:
        >>> subtract([1.0, 2.0], 3.0).tolist()
        [-2.0, -1.0]
    """
    return x1 - x2


@anywhere("x1", "x2", name="ops.multiply")
def multiply(x1: Operand, x2: Operand) -> Any:
    """x1 * x2.

    Example:
        >>> multiply([1.0, 2.0], 3.0).tolist()
        [3.0, 6.0]
    """
    return x1 * x2


@anywhere("x1", "x2", name="ops.true_divide")
def true_divide(x1: Operand, x2: Operand) -> Any:
    """x1 / x2; as `divide`.

    Example:
        >>> true_divide([1.0, 2.0], 4.0).tolist()
        [0.25, 0.5]
    """
    return x1 / x2


@anywhere("x1", "x2", name="ops.power")
def power(x1: Operand, x2: Operand) -> Any:
    """x1 to the power of x2; NaN where x1 is negative and x2 no whole number.

    Example:
        >>> power([2.0, 3.0], 2.0).tolist()
        [4.0, 9.0]
    """
    return builder.power(x1, x2)


@anywhere("x", name="ops.negative")
def negative(x: Operand) -> Any:
    """-x.

    Example:
        >>> negative([1.0, -2.0]).tolist()
        [-1.0, 2.0]
    """
    return -x


@anywhere("x1", "x2", name="ops.greater")
def greater(x1: Operand, x2: Operand) -> Any:
    """1 where x1 > x2, else 0.

    Example:
        >>> greater([1.0, 3.0], 2.0).tolist()
        [0.0, 1.0]
    """
    return builder.greater(x1, x2)


@anywhere("x1", "x2", name="ops.greater_equal")
def greater_equal(x1: Operand, x2: Operand) -> Any:
    """1 where x1 >= x2, else 0.

    Example:
        >>> greater_equal([1.0, 2.0], 2.0).tolist()
        [0.0, 1.0]
    """
    return builder.greater_equal(x1, x2)


@anywhere("x1", "x2", name="ops.less")
def less(x1: Operand, x2: Operand) -> Any:
    """1 where x1 < x2, else 0.

    Example:
        >>> less([1.0, 3.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return builder.greater(x2, x1)


@anywhere("x1", "x2", name="ops.less_equal")
def less_equal(x1: Operand, x2: Operand) -> Any:
    """1 where x1 <= x2, else 0.

    Example:
        >>> less_equal([2.0, 3.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return builder.greater_equal(x2, x1)


@anywhere("x1", "x2", name="ops.matmul")
def matmul(x1: Operand, x2: Operand) -> Any:
    """The product of two matrices, or of as many as the axes before the last two hold.

    A vector on the left is a matrix of one row, on the right one of one column. Axes before the last two are broadcast.

    Raises:
        ShapeError: the inner sizes differ, or an operand is a single number.

    Example:
        >>> matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]
    """
    if not x1.rank or not x2.rank:
        raise ShapeError(f"a product of matrices needs at least one axis each, got {x1.shape} and {x2.shape}")
    a = builder.reshape(x1, (1, *x1.shape)) if x1.rank == 1 else x1
    b = builder.reshape(x2, (*x2.shape, 1)) if x2.rank == 1 else x2
    if a.shape[-1] != b.shape[-2]:
        raise ShapeError(f"the inner sizes of {x1.shape} and {x2.shape} differ: {a.shape[-1]} and {b.shape[-2]}")
    if b.rank == 2:  # rows of one large matrix
        rows = builder.matmul(builder.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1])), b)
        y = builder.reshape(rows, (*a.shape[:-1], b.shape[-1]))
    else:
        batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
        y = builder.matmul(*(builder.broadcast_to(m, (*batch, *m.shape[-2:])) for m in (a, b)))
    columns = y.shape[-1:] if x2.rank > 1 else ()
    return builder.reshape(y, (*y.shape[:-2], *(y.shape[-2:-1] if x1.rank > 1 else ()), *columns))


@anywhere("x", name="ops.get_item")
def get_item(x: Operand, key: Any) -> Any:
    """x[key].

    Args:
        x: of any shape.
        key: for each axis a whole number (the axis goes), a slice, or a list of places; ... for all axes that are not
            named, None for a new axis of size 1. Several of them in a tuple.

    Raises:
        ShapeError: a place does not exist, nothing would be left, or the key is of another kind.

    Example:
        >>> get_item([[1.0, 2.0], [3.0, 4.0]], (..., 0)).tolist()
        [1.0, 3.0]

    Source: https://numpy.org/doc/stable/user/basics.indexing.html
    """
    return x[key]


class Arithmetic:
    """Python's operators, for an operand of the functions above."""

    def __add__(self, other: Any) -> Any:
        return add(self, other)

    def __radd__(self, other: Any) -> Any:
        return add(other, self)

    def __sub__(self, other: Any) -> Any:
        return subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return true_divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return true_divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)

    def __neg__(self) -> Any:
        return negative(self)

    def __abs__(self) -> Any:
        return absolute(self)

    def __gt__(self, other: Any) -> Any:
        return greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return greater_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return less(self, other)

    def __le__(self, other: Any) -> Any:
        return less_equal(self, other)

    def __getitem__(self, key: Any) -> Any:
        return get_item(self, key)

    __array_ufunc__ = None  # an array on the left leaves the operation to this operand
