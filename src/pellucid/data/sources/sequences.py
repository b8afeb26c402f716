"""Sequences of several lengths as one array, and a long one in windows, as Keras 1 and 2 made them ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checks import flag, whole
from pellucid.data.sources.datasets import PyDataset
from pellucid.errors import ArgumentError, DataError, shown
from pellucid.random import next_seed

__all__ = ["TimeseriesGenerator", "pad_sequences"]

ENDS = ("pre", "post")


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:
    """Sequences of several lengths as one array: short ones are filled up, long ones cut off.

    Args:
        sequences: lists of numbers, or arrays (steps, ...) that differ in their steps alone.
        maxlen: steps of the result; those of the longest by default.
        dtype: of the result. Beware: "int32", Keras's default, takes the fractions away; say "float32" for signals.
        padding: where what is missing is added: "pre" before, or "post" behind.
        truncating: where what is too much is taken off: "pre" from the beginning, or "post" from the end.
        value: what is added.

    Returns:
        (sequences, maxlen, ...).

    Raises:
        ArgumentError: a setting is unknown or out of range.
        DataError: there is no sequence, or they differ in more than their length.

    Example:
        >>> pad_sequences([[1, 2, 3], [4]]).tolist(), pad_sequences([[1, 2, 3], [4]], 2, padding="post").tolist()
        ([[1, 2, 3], [0, 0, 4]], [[2, 3], [4, 0]])

    Source: keras.utils.pad_sequences.
    """
    for name, word in (("padding", padding), ("truncating", truncating)):
        if not isinstance(word, str) or word not in ENDS:
            raise ArgumentError(f"pad_sequences: {name} is 'pre' or 'post', got {shown(word)}")
    rows = _rows(sequences, dtype)
    longest = max(map(len, rows), default=0) if maxlen is None else whole("pad_sequences", "maxlen", maxlen, 0)
    rest = next((row.shape[1:] for row in rows if len(row)), ())
    try:
        with np.errstate(all="raise"):  # of a number that the type cannot hold, too
            found = np.full((len(rows), longest, *rest), value, dtype)
    except Exception as error:  # whatever NumPy, or a foreign object that it asks, says of what is no number
        raise ArgumentError(f"pad_sequences: {shown(dtype)} cannot be filled with {shown(value)}") from error
    for place, row in enumerate(rows):
        if len(row) and row.shape[1:] != rest:
            raise DataError(f"pad_sequences: sequence {place} has steps of shape {row.shape[1:]}, others {rest}")
        kept = row[max(len(row) - longest, 0) :] if truncating == "pre" else row[:longest]
        if len(kept):
            found[place, slice(-len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return found


def _rows(sequences: Any, dtype: Any) -> list[np.ndarray]:
    is_one = isinstance(sequences, np.ndarray) and not sequences.ndim
    if isinstance(sequences, str | bytes) or is_one or not hasattr(sequences, "__iter__"):
        raise DataError(f"pad_sequences takes a list of sequences, got {shown(sequences)}")
    try:
        listed = list(sequences)
    except Exception as error:  # whatever a foreign object says
        raise DataError(f"pad_sequences takes a list of sequences, got {shown(sequences)}") from error
    rows = []
    for place, sequence in enumerate(listed):
        try:
            row = np.asarray(sequence, dtype)
        except Exception as error:  # whatever NumPy, or a foreign object that it asks, says of what is no numbers
            raise DataError(f"pad_sequences: sequence {place} is no {shown(dtype)}: {shown(sequence)}") from error
        if not row.ndim:
            raise DataError(f"pad_sequences: sequence {place} is one value, not a list: {shown(sequence)}")
        rows.append(row)
    return rows


class TimeseriesGenerator(PyDataset):
    """Windows of a long series with the target that comes after each, in batches.

    Sample i is data[i - length : i : sampling_rate] and its target targets[i].

    Args:
        data: steps along the first axis.
        targets: one for each step.
        length: of a window, in steps of the data.
        sampling_rate: distance between the steps that a window holds.
        stride: distance between windows that follow each other.
        start_index: first step that is used.
        end_index: last step that is used; the last there is by default.
        shuffle: whether windows are drawn at random, each time anew; some may come twice.
        reverse: whether the steps of a window stand in reverse order.
        batch_size: windows in a batch.

    Raises:
        ArgumentError: a setting is out of range.
        DataError: data and targets differ in length, or no window is left.

    Example:
        >>> made = TimeseriesGenerator(np.arange(6), np.arange(6), length=2, batch_size=3)
        >>> [(x.tolist(), y.tolist()) for x, y in made]
        [([[0, 1], [1, 2], [2, 3]], [2, 3, 4]), ([[3, 4]], [5])]

    Source: keras.preprocessing.sequence.TimeseriesGenerator of Keras 2; today's is
        `keras.utils.timeseries_dataset_from_array`.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        self.data, self.targets = np.asarray(data), np.asarray(targets)
        if not self.data.ndim or not self.targets.ndim or len(self.data) != len(self.targets):
            raise DataError(
                f"{owner}: data and targets must have as many steps, got shapes {self.data.shape} and "
                f"{self.targets.shape}"
            )
        self.length = whole(owner, "length", length, 1)
        self.sampling_rate = whole(owner, "sampling_rate", sampling_rate, 1)
        self.stride, self.batch_size = whole(owner, "stride", stride, 1), whole(owner, "batch_size", batch_size, 1)
        self.start_index = whole(owner, "start_index", start_index, 0) + self.length
        last = len(self.data) - 1
        self.end_index = last if end_index is None else whole(owner, "end_index", end_index, 0, max(last, 0))
        self.shuffle, self.reverse = flag(owner, "shuffle", shuffle), flag(owner, "reverse", reverse)
        if self.start_index > self.end_index:
            raise DataError(
                f"{owner}: no window is left: the first target would be step {self.start_index}, the last is "
                f"{self.end_index}; take a shorter length"
            )
        self._draws = np.random.default_rng(next_seed()) if self.shuffle else None

    def __len__(self) -> int:
        return -(-(self.end_index - self.start_index + 1) // (self.batch_size * self.stride))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self._draws is not None:
            rows = self._draws.integers(self.start_index, self.end_index + 1, self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        steps = np.arange(-self.length, 0, self.sampling_rate)
        windows = self.data[rows[:, np.newaxis] + steps]
        return windows[:, ::-1] if self.reverse else windows, self.targets[rows]
