"""x[key]: parts of a tensor, by NumPy's rules for whole numbers, slices, None, ... and one list of places."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.ops.places import place, whole

Slice = builtins.slice


@anywhere("x")
def get_item(x: Operand, key: Any) -> Any:
    """x[key].

    Args:
        x: of any shape.
        key: for each axis a whole number (the axis goes), a slice, or a list of places; ... for all axes that are not
            named, None for a new axis of size 1. Several of them in a tuple.

    Raises:
        ArgumentError: a place does not exist, nothing would be left, or the key is of another kind.

    Example:
        >>> get_item([[1.0, 2.0], [3.0, 4.0]], (..., 0)).tolist()
        [1.0, 3.0]

    Source: https://numpy.org/doc/stable/user/basics.indexing.html
    """
    keys = _for_each_axis(key, x.rank)
    shape: list[int] = []
    axis = 0
    for item in keys:
        if item is None:
            shape.append(1)
            continue
        x, keeps = _taken(x, axis, item)
        shape += [x.shape[axis]] * keeps
        axis += 1
    return builder.reshape(x, tuple(shape))


def _for_each_axis(key: Any, rank: int) -> list[Any]:
    """The parts of a key with a slice for each axis that was left out; None for new axes stays."""
    keys = list(key) if isinstance(key, tuple) else [key]
    ellipses = [i for i, item in enumerate(keys) if item is Ellipsis]
    named = sum(item is not None and item is not Ellipsis for item in keys)
    if len(ellipses) > 1 or named > rank:
        raise ArgumentError(f"a tensor of {rank} axes has no part {key!r}")
    if sum(isinstance(item, list | np.ndarray) for item in keys) > 1:
        raise ArgumentError(f"only one axis can have a list of places, got {key!r}; take them one after the other")
    at = ellipses[0] if ellipses else len(keys)
    return [*keys[:at], *[Slice(None)] * (rank - named), *keys[at + 1 :]]


def _taken(x: Tensor, axis: int, key: Any) -> tuple[Tensor, bool]:
    """The places that a key names along an axis, and whether the axis stays."""
    size = x.shape[axis]
    if isinstance(key, Slice):
        if any(isinstance(part, Tensor) for part in (key.start, key.stop, key.step)):
            raise ArgumentError("the bounds of a slice are numbers that are known when the layer is built")
        start, stop, step = key.indices(size)
        chosen = range(start, stop, step)
        if not len(chosen):
            raise ArgumentError(f"{key!r} leaves nothing of an axis of {size} elements")
        if step == 1:
            return builder.slice_axis(x, axis, start, stop), True
        return builder.gather(x, list(chosen), axis), True
    if isinstance(key, list | np.ndarray):
        places = np.asarray(key)
        if places.dtype.kind not in "iu" or places.ndim != 1:
            raise ArgumentError(f"a list of places holds whole numbers, got {key!r}; use ops.where to choose by values")
        return builder.gather(x, [place(item, size, "each place") for item in places.tolist()], axis), True
    if isinstance(key, Tensor):
        raise ArgumentError(
            "places that are known only when the model runs are looked up by ops.take(x, indices, axis)"
        )
    at = place(key, size, "each place")
    return builder.slice_axis(x, axis, at, at + 1), False


@anywhere("inputs")
def slice(inputs: Operand, start_indices: Sequence[int], shape: Shape) -> Any:
    """A block of a tensor.

    Args:
        inputs: of any shape.
        start_indices: for each axis where the block begins.
        shape: its sizes.

    Raises:
        ArgumentError: the block does not lie inside.

    Example:
        >>> slice([1.0, 2.0, 3.0, 4.0], [1], [2]).tolist()
        [2.0, 3.0]
    """
    if len(start_indices) != inputs.rank or len(shape) != inputs.rank:
        raise ArgumentError(f"start_indices and shape need a number for each of {inputs.rank} axes")
    for axis, (start, count) in enumerate(zip(start_indices, shape, strict=True)):
        first, length = whole("each start", start), whole("each size", count)
        inputs = builder.slice_axis(inputs, axis, first, first + length)
    return inputs
