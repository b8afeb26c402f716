"""Pixels of images: of the content of files, as bytes or as numbers from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.data.pictures import img_to_array, load_img
from pellucid.dispatch.anywhere import Symbolic
from pellucid.dispatch.arrays import RECORDER
from pellucid.graph import Tensor
from pellucid.tape.recording import Eager

MODES = {0: None, 1: "grayscale", 3: "rgb", 4: "rgba"}


def decode_image(contents: Any, channels: int = 0, dtype: Any = np.uint8, expand_animations: bool = True) -> Any:
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


decode_jpeg = decode_png = decode_bmp = decode_gif = decode_image


def is_array(image: Any) -> bool:
    """Whether NumPy does it; whole numbers have no gradient."""
    if isinstance(image, Symbolic | Tensor):
        return False
    return RECORDER.get() is None or np.asarray(image).dtype.kind in "iub"


def convert_image_dtype(image: Any, dtype: Any) -> Any:
    """Whole numbers to the largest 255 as numbers from 0 to 1, and back."""
    if not is_array(image):
        return ops.cast(image, np.dtype(dtype).name)
    array, kind = np.asarray(image), np.dtype(dtype)
    if array.dtype.kind in "iu" and kind.kind == "f":
        return (array.astype(kind) / np.iinfo(array.dtype).max).view(Eager)
    if array.dtype.kind == "f" and kind.kind in "iu":
        return (array * (np.iinfo(kind).max + 0.5)).clip(0, np.iinfo(kind).max).astype(kind).view(Eager)
    return array.astype(kind).view(Eager)
