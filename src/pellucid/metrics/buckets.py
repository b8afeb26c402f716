"""Counts at many thresholds for the price of few: predictions are sorted into buckets between thresholds.

What lies above a threshold is the sum of the buckets above it, so that 200 thresholds need no 200 comparisons of each
prediction. Two digits name a bucket, and a product of matrices adds up the weights of each pair of digits: for N
predictions and T thresholds that are evenly spaced it costs about 4 N T operations of a product and 6 N sqrt(T) numbers
of memory, where comparisons would take N T numbers several times over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.config import EPSILON
from pellucid.graph import Tensor, builder

Buckets = tuple[Tensor, Tensor]


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
    prediction: Tensor, positives: Tensor, negatives: Tensor, thresholds: Sequence[float], *, is_even: bool
) -> Buckets:
    """Emit the sums of two weights of predictions, between each two thresholds.

    Args:
        prediction: (rows, N); each row is counted for itself.
        positives: the one weight, of the same shape.
        negatives: the other one.
        thresholds: T numbers in ascending order.
        is_even: whether they are evenly spaced from 0 to 1, the ends perhaps moved outwards by a hair.

    Returns:
        both sums, (rows, T + 1): below all thresholds (or at the first), ..., above all of them.
    """
    count = len(thresholds) + 1
    digits = math.isqrt(count - 1) + 1
    bucket = _even(prediction, thresholds) if is_even else _above(prediction, thresholds)
    high = builder.floor((bucket + 0.5) / float(digits))  # half a bucket keeps the quotient away from whole numbers
    low = builder.one_hot(bucket - high * float(digits), digits)
    weighted = builder.concatenate([low * builder.reshape(w, (*w.shape, 1)) for w in (positives, negatives)], -1)
    both = builder.matmul(builder.one_hot(high, digits), weighted, transpose_a=True)  # (rows, digits, 2 digits)
    first, second = (
        builder.slice_axis(
            builder.reshape(builder.slice_axis(both, -1, at, at + digits), (both.shape[0], digits * digits)),
            1,
            0,
            count,
        )
        for at in (0, digits)
    )
    return first, second


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
