"""Tables that hold the pixels of images themselves, a column for each: what they are, and how they are trained on."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from pellucid.errors import FileError, escaped

__all__ = ["refuse_pixels"]

FEWEST = 16
"""Pixels of an image in such a table."""
PIXEL = r"(pixel|pix|px|p)?[\W_]?\d+([x_]\d+)?"
"""Titles of their columns: "pixel0", "1x28", "783"."""


def refuse_pixels(path: Path, titles: Sequence[str]) -> None:
    """Raise `FileError`, with the lines of Python that train on it, where columns are pixels, and no names of files.

    Args:
        path: of the table.
        titles: of its columns.

    Example:
        >>> try:
        ...     refuse_pixels(Path("train.csv"), ["label", *(f"pixel{number}" for number in range(784))])
        ... except FileError as error:
        ...     print(str(error).replace("; ", "\\n"))
        train.csv holds pixels, not names of image files: tables of pixels are trained on in Python
        table = numpy.loadtxt('train.csv', delimiter=',', skiprows=1)
        model.fit(table[:, 1:].reshape(-1, 28, 28, 1) / 255, table[:, 0])
    """
    words = [title.strip().lower() for title in titles]
    pixels = [column for column, word in enumerate(words) if re.fullmatch(PIXEL, word)]
    others = [column for column in range(len(words)) if column not in pixels]
    if len(pixels) < FEWEST or len(others) > 1:
        return
    is_together = pixels == list(range(pixels[0], pixels[-1] + 1))
    side, channels = _shape(len(pixels))
    told = f"{escaped(path)} holds pixels, not names of image files: tables of pixels are trained on in Python"
    if others and is_together and side:
        part = "1:" if others[0] == 0 else ":-1"
        told += (
            f"; table = numpy.loadtxt({str(path)!r}, delimiter=',', skiprows=1); "
            f"model.fit(table[:, {part}].reshape(-1, {side}, {side}, {channels}) / 255, table[:, {others[0] and -1}])"
        )
    raise FileError(told)


def _shape(count: int) -> tuple[int, int]:
    """Side and channels of square images of so many numbers; (0, 0) where there are none."""
    shapes = [(math.isqrt(count // channels), channels) for channels in (1, 3)]
    return next(((side, channels) for side, channels in shapes if side * side * channels == count), (0, 0))
