"""How arrays of numbers are images: their sizes, where the channels are, and which number is white."""

from __future__ import annotations

import math

import numpy as np

from pellucid.checks import is_number, is_whole
from pellucid.errors import ArgumentError, FileError, escaped, shown
from pellucid.frozen import Frozen

__all__ = ["Form", "range_told", "white_in"]

BYTE, WORD = 255.0, 65535.0
ROUNDING = 1e-6
FAR = 4.0
"""How many times as wide as those trained on numbers may be."""


class Form(Frozen):
    """How numbers are images. A model that was trained on arrays keeps it, so that others are taken alike.

    Attributes:
        rows: of pixels.
        columns: of pixels.
        channels: 1 for grey, 3 for red, green and blue.
        channels_first: whether all of one colour stand before those of the next.
        white: the number that is white, 1, 255 or 65535; 0 where nobody knows, as of standardised numbers.
        least: of the numbers that were trained on.
        largest: of them.

    Raises:
        ArgumentError: a size is none, or a number.

    Example:
        >>> Form(2, 3, white=1.0, least=0.0, largest=1.0).images(np.zeros((4, 6)), "x.npy").shape
        (4, 2, 3, 1)
    """

    rows: int
    columns: int
    channels: int = 1
    channels_first: bool = False
    white: float = 0.0
    least: float = 0.0
    largest: float = 1.0

    def __post_init__(self) -> None:
        sizes = (self.rows, self.columns, self.channels)
        if not all(is_whole(size) and size >= 1 for size in sizes) or self.channels not in (1, 3):
            raise ArgumentError(f"Form: rows and columns are whole numbers >= 1, channels 1 or 3, got {shown(sizes)}")
        numbers = (self.white, self.least, self.largest)
        if not all(is_number(each) and math.isfinite(each) for each in numbers) or not isinstance(
            self.channels_first, bool
        ):
            raise ArgumentError(f"Form: white, least and largest are numbers, got {shown(numbers)}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an image as a model takes it: (rows, columns, channels)."""
        return self.rows, self.columns, self.channels

    @property
    def words(self) -> str:
        """Of an image as its numbers lie: "28x28", "32x32x3" or "3x32x32"; as `--shape` takes it."""
        sizes: tuple[int, ...] = (self.rows, self.columns)
        if self.channels > 1:
            sizes = (self.channels, *sizes) if self.channels_first else (*sizes, self.channels)
        return "x".join(map(str, sizes))

    def images(self, values: np.ndarray, owner: str) -> np.ndarray:
        """Images (images, rows, columns, channels) of an array of them, or of one of them.

        Args:
            values: as `Form` says it, with the axis of a single channel or without, or all numbers of an image in one
                row.
            owner: whose they are, for messages.

        Raises:
            FileError: they have another shape, or are none that could be pixels.
        """
        inside = (self.channels, self.rows, self.columns) if self.channels_first else self.shape
        ways = {inside, (math.prod(inside),), (math.prod(inside), 1)}
        ways |= {(self.rows, self.columns), (1, self.rows, self.columns), self.shape} if self.channels == 1 else set()
        if values.shape[1:] not in ways:
            if values.shape not in ways:
                raise FileError(
                    f"{owner} has the shape {values.shape}; expected images of {self.words}: the samples in the first "
                    "axis"
                )
            values = values[np.newaxis]
        refuse_strange(values, owner)
        images = values.reshape(len(values), *(self.shape if self.channels == 1 else inside))
        return np.moveaxis(images, 1, -1) if self.channels_first and self.channels > 1 else images

    def check_range(self, images: np.ndarray, owner: str) -> None:
        """Raise `FileError` where numbers lie elsewhere than those that a model was trained on: all would be wrong."""
        if not images.size:
            raise FileError(f"{owner} holds no images")
        least, largest = float(images.min()), float(images.max())
        width = self.largest - self.least
        above = largest > self.largest + (FAR - 1) * width or least < self.least - (FAR - 1) * width
        below = (
            self.white > 1
            and self.largest > 1
            and 0 <= least < largest <= 1 + ROUNDING
            and not bool((images == np.round(images)).all())
        )
        if above or below or (self.white > 0 and least < 0):
            raise FileError(
                f"{owner} has {range_told(least, largest)}, and the model was trained on "
                f"{range_told(self.least, self.largest)}: bring the images to those first, as was done with the others"
            )


def refuse_strange(values: np.ndarray, owner: str) -> None:
    """Raise `FileError` for values that are no numbers of pixels."""
    if values.dtype.kind not in "biuf":
        raise FileError(f"{owner} holds {values.dtype}, which are no numbers of pixels")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
        raise FileError(
            f"{owner} has NaN or infinite numbers in {len(bad):,} images, the first is number {bad[0]}; mend them or "
            "leave them out"
        )


def range_told(least: float, largest: float) -> str:
    """Where numbers lie.

    Example:
        >>> range_told(0.0, 255.0)
        'numbers from 0 to 255'
    """
    return f"numbers from {least:.4g} to {largest:.4g}"


def white_in(images: np.ndarray, owner: str) -> float:
    """The number that is white in images, as far as can be told from where they lie; 0 where it cannot.

    Raises:
        FileError: all numbers are the same.

    Example:
        >>> grey = np.array([[0, 120], [200, 255]])
        >>> [white_in(each, "x.npy") for each in (grey, grey / 255, grey - 128.0, grey // 16)]
        [255.0, 1.0, 0.0, 0.0]
    """
    least, largest = float(images.min()), float(images.max())
    if least == largest:
        raise FileError(f"{escaped(owner)}: all numbers of its images are {least:g}, so there is nothing to learn")
    if least < 0:
        return 0.0
    if largest <= 1 + ROUNDING:
        return 1.0
    if BYTE / 2 < largest <= BYTE:
        return BYTE
    return WORD if images.dtype.kind in "iu" and WORD / 2 < largest <= WORD else 0.0
