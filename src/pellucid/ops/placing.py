"""Elements taken from and put to places that are given by numbers, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.movement import ScatterAdd
from pellucid.graph.ops import broadcast_shapes, check_shape
from pellucid.ops.places import numbers, place, whole
from pellucid.ops.reductions import product_along
from pellucid.ops.shapes import checked_sizes, in_a_row


@anywhere("inputs")
def multi_hot(inputs: Operand, num_classes: int | None = None, axis: int = -1, dtype: Any = None) -> Any:
    """A vector of classes that is 1 at each of those which a row holds, else 0.

    Args:
        inputs: (batch, labels) or (labels,), whole numbers; one that is no class counts nothing.
        num_classes: size of the axis of classes.
        axis: of the classes in the result: the last. (Elsewhere Keras joins the labels of different rows.)
        dtype: taken; the result is the same for all.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> multi_hot([0, 2], 4).tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    if not inputs.rank:
        raise ShapeError("multi_hot: a single number is no list of labels")
    hot = builder.reduce_max(builder.one_hot(inputs, whole("num_classes", num_classes, 1)), [inputs.rank - 1])
    if place(axis, hot.rank) != hot.rank - 1:
        raise ArgumentError(f"the classes come last, got axis={shown(axis)}; ops.moveaxis puts them elsewhere")
    return hot


@anywhere("indices", "values")
def scatter(indices: Operand, values: Operand, shape: Sequence[int]) -> Any:
    """A tensor of zeros to which values are added at given places.

    Args:
        indices: (..., axes), whole numbers: a place along each of the first so many axes of the result.
        values: (..., sizes of the other axes of the result): what is added there.
        shape: of the result.

    Raises:
        ArgumentError: a place does not exist (where the indices are a tensor, what leads to none goes nowhere).
        ShapeError: indices, values and shape do not fit.

    Example:
        >>> scatter([[0], [2], [2]], [1.0, 5.0, 6.0], (4,)).tolist()
        [1.0, 0.0, 11.0, 0.0]
    """
    return _scattered(indices, values, check_shape(checked_sizes(shape, "shape")))


