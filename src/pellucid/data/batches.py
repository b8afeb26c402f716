"""In which order a model sees its samples, and which of them are kept aside for validation.

Index arithmetic only: nothing is copied here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pellucid import random
from pellucid.errors import ArgumentError

__all__ = ["batch_slices", "epoch_order", "validation_start"]


def epoch_order(count: int, *, seed: int, epoch: int) -> np.ndarray:
    """The order of the samples in one epoch; the same seed and epoch always give the same order.

    An order does not depend on the epochs before it, so a run that is resumed sees what it would have seen.

    Args:
        count: how many samples there are, >= 0.
        seed: 0 <= seed < 2^63.
        epoch: which epoch, >= 0.

    Returns:
        a permutation of `range(count)`, int64 `(count,)`.

    Example:
        >>> order = epoch_order(100, seed=1, epoch=0)
        >>> sorted(order.tolist()) == list(range(100))
        True
        >>> bool(np.array_equal(order, epoch_order(100, seed=1, epoch=1)))
        False
    """
    return random.permutation(seed, epoch, count)


def batch_slices(count: int, batch_size: int) -> Iterator[slice]:
    """Cut `count` samples into consecutive batches; the last one may be smaller.

    Args:
        count: how many samples there are, >= 0.
        batch_size: how many samples a batch has, >= 1.

    Yields:
        one slice for each batch.

    Raises:
        ArgumentError: `batch_size` is below 1.

    Example:
        >>> [(part.start, part.stop) for part in batch_slices(10, 4)]
        [(0, 4), (4, 8), (8, 10)]
    """
    if batch_size < 1:
        raise ArgumentError(f"batch_size must be at least 1, got {batch_size}")
    return (slice(start, min(start + batch_size, count)) for start in range(0, count, batch_size))


def validation_start(count: int, fraction: float) -> int:
    """Where the samples that are kept aside for validation begin.

    Args:
        count: how many samples there are.
        fraction: which part of them is kept aside, 0 < fraction < 1.

    Returns:
        the index of the first validation sample; the ones before it train.

    Raises:
        ArgumentError: the fraction is not between 0 and 1, or one of the two parts would be empty.

    Example:
        >>> validation_start(1437, 0.1)
        1293

    Source: Keras, `Model.fit`, validation_split: the last samples, before any shuffling.
    """
    if not 0.0 < fraction < 1.0:
        raise ArgumentError(f"validation_split must be between 0 and 1 (both excluded), got {fraction}")
    start = math.floor(count * (1.0 - fraction))
    if not 0 < start < count:
        raise ArgumentError(
            f"validation_split={fraction} of {count} samples leaves {start} to train on and {count - start} for "
            "validation; both need at least one. Give more samples, another fraction, or validation_data"
        )
    return start
