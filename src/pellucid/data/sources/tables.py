"""Data sets of Hugging Face: rows with named columns, of which any can be had by their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pellucid.data.sources.batches import batch_slices, epoch_order, said_of_short, span, turn_in
from pellucid.data.sources.source import Batch, Make, length_of
from pellucid.data.sources.streams import IterableSource

__all__ = ["TableSource", "is_table", "table_source"]


def is_table(data: Any) -> bool:
    """Whether it is a data set of Hugging Face, in memory or one that is read as it goes."""
    kind = type(data)
    return hasattr(kind, "with_format") and hasattr(data, "column_names")


class TableSource:
    """Rows of a table, cut into batches: dictionaries of columns.

    Args:
        table: whose rows are had by lists of their numbers, each column an array or a list.
        make: checks each batch, and makes it.
        batch_size: rows in a batch.
        shuffle: whether each epoch has an order of its own, which seed and epoch decide.
        steps: batches in an epoch, which goes on where the one before it stopped; all by default.
    """

    is_spent = False
    repeats = True  # the same batches again, where somebody looks for what went wrong in one

    def __init__(self, table: Any, make: Make, batch_size: int, *, shuffle: bool, steps: int | None = None) -> None:
        self._table, self._make, self._size, self._shuffle = table.with_format("numpy"), make, batch_size, shuffle
        self._steps = steps

    def __len__(self) -> int:
        """Batches in an epoch."""
        return math.ceil(len(self._table) / self._size) if self._steps is None else self._steps

    def first(self) -> Any:
        """What the first batch is made of."""
        return self._table[: self._size]

    def turn(self, epoch: int) -> int:
        """See `TurningSource.turn`."""
        return turn_in(epoch, self._steps, math.ceil(len(self._table) / self._size))

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Batch]:
        """See `Source.batches`."""
        rows = len(self._table)
        part = span(epoch, self._steps, math.ceil(rows / self._size))
        order = epoch_order(rows, seed=seed, epoch=part.turn) if self._shuffle else None
        first = part.start + start
        for number, wanted in enumerate(islice(batch_slices(rows, self._size), first, part.stop), first):
            raw = self._table[wanted if order is None else order[wanted].tolist()]
            yield self._make(raw, number)
        said_of_short((part.stop or 0) - part.start, self._steps)


class _Read:
    """A table that is read as it goes, batch by batch."""

    def __init__(self, table: Any, batch_size: int) -> None:
        self._table, self._size = table.with_format("numpy"), batch_size

    def __iter__(self) -> Iterator[Any]:
        return iter(self._table.iter(self._size))


def table_source(
    table: Any, make: Make, batch_size: int, *, shuffle: bool, steps: int | None = None
) -> TableSource | IterableSource:
    """A source of the rows of a table; one that is read as it goes has no other order than its own."""
    if length_of(table) is None or not hasattr(type(table), "__getitem__"):
        return IterableSource(_Read(table, batch_size), make, steps=steps)
    return TableSource(table, make, batch_size, shuffle=shuffle, steps=steps)
