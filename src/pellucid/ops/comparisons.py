"""Comparisons and choices, element by element, under Keras's names (keras.ops).

What Keras answers with True and False is 1 and 0 here, in the one number type there is. No gradient flows back through
a comparison.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder


@anywhere("x1", "x2")
def allclose(x1: Operand, x2: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """1 where all elements are close to each other (see `isclose`), else 0.

    Example:
        >>> allclose([1.0, 2.0], [1.0, 2.000001]).tolist()
        1.0
    """
    return builder.reduce_min(_close(x1, x2, rtol, atol, equal_nan))


@anywhere("x1", "x2")
def isclose(x1: Operand, x2: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """1 where |x1 - x2| <= atol + rtol |x2|, or both are the same infinity; else 0.

    Args:
        x1: of any shape.
        x2: of one that goes with it.
        rtol: the distance that is close, as a share of x2, >= 0.
        atol: the same as a number, >= 0.
        equal_nan: whether two that are no numbers are close.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> isclose([1.0, 2.0], [1.0, 2.1]).tolist()
        [1.0, 0.0]
    """
    return _close(x1, x2, rtol, atol, equal_nan)


def _close(x1: Tensor, x2: Tensor, rtol: float, atol: float, equal_nan: bool) -> Tensor:
    relative, absolute = checks.number("", "rtol", rtol, 0.0), checks.number("", "atol", atol, 0.0)
    room = absolute + relative * builder.absolute(x2)
    # A distance that is infinite is above any room, and one that is no number above none.
    near = builder.greater_equal(room, builder.absolute(x1 - x2)) * builder.greater(math.inf, room)
    found = builder.maximum(near, builder.equal(x1, x2))
    return builder.maximum(found, is_nan(x1) * is_nan(x2)) if checks.flag("", "equal_nan", equal_nan) else found


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
    return is_nan(x)


@anywhere("x")
def isneginf(x: Operand) -> Any:
    """1 where x is infinite and negative, else 0.

    Example:
        >>> isneginf([1.0, float("inf"), float("-inf")]).tolist()
        [0.0, 0.0, 1.0]
    """
    return builder.equal(x, -math.inf)


@anywhere("x")
def isposinf(x: Operand) -> Any:
    """1 where x is infinite and positive, else 0.

    Example:
        >>> isposinf([1.0, float("inf"), float("-inf")]).tolist()
        [0.0, 1.0, 0.0]
    """
    return builder.equal(x, math.inf)


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


@anywhere("x1", "x2")
def logical_xor(x1: Operand, x2: Operand) -> Any:
    """1 where one of x1 and x2 is 0 and the other is not, else 0.

    Example:
        >>> logical_xor([1.0, 1.0, 0.0], [1.0, 0.0, 0.0]).tolist()
        [0.0, 1.0, 0.0]
    """
    return _not(builder.equal(truth(x1), truth(x2)))


@anywhere("x")
def nan_to_num(x: Operand, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """x with numbers in the place of what is none.

    Args:
        x: of any shape.
        nan: what comes for not-a-number.
        posinf: what comes for infinity; the largest float32 by default.
        neginf: what comes for minus infinity; the least float32 by default.

    Example:
        >>> nan_to_num([float("nan"), float("inf"), 2.0], posinf=9.0).tolist()
        [0.0, 9.0, 2.0]
    """
    above = checks.LARGEST if posinf is None else checks.number("", "posinf", posinf)
    below = -checks.LARGEST if neginf is None else checks.number("", "neginf", neginf)
    known = builder.where(is_nan(x), checks.number("", "nan", nan), x)
    finite = builder.where(builder.equal(known, math.inf), above, known)
    return builder.where(builder.equal(finite, -math.inf), below, finite)


@anywhere("condition", "x1", "x2")
def where(condition: Operand, x1: Operand, x2: Operand) -> Any:
    """x1 where the condition is not 0, else x2; each gets the gradient where it was chosen.

    Example:
        >>> where([1.0, 0.0], 5.0, 7.0).tolist()
        [5.0, 7.0]
    """
    return builder.where(condition, x1, x2)


def select(condlist: Sequence[Operand], choicelist: Sequence[Operand], default: Operand = 0) -> Any:
    """Of several choices the first whose condition is not 0, for each element.

    Args:
        condlist: conditions, in a list.
        choicelist: as many choices.
        default: where no condition holds.

    Raises:
        ArgumentError: they are no lists, or not equally long.

    Example:
        >>> select([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]], [5.0, 7.0], 9.0).tolist()
        [5.0, 7.0, 9.0]

    Source: numpy.select.
    """
    lists = [list(checks.several("ops.select", name, given, "tensors or arrays"))
             for name, given in (("condlist", condlist), ("choicelist", choicelist))]  # fmt: skip
    if not lists[0] or len(lists[0]) != len(lists[1]):
        raise ArgumentError(f"ops.select: a choice for each condition, got {len(lists[0])} and {len(lists[1])}")
    found = default
    for condition, choice in zip(*(reversed(each) for each in lists), strict=True):
        found = where(condition, choice, found)
    return found


def truth(x: Tensor) -> Tensor:
    """1 where x is not 0, else 0; NaN counts as true, as in NumPy."""
    return _not(builder.equal(x, 0.0))


def is_nan(x: Tensor) -> Tensor:
    """1 where x is no number, else 0."""
    return _not(builder.equal(x, x))


def _not(x: Tensor) -> Tensor:
    """1 for 0, 0 for 1."""
    return 1.0 - x


@anywhere("x1", "x2")
def fmax(x1: Operand, x2: Operand) -> Any:
    """The larger of two numbers, or the one that is a number where the other is none.

    Example:
        >>> fmax([1.0, 5.0], [3.0, float("nan")]).tolist()
        [3.0, 5.0]
    """
    return builder.where(is_nan(x1), x2, builder.where(is_nan(x2), x1, builder.maximum(x1, x2)))


@anywhere("x1", "x2")
def fmin(x1: Operand, x2: Operand) -> Any:
    """The smaller of two numbers, or the one that is a number where the other is none.

    Example:
        >>> fmin([1.0, 5.0], [3.0, float("nan")]).tolist()
        [1.0, 5.0]
    """
    return builder.where(is_nan(x1), x2, builder.where(is_nan(x2), x1, builder.minimum(x1, x2)))


@anywhere("x1", "x2")
def isin(x1: Operand, x2: Operand, assume_unique: bool = False, invert: bool = False) -> Any:
    """1 where a number of x1 is among those of x2, else 0.

    Args:
        x1: of any shape.
        x2: of any other.
        assume_unique: taken; nothing is faster for it.
        invert: whether 1 and 0 are exchanged.

    Example:
        >>> isin([1.0, 2.0, 3.0], [3.0, 1.0]).tolist()
        [1.0, 0.0, 1.0]
    """
    checks.flag("", "assume_unique", assume_unique)
    each = builder.reshape(x1, (*x1.shape, 1))
    found = builder.reduce_max(builder.equal(each, builder.reshape(x2, (math.prod(x2.shape),))), [x1.rank])
    return 1.0 - found if checks.flag("", "invert", invert) else found
