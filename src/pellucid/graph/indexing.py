"""x[key]: parts of a tensor, by NumPy's rules for whole numbers, slices, None, ... and one list of places."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.checks import is_whole
from pellucid.errors import ShapeError, shown
from pellucid.graph.movement import Gather, Reshape, Slice
from pellucid.graph.ops import Op, Shape, reserve


def taken(shape: Shape, key: Any) -> list[Op]:
    """The operations, one after the other, that take the parts which a key names from a tensor of a shape.

    Raises:
        ShapeError: a place does not exist, nothing would be left, or the key is of another kind.

    Example:
        >>> taken((4, 3), (slice(1, 3), 0))
        [Slice(axis=0, start=1, stop=3), Slice(axis=1, start=0, stop=1), Reshape(shape=(2,))]
    """
    found: list[Op] = []
    sizes: list[int] = []
    axis = 0
    for item in _for_each_axis(key, len(shape)):
        if item is None:
            sizes.append(1)
            continue
        op, kept = _along(axis, shape[axis], item)
        found += [op] if op is not None else []
        sizes += [kept] if kept is not None else []
        axis += 1
    has_all_axes = len(sizes) == len(shape) and not any(item is None for item in _listed(key))
    return found if has_all_axes else [*found, Reshape(tuple(sizes))]


def _listed(key: Any) -> list[Any]:
    return list(key) if isinstance(key, tuple) else [key]


def _for_each_axis(key: Any, rank: int) -> list[Any]:
    """The parts of a key with a slice for each axis that was left out; None for new axes stays."""
    keys = _listed(key)
    ellipses = [i for i, item in enumerate(keys) if item is Ellipsis]
    named = sum(item is not None and item is not Ellipsis for item in keys)
    if len(ellipses) > 1 or named > rank:
        raise ShapeError(f"a tensor of {rank} axes has no part {shown(key)}")
    if sum(isinstance(item, list | np.ndarray) for item in keys) > 1:
        raise ShapeError(f"only one axis can have a list of places, got {shown(key)}; take them one after the other")
    at = ellipses[0] if ellipses else len(keys)
    return [*keys[:at], *[slice(None)] * (rank - named), *keys[at + 1 :]]


def _along(axis: int, size: int, key: Any) -> tuple[Op | None, int | None]:
    """The operation that a key asks for along an axis, and the size that is left; None for none."""
    if isinstance(key, slice):
        return _sliced(axis, size, key)
    if isinstance(key, np.ndarray) and not key.ndim and key.dtype.kind in "iu":
        key = int(key)  # as `argmax` gives it
    if isinstance(key, list | np.ndarray):
        listed = key.tolist() if isinstance(key, np.ndarray) and key.ndim == 1 and key.dtype.kind in "iu" else key
        if not isinstance(listed, list) or not listed or not all(map(is_whole, listed)):
            raise ShapeError(
                f"a list of places holds whole numbers, got {shown(key)}; use ops.where to choose by values"
            )
        return Gather(axis, np.array([_place(item, size) for item in listed])), len(listed)
    if hasattr(key, "graph"):
        raise ShapeError("places that are known only when the model runs are looked up by ops.take(x, indices, axis)")
    at = _place(key, size)
    return (Slice(axis, at, at + 1) if size > 1 else None), None


def _sliced(axis: int, size: int, key: slice) -> tuple[Op | None, int]:
    bounds = (key.start, key.stop, key.step)
    if not all(bound is None or isinstance(bound, int | np.integer) for bound in bounds):
        raise ShapeError("the bounds of a slice are whole numbers that are known when the layer is built")
    start, stop, step = key.indices(size)
    count = len(range(start, stop, step))
    if not count:
        raise ShapeError(f"{key!r} leaves nothing of an axis of {size} elements")
    if step != 1:
        reserve(8 * count)
        return Gather(axis, np.arange(start, stop, step)), count
    return (None if count == size else Slice(axis, start, stop)), count


def _place(key: Any, size: int) -> int:
    if isinstance(key, bool) or not isinstance(key, int | np.integer) or not -size <= key < size:
        raise ShapeError(f"each place must be a whole number from {-size} to {size - 1}, got {shown(key)}")
    return int(key) % size
