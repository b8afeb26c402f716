"""Counts at many thresholds for the price of few: predictions are sorted into buckets between thresholds.

What lies above a threshold is the sum of the buckets above it, so that 200 thresholds need no 200 comparisons of each
prediction. Two digits name a bucket, of positive targets or of the others, and a product of matrices counts how often
each pair of digits occurs, or adds up the weights of its predictions.

Measured on two cores, 10,240 predictions and 200 evenly spaced thresholds: 0.15 to 0.2 ms a batch, by comparisons 3.9;
of 128 predictions 6 us. Thresholds of the user's own that are not evenly spaced are compared with each prediction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.config import EPSILON
from pellucid.graph import Tensor, builder

Buckets = tuple[Tensor, Tensor]
LOW = 32  # values of the lower digit
LONGEST_SUM, SHORTEST_SUM = 256, 32  # predictions in one product, where they can be cut into such parts


def are_even(thresholds: Sequence[float]) -> bool:
    """Whether thresholds divide the numbers from 0 to 1 evenly, as far as Keras looks: at least three of them do.

    Example:
        >>> are_even([0.0, 0.5, 1.0]), are_even([0.0, 0.4, 1.0]), are_even([0.0, 1.0])
        (True, False, False)

    Source: keras.src.metrics.metrics_utils.is_evenly_distributed_thresholds.
    """
    last = len(thresholds) - 1
    return last >= 2 and np.allclose(thresholds, np.arange(last + 1, dtype=np.float32) / last, atol=EPSILON)


def sorted_into(
    prediction: Tensor, label: Tensor, weight: Tensor | None, thresholds: Sequence[float], *, is_even: bool
) -> Buckets:
    """Emit how many predictions lie between each two thresholds, those of positive targets and the others.

    Args:
        prediction: (rows, N); each row is counted for itself.
        label: 1 for positive targets, 0 for others; of the same shape.
        weight: what each counts, of the same shape; None for 1.
        thresholds: T numbers in ascending order.
        is_even: whether they are evenly spaced from 0 to 1, the ends perhaps moved outwards by a hair.

    Returns:
        both counts, (rows, T + 1): below all thresholds (or at the first), ..., above all of them.
    """
    count = len(thresholds) + 1
    bucket = _even(prediction, thresholds) if is_even else _above(prediction, thresholds)
    bucket = bucket + (1.0 - label) * float(count)
    high = builder.floor((bucket + 0.5) / float(LOW))  # half a bucket keeps the quotient away from whole numbers
    pairs = counted_pairs(high, bucket - high * float(LOW), -(-2 * count // LOW), LOW, weight)
    counts = builder.reshape(pairs, (pairs.shape[0], pairs.shape[1] * LOW))
    return builder.slice_axis(counts, 1, 0, count), builder.slice_axis(counts, 1, count, 2 * count)


def counted_pairs(first: Tensor, second: Tensor, firsts: int, seconds: int, weight: Tensor | None) -> Tensor:
    """Emit how often each pair of two whole numbers occurs, by a product of matrices.

    Args:
        first: (rows, N); each row is counted for itself.
        second: of the same shape.
        firsts: how many numbers there are, from 0, of the first kind; what is none of them is not counted.
        seconds: of the second kind.
        weight: what each pair counts, of the same shape; None for 1.

    Returns:
        (rows, firsts, seconds).
    """
    rows, many = first.shape
    hot, other = builder.one_hot(first, firsts), builder.one_hot(second, seconds)
    if weight is not None:
        other = other * builder.reshape(weight, (rows, many, 1))
    part = next(size for size in range(min(many, LONGEST_SUM), 0, -1) if many % size == 0)
    part = part if part >= SHORTEST_SUM else many  # long sums are cut: faster, and nearer to the true ones
    hot, other = (builder.reshape(x, (rows * many // part, part, x.shape[-1])) for x in (hot, other))
    pairs = builder.matmul(hot, other, transpose_a=True)
    flat = builder.reshape(pairs, (rows, many // part, firsts * seconds))
    return builder.reshape(builder.reduce_sum(flat, [1]), (rows, firsts, seconds))


def _even(prediction: Tensor, thresholds: Sequence[float]) -> Tensor:
    """How many thresholds lie below each prediction, from its size alone, in the very steps in which Keras finds it."""
    below = -builder.floor(-(builder.clip(prediction, 0.0, 1.0) * float(len(thresholds) - 1)))
    return builder.maximum(below, 1.0) if thresholds[0] < 0.0 else below


def _above(prediction: Tensor, thresholds: Sequence[float]) -> Tensor:
    """How many thresholds lie below each prediction, by comparison with all."""
    column = builder.reshape(prediction, (*prediction.shape, 1))
    return builder.reduce_sum(builder.greater(column, np.array(thresholds)), [-1])


def above_each(buckets: np.ndarray) -> np.ndarray:
    """What lies above each threshold: (..., T + 1) buckets give (..., T).

    Example:
        >>> above_each(np.array([5.0, 0.0, 2.0, 1.0])).tolist()
        [3.0, 3.0, 1.0]
    """
    return np.flip(np.cumsum(np.flip(np.asarray(buckets, np.float64), -1), -1), -1)[..., 1:]
