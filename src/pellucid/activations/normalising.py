"""Activation functions that look at several channels at once: softmax, sparsemax and the gated linear unit."""

from __future__ import annotations

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder


def _last(x: Tensor, axis: int) -> Tensor:
    """x with an axis swapped to the end; doing it again undoes it."""
    if not -x.rank <= axis < x.rank:
        raise ShapeError(f"axis={axis} is not an axis of shape {x.shape}")
    place, last = axis % x.rank, x.rank - 1
    order = [last if i == place else place if i == last else i for i in range(x.rank)]
    return x if place == last else builder.transpose(x, order)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x) / sum of exp(x) along an axis: one probability per class.

    Losses find x again as the result's `logits` (last axis only). Raises `ShapeError` where there is no class axis
    behind the batch.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(softmax)([[1.0, 1.0]]).tolist()
        [[0.5, 0.5]]
    """
    return builder.softmax(x) if axis in (-1, x.rank - 1) else _last(builder.softmax(_last(x, axis)), axis)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """The logarithm of `softmax`, computed in one go so that it neither overflows nor loses digits.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(log_softmax)([[5.0]]).tolist()
        [[0.0]]
    """
    return _last(builder.log_softmax(_last(x, axis)), axis)


def sparsemax(x: Tensor, axis: int = -1) -> Tensor:
    """The nearest point to x among all probabilities: like softmax, but small entries become exactly 0.

    Where z is in the support, 1 + c(z) z > s(z), with c the number and s the sum of the entries that are at least z;
    then max(x - tau, 0) with tau = (sum of the support - 1) / its size. Comparing all pairs spares a sort. (Keras 3.15
    takes the sum of all partial sums for that of the support; where this holds several entries, its result differs
    and does not add up to 1.)

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(sparsemax)([[0.5, 0.5, -1.0]]).tolist()
        [[0.5, 0.5, 0.0]]

    Source: Martins and Astudillo, From softmax to sparsemax, arXiv 1602.02068, algorithm 1.
    """
    z = _last(x, axis)
    mine, others = builder.reshape(z, (*z.shape, 1)), builder.reshape(z, (*z.shape[:-1], 1, z.shape[-1]))
    at_least = builder.greater_equal(others, mine)
    count = builder.reduce_sum(at_least, [-1])
    total = builder.reduce_sum(at_least * others, [-1])
    support = builder.greater(count * z + 1.0, total)
    size = builder.reduce_sum(support, [-1], keepdims=True)
    tau = (builder.reduce_sum(support * z, [-1], keepdims=True) - 1.0) / size
    return _last(builder.relu(z - tau), axis)


def glu(x: Tensor, axis: int = -1) -> Tensor:
    """The first half of the axis times the sigmoid of the second half: the result is half as long.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(glu)([[4.0, 0.0]]).tolist()
        [[2.0]]

    Source: Dauphin et al., Language modeling with gated convolutional networks, arXiv 1612.08083.
    """
    if not -x.rank <= axis < x.rank or x.shape[axis] % 2:
        raise ShapeError(f"glu needs an even size along axis {axis}, got shape {x.shape}")
    half = x.shape[axis] // 2
    place = axis % x.rank
    return builder.slice_axis(x, place, 0, half) * builder.sigmoid(builder.slice_axis(x, place, half, 2 * half))
