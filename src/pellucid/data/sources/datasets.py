"""Data sets of the user's own that make batches by their number: `PyDataset`, which Keras 2 called `Sequence`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from pellucid.calls import Explained
from pellucid.checks import flag, whole
from pellucid.data.sources.batches import epoch_order, said_of_short, span, turn_in
from pellucid.data.sources.prefetching import prefetched
from pellucid.data.sources.source import Batch, Make
from pellucid.errors import NotYetError
from pellucid.warned import warn

__all__ = ["DatasetSource", "PyDataset", "makes_batches"]


class PyDataset(Explained):
    """The base of data sets that make whole batches by number: write `__getitem__`, and `__len__` or `num_batches`.

    `fit` asks for the batches in an order of its own where it shuffles; what is random in `__getitem__` stays the
    user's. With several workers it is called in several threads at once; the batches come in their order all the same.

    Args:
        workers: threads that make batches ahead; 0 or 1 make each when it is needed.
        use_multiprocessing: there are threads only; True says so once.
        max_queue_size: how many batches are made ahead at most.

    Raises:
        ArgumentError: a number is negative.

    Example:
        >>> import numpy as np
        >>> class Squares(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         x = np.arange(2.0) + 2 * index
        ...         return x, x**2
        >>> [y.tolist() for x, y in Squares()]
        [[0.0, 1.0], [4.0, 9.0], [16.0, 25.0]]

    Source: keras.utils.PyDataset, https://keras.io/api/data_loading/
    """

    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        owner = type(self).__name__
        self.workers = whole(owner, "workers", workers, 0)
        self.use_multiprocessing = flag(owner, "use_multiprocessing", use_multiprocessing)
        self.max_queue_size = whole(owner, "max_queue_size", max_queue_size, 0)
        if self.use_multiprocessing:
            warn(f"{owner}: use_multiprocessing has no meaning here; {workers} threads make the batches")

    def __getitem__(self, index: int) -> Any:
        """The batch of a number: (x, y), (x, y, sample_weight), or x alone."""
        raise NotYetError(f"{type(self).__name__} has no __getitem__: write one that returns batch number `index`")

    def __iter__(self) -> Iterator[Any]:
        """All batches, one after the other; without an end where their number is None, or where nothing says it."""
        is_told = hasattr(self, "__len__") or type(self).num_batches is not PyDataset.num_batches
        count = self.num_batches if is_told else None
        return (self[index] for index in (itertools.count() if count is None else range(count)))

    @property
    def num_batches(self) -> int | None:
        """How many batches there are; None where there is no end to them. That of `__len__` by default."""
        if not hasattr(self, "__len__"):
            raise NotYetError(f"{type(self).__name__} does not say how many batches it has: write __len__")
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    def on_epoch_end(self) -> None:
        """Called after each epoch."""


def makes_batches(data: Any) -> bool:
    """Whether it is a `PyDataset`, or one of another library: it has batches by number, and hears of epochs.

    Example:
        >>> makes_batches(PyDataset()), makes_batches([1, 2])
        (True, False)
    """
    kind = type(data)
    return hasattr(kind, "__getitem__") and (hasattr(kind, "on_epoch_end") or hasattr(kind, "num_batches"))


class DatasetSource:
    """Batches of a `PyDataset`.

    Args:
        dataset: makes them.
        make: checks each.
        shuffle: whether they come in an order that seed and epoch decide; where there is no end to them there is none.
        steps: batches in an epoch, which goes on where the one before it stopped; all by default.
        endless: whether an epoch in whose middle the data end goes on with their beginning, as in Keras 1 and 2; it
            has fewer batches otherwise, as today.

    Raises:
        ArgumentError: the number of batches is no whole number >= 1.
    """

    is_spent = False

    def __init__(
        self, dataset: Any, make: Make, *, shuffle: bool, steps: int | None = None, endless: bool = False
    ) -> None:
        self._dataset, self._make, self._shuffle, self._steps = dataset, make, shuffle, steps
        self._endless = endless and steps is not None
        self._count()

    def _count(self) -> int | None:
        dataset = self._dataset  # the class is asked: a property that fails says why, `hasattr` would hide it
        says_it = hasattr(type(dataset), "num_batches") or hasattr(dataset, "num_batches")
        count = dataset.num_batches if says_it else len(dataset)
        return None if count is None else whole(type(self._dataset).__name__, "the number of batches", count, 1)

    def __len__(self) -> int:
        """Batches in an epoch; a TypeError where there is no end to them, as of all that cannot be counted."""
        count = self._count() if self._steps is None else self._steps
        if count is None:
            raise TypeError(f"{type(self._dataset).__name__} has no end")
        return count

    def first(self) -> Any:
        """What the first batch is made of."""
        return self._dataset[0]

    def turn(self, epoch: int) -> int:
        """See `TurningSource.turn`."""
        count = self._count()
        if self._endless and count is not None:
            return epoch * (self._steps or 0) // count
        return turn_in(epoch, self._steps, count)

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`."""
        _tell(self._dataset, "on_epoch_begin")
        try:
            yield from self._batches(epoch, seed, start)
        finally:
            _tell(self._dataset, "on_epoch_end")

    def _batches(self, epoch: int, seed: int, start: int) -> Iterator[Batch]:
        count = self._count()
        if self._endless and count is not None:
            for number, raw in self._made(self._round_and_round(count, epoch, seed, start)):
                yield self._make(raw, number)
            return
        part = span(epoch, self._steps, count)
        first = part.start + start
        wanted = itertools.count(first) if part.stop is None else iter(range(first, part.stop))
        if self._shuffle and count is not None:
            wanted = map(int, epoch_order(count, seed=seed, epoch=part.turn)[first : part.stop])
        for number, raw in self._made(wanted):
            yield self._make(raw, number)
        if part.stop is not None:
            said_of_short(part.stop - part.start, self._steps)

    def _round_and_round(self, count: int, epoch: int, seed: int, start: int) -> Iterator[int]:
        """The numbers of the batches of an epoch, through as many turns as it takes."""
        steps = self._steps or 0
        for turn, part in itertools.groupby(range(epoch * steps + start, (epoch + 1) * steps), lambda n: n // count):
            order = epoch_order(count, seed=seed, epoch=turn) if self._shuffle else range(count)
            yield from (int(order[number - turn * count]) for number in part)

    def _made(self, numbers: Iterator[int]) -> Iterator[tuple[int, Any]]:
        workers = getattr(self._dataset, "workers", 1)
        make: Callable[[int], Any] = self._dataset.__getitem__
        if workers < 2:
            return ((number, make(number)) for number in numbers)
        return prefetched(make, numbers, workers, max(workers, self._dataset.max_queue_size))


def _tell(dataset: Any, hook: str) -> None:
    if hasattr(dataset, hook):
        getattr(dataset, hook)()
