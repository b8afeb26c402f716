"""Checks of axes and whole numbers among the settings of functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ArgumentError


def whole(name: str, value: Any) -> int:
    """A whole number; raises `ArgumentError` where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ArgumentError(f"{name} must be a whole number, got {value!r}")
    return int(value)


def place(axis: Any, rank: int, name: str = "axis") -> int:
    """An axis counted from 0; raises `ArgumentError` where it does not exist."""
    if not rank:
        raise ArgumentError(f"a single number has no axes, got {name}={axis!r}")
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer) or not -rank <= axis < rank:
        raise ArgumentError(f"{name} must be a whole number from {-rank} to {rank - 1}, got {axis!r}")
    return int(axis) % rank


def places(axis: Any, rank: int, name: str = "axis") -> list[int]:
    """One axis, several or (None) all of them, counted from 0; none twice."""
    if axis is None:
        return list(range(rank))
    found = [place(item, rank, name) for item in (axis if isinstance(axis, list | tuple) else [axis])]
    if len(set(found)) != len(found):
        raise ArgumentError(f"{name} names an axis twice: {axis!r}")
    return found
