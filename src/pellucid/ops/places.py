"""Checks of axes, sizes and numbers among the settings of functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import numpy as np

from pellucid import checks
from pellucid.errors import ArgumentError, OutOfMemoryError, shown
from pellucid.graph.ops import check_shape


def whole(name: str, value: Any, minimum: int | None = None) -> int:
    """A whole number, from `minimum` on; raises `ArgumentError` where it is none."""
    return checks.whole("", name, value, minimum)


def number(name: str, value: Any) -> float:
    """A finite number; raises `ArgumentError` where it is none."""
    return checks.number("", name, value)


def kept(keepdims: Any) -> bool:
    """Whether axes stay with size 1: True or False, or 1 or 0 as old scripts have it."""
    if checks.is_whole(keepdims):
        return bool(checks.whole("", "keepdims", keepdims, 0, 1))
    return checks.flag("", "keepdims", keepdims)


def numbers(name: str, value: Any, count: int | None = None) -> list[int]:
    """Whole numbers in a list, a tuple or an array with one axis, so many where that is said."""
    listed = isinstance(value, list | tuple | range) or (isinstance(value, np.ndarray) and value.ndim == 1)
    if not listed or (count is not None and len(value) != count):
        wanted = "whole numbers in a list" if count is None else f"a list of {count} whole numbers"
        raise ArgumentError(f"{name} takes {wanted}, got {shown(value)}")
    return [checks.whole("", f"each of {name}", item) for item in value]


MOST = 2**28
"""Numbers of the largest array that is made out of nothing: one of 1 GB, which NumPy fills in three times as much."""


def table(shape: tuple[int, ...], make: Callable[[], np.ndarray]) -> np.ndarray:
    """What NumPy makes of such a shape; raises `ShapeError` or `OutOfMemoryError` where there can be no such array."""
    check_shape(shape)
    if math.prod(shape) > MOST:
        raise OutOfMemoryError(
            f"an array of shape {shown(shape)} would have more than the {MOST:,} numbers of the largest"
        )
    try:
        return make()
    except MemoryError as error:
        raise OutOfMemoryError(f"there is not enough memory for an array of shape {shown(shape)}") from error


def place(axis: Any, rank: int, name: str = "axis") -> int:
    """An axis counted from 0; raises `ArgumentError` where it does not exist."""
    if not rank:
        raise ArgumentError(f"a single number has no axes, got {name}={shown(axis)}")
    return checks.whole("", name, axis, -rank, rank - 1) % rank


def names_several(axis: Any) -> TypeGuard[Sequence[int]]:
    """Whether it is a row of axes, and not one alone."""
    return isinstance(axis, list | tuple) or (isinstance(axis, np.ndarray) and axis.ndim == 1)  # np.arange(1, rank)


def places(axis: Any, rank: int, name: str = "axis") -> list[int]:
    """One axis, several or (None) all of them, counted from 0; none twice."""
    if axis is None:
        return list(range(rank))
    found = [place(item, rank, name) for item in (axis if names_several(axis) else [axis])]
    if len(set(found)) != len(found):
        raise ArgumentError(f"{name} names an axis twice: {shown(axis)}")
    return found
