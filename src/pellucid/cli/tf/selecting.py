"""Parts of arrays, other orders of them, and what is in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.cli.tf.linalg import global_norm, norm
from pellucid.dispatch import anywhere
from pellucid.errors import ArgumentError
from pellucid.tape.recording import Eager

reverse = _flipped = eagerly(ops.flip, np.flip, "tensor")
repeat = eagerly(ops.repeat, np.repeat, "input")
floor = eagerly(ops.floor, np.floor)
negative = eagerly(ops.negative, np.negative)
_cumsum, _difference = eagerly(ops.cumsum, np.cumsum), eagerly(ops.subtract, np.subtract)


def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Any:
    """The sum of each number and all before it along an axis.

    Args:
        x: numbers.
        axis: an axis.
        exclusive: whether the number itself is left out, so that the first sum is 0.
        reverse: whether those behind it are added in place of those before it.
        name: means nothing.

    Example:
        >>> cumsum([1, 2, 3]).tolist(), cumsum([1, 2, 3], exclusive=True, reverse=True).tolist()
        ([1, 3, 6], [5, 3, 0])
    """
    given = _flipped(x, axis=axis) if reverse else x
    sums = _cumsum(given, axis=axis)
    sums = _difference(sums, given) if exclusive else sums
    return _flipped(sums, axis=axis) if reverse else sums


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Any:
    """Moved along axes; what is moved beyond the end comes in again at the beginning."""
    shifts, axes = np.asarray(shift).tolist(), np.asarray(axis).tolist()
    return eager(ops.roll(input, shifts, axes))


def add_n(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The sum of several arrays."""
    total = inputs[0]
    for each in inputs[1:]:
        total = total + each
    return eager(total)


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """Made shorter where it is longer than that."""
    length = norm(t, axis=axes, keepdims=True)
    return eager(ops.multiply(t, ops.divide(clip_norm, ops.maximum(length, clip_norm))))


def clip_by_global_norm(t_list: Sequence[Any], clip_norm: Any, use_norm: Any = None, name: Any = None) -> Any:
    """Several arrays made shorter as one; and how long they were."""
    length = global_norm(t_list) if use_norm is None else use_norm
    share = ops.divide(clip_norm, ops.maximum(length, clip_norm))
    return [None if each is None else eager(ops.multiply(each, share)) for each in t_list], eager(length)


def rank(input: Any, name: str | None = None) -> Any:
    """How many axes there are."""
    return eager(np.asarray(ops.ndim(input), np.int32))


def size(input: Any, out_type: Any = np.int32, name: str | None = None) -> Any:
    """How many elements there are."""
    return eager(np.asarray(ops.size(input), out_type))


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """The same, if it has this shape; None for any size."""
    have = tuple(ops.shape(x))
    if len(have) != len(shape) or any(w not in (None, h) for w, h in zip(shape, have, strict=True) if h is not None):
        raise ArgumentError(f"tf.ensure_shape: expected shape {tuple(shape)}, got {have}")
    return x


def boolean_mask(tensor: Any, mask: Any, axis: int = 0, name: str | None = None) -> Any:
    """The elements for which a mask says so."""
    where = np.asarray(mask, bool)
    if where.ndim == 1:
        return eager(ops.take(tensor, np.flatnonzero(where), axis=axis))
    return eager(np.asarray(tensor)[where])


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Any:
    """What stands at some places along an axis; with `batch_dims` each sample has places of its own."""
    if not batch_dims:
        return eager(ops.take(params, indices, axis=0 if axis is None else int(axis)))
    if axis is not None and int(axis) != batch_dims:
        raise ArgumentError(f"tf.gather: axis is that behind the batch_dims={batch_dims} here, got {axis}")
    return eager(_gathered(params, indices, int(batch_dims)))


@anywhere("params", "indices", name="tf.gather")
def _gathered(params: Any, indices: Any, batch_dims: int) -> Any:
    batch, rest = params.shape[:batch_dims], params.shape[batch_dims + 1 :]
    inner = indices.shape[batch_dims:]
    each = ops.reshape(indices, (*batch, math.prod(inner), *[1] * len(rest)))
    places = ops.broadcast_to(each, (*batch, math.prod(inner), *rest))
    return ops.reshape(ops.take_along_axis(params, places, axis=batch_dims), (*batch, *inner, *rest))


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Any:
    """What stands at places that are told for several axes."""
    places = np.asarray(indices)
    have = tuple(ops.shape(params))
    if batch_dims or None in have:
        raise ArgumentError("tf.gather_nd: batch_dims is 0 and all sizes are known here; tf.gather takes one axis")
    inner, outer = have[places.shape[-1] :], have[: places.shape[-1]]
    rows = np.ravel_multi_index(tuple(np.moveaxis(places, -1, 0)), outer)
    found = ops.take(ops.reshape(params, (-1, *inner)), rows.ravel(), axis=0)
    return eager(ops.reshape(found, (*places.shape[:-1], *inner)))


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Any:
    """In order of size."""
    found = _sorted(values, axis=axis)
    return reverse(found, axis=axis) if direction == "DESCENDING" else found


_sorted = eagerly(ops.sort, np.sort)


def argsort(values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: Any = None) -> Any:
    """Where the elements stand in order of size; of equal ones the first comes first."""
    ordered = ops.negative(values) if direction == "DESCENDING" else values
    return _whole(ops.argsort(ordered, axis))


def _whole(places: Any) -> Any:
    """Places as whole numbers, where they are an array."""
    return places.astype(np.int32).view(Eager) if isinstance(places, np.ndarray) else places


def unique(x: Any, out_idx: Any = np.int32, name: str | None = None) -> Any:
    """The values in the order in which they first come, and for each element which it is."""
    values, first, places = np.unique(np.asarray(x), return_index=True, return_inverse=True)
    order = np.argsort(first)
    back = np.empty(len(order), out_idx)
    back[order] = np.arange(len(order))
    return eager(values[order]), eager(back[places])


def meshgrid(*args: Any, indexing: Any = "xy") -> Any:
    """Places of a grid, an array for each axis."""
    make = np.meshgrid if are_plain(*args) else ops.meshgrid
    return [eager(each) for each in make(*args, indexing=indexing)]


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = bool, name: str | None = None) -> Any:
    """True for the first so many of each row."""
    rows = np.asarray(lengths)
    return eager((np.arange(int(rows.max() if maxlen is None else maxlen)) < rows[..., np.newaxis]).astype(dtype))


class TopK(NamedTuple):
    """The largest numbers and where they stand."""

    values: Any
    indices: Any


def top_k(input: Any, k: int = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """The k largest of each row, the largest first, and where they stand."""
    values, places = ops.top_k(input, int(k))
    return TopK(eager(values), _whole(places))


def in_top_k(targets: Any, predictions: Any, k: int, name: str | None = None) -> Any:
    """Whether the class of each row is among its k largest; those that equal the last of them count too."""
    found = ops.in_top_k(targets, predictions, int(k))
    return found.astype(bool).view(Eager) if isinstance(found, np.ndarray) else found


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Any:
    """Zeros, to which values are added at places that are told for several axes."""
    return eager(ops.scatter(indices, updates, tuple(int(each) for each in shape)))


def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
    """Other values at places that are told for several axes."""
    return eager(ops.scatter_update(tensor, indices, updates))


def tensor_scatter_nd_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
    """Values added at places that are told for several axes."""
    return eager(ops.scatter_update(tensor, indices, updates, "add"))
