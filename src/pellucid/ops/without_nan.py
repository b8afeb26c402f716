"""Sums, means and extremes of what is a number, under Keras's names (keras.ops): what is none (NaN) is left out."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder
from pellucid.ops.comparisons import is_nan
from pellucid.ops.places import kept, places
from pellucid.ops.reductions import Axes


@anywhere("x")
def nansum(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The sum along the axes of what is a number; 0 where nothing is.

    Example:
        >>> nansum([1.0, float("nan"), 2.0]).tolist()
        3.0
    """
    return builder.reduce_sum(_filled(x, 0.0), places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def nanmean(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The mean along the axes of what is a number; NaN where nothing is.

    Example:
        >>> nanmean([1.0, float("nan"), 2.0]).tolist()
        1.5
    """
    along, keeps = places(axis, x.rank), kept(keepdims)
    total = builder.reduce_sum(_filled(x, 0.0), along, keepdims=keeps)
    return total / builder.reduce_sum(1.0 - is_nan(x), along, keepdims=keeps)


@anywhere("x")
def nanmax(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The largest number along the axes; NaN where nothing is a number.

    Example:
        >>> nanmax([1.0, float("nan"), 2.0]).tolist()
        2.0
    """
    along, keeps = places(axis, x.rank), kept(keepdims)
    found = builder.reduce_max(_filled(x, -math.inf), along, keepdims=keeps)
    return builder.where(builder.reduce_min(is_nan(x), along, keepdims=keeps), math.nan, found)


@anywhere("x")
def nanmin(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The smallest number along the axes; NaN where nothing is a number.

    Example:
        >>> nanmin([1.0, float("nan"), 2.0]).tolist()
        1.0
    """
    along, keeps = places(axis, x.rank), kept(keepdims)
    found = builder.reduce_min(_filled(x, math.inf), along, keepdims=keeps)
    return builder.where(builder.reduce_min(is_nan(x), along, keepdims=keeps), math.nan, found)


def _filled(x: Tensor, value: float) -> Tensor:
    """x with another number where it is none."""
    return builder.where(is_nan(x), value, x)
