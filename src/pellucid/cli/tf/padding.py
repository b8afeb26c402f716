"""Batches of arrays that differ in shape: filled up to one shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, shown


def stacked(row: list[Any], shapes: Any, values: Any) -> Any:
    """Elements along a new first axis, each array filled up behind its end.

    Args:
        row: the elements, arranged alike.
        shapes: of each array afterwards, arranged like an element; None, and None or -1 for a size: the largest.
        values: what is filled in, arranged likewise or one for all; 0 by default.

    Raises:
        ArgumentError: an array is larger than that, or has another number of axes.

    Example:
        >>> stacked([np.array([1]), np.array([2, 3])], None, None).tolist()
        [[1, 0], [2, 3]]
    """
    first = row[0]
    if isinstance(first, tuple):
        return tuple(
            stacked([each[place] for each in row], _part(shapes, place, True), _part(values, place, False))
            for place in range(len(first))
        )
    if isinstance(first, dict):
        return {
            key: stacked([each[key] for each in row], _part(shapes, key, True), _part(values, key, False))
            for key in first
        }
    arrays = [np.asarray(each) for each in row]
    return np.stack([_filled(array, _shape(arrays, shapes), values) for array in arrays])


def _part(given: Any, key: Any, is_shape: bool) -> Any:
    """What is told of one part of an element."""
    if isinstance(given, dict):
        return given[key]
    if isinstance(given, tuple) and (not is_shape or any(isinstance(each, tuple | list) for each in given)):
        return given[key]
    return given


def _shape(arrays: list[np.ndarray], told: Any) -> tuple[int, ...]:
    if len({array.ndim for array in arrays}) != 1:
        raise ArgumentError(f"Dataset.padded_batch: arrays have as many axes each, got {[a.ndim for a in arrays]}")
    largest = tuple(max(sizes) for sizes in zip(*(array.shape for array in arrays), strict=True))
    if told is None:
        return largest
    sizes = [None if size is None or int(size) == -1 else int(size) for size in told]
    found = tuple(have if want is None else want for have, want in zip(largest, sizes, strict=False))
    if len(sizes) != len(largest) or any(want < have for want, have in zip(found, largest, strict=True)):
        raise ArgumentError(f"Dataset.padded_batch: arrays of up to {largest} do not fit padded_shapes {shown(told)}")
    return found


def _filled(array: np.ndarray, shape: tuple[int, ...], value: Any) -> np.ndarray:
    found = np.full(shape, "" if array.dtype.kind == "U" else 0, array.dtype) if value is None else None
    found = np.full(shape, np.asarray(value).item(), array.dtype) if found is None else found
    found[tuple(slice(size) for size in array.shape)] = array
    return found
