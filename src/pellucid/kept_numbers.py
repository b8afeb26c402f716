"""The numbers that variables take: arrays of float32, finite, and whole where whole numbers are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import checks, initializers
from pellucid.arraylike import NoNumbers, array_of, first_odd
from pellucid.errors import ArgumentError, DataError, ShapeError, shown
from pellucid.initializers import Initializer
from pellucid.provenance import Event, drawn_by

MOST_COUNTED = 2**24
"""Up to here float32 holds every whole number."""


def first_values(given: Any, shape: Sequence[int] | None, path: str) -> tuple[np.ndarray, Event]:
    """The values that are given, or that an initialiser makes for a shape; and how that is told."""
    if isinstance(given, str | Mapping | Initializer | type) or (callable(given) and not hasattr(given, "__array__")):
        if shape is None:
            raise ArgumentError(f"{path} needs a shape, for which the initialiser {shown(given)} is to make values")
        initializer, sizes = initializers.get(given), _sizes(shape, path)
        return initializer(sizes), drawn_by(initializer, sizes)
    array = numbers_of(given, path)
    if shape is not None and array.shape != _sizes(shape, path):
        raise ShapeError(f"{path}: the values have shape {array.shape}, not {shown(shape)}")
    return array, Event("set", "values")


def _sizes(shape: Any, path: str) -> tuple[int, ...]:
    """The sizes of a shape; raises `ArgumentError` where they are none."""
    sizes = checks.several(path, "shape", shape, "sizes")
    return tuple(checks.whole(path, "each size of the shape", each) for each in sizes)


def numbers_of(value: Any, path: str) -> np.ndarray:
    """An array of numbers; raises `ArgumentError` where it holds others."""
    try:
        return array_of(value)
    except NoNumbers as error:
        raise ArgumentError(f"{path} takes numbers, got {error}") from error


def in_float32(array: np.ndarray, path: str, *, is_whole: bool = False) -> np.ndarray:
    """Numbers as they are kept: float32; without their fractions where they are to be whole, as in Keras.

    Raises:
        DataError: float32 does not hold such a whole number.
    """
    with np.errstate(over="ignore"):
        if not is_whole:
            return array.astype(np.float32)
        whole = np.trunc(array.astype(np.float64))
        kept = whole.astype(np.float32)
    lost = np.isfinite(whole) & (kept != whole)
    if lost.any():
        number, near = whole[lost][0], kept[lost][0]
        raise DataError(
            f"{path} keeps whole numbers in float32, which holds all of them up to {MOST_COUNTED} and then ever fewer: "
            f"{number:.0f} would become {near:.0f}; count in parts, or in larger units"
        )
    return kept


def finite(array: np.ndarray, path: str, *, is_whole: bool = False) -> np.ndarray:
    """The same for numbers that must be finite; raises `DataError`."""
    values = in_float32(array, path, is_whole=is_whole)
    if (odd := first_odd(values)) is not None:
        raise DataError(f"{path}: the value {odd}; weights must be finite float32 numbers")
    return values
