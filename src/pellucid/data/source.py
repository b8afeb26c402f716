"""Where batches come from: what a source is, and what a batch. Arrays in memory are the first one (`arrays`).

A source is a function of (epoch, seed, start): it holds no position, so a run that is resumed asks for the batches from
where it stopped, and gets those that it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sized
from typing import Any, Protocol

import numpy as np

from pellucid.frozen import Frozen

__all__ = ["Batch", "Make", "Source", "length_of"]


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
