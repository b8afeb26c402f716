"""Checks of axes and whole numbers among the settings of functions."""

from __future__ import annotations

from typing import Any

from pellucid import checks
from pellucid.errors import ArgumentError, shown


def whole(name: str, value: Any) -> int:
    """A whole number; raises `ArgumentError` where it is none."""
    return checks.whole("", name, value)


def place(axis: Any, rank: int, name: str = "axis") -> int:
    """An axis counted from 0; raises `ArgumentError` where it does not exist."""
    if not rank:
        raise ArgumentError(f"a single number has no axes, got {name}={shown(axis)}")
    return checks.whole("", name, axis, -rank, rank - 1) % rank


def places(axis: Any, rank: int, name: str = "axis") -> list[int]:
    """One axis, several or (None) all of them, counted from 0; none twice."""
    if axis is None:
        return list(range(rank))
    found = [place(item, rank, name) for item in (axis if isinstance(axis, list | tuple) else [axis])]
    if len(set(found)) != len(found):
        raise ArgumentError(f"{name} names an axis twice: {shown(axis)}")
    return found
