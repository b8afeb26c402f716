"""Windows of a series in time, as samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.arraylike import array_that
from pellucid.calls import explained
from pellucid.checks import flag, whole
from pellucid.data.sources.pipelines import Dataset
from pellucid.errors import ArgumentError, shown
from pellucid.random import next_seed

__all__ = ["timeseries_dataset_from_array"]


@explained
def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Dataset:
    """Windows of a series, in batches, each with the target that belongs to its first moment.

    Args:
        data: the series, moments along the first axis.
        targets: one for each moment at which a window begins: `data[sequence_length:]` for the moment behind it; None
            for windows alone.
        sequence_length: moments in a window.
        sequence_stride: moments between the beginnings of two windows.
        sampling_rate: moments between two that are in a window.
        batch_size: windows in a batch; None for windows one by one.
        shuffle: whether the windows come in another order, a new one each time.
        seed: decides that order.
        start_index, end_index: the part of the series that is used, from one up to before the other.

    Raises:
        ArgumentError: a number is out of range, or there is no window of that length.

    Example:
        >>> series = np.arange(6.0)
        >>> for x, y in timeseries_dataset_from_array(series, series[3:], sequence_length=3):
        ...     print(x.tolist(), y.tolist())
        [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]] [3.0, 4.0, 5.0]

    Source: keras.utils.timeseries_dataset_from_array.
    """
    owner, series = "timeseries_dataset_from_array", _moments("data", data)
    length = whole(owner, "sequence_length", sequence_length, 1)
    stride, rate = whole(owner, "sequence_stride", sequence_stride, 1), whole(owner, "sampling_rate", sampling_rate, 1)
    size = None if batch_size is None else whole(owner, "batch_size", batch_size, 1)
    start = 0 if start_index is None else whole(owner, "start_index", start_index, 0)
    end = len(series) if end_index is None else whole(owner, "end_index", end_index, 1)
    if not start < end <= len(series):
        raise ArgumentError(f"{owner}: moments from {start} up to {end} are no part of {len(series)}")
    span = (length - 1) * rate + 1
    begins = np.arange(0, max(end - start - span + 1, 0), min(stride, len(series)))
    wanted = None if targets is None else _moments("targets", targets)
    if wanted is not None:
        begins = begins[begins < len(wanted) - start]
    if not len(begins):
        raise ArgumentError(
            f"{owner}: there is no window of {length} moments, one in {rate}, in {end - start} moments"
            + ("" if wanted is None else f" with {len(wanted)} targets")
        )
    first = next_seed() if seed is None else whole(owner, "seed", seed, 0)
    turns, again = [0], flag(owner, "shuffle", shuffle)

    def begin() -> Iterator[Any]:
        turns[0] += 1
        order = np.random.default_rng([first, turns[0]]).permutation(begins) if again else begins
        for at in range(0, len(order), size or 1):
            row = order[at : at + (size or 1)]
            places = start + row[:, np.newaxis] + np.arange(length) * rate
            x, y = series[places], None if wanted is None else wanted[start + row]
            x, y = (x, y) if size is not None else (x[0], None if y is None else y[0])
            yield x if y is None else (x, y)

    return Dataset(begin, -(-len(begins) // (size or 1)))


def _moments(name: str, value: Any) -> np.ndarray:
    """An array whose first axis is time."""
    array = array_that(f"timeseries_dataset_from_array: {name}", value)
    if not array.ndim:
        raise ArgumentError(f"timeseries_dataset_from_array: {name} must have an axis of time, got {shown(value)}")
    return array
