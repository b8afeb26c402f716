"""Functions of the shape: the same elements under another one, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checks import is_whole
from pellucid.dispatch import Operand, anywhere, settled
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.ops.places import names_several, numbers, place, places


def checked_sizes(shape: Any, name: str) -> Shape:
    """A shape whose sizes are known; raises `ArgumentError` where it is none."""
    shape = settled(shape)
    sizes = shape if _lists_sizes(shape) else [shape]
    if any(not is_whole(size) or size < 1 for size in sizes):
        raise ArgumentError(f"{name} takes whole numbers from 1 on, got {shown(shape)}")
    return tuple(int(size) for size in sizes)


def _lists_sizes(shape: Any) -> bool:
    """Whether it is a row of sizes, and not one alone; text is none, whose letters would be gone through."""
    is_text = isinstance(shape, str | bytes)
    return (isinstance(shape, Sequence) and not is_text) or (isinstance(shape, np.ndarray) and shape.ndim == 1)


def in_a_row(x: Tensor) -> Tensor:
    """All elements in one row, the last axis running fastest."""
    return builder.reshape(x, (math.prod(x.shape),))


def row_or_axis(x: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """x and the place of the axis; without one all elements in one row."""
    return (in_a_row(x), 0) if axis is None else (x, place(axis, x.rank))


@anywhere("x")
def broadcast_to(x: Operand, shape: Sequence[int]) -> Any:
    """x repeated along axes of size 1, and along new first axes, until it has the shape.

    Raises:
        ShapeError: the shape cannot be had that way.

    Example:
        >>> broadcast_to([1.0, 2.0], (2, 2)).tolist()
        [[1.0, 2.0], [1.0, 2.0]]
    """
    return builder.broadcast_to(x, checked_sizes(shape, "shape"))


@anywhere("x")
def expand_dims(x: Operand, axis: int | Sequence[int]) -> Any:
    """New axes of size 1.

    Args:
        x: of any shape.
        axis: where they stand in the result: one place or several.

    Raises:
        ArgumentError: the result has no such place.

    Example:
        >>> expand_dims([1.0, 2.0], -1).shape
        (2, 1)
    """
    if axis is None:
        raise ArgumentError("axis must be the place of the new axis, or several places, got None")
    count = len(axis) if names_several(axis) else 1
    new, old = set(places(axis, x.rank + count)), iter(x.shape)
    return builder.reshape(x, tuple(1 if i in new else next(old) for i in range(x.rank + count)))


@anywhere("x")
def moveaxis(x: Operand, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Some axes moved to other places; the rest keep their order.

    Args:
        x: of any shape.
        source: the axes to move: one or several.
        destination: where they stand in the result, as many.

    Raises:
        ArgumentError: an axis does not exist, or comes twice.

    Example:
        >>> import numpy as np
        >>> moveaxis(np.ones((2, 3, 4)), 0, -1).shape
        (3, 4, 2)
    """
    leave, arrive = places(source, x.rank, "source"), places(destination, x.rank, "destination")
    if len(leave) != len(arrive):
        raise ArgumentError(
            f"source and destination must name as many axes, got {shown(source)} and {shown(destination)}"
        )
    order = [axis for axis in range(x.rank) if axis not in leave]
    for target, axis in sorted(zip(arrive, leave, strict=True)):
        order.insert(target, axis)
    return builder.transpose(x, order)


@anywhere("x")
def ndim(x: Operand) -> int:
    """The number of axes.

    Example:
        >>> ndim([[1.0, 2.0, 3.0]])
        2
    """
    return len(x.shape)


@anywhere("x")
def ravel(x: Operand) -> Any:
    """All elements in one row, the last axis running fastest.

    Example:
        >>> ravel([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [1.0, 2.0, 3.0, 4.0]
    """
    return in_a_row(x)


@anywhere("x")
def reshape(x: Operand, newshape: int | Sequence[int]) -> Any:
    """The same elements in the same order under another shape.

    Args:
        x: of any shape.
        newshape: sizes of the axes; one may be -1, or the None of an open size, which stands for what is left.

    Raises:
        ShapeError: the number of elements differs.

    Example:
        >>> reshape([1.0, 2.0, 3.0, 4.0], (2, -1)).tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    is_list = _lists_sizes(newshape)
    asked: tuple[Any, ...] = tuple(newshape) if is_list else (newshape,)  # type: ignore[arg-type]
    asked = tuple(-1 if size is None and is_list else size for size in asked)
    sizes = [size for size in asked if not (is_whole(size) and size == -1)]
    known = math.prod(checked_sizes(sizes, "newshape, besides one -1,"))
    if len(asked) - len(sizes) > 1 or (len(asked) > len(sizes) and math.prod(x.shape) % known):
        raise ShapeError(f"{x.shape} cannot be reshaped to {shown(asked)}: the sizes do not tell what -1 stands for")
    return builder.reshape(x, tuple(math.prod(x.shape) // known if size == -1 else int(size) for size in asked))


@anywhere("x")
def shape(x: Operand) -> tuple[int, ...]:
    """The sizes of all axes; inside a layer they are numbers, the batch included.

    Example:
        >>> shape([[1.0, 2.0, 3.0]])
        (1, 3)
    """
    return tuple(x.shape)


@anywhere("x")
def size(x: Operand) -> int:
    """The number of elements.

    Example:
        >>> size([[1.0, 2.0, 3.0]])
        3
    """
    return math.prod(x.shape)


@anywhere("x")
def squeeze(x: Operand, axis: int | Sequence[int] | None = None) -> Any:
    """x without axes of size 1.

    Args:
        x: of any shape.
        axis: which of them, one or several; all by default.

    Raises:
        ArgumentError: an axis does not exist.
        ShapeError: an axis has another size.

    Example:
        >>> squeeze([[1.0, 2.0]], 0).shape
        (2,)
    """
    if axis is None:
        return builder.reshape(x, tuple(size for size in x.shape if size != 1))
    gone = places(axis, x.rank)
    if any(x.shape[item] != 1 for item in gone):
        raise ShapeError(f"axis={shown(axis)} of a tensor of shape {x.shape} cannot go: only axes of size 1 can")
    return builder.reshape(x, tuple(size for i, size in enumerate(x.shape) if i not in gone))


@anywhere("x")
def swapaxes(x: Operand, axis1: int, axis2: int) -> Any:
    """x with two axes exchanged.

    Example:
        >>> swapaxes([[1.0, 2.0], [3.0, 4.0]], 0, 1).tolist()
        [[1.0, 3.0], [2.0, 4.0]]
    """
    order = list(range(x.rank))
    first, second = place(axis1, x.rank, "axis1"), place(axis2, x.rank, "axis2")
    order[first], order[second] = second, first
    return builder.transpose(x, order)


@anywhere("x")
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order.

    Args:
        x: of any shape.
        axes: for each axis of the result, which axis of x it is; reversed by default.

    Raises:
        ArgumentError: an axis does not exist, comes twice, or is missing.

    Example:
        >>> transpose([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 3.0], [2.0, 4.0]]
    """
    order = list(range(x.rank))[::-1] if axes is None else places(numbers("axes", axes), x.rank, "axes")
    if len(order) != x.rank:
        raise ArgumentError(f"axes must name each of the {x.rank} axes once, got {shown(axes)}")
    return builder.transpose(x, order)
