"""An array of which no process has the whole: several devices hold shares of it, and each process sees its own."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from pellucid.frozen import Frozen

__all__ = ["Pieces", "Spread", "are_all_of", "cut"]

Pieces = list[tuple[int, np.ndarray]]
"""Parts of a flat array: where each begins in it, and its numbers."""


class Spread(Frozen, eq=False):
    """An array as one of several processes has it.

    Args:
        shape: of the whole.
        dtype: of its numbers.
        pieces: of the whole, laid out flat, those that this process has; every number is in one process.

    Example:
        >>> first = Spread((2, 2), np.dtype(np.float32), [(0, np.zeros(3, np.float32))])
        >>> first.size, first.pieces[0][1].size
        (4, 3)
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    pieces: Pieces

    @property
    def size(self) -> int:
        """Numbers of the whole."""
        return math.prod(self.shape)


def cut(pieces: Pieces, start: int, size: int) -> Pieces:
    """What is in them of so many numbers from there on, counted from there.

    Example:
        >>> cut([(0, np.arange(4)), (8, np.arange(8, 12))], 3, 6)
        [(0, array([3])), (5, array([8]))]
    """
    found = []
    for first, numbers in pieces:
        low, high = max(first, start), min(first + numbers.size, start + size)
        if low < high:
            found.append((low - start, numbers[low - first : high - first]))
    return found


def are_all_of(places: Iterable[tuple[int, int]], size: int) -> bool:
    """Whether runs of numbers, each from its first to behind its last, are all of so many, each once.

    Example:
        >>> are_all_of([(3, 5), (0, 3)], 5), are_all_of([(0, 3), (2, 5)], 5)
        (True, False)
    """
    end = 0
    for first, behind in sorted(places):
        if first != end:
            return False
        end = behind
    return end == size
