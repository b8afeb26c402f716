"""In which order a model sees its samples, and which of them are kept aside for validation.

Index arithmetic only: nothing is copied here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pellucid import random
from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen
from pellucid.warned import warn

__all__ = ["Span", "batch_slices", "epoch_order", "said_of_short", "span", "validation_start"]


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


class Span(Frozen):
    """Which batches make an epoch.

    Attributes:
        turn: how often the data were gone through before, from 0; it decides the order.
        start: the first batch in this turn.
        stop: the one behind the last; None where the data have no known end.
    """

    turn: int
    start: int
    stop: int | None


def span(epoch: int, steps: int | None, length: int | None) -> Span:
    """The batches of an epoch that has a number of steps of its own: it goes on where the one before it stopped.

    The last epoch of a turn through the data has what is left of it, as in Keras.

    Args:
        epoch: from 0.
        steps: batches that an epoch is to have; None for all that there are.
        length: batches in the data; None where there is no end, or none that is known.

    Example:
        >>> [(each.turn, each.start, each.stop) for each in (span(epoch, 2, 5) for epoch in range(4))]
        [(0, 0, 2), (0, 2, 4), (0, 4, 5), (1, 0, 2)]

    Source: keras.src.trainers.epoch_iterator.EpochIterator.
    """
    if steps is None:
        return Span(epoch, 0, length)
    if length is None:
        return Span(0, epoch * steps, (epoch + 1) * steps)
    turn, part = divmod(epoch, max(1, math.ceil(length / steps)))
    return Span(turn, part * steps, min((part + 1) * steps, length))


def turn_in(epoch: int, steps: int | None, length: int | None) -> int:
    """How often data were gone through before an epoch; where nobody knows their length, each epoch counts as once.

    Example:
        >>> [turn_in(epoch, 2, 5) for epoch in range(4)], turn_in(3, None, 5), turn_in(3, 2, None)
        ([0, 0, 0, 1], 3, 3)
    """
    return epoch if length is None else span(epoch, steps, length).turn


def said_of_short(came: int, steps: int | None) -> None:
    """Warn of an epoch that has fewer batches than it was to have."""
    if steps is not None and came < steps:
        warn(
            f"the data ran out: {came} of the {steps} steps that were asked for could be made; leave the number of "
            "steps out, or give data that have at least as many batches times epochs"
        )


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
