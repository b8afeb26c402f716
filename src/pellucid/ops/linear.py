"""Products of matrices and tensors, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checks import is_whole
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.ops.places import places


@anywhere("x1", "x2")
def dot(x1: Operand, x2: Operand) -> Any:
    """The sum of products along the last axis of x1 and the last but one of x2 (the only one of a vector).

    Raises:
        ShapeError: these axes differ in size.

    Example:
        >>> dot([1.0, 2.0], [3.0, 4.0]).tolist()
        11.0
    """
    if not x1.rank or not x2.rank:
        return x1 * x2
    return _tensordot(x1, x2, [x1.rank - 1], [max(x2.rank - 2, 0)])


@anywhere("x1", "x2")
def tensordot(x1: Operand, x2: Operand, axes: int | Sequence[int] | Sequence[Sequence[int]] = 2) -> Any:
    """The sum of products along several axes.

    Args:
        x1: the first factor.
        x2: the second.
        axes: how many of the last axes of x1 and the first of x2; or the axes of both, two lists (or two numbers).

    Returns:
        a tensor with the other axes of x1, then those of x2.

    Raises:
        ArgumentError: the axes do not exist, or differ in number.
        ShapeError: they differ in size.

    Example:
        >>> import numpy as np
        >>> tensordot(np.ones((2, 3)), np.ones((3, 4)), axes=1).shape
        (2, 4)
    """
    if isinstance(axes, int | np.integer) and is_whole(axes):
        if not 0 <= axes <= min(x1.rank, x2.rank):
            raise ArgumentError(f"axes={shown(axes)} is more than both have: {x1.shape} and {x2.shape}")
        return _tensordot(x1, x2, list(range(x1.rank - axes, x1.rank)), list(range(axes)))
    axes = axes.tolist() if isinstance(axes, np.ndarray) else axes
    if not isinstance(axes, list | tuple) or len(axes) != 2:
        raise ArgumentError(f"axes is a number, or one list for each of the two factors, got {shown(axes)}")
    first, second = places(axes[0], x1.rank, "axes[0]"), places(axes[1], x2.rank, "axes[1]")
    if len(first) != len(second):
        raise ArgumentError(f"as many axes of both are needed, got {shown(axes)}")
    return _tensordot(x1, x2, first, second)


def _tensordot(x1: Tensor, x2: Tensor, first: list[int], second: list[int]) -> Tensor:
    """One product of matrices: the other axes of x1 are rows, those of x2 columns."""
    inner = [x1.shape[axis] for axis in first]
    if inner != [x2.shape[axis] for axis in second]:
        raise ShapeError(f"axes {first} of {x1.shape} and {second} of {x2.shape} differ in size")
    rows = [axis for axis in range(x1.rank) if axis not in first]
    columns = [axis for axis in range(x2.rank) if axis not in second]
    left, right = builder.transpose(x1, [*rows, *first]), builder.transpose(x2, [*second, *columns])
    shape = (*left.shape[: len(rows)], *right.shape[len(second) :])
    product = builder.matmul(
        builder.reshape(left, (math.prod(shape[: len(rows)]), math.prod(inner))),
        builder.reshape(right, (math.prod(inner), math.prod(shape[len(rows) :]))),
    )
    return builder.reshape(product, shape)