def _scattered(indices: Tensor, values: Tensor, shape: tuple[int, ...]) -> Tensor:
    flat, rows, rest = _flat(indices, values, shape)
    known = known_values(flat)
    if known is not None:
        found = values.graph.add(ScatterAdd(0, known.ravel(), math.prod(shape) // math.prod(rest)), rows)
    else:
        single = builder.reshape(rows, (1, *rows.shape))
        found = builder.scatter_add_at(
            single, builder.reshape(flat, (1, rows.shape[0])), math.prod(shape) // math.prod(rest)
        )
    return builder.reshape(found, shape)


def _flat(indices: Tensor, values: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """The row that each place is, counted along the first axes of the shape; the values in rows; and the other axes."""
    axes = indices.shape[-1] if indices.rank else 0
    if not 1 <= axes <= len(shape):
        raise ShapeError(f"indices are (..., axes) with 1 to {len(shape)} axes of shape {shape}, got {indices.shape}")
    sizes, rest, count = shape[:axes], shape[axes:], math.prod(indices.shape[:-1])
    if values.shape != (*indices.shape[:-1], *rest):
        wanted = (*indices.shape[:-1], *rest)
        raise ShapeError(f"values for indices {indices.shape} of shape {shape} are {wanted}, got {values.shape}")
    strides = [math.prod(sizes[axis + 1 :]) for axis in range(axes)]
    rows = builder.reshape(values, (count, *(rest or (1,))))
    known = known_values(indices)
    if known is not None:
        places = _checked(known, sizes)
        return builder.literal(values.graph, places @ np.array(strides, np.float64)), rows, rest
    at = builder.reshape(indices, (count, axes))
    limits = builder.literal(values.graph, np.array(sizes, np.float64))
    at = builder.where(builder.greater(0.0, at), at + limits, at)
    inside = builder.greater_equal(at, 0.0) * builder.greater(limits, at)
    flat = builder.reduce_sum(at * builder.literal(values.graph, np.array(strides, np.float64)), [1])
    return builder.where(builder.reduce_min(inside, [1]), flat, -1.0), rows, rest


def _checked(places: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Places along several axes in a row each, counted from 0; raises `ArgumentError` where one does not exist."""
    flat = np.asarray(places, np.float64).reshape(-1, len(sizes))
    limits = np.array(sizes)
    if (flat != np.floor(flat)).any() or (flat < -limits).any() or (flat >= limits).any():
        raise ArgumentError(f"indices must be whole numbers, places in {sizes}, got {shown(places.tolist())}")
    return np.where(flat < 0, flat + limits, flat)


@anywhere("inputs", "indices", "updates")
def scatter_update(inputs: Operand, indices: Operand, updates: Operand, reduction: str | None = None) -> Any:
    """x with other values at given places.

    Args:
        inputs: of any shape.
        indices: (..., axes), whole numbers that are known: a place along each of the first so many axes.
        updates: (..., sizes of the other axes): the values.
        reduction: what becomes of both numbers: None takes the new one (of several for one place the last), "add" adds
            them.

    Raises:
        ArgumentError: a place does not exist, the places are a tensor, or there is no such reduction.
        ShapeError: indices and updates do not fit.

    Example:
        >>> scatter_update([1.0, 2.0, 3.0], [[1]], [9.0]).tolist()
        [1.0, 9.0, 3.0]
    """
    if reduction is not None and not (isinstance(reduction, str) and reduction == "add"):
        raise ArgumentError(f"reduction is None or 'add', got {shown(reduction)}")
    if reduction == "add":
        return inputs + _scattered(indices, updates, inputs.shape)
    flat, rows, rest = _flat(indices, updates, inputs.shape)
    known = known_values(flat)
    if known is None:
        raise ArgumentError("scatter_update takes places that are known, not a tensor; ops.where chooses by numbers")
    size = math.prod(inputs.shape) // math.prod(rest)
    source = np.full(size, -1)
    source[known.astype(np.int64)] = np.arange(len(known))  # the last of several stays
    old = builder.reshape(inputs, (size, *rows.shape[1:]))
    is_new = builder.literal(inputs.graph, (source >= 0).astype(np.float64).reshape(-1, *(1 for _ in rows.shape[1:])))
    return builder.reshape(builder.where(is_new, builder.gather(rows, source, 0), old), inputs.shape)


@anywhere("data", "segment_ids")
def segment_sum(data: Operand, segment_ids: Operand, num_segments: int | None = None, sorted: bool = False) -> Any:
    """The sums of the rows that belong together.

    Args:
        data: (rows, ...).
        segment_ids: (rows,), whole numbers: to which sum each row is added; one that is no segment counts nothing.
        num_segments: how many sums there are; by default as many as the numbers name, where these are known.
        sorted: taken and without effect: the rows may come in any order.

    Raises:
        ArgumentError: `num_segments` is missing where the numbers are a tensor.
        ShapeError: there is not one number for each row.

    Example:
        >>> segment_sum([1.0, 2.0, 3.0], [0, 1, 0], 2).tolist()
        [4.0, 2.0]
    """
    count = _segments(data, segment_ids, num_segments, sorted)
    rows = data if data.rank > 1 else builder.reshape(data, (*data.shape, 1))
    found = builder.scatter_add_at(
        builder.reshape(rows, (1, *rows.shape)), builder.reshape(segment_ids, (1, *segment_ids.shape)), count
    )
    return builder.reshape(found, (count, *data.shape[1:]))


@anywhere("data", "segment_ids")
def segment_max(data: Operand, segment_ids: Operand, num_segments: int | None = None, sorted: bool = False) -> Any:
    """The largest numbers of the rows that belong together; minus infinity where no row does.

    Args:
        data, segment_ids, num_segments, sorted: as for `segment_sum`.

    Example:
        >>> segment_max([1.0, 2.0, 3.0], [0, 1, 0], 2).tolist()
        [3.0, 2.0]
    """
    return builder.reduce_max(_by_segment(data, segment_ids, num_segments, sorted, -math.inf), [1])


@anywhere("data", "segment_ids")
def segment_min(data: Operand, segment_ids: Operand, num_segments: int | None = None, sorted: bool = False) -> Any:
    """The smallest numbers of the rows that belong together; infinity where no row does.

    Args:
        data, segment_ids, num_segments, sorted: as for `segment_sum`.

    Example:
        >>> segment_min([1.0, 2.0, 3.0], [0, 1, 0], 2).tolist()
        [1.0, 2.0]
    """
    return builder.reduce_min(_by_segment(data, segment_ids, num_segments, sorted, math.inf), [1])


@anywhere("data", "segment_ids")
def segment_prod(data: Operand, segment_ids: Operand, num_segments: int | None = None, sorted: bool = False) -> Any:
    """The products of the rows that belong together; 1 where no row does.

    Args:
        data, segment_ids, num_segments, sorted: as for `segment_sum`.

    Example:
        >>> segment_prod([1.0, 2.0, 3.0], [0, 1, 0], 2).tolist()
        [3.0, 2.0]
    """
    return product_along(_by_segment(data, segment_ids, num_segments, sorted, 1.0), [1])


def _by_segment(data: Tensor, segment_ids: Tensor, given: Any, is_sorted: Any, other: float) -> Tensor:
    """All rows once for each segment, with another number in those that belong elsewhere: (segments, rows, ...)."""
    count = _segments(data, segment_ids, given, is_sorted)
    check_shape((count, *data.shape))
    numbers = builder.literal(data.graph, np.arange(count).reshape(count, 1))
    belongs = builder.equal(numbers, segment_ids)
    belongs = builder.reshape(belongs, (*belongs.shape, *(1,) * (data.rank - 1)))
    return builder.where(belongs, data, other)


def _segments(data: Tensor, segment_ids: Tensor, given: Any, is_sorted: Any) -> int:
    """How many segments there are."""
    checks.flag("", "sorted", is_sorted)
    known = known_values(segment_ids)
    if given is None:
        if known is None:
            raise ArgumentError("num_segments must be given where the segments are a tensor")
        if not np.isfinite(known).all():
            raise ArgumentError(f"segment_ids are whole numbers, got {shown(known.tolist())}")
        given = max(1, int(known.max()) + 1)
    count = whole("num_segments", given, 1)
    if not data.rank or segment_ids.shape != data.shape[:1]:
        raise ShapeError(f"a segment for each row of {data.shape} is needed, got {segment_ids.shape}")
    return count


@anywhere("inputs", "updates")
def slice_update(inputs: Operand, start_indices: Sequence[int], updates: Operand) -> Any:
    """x with other values in a block.

    Args:
        inputs: of any shape.
        start_indices: for each axis where the block begins.
        updates: the block, of as many axes.

    Raises:
        ArgumentError: the block does not lie inside.

    Example:
        >>> slice_update([1.0, 2.0, 3.0], [1], [8.0, 9.0]).tolist()
        [1.0, 8.0, 9.0]
    """
    starts = numbers("start_indices", start_indices, inputs.rank)
    if updates.rank != inputs.rank:
        raise ShapeError(f"a block of {inputs.rank} axes is needed, got {updates.shape}")
    ends = [start + size for start, size in zip(starts, updates.shape, strict=True)]
    if min(starts, default=0) < 0 or any(end > size for end, size in zip(ends, inputs.shape, strict=True)):
        raise ArgumentError(f"a block {updates.shape} at {shown(start_indices)} does not lie inside of {inputs.shape}")
    inside = builder.broadcast_to(inputs.graph.constant(1.0), updates.shape)
    for axis, start in enumerate(starts):
        behind = inputs.shape[axis] - ends[axis]
        inside, updates = (builder.pad_axis(x, axis, start, behind) for x in (inside, updates))
    return builder.where(inside, updates, inputs)


@anywhere("x", "indices")
def take_along_axis(x: Operand, indices: Operand, axis: int | None = None) -> Any:
    """For each place of the indices, the element of x that stands there along an axis, and at the same place else.

    Args:
        x: of any shape.
        indices: of as many axes, whole numbers; negative ones count from the end.
        axis: along which; by default both are put in one row first.

    Raises:
        ArgumentError: a place does not exist (where the indices are a tensor such an element is 0).
        ShapeError: the other axes differ in size.

    Example:
        >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1).tolist()
        [[2.0], [3.0]]
    """
    if axis is None:
        x, indices, axis = *map(in_a_row, (x, indices)), 0
    if x.rank != indices.rank:
        raise ShapeError(f"x and indices must have as many axes, got {x.shape} and {indices.shape}")
    along = place(axis, x.rank)
    order = [item for item in range(x.rank) if item != along]
    rows, places = (builder.transpose(item, [*order, along]) for item in (x, indices))
    rest, size, count = broadcast_shapes(rows.shape[:-1], places.shape[:-1]), x.shape[along], indices.shape[along]
    known = known_values(indices)
    if known is not None:
        _checked(known, (size,))
    batch = math.prod(rest)
    rows = builder.reshape(builder.broadcast_to(rows, (*rest, size)), (batch, size, 1))
    places = builder.reshape(builder.broadcast_to(places, (*rest, count)), (batch, count))
    places = builder.where(builder.greater(0.0, places), places + float(size), places)
    found = builder.reshape(builder.gather_at(rows, places), (*rest, count))
    return builder.transpose(found, [*range(along), found.rank - 1, *range(along, found.rank - 1)])
