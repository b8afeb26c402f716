"""Data of which each of several processes reads its own part: a step's batch is what all of them bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import NoNumbers, array_of
from pellucid.data.sources.arrays import ArraySource
from pellucid.data.sources.datasets import PyDataset
from pellucid.data.sources.epochs import Epochs
from pellucid.data.sources.source import Batch, Source, length_of
from pellucid.errors import DataError, shown
from pellucid.frozen import Frozen
from pellucid.warned import warn

__all__ = ["ArrayBatches", "EveryNth", "OwnPart", "PartSource"]

Least = Callable[[Sequence[int]], list[int]]
"""The least of each number over all processes; each of them calls it, and waits for the others."""
FAILED = -1
WHOLE = "arrays of samples are x, (x, y) or (x, y, sample_weight)"


class OwnPart(Frozen, eq=False):
    """What `fit` and `evaluate` take where each process has its own part of the data (`distributed.local` makes it).

    Args:
        data: of this process, from which batches come.
        count: how many processes there are.
        least: see `Least`.
    """

    data: Any
    count: int
    least: Least

    def around(self, data: Any) -> OwnPart:
        """The same of other data."""
        return OwnPart(data, self.count, self.least)


class PartSource:
    """The batches of one process, each of which is a part of a larger one.

    Before each step the processes tell each other how many samples they have. All take as many as who has least, and
    the epoch ends where one has none any more, so that nobody waits for a step that another does not make. Where one
    fails, all end.

    Args:
        inner: the batches of this process.
        part: of what.

    Attributes:
        is_spent: see `Source.is_spent`: whether some process had no more batches when the last epoch ended. It is asked
            about at times that differ, so nobody else is asked then.

    Example:
        >>> from pellucid.data.sources.arrays import ArraySource
        >>> inner = ArraySource({"x0": np.arange(3)}, 2, shuffle=False)
        >>> source = PartSource(inner, OwnPart(None, 2, lambda numbers: list(numbers)))
        >>> [(len(batch), batch.parts) for batch in source.batches(0, seed=0)]
        [(2, 2), (1, 2)]
    """

    def __init__(self, inner: Source, part: OwnPart) -> None:
        self._inner, self._count, self._least = inner, part.count, part.least
        known = length_of(inner)
        self._length = part.least([FAILED if known is None else known])[0]
        self._has_said = self.is_spent = False

    def __len__(self) -> int:
        """Batches in an epoch: of who has fewest; a TypeError where somebody cannot know, as of what has no length."""
        if self._length == FAILED:
            raise TypeError("nobody knows how many batches there are in all processes")
        return self._length

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`."""
        coming = self._inner.batches(epoch, seed=seed, start=start)
        while True:
            batch = self._next(coming)
            size = 0 if batch is None else len(batch)
            (taken,) = self._least([size])
            if taken == FAILED:
                raise DataError(
                    "another process could not read its part of the data, and says why; all end, since a step needs all"
                )
            if taken < size:
                self._say(size, taken)
            if batch is None or not taken:
                self.is_spent = not self._least([int(not self._inner.is_spent)])[0]
                return
            arrays = {name: array[:taken] for name, array in batch.arrays.items()}
            yield Batch(arrays if taken < size else batch.arrays, self._count)

    def _next(self, coming: Iterator[Batch]) -> Batch | None:
        try:
            return next(coming, None)
        except Exception:
            self._least([FAILED])  # the others wait for this process
            raise

    def _say(self, size: int, taken: int) -> None:
        """Warn, once, that something is left out."""
        if not self._has_said:
            self._has_said = True
            what = f"of {size} samples {taken} are taken" if taken else f"the epoch ends before {size} more samples"
            warn(
                f"this process has more data than another: {what}, since all bring as many to a step; give each "
                "process batches of the same size, and as many of them"
            )


class ArrayBatches(Epochs):
    """Arrays as a source: (x, y, sample_weight) in batches, in an order of their own in each epoch.

    Args:
        arrays: x, then y and sample_weight where there are, with equally many samples.
        batch_size: samples in a batch.
        shuffle: whether each epoch has an order of its own.

    Example:
        >>> source = ArrayBatches([np.arange(3), np.arange(3) * 2], 2, shuffle=False)
        >>> [(x.tolist(), y.tolist()) for x, y in source], len(source)
        ([([0, 1], [0, 2]), ([2], [4])], 2)
    """

    def __init__(self, arrays: Sequence[Any], batch_size: int, *, shuffle: bool) -> None:
        named = {str(number): _samples(array) for number, array in enumerate(arrays)}
        self._source = ArraySource(named, batch_size, shuffle=shuffle)

    def __len__(self) -> int:
        return len(self._source)

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        for batch in self._source.batches(epoch, seed=seed, start=start):
            given = tuple(batch.arrays.values())
            yield given if len(given) > 1 else given[0]


def _samples(array: Any) -> np.ndarray:
    """An array whose first axis are samples."""
    try:
        found = array_of(array)
    except NoNumbers as error:
        raise DataError(f"{WHOLE}, got {error} in the place of one") from error
    if found.ndim == 0:
        raise DataError(f"{WHOLE}, got {shown(array)} in the place of one")
    return found


class EveryNth(PyDataset):
    """Every so-manieth batch of a data set that makes batches by number; the others are not made.

    Args:
        dataset: a `PyDataset`, or one like it.
        count: how many shares there are.
        index: which of them, from 0.

    Example:
        >>> class Seven(PyDataset):
        ...     def __len__(self):
        ...         return 7
        ...     def __getitem__(self, index):
        ...         return index
        >>> list(EveryNth(Seven(), 3, 1))
        [1, 4]
    """

    def __init__(self, dataset: Any, count: int, index: int) -> None:
        threads, ahead = getattr(dataset, "workers", 1), getattr(dataset, "max_queue_size", 10)
        super().__init__(workers=threads, max_queue_size=ahead)
        self._dataset, self._count, self._index = dataset, count, index

    @property
    def num_batches(self) -> int | None:
        """Of this share; what is left over at the end is in none."""
        whole = self._dataset.num_batches if hasattr(type(self._dataset), "num_batches") else len(self._dataset)
        return None if whole is None else whole // self._count

    def __getitem__(self, index: int) -> Any:
        """The batch of a number in this share."""
        return self._dataset[index * self._count + self._index]

    def on_epoch_begin(self) -> None:
        """Told on."""
        self._tell("on_epoch_begin")

    def on_epoch_end(self) -> None:
        """Told on."""
        self._tell("on_epoch_end")

    def _tell(self, hook: str) -> None:
        if hasattr(self._dataset, hook):
            getattr(self._dataset, hook)()
