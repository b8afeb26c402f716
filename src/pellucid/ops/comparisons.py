"""Comparisons and choices, element by element, under Keras's names (keras.ops).

What Keras answers with True and False is 1 and 0 here, in the one number type there is. No gradient flows back through
a comparison.
"""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder


@anywhere("x")
def isfinite(x: Operand) -> Any:
    """1 where x is a number, 0 where it is infinite or NaN.

    Example:
        >>> isfinite([1.0, float("nan"), float("inf")]).tolist()
        [1.0, 0.0, 0.0]
    """
    return builder.greater(math.inf, builder.absolute(x))


@anywhere("x")
def isinf(x: Operand) -> Any:
    """1 where x is infinite, else 0.

    Example:
        >>> isinf([1.0, float("nan"), float("-inf")]).tolist()
        [0.0, 0.0, 1.0]
    """
    return builder.equal(builder.absolute(x), math.inf)


@anywhere("x")
def isnan(x: Operand) -> Any:
    """1 where x is NaN, else 0.

    Example:
        >>> isnan([1.0, float("nan"), float("inf")]).tolist()
        [0.0, 1.0, 0.0]
    """
    return _not(builder.equal(x, x))


@anywhere("x1", "x2")
def logical_and(x1: Operand, x2: Operand) -> Any:
    """1 where neither x1 nor x2 is 0, else 0.

    Example:
        >>> logical_and([1.0, 1.0, 0.0], [1.0, 0.0, 0.0]).tolist()
        [1.0, 0.0, 0.0]
    """
    return truth(x1) * truth(x2)


@anywhere("x")
def logical_not(x: Operand) -> Any:
    """1 where x is 0, else 0.

    Example:
        >>> logical_not([1.0, 0.0]).tolist()
        [0.0, 1.0]
    """
    return builder.equal(x, 0.0)


@anywhere("x1", "x2")
def logical_or(x1: Operand, x2: Operand) -> Any:
    """1 where x1 or x2 (or both) are not 0, else 0.

    Example:
        >>> logical_or([1.0, 1.0, 0.0], [1.0, 0.0, 0.0]).tolist()
        [1.0, 1.0, 0.0]
    """
    return builder.maximum(truth(x1), truth(x2))


@anywhere("condition", "x1", "x2")
def where(condition: Operand, x1: Operand, x2: Operand) -> Any:
    """x1 where the condition is not 0, else x2; each gets the gradient where it was chosen.

    Example:
        >>> where([1.0, 0.0], 5.0, 7.0).tolist()
        [5.0, 7.0]
    """
    return builder.where(condition, x1, x2)


def truth(x: Tensor) -> Tensor:
    """1 where x is not 0, else 0; NaN counts as true, as in NumPy."""
    return _not(builder.equal(x, 0.0))


def _not(x: Tensor) -> Tensor:
    """1 for 0, 0 for 1."""
    return 1.0 - x
