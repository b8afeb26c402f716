"""Batches epoch by epoch, as users hold them: what a source of the user's own is, and what can be made of any.

A source has `batches(epoch, *, seed, start=0)`, which gives (x, y), (x, y, sample_weight) or x, one batch after the
other, and `len()` where the number of batches is known. It holds no position: the same epoch and seed give the same
batches, so a training that is resumed sees what it would have seen. `fit`, `evaluate` and `predict` take any.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol

import numpy as np

from pellucid.arraylike import Array
from pellucid.calls import Explained
from pellucid.checks import whole
from pellucid.data.sources.batches import said_of_short, span, turn_in
from pellucid.data.sources.pipelines import Dataset, Elements, mapped, shown_as_array
from pellucid.data.sources.prefetching import prefetched
from pellucid.data.sources.source import Batch, Make, length_of
from pellucid.errors import ArgumentError, ArgumentTypeError, DataError, shown

__all__ = ["EpochSource", "Epochs", "Mapped", "Prefetched", "Sharded", "Skipped", "Taken", "gives_epochs"]


class GivesEpochs(Protocol):
    """A source of batches, the library's or the user's own."""

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """The batches of one epoch, from the one with the number `start` on."""
        ...


def gives_epochs(data: Any) -> bool:
    """Whether it is such a source.

    Example:
        >>> gives_epochs(Epochs()), gives_epochs([1, 2])
        (True, False)
    """
    return callable(getattr(type(data), "batches", None))


def _of_steps(name: str) -> Callable[..., Any]:
    """A method that sources have as data sets made of steps."""

    def method(self: Epochs, *args: Any, **options: Any) -> Any:
        return getattr(self.steps(), name)(*args, **options)

    method.__name__, method.__doc__ = name, getattr(Dataset, name).__doc__
    return method


class Epochs(Explained):
    """The base of sources: write `batches`, and `__len__` where the number of batches is known.

    Going through it gives one epoch after the other: `for x, y in source`.

    Example:
        >>> import numpy as np
        >>> from pellucid.random import permutation
        >>> class Numbers(Epochs):
        ...     def __len__(self):
        ...         return 3
        ...     def batches(self, epoch, *, seed, start=0):
        ...         for number in permutation(seed, epoch, 3)[start:]:
        ...             yield np.full((1, 1), float(number)), np.full((1, 1), 2.0 * number)
        >>> sorted(float(y[0, 0]) for x, y in Numbers())
        [0.0, 2.0, 4.0]
        >>> len(list(Numbers().take(2).map(lambda x, y: (x + 1, y))))
        2
    """

    _turn = 0

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """The batches of one epoch, from the one with the number `start` on."""
        raise DataError(f"{type(self).__name__} has no batches(): write batches(self, epoch, *, seed, start=0)")

    def __iter__(self) -> Iterator[Any]:
        """The batches of the next epoch."""
        self._turn += 1
        return Elements(mapped(each, shown_as_array) for each in self.batches(self._turn - 1, seed=0))

    def map(self, function: Callable[..., Any], num_parallel_calls: int | None = None) -> Mapped:
        """Batches that a function makes of these; see `Mapped`. The number of calls is not needed: `prefetch` is."""
        if num_parallel_calls is not None:
            whole("map", "num_parallel_calls", num_parallel_calls)
        return Mapped(self, function)

    def take(self, count: int) -> Taken:
        """The first batches of each epoch; -1 are all of them."""
        return Taken(self, count)

    def skip(self, count: int) -> Skipped:
        """All but the first batches of each epoch."""
        return Skipped(self, count)

    def cardinality(self) -> np.ndarray:
        """How many batches an epoch has, as TensorFlow tells it: -2 where nobody knows."""
        count = length_of(self)
        return np.asarray(-2 if count is None else count).view(Array)

    def steps(self) -> Dataset:
        """The batches as a data set made of steps (see `Dataset`), each time it is gone through those of an epoch."""
        found = Dataset(lambda: iter(self), length_of(self))
        found.is_batched = True
        return found

    @property
    def element_spec(self) -> Any:
        """Shape and type of the batches, as the first one has them; the number of samples is open."""
        return self.steps().element_spec

    as_numpy_iterator = _of_steps("as_numpy_iterator")
    concatenate = _of_steps("concatenate")
    enumerate = _of_steps("enumerate")
    filter = _of_steps("filter")
    repeat = _of_steps("repeat")
    unbatch = _of_steps("unbatch")

    def shard(self, num_shards: int, index: int) -> Sharded:
        """Every so-manieth batch; see `Sharded`."""
        return Sharded(self, num_shards, index)

    def prefetch(self, buffer_size: int = 2) -> Prefetched:
        """The same batches, made ahead in a thread; see `Prefetched`. -1, as TensorFlow says it, is 2."""
        return Prefetched(self, 2 if buffer_size == -1 else buffer_size)


def _as_whole(count: Any) -> Any:
    """What arithmetic with a `cardinality()` gives, as a number; all else as it is, to be refused."""
    is_one = isinstance(count, np.ndarray) and count.ndim == 0 and count.dtype.kind in "iu"
    return count.item() if is_one else count


class _Around(Epochs):
    """A source that is made of another."""

    def __init__(self, source: GivesEpochs) -> None:
        if not gives_epochs(source):
            raise ArgumentTypeError(
                f"{type(self).__name__} takes a source, which has batches(epoch, *, seed, start=0), got {shown(source)}"
            )
        self.source = source

    def __len__(self) -> int:
        """Batches in an epoch; a TypeError where that is not known, as of all that cannot be counted."""
        count = length_of(self.source)
        if count is None:
            raise TypeError(f"nobody knows how many batches {type(self.source).__name__} has")
        return self._length(count)

    def _length(self, count: int) -> int:
        return count

    def __getattr__(self, name: str) -> Any:
        """What the source around which this is knows of itself: `class_names`, `file_paths`."""
        if name.startswith("_") or name == "source":
            raise AttributeError(name)
        return getattr(self.source, name)


def shared_out(source: GivesEpochs, num_shards: int, index: int) -> Any:
    """Every so-manieth batch, by the source's own way to leave the others out where it has one."""
    own = getattr(source, "shard", None)
    return own(num_shards, index) if callable(own) else Sharded(source, num_shards, index)


