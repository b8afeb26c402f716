"""Functions that combine the elements along axes, under Keras's names (keras.ops)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.graph import builder
from pellucid.ops.anywhere import anywhere

Operand = Any  # a tensor, a weight, an array or a number
Axes = int | Sequence[int] | None


def _axes(axis: Axes, rank: int) -> list[int] | None:
    """Axes as the builder takes them; raises `ArgumentError` where one does not exist."""
    if axis is None:
        return None
    axes = [axis] if isinstance(axis, int) else list(axis)
    if any(isinstance(item, bool) or not isinstance(item, int) or not -rank <= item < rank for item in axes):
        raise ArgumentError(f"axis must name axes from {-rank} to {rank - 1}, got {axis!r}")
    return [item % rank for item in axes]


@anywhere()
def sum(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The sum along one axis or several; along all of them by default.

    Example:
        >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
        [4.0, 6.0]
    """
    return builder.reduce_sum(x, _axes(axis, x.rank), keepdims=keepdims)


@anywhere()
def mean(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The mean along one axis or several; along all of them by default.

    Example:
        >>> mean([[1.0, 2.0], [3.0, 4.0]]).tolist()
        2.5
    """
    return builder.reduce_mean(x, _axes(axis, x.rank), keepdims=keepdims)


@anywhere()
def max(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The maximum along one axis or several; along all of them by default.

    Example:
        >>> max([[1.0, 2.0], [3.0, 4.0]], axis=-1).tolist()
        [2.0, 4.0]
    """
    return builder.reduce_max(x, _axes(axis, x.rank), keepdims=keepdims)


@anywhere()
def min(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The minimum along one axis or several; along all of them by default.

    Example:
        >>> min([[1.0, 2.0], [3.0, 4.0]], axis=-1, keepdims=True).tolist()
        [[1.0], [3.0]]
    """
    return builder.reduce_min(x, _axes(axis, x.rank), keepdims=keepdims)


@anywhere()
def var(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The variance (the mean squared distance from the mean) along one axis or several; along all of them by default.

    Example:
        >>> var([1.0, 3.0]).tolist()
        1.0
    """
    return builder.variance(x, _axes(axis, x.rank), keepdims=keepdims)


@anywhere()
def std(x: Operand, axis: Axes = None, keepdims: bool = False) -> Any:
    """The standard deviation, the root of `var`, along one axis or several; along all of them by default.

    Example:
        >>> std([1.0, 3.0]).tolist()
        1.0
    """
    return builder.sqrt(builder.variance(x, _axes(axis, x.rank), keepdims=keepdims))


@anywhere()
def argmax(x: Operand, axis: int = -1) -> Any:
    """The index of the first maximum along an axis, as a float; it has no gradient.

    Example:
        >>> argmax([[1.0, 5.0, 2.0]]).tolist()
        [1.0]
    """
    (place,) = _axes(axis, x.rank) or [x.rank - 1]
    order = [item for item in range(x.rank) if item != place]
    return builder.arg_max(x if place == x.rank - 1 else builder.transpose(x, [*order, place]))
