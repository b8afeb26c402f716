"""Pixels of images: of the content of files, as bytes or as numbers from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.data.images.pictures import img_to_array, load_img
from pellucid.dispatch.anywhere import Symbolic
from pellucid.dispatch.arrays import RECORDER
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.tape.recording import Eager

MODES = {0: None, 1: "grayscale", 3: "rgb", 4: "rgba"}


def decode_image(
    contents: Any, channels: int = 0, dtype: Any = np.uint8, expand_animations: bool = True, name: str | None = None
) -> Any:
    """The pixels of a file's content."""
    data = contents if isinstance(contents, bytes) else np.asarray(contents, object).item()
    mode = MODES[channels or 0] or "rgb"
    pixels = img_to_array(load_img(_Content(data), mode), "channels_last", np.uint8)
    return convert_image_dtype(pixels, dtype) if np.dtype(dtype).kind == "f" else pixels.view(Eager)


class _Content:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        """All of it."""
        return self._data


def decode_jpeg(
    contents: Any, channels: int = 0, ratio: int = 1, fancy_upscaling: bool = True, try_recover_truncated: bool = False,
    acceptable_fraction: float = 1, dct_method: str = "", name: str | None = None,
) -> Any:  # fmt: skip
    """The pixels of a JPEG file's content. How it is decoded is the decoder's business: the exact transformation, with
    colours smoothed; an image is not made smaller on the way.
    """
    if ratio != 1 or try_recover_truncated:
        raise ArgumentError(
            "tf.image.decode_jpeg: images are decoded whole; leave out ratio and try_recover_truncated, and let "
            "tf.image.resize make them smaller"
        )
    return decode_image(contents, channels)


def decode_png(contents: Any, channels: int = 0, dtype: Any = np.uint8, name: str | None = None) -> Any:
    """The pixels of a PNG file's content."""
    return decode_image(contents, channels, dtype)


decode_bmp = decode_gif = decode_image


def is_array(image: Any) -> bool:
    """Whether NumPy does it; whole numbers have no gradient."""
    if isinstance(image, Symbolic | Tensor):
        return False
    return RECORDER.get() is None or np.asarray(image).dtype.kind in "iub"


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Any:
    """Whole numbers to the largest of their type as numbers from 0 to 1, and back; or as those of another type.

    Args:
        image: of any shape.
        dtype: to be had.
        saturate: whether what is outside of the type becomes its end; numbers are wrapped around otherwise, and those
            from 0 to 1 are never outside.
        name: means nothing.

    Example:
        >>> convert_image_dtype(np.array([255, 0], np.uint8), np.float32)[1].tolist()
        0.0
        >>> convert_image_dtype(np.array([256, 65535], np.uint16), np.uint8).tolist()
        [1, 255]
    """
    if not is_array(image):
        return ops.cast(image, np.dtype(dtype).name)
    array, kind = np.asarray(image), np.dtype(dtype)
    if array.dtype.kind in "iu" and kind.kind == "f":
        return (array.astype(kind) * kind.type(1 / np.iinfo(array.dtype).max)).view(Eager)  # as TensorFlow rounds
    if array.dtype.kind == "f" and kind.kind in "iu":
        most, least = np.iinfo(kind).max, np.iinfo(kind).min
        scaled, largest = array * (most + 0.5), np.asarray(most, array.dtype)
        largest = largest if float(largest) <= most else np.nextafter(largest, np.zeros_like(largest))
        return (scaled.clip(least, largest) if saturate else scaled.astype(np.int64)).astype(kind).view(Eager)
    if array.dtype.kind in "iu" and kind.kind in "iu":
        return _of_another_width(array, kind, saturate).view(Eager)
    return array.astype(kind).view(Eager)


def _of_another_width(array: np.ndarray, kind: np.dtype[Any], saturate: bool) -> np.ndarray:
    """Whole numbers so that the largest of one type is about the largest of the other."""
    here, there = int(np.iinfo(array.dtype).max) + 1, int(np.iinfo(kind).max) + 1
    scaled = array.astype(np.int64) // (here // there) if here > there else array.astype(np.int64) * (there // here)
    return (scaled.clip(np.iinfo(kind).min, np.iinfo(kind).max) if saturate else scaled).astype(kind)
