"""Images as they lie in a file of numbers, part by part, with what is written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.data.folders.named_parts import TEST, TRAIN, VALIDATION
from pellucid.frozen import Frozen

__all__ = ["Part", "PixelFile"]


class Part(Frozen, eq=False):
    """Some images as numbers.

    Attributes:
        values: (images, ...), as `Form.images` takes them.
        labels: of each, as they are written, see `answers_of`; None where there are none.
        owner: where they are, for messages.
        titles: of the columns of labels.
        rows: what each image is called beside its owner, such as "row 2".
    """

    values: np.ndarray
    labels: Any
    owner: str
    titles: tuple[str, ...] = ("value",)
    rows: Sequence[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of each image.

        Example:
            >>> Part(np.zeros((2, 4)), None, "x.npy").names
            ('x.npy image 0', 'x.npy image 1')
        """
        rows = [f"image {number}" for number in range(len(self.values))] if self.rows is None else self.rows
        return tuple(f"{self.owner} {row}" for row in rows)

    def taken(self, places: Sequence[int] | np.ndarray) -> Part:
        """Some of the images."""
        labels = None if self.labels is None else [self.labels[place] for place in places]
        rows = None if self.rows is None else [self.rows[place] for place in places]
        return Part(self.values[np.asarray(places, np.int64)], labels, self.owner, self.titles, rows)


class PixelFile(Frozen, eq=False):
    """Images that are kept as numbers.

    Attributes:
        parts: by name, "" where they are not divided.
        grid: rows and columns that the titles of a table count; None where they do not.
        told: what was found, in sentences.
    """

    parts: dict[str, Part]
    grid: tuple[int, int] | None = None
    told: tuple[str, ...] = ()

    def first_of(self, *names: str) -> Part | None:
        """The first of some parts that there is."""
        return next((self.parts[name] for name in names if name in self.parts), None)

    @property
    def to_test(self) -> Part:
        """The images to look at with a model: those to test with, or to validate with, or else all."""
        found = self.first_of(TEST, VALIDATION, "", TRAIN)
        assert found is not None
        return found
