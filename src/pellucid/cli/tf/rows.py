"""Rows of several lengths, as functions on text give them: `tf.RaggedTensor`, as far as scripts use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.errors import ArgumentError

__all__ = ["Rows"]


class Rows:
    """Rows of text or of numbers, each of a length of its own.

    Args:
        rows: in order.

    Example:
        >>> rows = Rows([["a", "b"], ["c"]])
        >>> rows.to_list(), rows.to_tensor().tolist(), rows.shape
        ([['a', 'b'], ['c']], [['a', 'b'], ['c', '']], (2, None))
    """

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._rows = [list(row) for row in rows]

    @property
    def shape(self) -> tuple[int, None]:
        """How many rows there are; how long they are is open."""
        return len(self._rows), None

    def to_list(self) -> list[list[Any]]:
        """Lists in a list."""
        return [list(row) for row in self._rows]

    def to_tensor(self, default_value: Any = None, shape: Sequence[int | None] | None = None) -> Any:
        """One array: short rows are filled up with nothing ("" or 0), rows that are longer than `shape` cut off."""
        longest = max(map(len, self._rows), default=0)
        wide = longest if shape is None or shape[-1] is None else int(shape[-1])
        first = next((each for row in self._rows for each in row), "")
        filler = default_value if default_value is not None else "" if isinstance(first, str) else 0
        filled = [[*row[:wide], *[filler] * (wide - len(row))] for row in self._rows]
        return eager(np.array(filled, type(first) if isinstance(first, str) else None).reshape(-1, wide))

    def row_lengths(self) -> Any:
        """How long each is."""
        return eager(np.array([len(row) for row in self._rows], np.int64))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if len({len(row) for row in self._rows}) > 1:
            raise ArgumentError("rows of several lengths are no array: to_tensor() fills the short ones up")
        return np.array(self._rows, dtype)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return (eager(np.array(row, str if not row else None)) for row in self._rows)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 2 and key[0] in (slice(None), ...):
            picked: list[Any] = [row[key[1]] for row in self._rows]
            return Rows(picked) if isinstance(key[1], slice) else eager(np.array(picked))
        found = self._rows[key]
        return Rows(found) if isinstance(key, slice) else eager(np.array(found, str if not found else None))
