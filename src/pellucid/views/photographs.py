"""Photographs: read from files, and shown as what they are, not as numbers in orange and blue."""

from __future__ import annotations

import os

import numpy as np

from pellucid.calls import explained
from pellucid.colors import NOT_A_NUMBER
from pellucid.data.images.files import read_image
from pellucid.errors import ShapeError

__all__ = ["as_photograph", "kernel_in_color", "load_image", "smaller", "strongest_slices"]

BYTE = 255


@explained
def load_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads an image file as red, green and blue, turned upright as its EXIF data says.

    Args:
        path: a JPEG, PNG, TIFF, WebP, ... file; of an animation the first frame is taken, transparency is laid
            over white, grey images get three equal channels.

    Returns:
        (rows, columns, 3), uint8, 0 to 255.

    Raises:
        FileError: the file is missing, not an image of these formats, damaged, cut short, or too large.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("L", (4, 2), 200).save(f"{folder}/grey.png")
        ...     image = load_image(f"{folder}/grey.png")
        >>> image.shape, image.dtype, image[0, 0].tolist()
        ((2, 4, 3), dtype('uint8'), [200, 200, 200])

    Source: Exif 2.32, tag Orientation.
    """
    return read_image(path, channels=3)


def as_photograph(image: np.ndarray) -> tuple[np.ndarray, str]:
    """The pixels of an image as it looks, and in words what had to be done for that.

    Args:
        image: (rows, columns, 1 or 3): bytes, numbers from 0 to 1, or whole numbers from 0 to 255; others are stretched
            from their smallest to their largest.

    Returns:
        red, green, blue (rows, columns, 3), uint8, mid-grey where there is no number; and a sentence, "" for none.

    Raises:
        ShapeError: it is no image of 1 or 3 channels.

    Example:
        >>> as_photograph(np.array([[[0.0], [1.0]]]))
        (array([[[  0,   0,   0],
                [255, 255, 255]]], dtype=uint8), '')
        >>> as_photograph(np.array([[[-1.0], [3.0]]]))[1]
        'Black is -1, white is 3.'
    """
    if image.ndim != 3 or image.shape[-1] not in (1, 3):
        raise ShapeError(f"a photograph is an array (rows, columns, 1 or 3), got shape {image.shape}")
    values = image.astype(np.float64)
    finite = np.isfinite(values)
    low, high = (float(each(values[finite])) if finite.any() else 0.0 for each in (np.min, np.max))
    note = ""
    if image.dtype != np.uint8:
        if low >= 0 and high <= 1:
            values = values * BYTE
        elif low < 0 or high > BYTE or (values[finite] % 1).any():
            spread = high - low or 1.0
            values, note = (values - low) / spread * BYTE, f"Black is {low:.4g}, white is {high:.4g}."
    pixels = np.rint(np.where(finite, values, NOT_A_NUMBER[0])).astype(np.uint8)
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3)), note


def smaller(pixels: np.ndarray, side: int) -> np.ndarray:
    """An image with each square of so many pixels as one, its mean.

    Example:
        >>> smaller(np.array([[[0], [100]], [[50], [50]]]), 2).tolist()
        [[[50]]]
    """
    if side == 1:
        return pixels
    rows = np.add.reduceat(pixels.astype(np.float64), np.arange(0, pixels.shape[0], side), axis=0)
    sums = np.add.reduceat(rows, np.arange(0, pixels.shape[1], side), axis=1)
    counts = [np.diff([*range(0, size, side), size]) for size in pixels.shape[:2]]
    return np.rint(sums / np.multiply.outer(*counts)[..., np.newaxis]).astype(pixels.dtype)


def kernel_in_color(kernel: np.ndarray) -> np.ndarray:
    """A kernel over red, green and blue as one image: mid-grey is zero, the largest magnitude 0 or 255.

    Example:
        >>> kernel_in_color(np.array([[[1.0, 0.0, -1.0]]])).tolist()
        [[[255, 128, 0]]]
    """
    finite = np.where(np.isfinite(kernel), kernel, 0.0)
    largest = float(np.abs(finite).max(initial=0.0)) or 1.0
    return np.floor((finite / largest + 1) / 2 * BYTE + 0.5).astype(np.uint8)


def strongest_slices(kernel: np.ndarray, most: int) -> list[int]:
    """The channels of a kernel (rows, columns, channels): all in order, or the strongest by their norm.

    Example:
        >>> strongest_slices(np.array([[[1.0, -3.0, 2.0]]]), 3), strongest_slices(np.array([[[1.0, -3.0, 2.0]]]), 2)
        ([0, 1, 2], [1, 2])
    """
    count = kernel.shape[-1]
    if count <= most:
        return list(range(count))
    norms = np.sqrt((kernel.astype(np.float64) ** 2).sum(axis=(0, 1)))
    return [int(number) for number in np.argsort(-norms, kind="stable")[:most]]
