"""`scipy.misc` as far as it was for images, until SciPy 1.1: old scripts draw their filters by it.

A script that is run finds this file under that name (see `companions`).

Numbers that are no bytes become bytes by stretching them from their smallest to their largest, as it was there.

Source: scipy.misc of SciPy 1.0 (imread, imsave, imresize, toimage, fromimage, bytescale).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

INTERPOLATIONS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "cubic": 3}
"""What Pillow calls them."""

CHANNELS = {3: "RGB", 4: "RGBA"}

MOVED = {
    "comb": "scipy.special.comb",
    "factorial": "scipy.special.factorial",
    "logsumexp": "scipy.special.logsumexp",
    "face": "scipy.datasets.face",
    "ascent": "scipy.datasets.ascent",
    "electrocardiogram": "scipy.datasets.electrocardiogram",
    "imrotate": "scipy.ndimage.rotate",
    "imfilter": "PIL.ImageFilter",
    "imshow": "matplotlib.pyplot.imshow",
}
"""What scipy.misc had besides, and where it is today."""


def __getattr__(name: str) -> Any:
    if name in MOVED:
        raise AttributeError(f"scipy.misc.{name} is {MOVED[name]} today")
    raise AttributeError(f"scipy.misc has no {name!r}: SciPy gave it up; its functions for images are here")


def bytescale(data: Any, cmin: float | None = None, cmax: float | None = None, high: int = 255, low: int = 0) -> Any:
    """Bytes, as they are; other numbers from `cmin` to `cmax` (else the smallest and largest) spread from low to high.

    Raises:
        ValueError: a bound is beyond a byte, or `cmax` is below `cmin`.

    Example:
        >>> bytescale([0.0, 0.5, 2.0]).tolist()
        [0, 64, 255]
    """
    numbers = np.asarray(data)
    if numbers.dtype == np.uint8:
        return numbers
    if not 0 <= low <= high <= 255:
        raise ValueError(f"low and high must be in order, from 0 to 255; got {low} and {high}")
    least = numbers.min() if cmin is None else cmin
    spread = (numbers.max() if cmax is None else cmax) - least
    if not spread >= 0:
        raise ValueError("cmax must be at least cmin, and no number NaN")
    stretched = (numbers - least) * ((high - low) / (spread if spread > 0 else 1)) + low
    return (stretched.clip(low, high) + 0.5).astype(np.uint8)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: float | None = None,
    cmax: float | None = None,
    *,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Image.Image:
    """An image of an array (rows, columns) or with an axis of 3 or 4 channels; see `bytescale`.

    Raises:
        ValueError: the array has another shape, or `mode` is none of None, "L", "F", "RGB" and "RGBA".

    Example:
        >>> toimage([[0.0, 1.0]]).size
        (2, 1)
    """
    numbers = np.asarray(arr)
    if numbers.ndim == 2:
        if mode == "F":
            return Image.fromarray(numbers.astype(np.float32))
        if mode not in (None, "L"):
            raise ValueError(f"an image without channels has mode None, 'L' or 'F', got {mode!r}")
        return Image.fromarray(np.ascontiguousarray(bytescale(numbers, cmin, cmax, high, low)))
    axis = _channel_axis(numbers.shape, channel_axis)
    known = CHANNELS[numbers.shape[axis]]
    if mode not in (None, known):
        raise ValueError(f"{numbers.shape[axis]} channels have mode None or {known!r}, got {mode!r}")
    pixels = np.moveaxis(bytescale(numbers, cmin, cmax, high, low), axis, 2)
    return Image.fromarray(np.ascontiguousarray(pixels))


def _channel_axis(shape: tuple[int, ...], given: int | None) -> int:
    """The axis of the channels: the first of size 3, or else of size 4."""
    if len(shape) == 3:
        found = [axis for count in CHANNELS for axis, size in enumerate(shape) if size == count]
        axis = given if given is not None else found[0] if found else 0
        if shape[axis] in CHANNELS:
            return axis
    raise ValueError(f"an image has two axes, or three of which one has 3 or 4 channels; got the shape {shape}")


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> Any:
    """The pixels of an image: (rows, columns) of a grey one, (rows, columns, 3 or 4) of one with colours.

    Args:
        im: the image.
        flatten: whether colours become one grey, as float32.
        mode: Pillow's, into which it is converted before.

    Example:
        >>> fromimage(toimage([[0.0, 1.0]])).tolist()
        [[0, 255]]
    """
    if mode is not None:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Any:
    """The pixels of an image file; see `fromimage`."""
    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Write an array as an image file; see `toimage`. Channels are the last axis."""
    toimage(arr, channel_axis=2).save(name, *([] if format is None else [format]))


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Any:
    """An image of another size, as bytes (see `bytescale`).

    Args:
        arr: the image.
        size: a whole number of percent, a factor, or (rows, columns).
        interp: "nearest", "lanczos", "bilinear", "bicubic" or "cubic"; where it shrinks, with antialiasing.
        mode: see `toimage`.

    Example:
        >>> imresize([[0.0, 1.0], [0.0, 1.0]], 200).shape
        (4, 4)
    """
    if interp not in INTERPOLATIONS:
        raise ValueError(f"interp is one of {', '.join(map(repr, INTERPOLATIONS))}, got {interp!r}")
    image = toimage(arr, mode=mode)
    if isinstance(size, int | float | np.number):
        factor = size / 100.0 if isinstance(size, int | np.integer) else size
        wide, high = (int(length * factor) for length in image.size)
    else:
        high, wide = (int(length) for length in size)
    return np.array(image.resize((wide, high), Image.Resampling(INTERPOLATIONS[interp])))
