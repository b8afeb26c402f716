"""What the values in masks stand for: the number of a class for each value or colour."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.checks import is_whole
from pellucid.errors import ArgumentError, FileError, shown
from pellucid.frozen import Frozen

__all__ = ["COLORED", "VOID", "Coding", "as_color", "numbered"]

VOID = 255
"""The number of a place that belongs to no class: neither learned nor counted."""
COLORED = 1 << 24
"""What stands before the 24 bits of a colour."""
MIDDLE = 128


class Coding(Frozen):
    """What the values in masks stand for.

    Attributes:
        values: that of each class, by the numbers of the classes; colours are numbers of 24 bits behind a 1.
        void: the value of places that belong to no class; None where there is none.
        soft: whether masks are dark and bright with something between, so that all from 128 on is the object.
    """

    values: tuple[int, ...]
    void: int | None = None
    soft: bool = False

    def __post_init__(self) -> None:
        numbers = (*self.values, *(() if self.void is None else (self.void,)))
        ascending = sorted(set(self.values)) == list(self.values) and len(self.values) > 1
        if not all(is_whole(each) and 0 <= each < 2 * COLORED for each in numbers) or not ascending:
            raise ArgumentError(f"Coding: values of classes are whole numbers in ascending order, got {shown(numbers)}")

    @property
    def names(self) -> tuple[str, ...]:
        """What classes are called for want of names: background and object where there are two, else their values."""
        if self.values in ((0, 1), (0, 255)):
            return "background", "object"
        return tuple(f"#{value - COLORED:06x}" if value >= COLORED else str(value) for value in self.values)


def as_color(values: Any) -> Any:
    """Values as colours: greys of files without any colour too."""
    return np.where(values >= COLORED, values, COLORED + values * 0x010101)


def numbered(values: np.ndarray, coding: Coding, owner: str) -> np.ndarray:
    """The number of the class at each place, uint8; `VOID` where there is none.

    Args:
        values: of masks, see `read_masks`.
        coding: what they stand for.
        owner: whose they are, for messages.

    Raises:
        FileError: a value stands for nothing.

    Example:
        >>> numbered(np.array([[0, 40, 255]]), Coding((0, 40), 255), "here").tolist()
        [[0, 1, 255]]
    """
    if coding.soft:
        return (values >= MIDDLE).astype(np.uint8)
    known = np.array(coding.values)
    if coding.values[-1] >= COLORED:
        values = as_color(values)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found = np.where(known[places] == values, places, VOID).astype(np.uint8)
    strange = values[(found == VOID) & (values != (-1 if coding.void is None else coding.void))]
    if strange.size:
        value = int(strange[0])
        told = f"#{value - COLORED:06x}" if value >= COLORED else str(value)
        raise FileError(f"{owner}: the value {told} occurs in masks and is none of {', '.join(coding.names)}")
    return found
