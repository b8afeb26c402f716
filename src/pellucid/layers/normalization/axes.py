"""The axes along which a layer normalises, and how a weight that belongs to them meets the layer's input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.checks import is_whole
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder

Axes = int | Sequence[int]
"""One axis, or several; negative ones count from the end."""


def one_axis(axis: object, layer: str) -> int:
    """A whole number; whether the input has such an axis is seen when the layer meets it."""
    if not is_whole(axis):
        raise ArgumentTypeError(
            f"{layer}: axis must be a whole number, such as -1 for the last axis, got {shown(axis)}"
        )
    return int(axis)  # type: ignore[call-overload]  # so the check says


INTS = "an int or a list/tuple of ints"
WRONG_AXES = f"Invalid value for `axis` argument: expected {INTS}"


def some_axes(axis: Any, layer: str, wrong: str = WRONG_AXES) -> int | list[int]:
    """A whole number, or a list of them, as it was given; `wrong` is said of everything else."""
    items = list(axis) if isinstance(axis, list | tuple) else [axis]
    if not items or not all(map(is_whole, items)):
        kind = ArgumentTypeError if items else ArgumentError
        raise kind(f"{layer}: {wrong}, got {shown(axis)}")
    found = [int(item) for item in items]
    return found if isinstance(axis, list | tuple) else found[0]


def in_order(axis: int | list[int]) -> list[int]:
    """The axes in the order in which a weight has them: sorted as they were given, negative ones first, as in Keras."""
    return sorted(axis) if isinstance(axis, list) else [axis]


def places(axis: int | list[int], shape: SymbolicShape, layer: str) -> tuple[int, ...]:
    """The axes of an input of this shape that are meant, counted from 0, in the order of `in_order`.

    Raises:
        ArgumentError: there is no such axis, it is the batch, or one is named twice.
    """
    rank = len(shape)
    found = []
    for item in in_order(axis):
        if not -rank <= item < rank or item % rank == 0:
            what = "the batch, whose samples are normalised" if item in (0, -rank) else "not an axis"
            raise ArgumentError(
                f"{layer}: axis={shown(item)} is {what} of an input of shape {shape}; take 1 to {rank - 1}"
            )
        found.append(item % rank)
    if len(set(found)) < len(found):
        raise ArgumentError(f"{layer}: axis={shown(axis)} names an axis of an input of shape {shape} twice")
    return tuple(found)


def known_sizes(axes: Sequence[int], shape: SymbolicShape, layer: str) -> tuple[int, ...]:
    """The sizes of axes that a weight spans; raises `ShapeError` where one is open."""
    sizes = [size for axis in axes if (size := shape[axis]) is not None]
    if len(sizes) < len(axes):
        raise ShapeError(
            f"{layer}: axis {', '.join(map(str, axes))} of the input tensor should have a defined dimension but "
            f"the layer received an input with shape {shape}; its weights span it: name its size in Input"
        )
    return tuple(sizes)


def check_sizes(x: Tensor, axes: Sequence[int], sizes: Sequence[int], layer: str) -> None:
    """Raise `ShapeError` if x does not have the sizes along the axes for which the layer's weights were made."""
    found = tuple(x.shape[axis] for axis in axes)
    if found != tuple(sizes):
        raise ShapeError(
            f"{layer}: it was made for {tuple(sizes)} along axis {', '.join(map(str, axes))}, got an input of shape "
            f"(batch, {', '.join(map(str, x.shape[1:]))})"
        )


def along(weight: Tensor, axes: Sequence[int], shape: Sequence[int]) -> Tensor:
    """A weight that spans some axes of a tensor of that shape, so that it stands beside it element by element."""
    spread = [size if axis in axes else 1 for axis, size in enumerate(shape)]
    return builder.reshape(weight, tuple(spread[min(axes) :]))
