"""Where batches come from: the protocol, and its first implementation, arrays in memory.

A source is a function of (epoch, seed, start): it holds no position, so a run that is resumed asks for the batches from
where it stopped, and gets those that it would have seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np

from pellucid.data.batches import batch_slices, epoch_order
from pellucid.errors import ArgumentError, DataError
from pellucid.frozen import Frozen

__all__ = ["ArraySource", "Batch", "Source"]


class Batch(Frozen, eq=False):
    """Some samples with their targets.

    Args:
        arrays: by the names under which a step takes them, (samples, ...) each, of any type that holds numbers: bytes
            of images become floats in the engine.

    Example:
        >>> len(Batch({"x0": np.zeros((3, 8, 8, 1), np.uint8)}))
        3
    """

    arrays: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.arrays.values())))


class Source(Protocol):
    """Batches, epoch by epoch. `len(source)` is their number per epoch, where that is known."""

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """The batches of one epoch.

        Args:
            epoch: which one, from 0 on.
            seed: decides, with the epoch, on the order and on whatever else is random.
            start: the first batch that is wanted; those before it are left out.
        """
        ...


class ArraySource:
    """Arrays in memory, cut into batches; the last batch of an epoch may be smaller.

    Args:
        arrays: by name, with equally many samples.
        batch_size: samples in a batch, >= 1.
        shuffle: whether each epoch has an order of its own, which seed and epoch decide.

    Raises:
        ArgumentError: the batch size is below 1.
        DataError: there are no arrays, or they differ in their numbers of samples.

    Example:
        >>> source = ArraySource({"x0": np.arange(5)}, batch_size=2, shuffle=False)
        >>> [batch.arrays["x0"].tolist() for batch in source.batches(0, seed=1, start=1)], len(source)
        ([[2, 3], [4]], 3)
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], batch_size: int, *, shuffle: bool) -> None:
        counts = {name: len(array) for name, array in arrays.items()}
        if len(set(counts.values())) != 1:
            raise DataError(f"arrays that go together have equally many samples, at least one array; got {counts}")
        if batch_size < 1:
            raise ArgumentError(f"batch_size must be at least 1, got {batch_size}")
        self.arrays, self.batch_size, self.shuffle = dict(arrays), batch_size, shuffle

    @property
    def samples(self) -> int:
        """How many there are in all."""
        return len(next(iter(self.arrays.values())))

    def __len__(self) -> int:
        """Batches in an epoch."""
        return math.ceil(self.samples / self.batch_size)

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`."""
        order = epoch_order(self.samples, seed=seed, epoch=epoch) if self.shuffle else None
        for number, part in enumerate(batch_slices(self.samples, self.batch_size)):
            if number >= start:
                yield Batch(self._taken(part if order is None else order[part]))

    def _taken(self, part: slice | np.ndarray) -> dict[str, np.ndarray]:
        """The chosen samples of all arrays."""
        if isinstance(part, slice):
            return {name: array[part] for name, array in self.arrays.items()}
        return {name: array.take(part, axis=0) for name, array in self.arrays.items()}  # faster than array[part]
