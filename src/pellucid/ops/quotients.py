"""Division in its other forms, element by element, under Keras's names (keras.ops)."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import builder


@anywhere("x1", "x2")
def divide_no_nan(x1: Operand, x2: Operand) -> Any:
    """x1 / x2, and 0 where x2 is 0.

    Example:
        >>> divide_no_nan([1.0, 1.0], [4.0, 0.0]).tolist()
        [0.25, 0.0]
    """
    is_zero = builder.equal(x2, 0.0)
    # The 1 that divides in its place keeps the gradient finite there, too.
    return builder.where(is_zero, 0.0, x1 / builder.where(is_zero, 1.0, x2))


@anywhere("x1", "x2")
def floor_divide(x1: Operand, x2: Operand) -> Any:
    """The largest whole number that is not above x1 / x2; no gradient flows back.

    Example:
        >>> floor_divide([7.0, -7.0], 2.0).tolist()
        [3.0, -4.0]
    """
    return builder.floor(x1 / x2)


@anywhere("x1", "x2")
def fmod(x1: Operand, x2: Operand) -> Any:
    """What is left of x1 when x2 is taken off as often as it fits; it has the sign of x1.

    Example:
        >>> fmod([7.0, -7.0], 4.0).tolist()
        [3.0, -3.0]
    """
    return x1 - builder.towards_zero(x1 / x2) * x2


@anywhere("x1", "x2")
def mod(x1: Operand, x2: Operand) -> Any:
    """What is left of x1 when x2 is taken off as often as it fits; it has the sign of x2.

    Example:
        >>> mod([7.0, -7.0], 4.0).tolist()
        [3.0, 1.0]
    """
    return x1 - builder.floor(x1 / x2) * x2
