"""Arithmetic, element by element with NumPy's broadcasting, under Keras's names (keras.ops)."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.dispatch.operators import absolute
from pellucid.graph import builder


def abs(x: Operand) -> Any:
    """`absolute`, under its short name.

    Example:
        >>> abs([-1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return absolute(x)


@anywhere("x", "x_min", "x_max")
def clip(x: Operand, x_min: Operand, x_max: Operand) -> Any:
    """Each element, brought into the range from `x_min` to `x_max`; the gradient is 1 at both ends, 0 outside.

    Example:
        >>> clip([-1.0, 0.5, 2.0], 0.0, 1.0).tolist()
        [0.0, 0.5, 1.0]
    """
    return builder.clip(x, x_min, x_max)


@anywhere("x1", "x2")
def divide(x1: Operand, x2: Operand) -> Any:
    """x1 / x2.

    Example:
        >>> divide([1.0, 2.0], 4.0).tolist()
        [0.25, 0.5]
    """
    return x1 / x2


@anywhere("x1", "x2")
def maximum(x1: Operand, x2: Operand) -> Any:
    """The larger of two; at a tie the first gets the gradient.

    Example:
        >>> maximum([1.0, 3.0], 2.0).tolist()
        [2.0, 3.0]
    """
    return builder.maximum(x1, x2)


@anywhere("x1", "x2")
def minimum(x1: Operand, x2: Operand) -> Any:
    """The smaller of two; at a tie the first gets the gradient.

    Example:
        >>> minimum([1.0, 3.0], 2.0).tolist()
        [1.0, 2.0]
    """
    return builder.minimum(x1, x2)


@anywhere("x")
def reciprocal(x: Operand) -> Any:
    """1 / x.

    Example:
        >>> reciprocal([4.0]).tolist()
        [0.25]
    """
    return 1.0 / x


@anywhere("x")
def rsqrt(x: Operand) -> Any:
    """1 / sqrt(x).

    Example:
        >>> rsqrt([4.0]).tolist()
        [0.5]
    """
    return 1.0 / builder.sqrt(x)


@anywhere("x")
def sign(x: Operand) -> Any:
    """1 where x > 0, -1 where x < 0, 0 at 0; no gradient flows back.

    Example:
        >>> sign([-2.0, 0.0, 3.0]).tolist()
        [-1.0, 0.0, 1.0]
    """
    return builder.greater(x, 0.0) - builder.greater(-x, 0.0)


@anywhere("x")
def sqrt(x: Operand) -> Any:
    """The square root of each element; its gradient at 0 is infinite.

    Example:
        >>> sqrt([4.0]).tolist()
        [2.0]
    """
    return builder.sqrt(x)


@anywhere("x")
def square(x: Operand) -> Any:
    """x * x.

    Example:
        >>> square([-3.0]).tolist()
        [9.0]
    """
    return builder.square(x)
