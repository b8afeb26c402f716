"""Activation functions that look at several channels at once: softmax, sparsemax and the gated linear unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from pellucid.activations.settings import place_of, places_of
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder

FAR_BELOW = 1e9
"""What is taken off a score, or stands for it, where its share is to be 0: the exponential of it is."""


def _exchanged(x: Tensor, place: int) -> Tensor:
    """x with an axis in the place of the last, and the last in its; doing it again undoes it."""
    last = x.rank - 1
    order = [last if i == place else place if i == last else i for i in range(x.rank)]
    return x if place == last else builder.transpose(x, order)


def _along(function: Callable[[Tensor], Tensor], x: Tensor, places: Sequence[int]) -> Tensor:
    """A function of rows along one axis of x, or along several together."""
    if len(places) == 1 and x.rank > 1:
        return _exchanged(function(_exchanged(x, places[0])), places[0])
    others = [axis for axis in range(x.rank) if axis not in places]
    order = [*others, *places]
    moved = builder.transpose(x, order)
    count = math.prod(x.shape[axis] for axis in others)
    rows = function(builder.reshape(moved, (count, math.prod(x.shape) // count)))
    return builder.transpose(builder.reshape(rows, moved.shape), [order.index(axis) for axis in range(x.rank)])


@anywhere("x")
def softmax(x: Operand, axis: int | Sequence[int] = -1) -> Any:
    """exp(x) / sum of exp(x) along an axis, or several together: one probability per class.

    The largest x is taken off first, so that exp cannot overflow. Losses find x again as the result's `logits` (last
    axis only).

    Args:
        x: any shape but ().
        axis: along which the results add up to 1; negative counts from the end.

    Returns:
        of the shape of x, from 0 to 1.

    Raises:
        ArgumentError: the axis is no whole number, or several are not different ones.
        ShapeError: x has no such axis.

    Example:
        >>> softmax([[1.0, 1.0]]).tolist()
        [[0.5, 0.5]]

    Source: keras.activations.softmax; Bridle, Probabilistic interpretation of feedforward classification network
        outputs, 1990.
    """
    return _along(builder.softmax, x, places_of("softmax", x, axis))


@anywhere("x")
def log_softmax(x: Operand, axis: int | Sequence[int] = -1) -> Any:
    """The logarithm of `softmax`, computed in one go so that it neither overflows nor loses digits.

    Args:
        x: any shape but ().
        axis: one or several, along which the exponentials of the results add up to 1.

    Returns:
        of the shape of x, <= 0.

    Raises:
        ArgumentError: the axis is no whole number, or several are not different ones.
        ShapeError: x has no such axis.

    Example:
        >>> log_softmax([[5.0]]).tolist()
        [[0.0]]

    Source: keras.activations.log_softmax.
    """
    return _along(builder.log_softmax, x, places_of("log_softmax", x, axis))


@anywhere("x")
def sparsemax(x: Operand, axis: int = -1) -> Any:
    """The nearest point to x among all probabilities: like softmax, but small entries become exactly 0.

    An entry z is in the support (its result is not 0) where 1 + c z > s, with c the number and s the sum of the entries
    that are at least z; tau is (sum of the support - 1) / its size, and the result max(z - tau, 0). s - c z says by how
    much the others exceed z in sum, and is computed as such: without sorting, and no digits cancel. Time and memory
    grow with the square of the number of classes.

    Keras up to 3.15 takes the sum of all partial sums for that of the support: where this has several entries, its
    result does not add up to 1. Later ones are mended (pull request 23469 of keras-team/keras) and agree with this one.

    Args:
        x: any shape but ().
        axis: along which the results add up to 1.

    Returns:
        of the shape of x, from 0 to 1. The slope where an entry enters the support is 0.

    Raises:
        ArgumentError: the axis is no whole number.
        ShapeError: x has no such axis.

    Example:
        >>> sparsemax([[0.5, 0.75, -1.0]]).tolist()
        [[0.375, 0.625, 0.0]]

    Source: Martins and Astudillo, From softmax to sparsemax, arXiv 1602.02068, algorithm 1.
    """
    place = place_of("sparsemax", x, axis)
    last = _exchanged(x, place)
    # A common summand changes nothing; without it the sums below keep their digits where x is large.
    z = last - builder.stop_gradient(builder.reduce_max(last, [-1], keepdims=True))
    mine, others = builder.reshape(z, (*z.shape, 1)), builder.reshape(z, (*z.shape[:-1], 1, z.shape[-1]))
    support = builder.greater(1.0, builder.reduce_sum(builder.relu(others - mine), [-1]))
    size = builder.reduce_sum(support, [-1], keepdims=True)
    tau = (builder.reduce_sum(support * z, [-1], keepdims=True) - 1.0) / size
    return _exchanged(builder.relu(z - tau), place)


@anywhere("x")
def glu(x: Operand, axis: int = -1) -> Any:
    """The first half of an axis times the sigmoid of the second half, the gated linear unit.

    Args:
        x: of even size along the axis.
        axis: the one that is halved.

    Returns:
        half as long as x along the axis.

    Raises:
        ArgumentError: the axis is no whole number.
        ShapeError: x has no such axis, or it is of odd size.

    Example:
        >>> glu([[4.0, 0.0]]).tolist()
        [[2.0]]

    Source: keras.activations.glu; Dauphin et al., Language modeling with gated convolutional networks, arXiv
        1612.08083.
    """
    place = place_of("glu", x, axis)
    half, odd = divmod(x.shape[place], 2)
    if odd:
        raise ShapeError(f"glu needs an even size along axis {axis}, got shape {x.shape}")
    return builder.slice_axis(x, place, 0, half) * builder.sigmoid(builder.slice_axis(x, place, half, 2 * half))
