"""TensorFlow's functions that make tensors, and those that change their shape, with sizes from wherever they come."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.dispatch import settled
from pellucid.errors import ArgumentError, shown
from pellucid.tape.recording import Eager


def sizes_of(owner: str, sizes: Any) -> tuple[int, ...]:
    """Sizes as whole numbers: of a list, an array, or a tensor that was computed from such.

    Raises:
        ArgumentError: one of them is open, as that of the batch is where a model is described.
    """
    known = settled(sizes)
    is_row = isinstance(known, list | tuple) or (isinstance(known, np.ndarray) and known.ndim)
    row = list(known) if is_row else [known]
    if any(size is None for size in row):
        raise ArgumentError(
            f"tf.{owner}: a size is open, got {shown(tuple(row))}; in a layer's call, or in a Lambda, it is a number"
        )
    try:
        return tuple(int(size) for size in row)
    except TypeError:
        raise ArgumentError(
            f"tf.{owner} takes whole numbers, or what is computed from such, got {shown(sizes)}"
        ) from None


def shape(input: Any, out_type: Any = None, name: str | None = None) -> Any:
    """The sizes of the axes."""
    sizes = ops.shape(input)
    return sizes if None in sizes else np.asarray(sizes, np.int32).view(Eager)


_reshaped, _tiled = eagerly(ops.reshape, np.reshape), eagerly(ops.tile, np.tile)
_expanded = eagerly(ops.expand_dims, np.expand_dims)


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Any:
    """Of another shape."""
    row = settled(shape)
    sizes = tuple(-1 if size is None else size for size in row) if isinstance(row, list | tuple) else row
    return _reshaped(tensor, sizes_of("reshape", sizes))


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Any:
    """With one more axis; `dim` is TensorFlow 1's word."""
    return _expanded(input, dim if axis is None else axis)


def squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Any:
    """Without axes of size 1; `squeeze_dims` is TensorFlow 1's word."""
    return eager(ops.squeeze(input, squeeze_dims if axis is None else axis))


def transpose(a: Any, perm: Any = None, name: str | None = None) -> Any:
    """With its axes in another order."""
    return eager(ops.transpose(a, None if perm is None else list(perm)))


def stack(values: Any, axis: int = 0, name: str | None = None) -> Any:
    """Along a new axis."""
    row = list(values)
    return np.stack(row, axis).view(Eager) if _are_sizes(row) else eager(ops.stack(row, axis))


def unstack(value: Any, num: Any = None, axis: int = 0, name: str | None = None) -> Any:
    """The parts along an axis."""
    return [eager(each) for each in ops.unstack(value, num, axis)]


def concat(values: Any, axis: int, name: str | None = None) -> Any:
    """One behind the other."""
    row = list(values)
    return np.concatenate(row, axis).view(Eager) if _are_sizes(row) else eager(ops.concatenate(row, axis))


def _are_sizes(row: list[Any]) -> bool:
    """Whether these are whole numbers, or arrays and lists of such: they stay what they are."""
    return are_plain(row) and all(_is_size(each) for each in row)


def _is_size(value: Any) -> bool:
    return all(map(_is_size, value)) if isinstance(value, list | tuple) else np.asarray(value).dtype.kind in "iu"


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: int | None = None, name: str | None = None) -> Any:
    """In parts of equal sizes, or of these, of which one may be -1: the rest. Their number `num` follows from them."""
    sizes = num_or_size_splits
    if not isinstance(sizes, int):
        row = [int(size) for size in sizes]
        rest = int(ops.shape(value)[axis]) - sum(size for size in row if size >= 0) if -1 in row else 0
        sizes = [rest if size == -1 else size for size in row]
    where = sizes if isinstance(sizes, int) else [int(end) for end in np.cumsum(sizes)[:-1]]
    return [eager(each) for each in ops.split(value, where, axis)]


def zeros(shape: Any, dtype: Any = np.float32, name: str | None = None) -> Any:
    """Zeros."""
    return np.zeros(sizes_of("zeros", shape), dtype).view(Eager)


def ones(shape: Any, dtype: Any = np.float32, name: str | None = None) -> Any:
    """Ones."""
    return np.ones(sizes_of("ones", shape), dtype).view(Eager)


def fill(dims: Any, value: Any, name: str | None = None) -> Any:
    """One number everywhere."""
    sizes = sizes_of("fill", dims)
    if not are_plain(value):
        return broadcast_to(value, sizes)
    number = np.asarray(value)
    return broadcast_to(number.astype(np.float32) if number.dtype == np.float64 else number, sizes)


def eye(
    num_rows: int,
    num_columns: int | None = None,
    batch_shape: Any = None,
    dtype: Any = np.float32,
    name: str | None = None,
) -> Any:
    """Ones on the diagonal, of as many matrices as there are in the batch."""
    sides = sizes_of("eye", [num_rows, num_rows if num_columns is None else num_columns])
    batch = () if batch_shape is None else sizes_of("eye", batch_shape)
    return np.broadcast_to(np.eye(*sides, dtype=dtype), (*batch, *sides)).copy().view(Eager)


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = None) -> Any:
    """Numbers at equal distances from `start`, or from 0 where it is the only argument, to below the limit."""
    given = (start, delta) if limit is None else (start, limit, delta)
    if start is None:
        raise ArgumentError("tf.range: a limit is open; in the call of a layer, or in a Lambda, it is a number")
    first, last, step = ([0] if limit is None else []) + [settled(each) for each in given]
    return np.arange(first, last, step, dtype=dtype).view(Eager)


def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """Over and over again."""
    return _tiled(input, sizes_of("tile", multiples))


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Any:
    """Repeated along axes of size 1, and along new first ones."""
    sizes = sizes_of("broadcast_to", shape)
    if are_plain(input):
        return np.broadcast_to(input, sizes).copy().view(Eager)
    return eager(ops.broadcast_to(input, sizes))


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Any:
    """A block, of which -1 is all that follows its begin."""
    starts, wanted = sizes_of("slice", begin), sizes_of("slice", size)
    every = zip(starts, wanted, ops.shape(input_), strict=True)
    lengths = tuple(full - first if length == -1 else length for first, length, full in every)
    return eager(ops.slice(input_, starts, lengths))
