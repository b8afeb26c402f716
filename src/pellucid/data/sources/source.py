"""Where batches come from: what a source is, and what a batch. Arrays in memory are the first one (`arrays`).

A source is a function of (epoch, seed, start): it holds no position, so a run that is resumed asks for the batches from
where it stopped, and gets those that it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sized
from typing import Any, Protocol, runtime_checkable

import numpy as np

from pellucid.frozen import Frozen

__all__ = ["Batch", "Columns", "Make", "Source", "Stretch", "StretchedSource", "TurningSource", "length_of", "turn_of"]


class Batch(Frozen, eq=False):
    """Some samples with their targets.

    Args:
        arrays: by the names under which a step takes them, (samples, ...) each, of any type that holds numbers: bytes
            of images become floats in the engine.
        parts: how many processes bring as many samples, each its own, to the same step; 1 where these are all.

    Example:
        >>> len(Batch({"x0": np.zeros((3, 8, 8, 1), np.uint8)}))
        3
    """

    arrays: Mapping[str, np.ndarray]
    parts: int = 1

    def __len__(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.arrays.values())))


Make = Callable[[Any, int], Batch]
"""Checks what somebody hands in as a batch, and makes one of it; the number is what messages call it."""


class Source(Protocol):
    """Batches, epoch by epoch. `len(source)` is their number per epoch, where that is known (`length_of`)."""

    @property
    def is_spent(self) -> bool:
        """Whether there are no more batches, in whatever epoch: what can be gone through once has been."""
        ...

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """The batches of one epoch.

        Args:
            epoch: which one, from 0 on.
            seed: decides, with the epoch, on the order and on whatever else is random.
            start: the first batch that is wanted; those before it are left out.
        """
        ...


class Columns(dict[str, np.ndarray]):
    """The arrays of all samples in one pass through a source, by the names under which a step takes them.

    Attributes:
        copies: where engines keep theirs, each under what it knows them by; they go when the pass is over.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__(arrays)
        self.copies: dict[Hashable, Any] = {}


class Stretch(Frozen, eq=False):
    """Several batches of equal size, one after the other, before anybody has put them together.

    Args:
        arrays: of all samples, by the names under which a step takes them.
        rows: which samples each batch takes, int64 (batches, samples in a batch).

    Example:
        >>> stretch = Stretch({"x0": np.arange(10)}, np.array([[7, 3], [0, 9]]))
        >>> [batch.arrays["x0"].tolist() for batch in stretch.batches()], len(stretch)
        ([[7, 3], [0, 9]], 2)
    """

    arrays: Mapping[str, np.ndarray]
    rows: np.ndarray

    def __len__(self) -> int:
        """How many batches there are."""
        return len(self.rows)

    def batches(self) -> Iterator[Batch]:
        """One after the other."""
        for chosen in self.rows:
            yield Batch({name: array.take(chosen, axis=0) for name, array in self.arrays.items()})


@runtime_checkable
class StretchedSource(Source, Protocol):
    """A source that can name the samples of many batches at once, so that an engine makes many steps in one call."""

    def stretches(self, epoch: int, *, seed: int, start: int = 0) -> Generator[Stretch, int, None]:
        """The batches that `batches` gives, in stretches.

        Send it how many batches the next stretch may have at most; the first one has one batch.
        """
        ...


@runtime_checkable
class TurningSource(Source, Protocol):
    """A source whose epochs need not be turns through the data, since each has a number of steps of its own."""

    def turn(self, epoch: int) -> int:
        """How often the data were gone through before an epoch."""
        ...


def turn_of(source: Source, epoch: int) -> int:
    """How often the data of a source were gone through before an epoch; the epoch itself, where the source has no say.

    Example:
        >>> from pellucid.data.sources.arrays import ArraySource
        >>> halves = ArraySource({"x0": np.arange(4)}, batch_size=1, shuffle=False, steps=2)
        >>> [turn_of(halves, epoch) for epoch in range(4)]
        [0, 0, 1, 1]
    """
    return source.turn(epoch) if isinstance(source, TurningSource) else epoch


def length_of(source: object) -> int | None:
    """How many batches an epoch has (or items whatever can be counted); None where that is not known.

    Example:
        >>> length_of([1, 2, 3]), length_of(iter([1, 2, 3]))
        (3, None)
    """
    try:
        return len(source) if isinstance(source, Sized) else None
    except (TypeError, NotImplementedError):  # as a DataLoader of PyTorch says it, or whoever inherits such a method
        return None
