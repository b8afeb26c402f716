"""The product of two tensors sample by sample, which Keras 2.3 gave another meaning for tensors of four axes.

Source: `batch_dot` of keras/backend/tensorflow_backend.py in Keras 2.2.4 and 2.3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import checks, ops
from pellucid.backend.given import rank_of
from pellucid.errors import ArgumentError, shown
from pellucid.legacy import is_old
from pellucid.warned import warn

Operand = Any


def batch_dot(x: Operand, y: Operand, axes: int | Sequence[int] | None = None) -> Any:
    """Sample by sample the product along one axis of each: their other axes side by side; of two vectors (batch, 1).

    Where calls are written for Keras 1 or 2 and a tensor has four axes or more, all axes but the last two count
    samples, as they did up to Keras 2.2.4, and a warning says so.

    Args:
        x: (batch, ...).
        y: (batch, ...).
        axes: along which, of x and of y, or one number for both: by default the last, and the last but one of a y of
            three axes or more.

    Raises:
        ArgumentError: an axis is that of the samples, or there is none.

    Example:
        >>> import numpy as np
        >>> batch_dot(np.ones((2, 3, 4)), np.ones((2, 4, 5))).shape
        (2, 3, 5)
        >>> batch_dot([[1.0, 2.0]], [[3.0, 4.0]]).tolist()
        [[11.0]]

    Source: keras.backend.batch_dot.
    """
    ranks = rank_of("batch_dot", x), rank_of("batch_dot", y)
    told = (ranks[0] - 1, ranks[1] - (1 if ranks[1] == 2 else 2)) if axes is None else axes
    row = [told, told] if checks.is_whole(told) else checks.several("batch_dot", "axes", told, "axes")
    if len(row) != 2:
        raise ArgumentError(f"batch_dot: axes are one of x and one of y, got {shown(axes)}")
    whole = [checks.whole("batch_dot", "axes", axis) for axis in row]
    along = [axis + rank if axis < 0 else axis for axis, rank in zip(whole, ranks, strict=True)]
    if not all(0 < axis < rank for axis, rank in zip(along, ranks, strict=True)):
        raise ArgumentError(f"batch_dot: axes are one of each but that of the samples, got {shown(axes)} of {ranks}")
    if max(ranks) > 3 and is_old():
        return _of_matrices(x, y, ranks, along)
    letters = iter("acdefghijklmnopqrstuvwxy")  # b is the batch, z what is summed over
    each = [
        "b" + "".join("z" if at == axis else next(letters) for at in range(1, rank))
        for axis, rank in zip(along, ranks, strict=True)
    ]
    result = each[0] + each[1][1:]
    found = ops.einsum(f"{','.join(each)}->{result.replace('z', '')}", x, y)
    return ops.expand_dims(found, -1) if ranks == (2, 2) else found


def _of_matrices(x: Operand, y: Operand, ranks: tuple[int, int], along: list[int]) -> Any:
    """Products of the matrices in the last two axes.

    The tensor of fewer axes gets further ones of size 1 at its end, which go out again; x is turned where its last axis
    is not summed over, y where its last axis is.
    """
    warn(
        f"batch_dot of tensors of {ranks[0]} and {ranks[1]} axes: as up to Keras 2.2.4, products of the matrices in "
        "the last two axes; from 2.3 on all axes but the first stand side by side in the result, `--keras 3` for that"
    )
    rank = max(ranks)
    for _ in range(rank - ranks[0]):
        x = ops.expand_dims(x, -1)
    for _ in range(rank - ranks[1]):
        y = ops.expand_dims(y, -1)
    x = x if along[0] == rank - 1 else ops.swapaxes(x, -1, -2)
    y = ops.swapaxes(y, -1, -2) if along[1] == rank - 1 else y
    found = ops.matmul(x, y)
    first = min(ranks) if ranks[0] > ranks[1] else ranks[0] - 1
    return ops.squeeze(found, tuple(range(first, first + rank - min(ranks)))) if ranks[0] != ranks[1] else found