class Mapped(_Around):
    """Batches that a function makes of those of a source.

    Args:
        source: see `Epochs`.
        function: is called with x and y (and weights), or with x alone, as they come, and returns the same, changed. It
            gives equal results for equal batches, or a training that is resumed sees others.

    Raises:
        ArgumentTypeError: the source is none, or the function cannot be called.

    Example:
        >>> import numpy as np
        >>> class Ones(Epochs):
        ...     def batches(self, epoch, *, seed, start=0):
        ...         yield np.ones((2, 1)), np.ones(2)
        >>> [x.tolist() for x, y in Mapped(Ones(), lambda x, y: (x / 4, y))]
        [[[0.25], [0.25]]]
    """

    def __init__(self, source: GivesEpochs, function: Callable[..., Any]) -> None:
        super().__init__(source)
        if not callable(function):
            raise ArgumentTypeError(f"Mapped takes a function of x and y, got {shown(function)}")
        self.function = function

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        for raw in self.source.batches(epoch, seed=seed, start=start):
            yield self.function(*raw) if isinstance(raw, tuple) else self.function(raw)

    def shard(self, num_shards: int, index: int) -> Any:
        """The same of every so-manieth batch; the others are not mapped."""
        return Mapped(shared_out(self.source, num_shards, index), self.function)


class Taken(_Around):
    """The first batches of each epoch of a source.

    Args:
        source: see `Epochs`.
        count: how many, at least 0; -1 are all of them.

    Raises:
        ArgumentError: the number is below -1, or the source is none.

    Example:
        >>> class Three(Epochs):
        ...     def batches(self, epoch, *, seed, start=0):
        ...         yield from range(start, 3)
        >>> list(Taken(Three(), 2)), list(Taken(Three(), -1))
        ([0, 1], [0, 1, 2])
    """

    def __init__(self, source: GivesEpochs, count: int) -> None:
        super().__init__(source)
        self.count = None if (wanted := whole("take", "count", _as_whole(count), -1)) == -1 else wanted

    def _length(self, count: int) -> int:
        return count if self.count is None else min(count, self.count)

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        left = None if self.count is None else max(self.count - start, 0)
        return iter(()) if left == 0 else islice(self.source.batches(epoch, seed=seed, start=start), left)


class Skipped(_Around):
    """All but the first batches of each epoch of a source.

    Args:
        source: see `Epochs`.
        count: how many are left out, at least 0.

    Raises:
        ArgumentError: the number is below 0, or the source is none.

    Example:
        >>> class Three(Epochs):
        ...     def batches(self, epoch, *, seed, start=0):
        ...         yield from range(start, 3)
        >>> list(Skipped(Three(), 2))
        [2]
    """

    def __init__(self, source: GivesEpochs, count: int) -> None:
        super().__init__(source)
        self.count = whole("skip", "count", _as_whole(count), 0)

    def _length(self, count: int) -> int:
        return max(count - self.count, 0)

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        return self.source.batches(epoch, seed=seed, start=start + self.count)


