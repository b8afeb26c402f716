"""The functions that Python's operators stand for, under Keras's names (keras.ops), and the operators themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.dispatch.anywhere import Operand, anywhere
from pellucid.errors import ArgumentError, GraphError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import broadcast_shapes
from pellucid.graph.tensor import NO_VALUES
from pellucid.warned import asked_by_library


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


@anywhere("x1", "x2", name="ops.equal")
def equal(x1: Operand, x2: Operand) -> Any:
    """1 where x1 == x2, else 0.

    Example:
        >>> equal([1.0, 2.0], 2.0).tolist()
        [0.0, 1.0]
    """
    return builder.equal(x1, x2)


@anywhere("x1", "x2", name="ops.not_equal")
def not_equal(x1: Operand, x2: Operand) -> Any:
    """1 where x1 and x2 differ, else 0.

    Example:
        >>> not_equal([1.0, 2.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return 1.0 - builder.equal(x1, x2)


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
    """Python's operators, for an operand of the functions above; and what code for TensorFlow asks its shape by."""

    shape: Any

    def get_shape(self) -> Any:
        """The shape."""
        return self.shape

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

    __array_ufunc__: Any = None  # an array on the left leaves the operation to this operand


class Valued(Arithmetic):
    """Operators of what keeps an array from call to call: NumPy's functions take it for its `value`."""

    value: Any

    def __eq__(self, other: object) -> Any:
        """1 where the elements are equal, else 0, in code of users'; in the library, whether it is the same object."""
        return self is other if _asks_for_object(other) else equal(self, other)

    def __ne__(self, other: object) -> Any:
        """1 where the elements differ, else 0; see `==`."""
        return self is not other if _asks_for_object(other) else not_equal(self, other)

    __hash__ = object.__hash__

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        if any(isinstance(item, Valued) for item in settings.get("out", ())):
            raise ArgumentError(f"np.{function.__name__} cannot write into {self!r}; use assign()")
        values = [item.value if isinstance(item, Valued) else item for item in inputs]
        if not any(isinstance(item, Tensor) for item in values):
            return getattr(function, method)(*values, **settings)
        if method != "__call__" or settings or function not in OPERATORS:
            raise GraphError(f"np.{function.__name__} works on values, {NO_VALUES}")
        return OPERATORS[function](*values)  # an array, or a number of NumPy's, stands on the left


def _asks_for_object(other: object) -> bool:
    return other is None or isinstance(other, str) or asked_by_library(2)


OPERATORS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.divide: true_divide,
    np.power: power,
    np.matmul: matmul,
    np.equal: equal,
    np.not_equal: not_equal,
    np.greater: greater,
    np.greater_equal: greater_equal,
    np.less: less,
    np.less_equal: less_equal,
}
"""What NumPy calls for an operator with one of its arrays on the left."""
