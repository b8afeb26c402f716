"""Sums, means and extremes of what is a number, under Keras's names (keras.ops): what is none (NaN) is left out."""

from __future__ import annotations

import math
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder
from pellucid.ops.comparisons import is_nan
from pellucid.ops.creation import cast
from pellucid.ops.places import kept, places
from pellucid.ops.reductions import Axes, cumprod, cumsum, place_of_largest, product_along


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


@anywhere("x")
def nanprod(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The product along the axes of what is a number; 1 where nothing is.

    Example:
        >>> nanprod([3.0, float("nan"), 2.0]).tolist()
        6.0
    """
    return product_along(_filled(x, 1.0), places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def nanvar(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The mean of the squared distances to the mean, along the axes, of what is a number; NaN where nothing is.

    Example:
        >>> nanvar([1.0, float("nan"), 3.0]).tolist()
        1.0
    """
    return _variance(x, places(axis, x.rank), keepdims=kept(keepdims))


@anywhere("x")
def nanstd(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The root of `nanvar`.

    Example:
        >>> nanstd([1.0, float("nan"), 3.0]).tolist()
        1.0
    """
    return builder.sqrt(_variance(x, places(axis, x.rank), keepdims=kept(keepdims)))


def _variance(x: Tensor, along: list[int], *, keepdims: bool) -> Tensor:
    unknown = is_nan(x)
    count = builder.reduce_sum(1.0 - unknown, along, keepdims=True)
    mean = builder.reduce_sum(_filled(x, 0.0), along, keepdims=True) / count
    apart = builder.where(unknown, 0.0, x - mean)
    total = builder.reduce_sum(builder.square(apart), along, keepdims=keepdims)
    return total / builder.reshape(count, total.shape)


@anywhere("x", whole=[0])
def nanargmax(x: Operand, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the first maximum of what is a number, as `argmax`; -1 where nothing is.

    Example:
        >>> nanargmax([1.0, float("nan"), 3.0]).tolist()
        2
    """
    return _place_of_largest(x, _filled(x, -math.inf), axis, kept(keepdims))


@anywhere("x", whole=[0])
def nanargmin(x: Operand, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the first minimum of what is a number, as `argmin`; -1 where nothing is.

    Example:
        >>> nanargmin([1.0, float("nan"), 3.0]).tolist()
        0
    """
    return _place_of_largest(x, -_filled(x, math.inf), axis, kept(keepdims))


def _place_of_largest(x: Tensor, filled: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    found = place_of_largest(filled, axis, keepdims)
    along = places(axis, x.rank)
    is_empty = builder.reshape(builder.reduce_min(is_nan(x), along), found.shape)
    return builder.where(is_empty, -1.0, found)


@anywhere("x")
def nancumsum(x: Operand, axis: int | None = None, dtype: Any = None) -> Any:
    """The sum of each element and all before it, as `cumsum`; what is no number counts as 0.

    Args:
        x: of any shape.
        axis: along which; by default all elements are in one row.
        dtype: as for `cast`.

    Example:
        >>> nancumsum([1.0, float("nan"), 2.0]).tolist()
        [1.0, 1.0, 3.0]
    """
    found = cumsum(_filled(x, 0.0), axis)
    return found if dtype is None else cast(found, dtype)


@anywhere("x")
def nancumprod(x: Operand, axis: int | None = None, dtype: Any = None) -> Any:
    """The product of each element and all before it, as `cumprod`; what is no number counts as 1.

    Args:
        x, axis, dtype: as for `nancumsum`.

    Example:
        >>> nancumprod([2.0, float("nan"), 3.0]).tolist()
        [2.0, 2.0, 6.0]
    """
    found = cumprod(_filled(x, 1.0), axis)
    return found if dtype is None else cast(found, dtype)


def _filled(x: Tensor, value: float) -> Tensor:
    """x with another number where it is none."""
    return builder.where(is_nan(x), value, x)
