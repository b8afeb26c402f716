"""Batches of whatever can be gone through: generators, loaders of PyTorch, data sets of TensorFlow, and their like.

No other library is imported for it: what something is, is seen by what it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any

from pellucid.data.sources.batches import said_of_short, span, turn_in
from pellucid.data.sources.source import Batch, Make, length_of
from pellucid.errors import ArgumentError, DataError

__all__ = ["IterableSource", "IteratorSource", "is_stream"]

ARRAYLIKE = ("__array__", "__array_interface__", "__dlpack__", "dtype", "shape")
"""What somebody has who is an array, and not batches that come one after the other."""


def is_stream(data: Any) -> bool:
    """Whether batches come of it one after the other, rather than being an array or several.

    Example:
        >>> is_stream(iter([])), is_stream([[1, 2]]), is_stream({"x": 1}), is_stream("text")
        (True, False, False, False)
    """
    kind = type(data)
    if isinstance(data, Sequence | Mapping | Set | memoryview | type):
        return False
    return hasattr(kind, "__iter__") and not any(hasattr(kind, name) for name in ARRAYLIKE)


class IteratorSource:
    """Batches of an iterator, such as a generator: each epoch goes on where the one before it stopped.

    Args:
        iterator: gives what batches are made of.
        make: checks each, and makes it.
        steps: batches in an epoch; all that come by default.

    Example:
        >>> import numpy as np
        >>> source = IteratorSource(iter(range(5)), lambda raw, number: Batch({"x0": np.full(1, raw)}), steps=2)
        >>> for epoch in range(2):
        ...     print([int(batch.arrays["x0"][0]) for batch in source.batches(epoch, seed=0)])
        [0, 1]
        [2, 3]
        >>> source.is_spent
        False
    """

    def __init__(self, iterator: Iterator[Any], make: Make, *, steps: int | None = None) -> None:
        self._iterator, self._make, self._steps = iterator, make, steps
        self._ahead: list[Any] = []  # what was looked at and is still to come

    def __len__(self) -> int:
        """Batches in an epoch, where it was said; else a TypeError, as of all that cannot be counted."""
        if self._steps is None:
            raise TypeError("nobody knows how many batches will come")
        return self._steps

    @property
    def is_spent(self) -> bool:
        """See `Source.is_spent`; one batch is looked at for it."""
        if not self._ahead:
            self._ahead.extend(islice(self._iterator, 1))
        return not self._ahead

    def first(self) -> Any:
        """What the next batch is made of; raises `DataError` where there is none."""
        if self.is_spent:
            raise _nothing()
        return self._ahead[0]

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`; raises `ArgumentError` where an epoch is to go on in its middle."""
        if start:
            raise _lost(self._iterator, start)
        number = 0
        while (self._steps is None or number < self._steps) and not self.is_spent:
            yield self._make(self._ahead.pop(), number)
            number += 1
        said_of_short(number, self._steps)


class IterableSource:
    """Batches of something that can be gone through again and again, such as a `DataLoader` of PyTorch.

    Args:
        data: gives a new iterator for each turn; its length, where it has one, is the number of batches.
        make: checks each batch, and makes it.
        steps: batches in an epoch, which goes on where the one before it stopped; all that there are by default.

    Example:
        >>> import warnings
        >>> import numpy as np
        >>> source = IterableSource(range(5), lambda raw, number: Batch({"x0": np.full(1, raw)}), steps=3)
        >>> with warnings.catch_warnings(action="ignore"):  # the second epoch has two batches
        ...     for epoch in range(3):
        ...         print([int(batch.arrays["x0"][0]) for batch in source.batches(epoch, seed=0)])
        [0, 1, 2]
        [3, 4]
        [0, 1, 2]
    """

    is_spent = False

    def __init__(self, data: Any, make: Make, *, steps: int | None = None) -> None:
        self._data, self._make, self._steps = data, make, steps
        self._live: Iterator[Any] | None = None  # a turn that was not gone through to its end
        self._next: tuple[int, int] | None = None  # the turn and the batch at which it is

    def __len__(self) -> int:
        """Batches in an epoch; a TypeError where that is not known, as of all that cannot be counted."""
        count = length_of(self._data) if self._steps is None else self._steps
        if count is None:
            raise TypeError("nobody knows how many batches there are")
        return count

    def _begin(self) -> Iterator[Any]:
        """A new turn through the data; a tf.data.Dataset is asked for NumPy's arrays."""
        return self._data.as_numpy_iterator() if hasattr(type(self._data), "as_numpy_iterator") else iter(self._data)

    def first(self) -> Any:
        """What the first batch is made of; raises `DataError` where there is none."""
        for raw in self._begin():
            return raw
        raise _nothing()

    def turn(self, epoch: int) -> int:
        """See `TurningSource.turn`."""
        return turn_in(epoch, self._steps, length_of(self._data))

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`.

        Raises:
            ArgumentError: an epoch is to go on in its middle, and nobody knows where that is in the data.
        """
        if self._steps is None:
            for number, raw in enumerate(islice(self._begin(), start, None), start):
                yield self._make(raw, number)
            return
        count = length_of(self._data)
        part = span(epoch, self._steps, count)
        if count is None and start:
            raise _lost(self._data, start)
        turn, first = (epoch, 0) if count is None else (part.turn, part.start + start)
        wanted = self._steps if count is None else (part.stop or 0) - first
        came = 0
        for came, raw in enumerate(self._taken(turn, first, wanted), 1):
            yield self._make(raw, first + came - 1)
        self._next = (turn + 1, 0) if count is None else (turn, first + came)
        said_of_short(start + came, self._steps)

    def _taken(self, turn: int, first: int, wanted: int) -> Iterator[Any]:
        """The batches that are wanted: from where the data are, or else from a new beginning."""
        live = self._live if self._next == (turn, first) else None
        self._next = None
        count = 0
        if live is not None:
            for raw in islice(live, wanted):
                count += 1
                yield raw
        if live is None or not count:  # the epoch before it may have taken the last batch
            self._live = islice(self._begin(), first, None)
            yield from islice(self._live, wanted)


def _nothing() -> DataError:
    return DataError("the data have no batches: nothing came out of them")


def _lost(data: Any, start: int) -> ArgumentError:
    return ArgumentError(
        f"the training that is resumed stopped before batch {start + 1} of an epoch, but {type(data).__name__} cannot "
        "begin there: give data that can be gone through again and have a length, such as a PyDataset"
    )
