"""Numbers in a row at equal distances, or with equal factors between them, under Keras's names (keras.ops)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import checks
from pellucid.errors import ArgumentError
from pellucid.ops.creation import from_values
from pellucid.ops.places import table, whole


def linspace(start: float, stop: float, num: int = 50, endpoint: bool = True, *, dtype: Any = None) -> Any:
    """Numbers at equal distances.

    Args:
        start: the first.
        stop: the last, or where one more would be.
        num: how many, >= 1.
        endpoint: whether `stop` is the last of them.
        dtype: as for `cast`; None is "float32".

    Example:
        >>> linspace(-1, 1, 3).tolist()
        [-1.0, 0.0, 1.0]
    """
    count = whole("num in ops.linspace", num, 1)
    first, last = (checks.number("ops.linspace", *each) for each in (("start", start), ("stop", stop)))
    ends = checks.flag("ops.linspace", "endpoint", endpoint)
    return from_values(table((count,), lambda: np.linspace(first, last, count, ends)), dtype)


def logspace(
    start: float, stop: float, num: int = 50, endpoint: bool = True, base: float = 10, dtype: Any = None, axis: int = 0
) -> Any:
    """Powers of a base with exponents at equal distances.

    Args:
        start: the first exponent.
        stop: the last, or where one more would be.
        num: how many, >= 1.
        endpoint: whether `stop` is the last of them.
        base: what is raised, above 0.
        dtype: as for `cast`; None is "float32".
        axis: 0: the numbers are in one row.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> logspace(0, 2, 3).tolist()
        [1.0, 10.0, 100.0]
    """
    checks.whole("ops.logspace", "axis", axis, 0, 0)
    raised = checks.positive("ops.logspace", "base", base)
    first, last = (checks.number("ops.logspace", *each) for each in (("start", start), ("stop", stop)))
    ends, count = checks.flag("ops.logspace", "endpoint", endpoint), whole("num in ops.logspace", num, 1)
    with np.errstate(over="ignore"):  # what is beyond float32 is infinite
        return from_values(table((count,), lambda: np.logspace(first, last, count, ends, raised)), dtype)


def geomspace(start: float, stop: float, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Numbers each of which is the one before it times the same factor.

    Args:
        start: the first, not 0.
        stop: the last, or where one more would be, of the same sign.
        num: how many, >= 1.
        endpoint: whether `stop` is the last of them.
        dtype: as for `cast`; None is "float32".
        axis: 0: the numbers are in one row.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> geomspace(1, 8, 4).round(4).tolist()
        [1.0, 2.0, 4.0, 8.0]
    """
    checks.whole("ops.geomspace", "axis", axis, 0, 0)
    first, last = (checks.number("ops.geomspace", *each) for each in (("start", start), ("stop", stop)))
    if first * last <= 0:
        raise ArgumentError(f"ops.geomspace: start and stop have one sign and are not 0, got {first:g} and {last:g}")
    ends, count = checks.flag("ops.geomspace", "endpoint", endpoint), whole("num in ops.geomspace", num, 1)
    with np.errstate(over="ignore"):
        return from_values(table((count,), lambda: np.geomspace(first, last, count, ends)), dtype)
