"""Functions that arrange elements and compute none, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import builder
from pellucid.ops.anywhere import anywhere

Operand = Any  # a tensor, a weight, an array or a number


def _place(axis: int, rank: int) -> int:
    if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
        raise ArgumentError(f"axis must be a whole number from {-rank} to {rank - 1}, got {axis!r}")
    return axis % rank


@anywhere()
def shape(x: Operand) -> tuple[int, ...]:
    """The sizes of all axes; inside a layer they are numbers, the batch included.

    Example:
        >>> shape([[1.0, 2.0, 3.0]])
        (1, 3)
    """
    return tuple(x.shape)


@anywhere()
def reshape(x: Operand, newshape: Sequence[int]) -> Any:
    """The same elements in the same order under another shape; one size may be -1.

    Example:
        >>> reshape([1.0, 2.0, 3.0, 4.0], (2, -1)).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    sizes = [int(size) for size in newshape]
    if sizes.count(-1) == 1:
        rest = -math.prod(sizes)
        if not rest or math.prod(x.shape) % rest:
            raise ShapeError(f"{x.shape} cannot be reshaped to {tuple(newshape)}: the number of elements differs")
        sizes[sizes.index(-1)] = math.prod(x.shape) // rest
    return builder.reshape(x, tuple(sizes))


@anywhere()
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; reversed by default.

    Example:
        >>> transpose([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 3.0], [2.0, 4.0]]
    """
    return builder.transpose(x, list(range(x.rank))[::-1] if axes is None else [_place(a, x.rank) for a in axes])


@anywhere()
def expand_dims(x: Operand, axis: int) -> Any:
    """A new axis of size 1.

    Example:
        >>> expand_dims([1.0, 2.0], -1).shape
        (2, 1)
    """
    place = _place(axis, x.rank + 1)
    return builder.reshape(x, (*x.shape[:place], 1, *x.shape[place:]))


@anywhere()
def squeeze(x: Operand, axis: int | None = None) -> Any:
    """Without an axis of size 1; without all of them by default.

    Example:
        >>> squeeze([[1.0, 2.0]], 0).shape
        (2,)
    """
    if axis is None:
        return builder.reshape(x, tuple(size for size in x.shape if size != 1))
    place = _place(axis, x.rank)
    if x.shape[place] != 1:
        raise ShapeError(f"axis {axis} of {x.shape} has size {x.shape[place]}; only axes of size 1 can go")
    return builder.reshape(x, (*x.shape[:place], *x.shape[place + 1 :]))


@anywhere()
def concatenate(xs: Sequence[Operand], axis: int = 0) -> Any:
    """Tensors one after the other along an axis.

    Example:
        >>> import numpy as np
        >>> concatenate([np.ones(2), np.zeros(1)]).tolist()
        [1.0, 1.0, 0.0]
    """
    return builder.concatenate(xs, axis)


@anywhere()
def stack(x: Sequence[Operand], axis: int = 0) -> Any:
    """Tensors of one shape side by side along a new axis.

    Example:
        >>> import numpy as np
        >>> stack([np.ones(2), np.zeros(2)]).tolist()
        [[1.0, 1.0], [0.0, 0.0]]
    """
    return builder.stack(x, axis)


@anywhere()
def flip(x: Operand, axis: int) -> Any:
    """The elements along an axis in reverse order.

    Example:
        >>> flip([1.0, 2.0, 3.0], 0).tolist()
        [3.0, 2.0, 1.0]
    """
    return builder.flip(x, _place(axis, x.rank))


@anywhere()
def repeat(x: Operand, repeats: int, axis: int) -> Any:
    """Each element along an axis several times in a row.

    Example:
        >>> repeat([1.0, 2.0], 2, 0).tolist()
        [1.0, 1.0, 2.0, 2.0]
    """
    return builder.repeat(x, repeats, _place(axis, x.rank))


@anywhere()
def take(x: Operand, indices: Sequence[int], axis: int) -> Any:
    """The elements at the given places along an axis, in the given order; places may come several times.

    Example:
        >>> take([10.0, 20.0, 30.0], [2, 0, 0], 0).tolist()
        [30.0, 10.0, 10.0]
    """
    place = _place(axis, x.rank)
    return builder.gather(x, [_place(int(index), x.shape[place]) for index in indices], place)


@anywhere()
def pad(x: Operand, pad_width: Sequence[Sequence[int]]) -> Any:
    """Zeros before and after each axis: one pair (before, after) for each.

    Example:
        >>> pad([1.0, 2.0], [(1, 0)]).tolist()
        [0.0, 1.0, 2.0]
    """
    if len(pad_width) != x.rank:
        raise ArgumentError(f"pad_width needs a pair for each of the {x.rank} axes, got {pad_width!r}")
    for axis, (before, after) in enumerate(pad_width):
        x = builder.pad_axis(x, axis, int(before), int(after))
    return x


@anywhere()
def broadcast_to(x: Operand, shape: Sequence[int]) -> Any:
    """x repeated along axes of size 1, and along new first axes, until it has the shape.

    Example:
        >>> broadcast_to([1.0, 2.0], (2, 2)).tolist()
        [[1.0, 2.0], [1.0, 2.0]]
    """
    return builder.broadcast_to(x, tuple(shape))


@anywhere()
def one_hot(x: Operand, num_classes: int) -> Any:
    """A new last axis that is 1 at the index which x holds, else 0.

    Example:
        >>> one_hot([1.0], 3).tolist()
        [[0.0, 1.0, 0.0]]
    """
    return builder.one_hot(x, num_classes)


@anywhere()
def zeros_like(x: Operand) -> Any:
    """Zeros of the shape of x.

    Example:
        >>> zeros_like([1.0, 2.0]).tolist()
        [0.0, 0.0]
    """
    return builder.broadcast_to(x.graph.constant(0.0), x.shape)


@anywhere()
def ones_like(x: Operand) -> Any:
    """Ones of the shape of x.

    Example:
        >>> ones_like([5.0, 2.0]).tolist()
        [1.0, 1.0]
    """
    return builder.broadcast_to(x.graph.constant(1.0), x.shape)


@anywhere()
def stop_gradient(x: Operand) -> Any:
    """x, which the gradient sees as a constant.

    Example:
        >>> stop_gradient([1.0]).tolist()
        [1.0]
    """
    return builder.stop_gradient(x)
