"""Images between files, Pillow's objects and arrays, under Keras's names."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import array_that
from pellucid.calls import explained
from pellucid.checks import flag, is_whole, word
from pellucid.config import image_data_format
from pellucid.data.images.files import MAX_PIXELS, opened_image
from pellucid.errors import ArgumentError, escaped, shown
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["array_to_img", "img_to_array", "load_img", "save_img"]

COLOR_MODES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
DATA_FORMATS = ("channels_last", "channels_first")


@explained
def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
    grayscale: bool = False,
) -> Image:
    """An image file as an object of Pillow's.

    Args:
        path: the file, or something with its content to be read.
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (height, width) to scale to [pixels]; None keeps the size.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: whether the middle of the image that has the target's proportions is taken, and not all.
        grayscale: Keras 1's word for the color mode.

    Raises:
        ArgumentError: a word is unknown, or a size is none.
        FileError: the file is missing, no image, damaged, or too large.

    Example:
        >>> import tempfile, PIL.Image
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     PIL.Image.new("RGB", (48, 32), "red").save(f"{folder}/red.png")
        ...     load_img(f"{folder}/red.png", target_size=(8, 6)).size
        (6, 8)

    Source: keras.utils.load_img, https://keras.io/api/data_loading/image/
    """
    mode = "grayscale" if flag("load_img", "grayscale", grayscale) else color_mode
    word("load_img", "color_mode", mode, COLOR_MODES)
    word("load_img", "interpolation", interpolation, INTERPOLATIONS)
    image = opened_image(path.read() if hasattr(path, "read") else path)
    if image.mode != COLOR_MODES[mode] and not (mode == "grayscale" and image.mode in ("I;16", "I")):
        image = image.convert(COLOR_MODES[mode])
    if target_size is None:
        return image
    height, width = _size(target_size)
    from PIL.Image import Resampling

    resample = Resampling[interpolation.upper()]
    if not flag("load_img", "keep_aspect_ratio", keep_aspect_ratio):
        return image if image.size == (width, height) else image.resize((width, height), resample)
    return image.resize((width, height), resample, box=_middle(image.size, (width, height)))


def _size(target_size: object) -> tuple[int, int]:
    size = tuple(target_size) if isinstance(target_size, list | tuple) else ()
    are_sizes = len(size) >= 2 and all(is_whole(n) and n > 0 for n in size[:2])
    if not are_sizes or size[0] * size[1] > MAX_PIXELS:
        raise ArgumentError(
            "load_img: target_size is (height, width), whole numbers >= 1 and no more than "
            f"{MAX_PIXELS:,} pixels together, got {shown(target_size)}"
        )
    return int(size[0]), int(size[1])


def _middle(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest part in the middle that has the proportions of the target: left, top, right, bottom."""
    (width, height), (target_width, target_height) = size, target
    crop_height = min(height, width * target_height // target_width)
    crop_width = min(width, height * target_width // target_height)
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return left, top, left + crop_width, top + crop_height


@explained
def img_to_array(img: Any, data_format: str | None = None, dtype: npt.DTypeLike | None = None) -> np.ndarray:
    """An image of Pillow's as an array with an axis of channels.

    Args:
        img: of Pillow's, or an array (H, W) or (H, W, C).
        data_format: "channels_last" or "channels_first"; that of `config.image_data_format()` by default.
        dtype: float32 by default.

    Raises:
        ArgumentError: it has another number of axes, or the data format is unknown.

    Example:
        >>> import PIL.Image
        >>> img_to_array(PIL.Image.new("RGB", (4, 2), "red")).shape
        (2, 4, 3)

    Source: keras.utils.img_to_array.
    """
    place = _data_format("img_to_array", data_format)
    with np.errstate(over="ignore"):  # what is larger than the type's numbers becomes infinite, as in Keras
        array = np.array(array_that("img_to_array: img", img), dtype=_dtype("img_to_array", dtype))
    if array.ndim not in (2, 3):
        raise ArgumentError(f"img_to_array: an image has two or three axes, got shape {array.shape}")
    if array.ndim == 2:
        array = array[..., np.newaxis]
    return array.transpose(2, 0, 1) if place == "channels_first" else array


@explained
def array_to_img(
    x: npt.ArrayLike, data_format: str | None = None, scale: bool = True, dtype: npt.DTypeLike | None = None
) -> Image:
    """An array as an image of Pillow's.

    Args:
        x: (H, W, C) with 1, 3 or 4 channels.
        data_format: see `img_to_array`.
        scale: whether the numbers are moved and stretched so that they go from 0 to 255; they must be within already
            otherwise.
        dtype: float32 by default.

    Raises:
        ArgumentError: another number of axes or channels.

    Example:
        >>> array_to_img(np.zeros((2, 4, 3))).size
        (4, 2)

    Source: keras.utils.array_to_img.
    """
    place = _data_format("array_to_img", data_format)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused
        array = np.asarray(array_that("array_to_img: x", x), dtype=_dtype("array_to_img", dtype))
    if array.ndim != 3 or not array.size:
        raise ArgumentError(f"array_to_img: an image has three axes, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ArgumentError("array_to_img: an image has finite numbers, got NaN, infinite or too large ones")
    array = array.transpose(1, 2, 0) if place == "channels_first" else array
    if flag("array_to_img", "scale", scale):
        with np.errstate(over="ignore"):
            array = array - array.min()
        largest = array.max()
        if not np.isfinite(largest):
            raise ArgumentError(
                f"array_to_img: the numbers are farther apart than {array.dtype} can say; pass dtype='float64', or "
                "smaller numbers"
            )
        array = array / largest * 255 if largest else array  # in this order, as Keras rounds: none is above 255
    from PIL import Image

    with np.errstate(invalid="ignore"):  # what does not fit wraps around, as in Keras
        pixels = array.astype(np.uint8)
    if pixels.shape[2] not in (1, 3, 4):
        raise ArgumentError(f"array_to_img: images have 1, 3 or 4 channels, got shape {array.shape}")
    if pixels.shape[2] == 1 and array.max() > 255:
        return Image.fromarray(array[..., 0].astype(np.int32))
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


@explained
def save_img(
    path: str | os.PathLike[str],
    x: npt.ArrayLike,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **options: Any,
) -> None:
    """Write an array as an image file.

    Args:
        path: of the file; its ending says the format.
        x: see `array_to_img`.
        data_format: see `img_to_array`.
        file_format: "png", ...: in the place of the ending.
        scale: see `array_to_img`.
        options: what Pillow takes for the format: `quality=95` of a JPEG.

    Raises:
        ArgumentError: see `array_to_img`; or the ending is none of an image, or an option is none of its format.
        FileError: the file cannot be written; what was there before is untouched.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_img(f"{folder}/black.png", np.zeros((2, 4, 3)))
        ...     load_img(f"{folder}/black.png").size
        (4, 2)

    Source: keras.utils.save_img.
    """
    place = checked_path(path, "an image")
    if file_format is not None and not isinstance(file_format, str):
        raise ArgumentError(f"save_img: file_format is text such as 'png', got {shown(file_format)}")
    write_image(array_to_img(x, data_format, scale), place, file_format, **options)


def write_image(image: Image, place: Path, file_format: str | None = None, **options: Any) -> None:
    """Write an image of Pillow's to a file, whole or not at all; see `save_img`."""
    from PIL import Image

    ending = (file_format or place.suffix[1:]).lower()
    kind = Image.registered_extensions().get(f".{ending}", ending.upper())
    if kind not in Image.SAVE:
        raise ArgumentError(
            f"save_img: {escaped(place)}: no image is written as {shown(ending)}; end it in .png or .jpg"
        )
    if kind == "JPEG" and image.mode == "RGBA":
        image = image.convert("RGB")
    content = io.BytesIO()
    try:
        image.save(content, format=kind, **options)
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise ArgumentError(f"save_img: {escaped(place)}: {error}; end it in .png or .jpg") from error
    with atomic_write(place) as file:
        file.write(content.getbuffer())


def _dtype(owner: str, dtype: Any) -> np.dtype:
    """The type of numbers, float32 by default."""
    try:
        found = np.dtype(np.float32 if dtype is None else dtype)
    except Exception as error:  # NumPy raises whatever it runs into
        raise ArgumentError(f"{owner}: dtype is a type of numbers such as 'float32', got {shown(dtype)}") from error
    if found.kind not in "fiu" or found.names is not None:
        raise ArgumentError(f"{owner}: dtype is a type of numbers such as 'float32', got {shown(dtype)}")
    return found


def _data_format(owner: str, given: str | None) -> str:
    if given is None:
        return image_data_format()
    old = {"tf": "channels_last", "th": "channels_first"}
    return word(owner, "data_format", old.get(given, given) if isinstance(given, str) else given, DATA_FORMATS)
