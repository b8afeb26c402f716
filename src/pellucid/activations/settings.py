"""Checks of what activation functions are given beside their tensor."""

from __future__ import annotations

from typing import Any

from pellucid.checks import LARGEST, is_whole, number
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor


def setting(function: str, name: str, value: Any, minimum: float = -LARGEST) -> float:
    """A finite number from `minimum` up that float32 can hold; raises `ArgumentError` otherwise."""
    return number(function, name, value, minimum, LARGEST)


def places_of(function: str, x: Tensor, axis: Any) -> list[int]:
    """One axis of x, or several of them, counted from 0; raises `ArgumentError` or `ShapeError` where there is none."""
    if not isinstance(axis, list | tuple):
        return [place_of(function, x, axis)]
    found = [place_of(function, x, item) for item in axis]
    if not found or len(set(found)) < len(found):
        raise ArgumentError(f"{function}: axis must be a whole number or different ones in a tuple, got {shown(axis)}")
    return found


def place_of(function: str, x: Tensor, axis: Any) -> int:
    """An axis of x counted from 0; raises `ArgumentError` or `ShapeError` where there is none."""
    if not is_whole(axis):
        raise ArgumentTypeError(f"{function}: axis must be a whole number, got {shown(axis)}")
    if not -x.rank <= axis < x.rank:
        raise ShapeError(f"{function}: axis={shown(axis)} is not an axis of shape {x.shape}")
    return int(axis) % x.rank
