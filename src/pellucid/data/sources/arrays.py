"""Arrays in memory as a source of batches."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from itertools import islice
from typing import ClassVar

import numpy as np

from pellucid.data.sources.batches import Span, batch_slices, epoch_order, said_of_short, span
from pellucid.data.sources.source import Batch, Columns, Stretch
from pellucid.errors import ArgumentError, DataError

__all__ = ["ArraySource"]


class ArraySource:
    """Arrays in memory, cut into batches; the last batch of an epoch may be smaller.

    Args:
        arrays: by name, with equally many samples.
        batch_size: samples in a batch, >= 1.
        shuffle: whether each epoch has an order of its own, which seed and epoch decide.
        steps: batches in an epoch, which goes on where the one before it stopped; all by default.

    Raises:
        ArgumentError: the batch size is below 1.
        DataError: there are no arrays, or they differ in their numbers of samples.

    Example:
        >>> source = ArraySource({"x0": np.arange(5)}, batch_size=2, shuffle=False)
        >>> [batch.arrays["x0"].tolist() for batch in source.batches(0, seed=1, start=1)], len(source)
        ([[2, 3], [4]], 3)
    """

    is_spent = False
    repeats: ClassVar[bool] = True
    """An epoch's batches can be asked for again, and are the same."""

    def __init__(
        self, arrays: Mapping[str, np.ndarray], batch_size: int, *, shuffle: bool, steps: int | None = None
    ) -> None:
        counts = {name: len(array) for name, array in arrays.items()}
        if len(set(counts.values())) != 1:
            raise DataError(f"arrays that go together have equally many samples, at least one array; got {counts}")
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1, got {batch_size}")
        self.arrays, self.batch_size, self.shuffle, self.steps = dict(arrays), batch_size, shuffle, steps

    @property
    def samples(self) -> int:
        """How many there are in all."""
        return len(next(iter(self.arrays.values())))

    def __len__(self) -> int:
        """Batches in an epoch."""
        return math.ceil(self.samples / self.batch_size) if self.steps is None else self.steps

    def turn(self, epoch: int) -> int:
        """See `TurningSource.turn`."""
        return self._span(epoch).turn

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`."""
        part = self._span(epoch)
        order = epoch_order(self.samples, seed=seed, epoch=part.turn) if self.shuffle else None
        for samples in islice(batch_slices(self.samples, self.batch_size), part.start + start, part.stop):
            yield Batch(self._taken(samples if order is None else order[samples]))
        said_of_short((part.stop or 0) - part.start, self.steps)

    def stretches(self, epoch: int, *, seed: int, start: int = 0) -> Generator[Stretch, int, None]:
        """See `StretchedSource.stretches`."""
        part, size, most, arrays = self._span(epoch), self.batch_size, 1, Columns(self.arrays)
        order = epoch_order(self.samples, seed=seed, epoch=part.turn) if self.shuffle else np.arange(self.samples)
        first, stop = part.start + start, part.stop or 0
        while first < stop:
            # the last batch may be smaller: it is a stretch of its own
            whole = max(1, min(most, stop - first, self.samples // size - first))
            chosen = order[first * size : (first + whole) * size]
            most = yield Stretch(arrays, chosen.reshape(whole, -1))
            first += whole
        said_of_short(stop - part.start, self.steps)

    def _span(self, epoch: int) -> Span:
        return span(epoch, self.steps, math.ceil(self.samples / self.batch_size))

    def _taken(self, part: slice | np.ndarray) -> dict[str, np.ndarray]:
        """The chosen samples of all arrays."""
        if isinstance(part, slice):
            return {name: array[part] for name, array in self.arrays.items()}
        return {name: array.take(part, axis=0) for name, array in self.arrays.items()}  # faster than array[part]