class Sharded(_Around):
    """One share of the batches of a source, for one of several machines or processes: every so-manieth.

    All shares have equally many batches, so that nobody waits for a step that the others do not make; what is left
    over at the end of an epoch is left out.

    Args:
        source: see `Epochs`; its length is known.
        num_shards: how many shares there are.
        index: which of them, from 0.

    Raises:
        ArgumentError: a number is out of range, there is not one batch for each share, or the length is not known.

    Example:
        >>> class Seven(Epochs):
        ...     def __len__(self):
        ...         return 7
        ...     def batches(self, epoch, *, seed, start=0):
        ...         yield from range(start, 7)
        >>> list(Sharded(Seven(), 3, 1)), len(Sharded(Seven(), 3, 1))
        ([1, 4], 2)
    """

    def __init__(self, source: GivesEpochs, num_shards: int, index: int) -> None:
        super().__init__(source)
        self.num_shards = whole("Sharded", "num_shards", num_shards, 1)
        self.index = whole("Sharded", "index", index, 0, self.num_shards - 1)
        count = length_of(source)
        if count is None or count < self.num_shards:
            has = "does not say how many batches it has" if count is None else f"has {count} batches"
            raise ArgumentError(
                f"Sharded: a source for {self.num_shards} shares has at least as many batches; it {has}"
            )

    def _length(self, count: int) -> int:
        return count // self.num_shards

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        first = start * self.num_shards + self.index
        for number, raw in enumerate(
            self.source.batches(epoch, seed=seed, start=first - self.index), first - self.index
        ):
            if number // self.num_shards >= len(self):
                return
            if number % self.num_shards == self.index:
                yield raw


class Prefetched(_Around):
    """The batches of a source, made in a thread ahead of whoever takes them.

    Args:
        source: see `Epochs`.
        ahead: how many batches are made ahead at most.

    Raises:
        ArgumentError: the number is below 1, or the source is none.

    Example:
        >>> class Three(Epochs):
        ...     def batches(self, epoch, *, seed, start=0):
        ...         yield from range(start, 3)
        >>> list(Prefetched(Three()))
        [0, 1, 2]
    """

    def __init__(self, source: GivesEpochs, ahead: int = 2) -> None:
        super().__init__(source)
        self.ahead = whole("Prefetched", "ahead", ahead, 1)

    def shard(self, num_shards: int, index: int) -> Any:
        """The same of every so-manieth batch; the others are not made."""
        return Prefetched(shared_out(self.source, num_shards, index), self.ahead)

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        coming = self.source.batches(epoch, seed=seed, start=start)
        end = object()
        made = prefetched(lambda number: next(coming, end), itertools.count(), workers=1, ahead=self.ahead)
        try:
            for _, raw in made:
                if raw is end:
                    return
                yield raw
        finally:
            made.close()  # type: ignore[attr-defined]


class EpochSource:
    """A source of the user's, as a training takes it.

    Args:
        data: gives epochs of batches.
        make: checks each.
        steps: batches in an epoch, which goes on where the one before it stopped; all by default.
    """

    is_spent = False

    def __init__(self, data: GivesEpochs, make: Make, *, steps: int | None = None) -> None:
        self._data, self._make, self._steps = data, make, steps

    def __len__(self) -> int:
        """Batches in an epoch; a TypeError where that is not known, as of all that cannot be counted."""
        count = length_of(self._data) if self._steps is None else self._steps
        if count is None:
            raise TypeError("nobody knows how many batches there are")
        return count

    def first(self) -> Any:
        """What the first batch is made of; raises `DataError` where there is none."""
        for raw in self._data.batches(0, seed=0):
            return raw
        raise DataError("the data have no batches: nothing came out of them")

    def turn(self, epoch: int) -> int:
        """See `TurningSource.turn`."""
        return turn_in(epoch, self._steps, length_of(self._data))

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`."""
        part = span(epoch, self._steps, length_of(self._data))
        first = part.start + start
        coming = self._data.batches(part.turn, seed=seed, start=first)
        wanted = None if part.stop is None else max(part.stop - first, 0)
        came = 0
        for came, raw in enumerate(islice(coming, wanted), 1):
            yield self._make(raw, first + came - 1)
        said_of_short(start + came, self._steps)
