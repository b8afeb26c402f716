"""`tf.sparse`: few numbers of many, as their places and values; what reads records gives lists of any length so.

No layer takes them: `to_dense` makes arrays of them. Source: tf.sparse, https://www.tensorflow.org/api_docs/python/tf/sparse
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.errors import ArgumentError, shown

__all__ = ["SparseTensor", "from_dense", "reorder", "reshape", "to_dense"]


class SparseTensor:
    """Places (numbers, axes), values and the shape of the whole."""

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        shape = np.asarray(dense_shape, np.int64).reshape(-1)
        places, held = np.asarray(indices, np.int64).reshape(-1, len(shape)), np.asarray(values)
        if held.ndim != 1 or len(places) != len(held):
            raise ArgumentError(
                f"SparseTensor: as many values as places are expected, got values of shape {held.shape} and "
                f"{len(places)} places"
            )
        if len(places) and ((places < 0).any() or (places >= shape).any()):
            raise ArgumentError(f"SparseTensor: places are within {tuple(shape.tolist())}, got {shown(indices)}")
        self.indices, self.values, self.dense_shape = eager(places), eager(held), eager(shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole."""
        return tuple(int(size) for size in self.dense_shape)

    def get_shape(self) -> tuple[int, ...]:
        """Of the whole."""
        return self.shape

    @property
    def dtype(self) -> Any:
        """Of the values."""
        return self.values.dtype

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices!r}, values={self.values!r}, dense_shape={self.dense_shape!r})"


def to_dense(sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None) -> Any:
    """All of it as an array, with 0 (no bytes) or another value where nothing stands.

    Example:
        >>> to_dense(SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 3])).tolist()
        [[0, 5, 0], [7, 0, 0]]
    """
    kind = sp_input.dtype
    nothing = (b"" if kind.kind == "O" else 0) if default_value is None else default_value
    found = np.full(sp_input.shape, nothing, kind)
    found[tuple(np.asarray(sp_input.indices).T)] = np.asarray(sp_input.values)
    return eager(found)


def from_dense(tensor: Any, name: str | None = None) -> SparseTensor:
    """What of an array is not 0."""
    array = np.asarray(tensor)
    places = np.argwhere(array)
    return SparseTensor(places, array[tuple(places.T)], array.shape)


def reorder(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """The same, in the order of the places."""
    order = np.lexsort(np.asarray(sp_input.indices).T[::-1])
    return SparseTensor(np.asarray(sp_input.indices)[order], np.asarray(sp_input.values)[order], sp_input.dense_shape)


def reshape(sp_input: SparseTensor, shape: Any, name: str | None = None) -> SparseTensor:
    """The same in a whole of another shape, of which one size may be -1."""
    flat = np.ravel_multi_index(tuple(np.asarray(sp_input.indices).T), sp_input.shape)
    new = np.empty(sp_input.shape, bool).reshape(tuple(int(size) for size in np.asarray(shape))).shape
    return SparseTensor(np.stack(np.unravel_index(flat, new), -1), sp_input.values, new)
