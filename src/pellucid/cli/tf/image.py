"""`tf.image`: images that are read, scaled and changed, as arrays (rows, columns, channels) or batches of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import layers, ops
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.image_quality import image_gradients as image_gradients
from pellucid.cli.tf.image_quality import psnr as psnr
from pellucid.cli.tf.image_quality import sobel_edges as sobel_edges
from pellucid.cli.tf.image_quality import ssim as ssim
from pellucid.data.pictures import img_to_array, load_img
from pellucid.errors import ArgumentError
from pellucid.random import next_seed
from pellucid.tape.recording import Eager

MODES = {0: None, 1: "grayscale", 3: "rgb", 4: "rgba"}


class ResizeMethod:
    """Words for `resize`."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, LANCZOS3 = "bilinear", "nearest", "bicubic", "lanczos3"


def decode_image(contents: Any, channels: int = 0, dtype: Any = np.uint8, expand_animations: bool = True) -> Any:
    """The pixels of a file's content."""
    data = contents if isinstance(contents, bytes) else np.asarray(contents).item()
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


def convert_image_dtype(image: Any, dtype: Any) -> Any:
    """Whole numbers to the largest 255 as numbers from 0 to 1, and back."""
    array, kind = np.asarray(image), np.dtype(dtype)
    if array.dtype.kind in "iu" and kind.kind == "f":
        return (array.astype(kind) / np.iinfo(array.dtype).max).view(Eager)
    if array.dtype.kind == "f" and kind.kind in "iu":
        return (array * (np.iinfo(kind).max + 0.5)).clip(0, np.iinfo(kind).max).astype(kind).view(Eager)
    return array.astype(kind).view(Eager)


def resize(
    images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False, antialias: bool = False
) -> Any:
    """Images of another size."""
    if preserve_aspect_ratio or antialias:
        raise ArgumentError("tf.image.resize: preserve_aspect_ratio and antialias are False here; use Pillow for them")
    array = np.asarray(images)
    batch = array[np.newaxis] if array.ndim == 3 else array
    height, width = (int(each) for each in size)
    found = np.asarray(layers.Resizing(height, width, interpolation=method)(batch.astype(np.float32)))
    found = found.astype(array.dtype) if method == "nearest" else found
    return (found[0] if array.ndim == 3 else found).view(Eager)


def flip_left_right(image: Any) -> Any:
    """Mirrored left to right."""
    return eager(np.ascontiguousarray(np.flip(np.asarray(image), -2)))


def flip_up_down(image: Any) -> Any:
    """Mirrored top to bottom."""
    return eager(np.ascontiguousarray(np.flip(np.asarray(image), -3)))


def rot90(image: Any, k: int = 1) -> Any:
    """Turned by so many right angles."""
    return eager(np.ascontiguousarray(np.rot90(np.asarray(image), k, axes=(-3, -2))))


def _draws(seed: Any) -> np.random.Generator:
    return np.random.default_rng(next_seed() if seed is None else seed)


def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """Half of the time."""
    return flip_left_right(image) if _draws(seed).random() < 0.5 else eager(np.asarray(image))


def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """Half of the time."""
    return flip_up_down(image) if _draws(seed).random() < 0.5 else eager(np.asarray(image))


def adjust_brightness(image: Any, delta: float) -> Any:
    """So much added, of 1 for white."""
    array = np.asarray(image)
    if array.dtype.kind in "iu":
        return (array.astype(np.float32) + delta * 255.0).clip(0, 255).astype(array.dtype).view(Eager)
    return eager(array + np.asarray(delta, array.dtype))


def random_brightness(image: Any, max_delta: float, seed: Any = None) -> Any:
    """Up to so much added or taken off."""
    return adjust_brightness(image, _draws(seed).uniform(-max_delta, max_delta))


def adjust_contrast(images: Any, contrast_factor: float) -> Any:
    """The distance from the mean of each channel times a factor."""
    array = np.asarray(images)
    mean = array.mean(axis=(-3, -2), keepdims=True, dtype=np.float32)
    found = (array - mean) * contrast_factor + mean
    return (found.clip(0, 255) if array.dtype.kind in "iu" else found).astype(array.dtype).view(Eager)


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """By a factor from a range."""
    return adjust_contrast(image, _draws(seed).uniform(lower, upper))


def random_crop(value: Any, size: Any, seed: Any = None) -> Any:
    """A part of this size."""
    array, draws = np.asarray(value), _draws(seed)
    starts = [int(draws.integers(have - want + 1)) for have, want in zip(array.shape, size, strict=True)]
    return eager(array[tuple(slice(start, start + int(want)) for start, want in zip(starts, size, strict=True))])


def rgb_to_grayscale(images: Any) -> Any:
    """As bright as the eye sees it."""
    array = np.asarray(images)
    found = array @ np.array([0.2989, 0.587, 0.114], np.float32)
    return found[..., np.newaxis].astype(array.dtype).view(Eager)


def grayscale_to_rgb(images: Any) -> Any:
    """Three times the same."""
    return eager(np.repeat(np.asarray(images), 3, axis=-1))


def per_image_standardization(image: Any) -> Any:
    """Mean 0 and deviation 1."""
    array = np.asarray(image, np.float32)
    axes = (-3, -2, -1)
    deviation = np.maximum(array.std(axis=axes, keepdims=True), 1.0 / np.sqrt(np.prod(array.shape[-3:])))
    return ((array - array.mean(axis=axes, keepdims=True)) / deviation).view(Eager)


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """A part that begins at a place."""
    array = np.asarray(image)
    rows, columns = array.shape[-3:-1]
    top, left, height, width = (int(each) for each in (offset_height, offset_width, target_height, target_width))
    if min(top, left) < 0 or min(height, width) < 1 or top + height > rows or left + width > columns:
        raise ArgumentError(
            f"tf.image.crop_to_bounding_box: {height} rows from {top} on and {width} columns from {left} on do not lie "
            f"in an image of {rows}x{columns}"
        )
    return eager(array[..., top : top + height, left : left + width, :])


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """With zeros around it."""
    array = np.asarray(image)
    rows, columns = array.shape[-3:-1]
    top, left, height, width = (int(each) for each in (offset_height, offset_width, target_height, target_width))
    below, right = height - top - rows, width - left - columns
    if min(top, left, below, right) < 0:
        raise ArgumentError(
            f"tf.image.pad_to_bounding_box: an image of {rows}x{columns} from ({top}, {left}) on does not lie in "
            f"{height}x{width}"
        )
    around = [(0, 0)] * (array.ndim - 3) + [(top, below), (left, right), (0, 0)]
    return eager(np.pad(array, around))


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of it, with zeros around it where it is smaller."""
    array = np.asarray(image)
    for axis, wanted in ((-3, int(target_height)), (-2, int(target_width))):
        size = array.shape[axis]
        start = max((size - wanted) // 2, 0)
        array = np.take(array, np.arange(start, min(start + wanted, size)), axis=axis)
        before = (wanted - array.shape[axis]) // 2
        around = [(0, 0)] * array.ndim
        around[axis] = (before, wanted - array.shape[axis] - before)
        array = np.pad(array, around)
    return eager(array)


resize_image_with_crop_or_pad = resize_with_crop_or_pad


def central_crop(image: Any, central_fraction: float) -> Any:
    """A share of each side, in the middle."""
    share = float(central_fraction)
    if not 0 < share <= 1:
        raise ArgumentError(f"tf.image.central_crop: central_fraction is above 0 and at most 1, got {share:g}")
    array = np.asarray(image)
    starts = [int((size - size * share) / 2) for size in array.shape[-3:-1]]
    (top, left), (rows, columns) = starts, array.shape[-3:-1]
    return eager(array[..., top : rows - top, left : columns - left, :])


def adjust_gamma(image: Any, gamma: float = 1, gain: float = 1) -> Any:
    """gain times the image, of 1 for white, to the power of gamma."""
    array = np.asarray(image)
    light = np.asarray(convert_image_dtype(array, np.float32))
    return convert_image_dtype(gain * light**gamma, array.dtype)


def rgb_to_hsv(images: Any) -> Any:
    """Hue, saturation and value of colours from 0 to 1."""
    array = np.asarray(images, np.float32)
    value, least = array.max(-1), array.min(-1)
    span = value - least
    safe = np.where(span > 0, span, 1)
    red, green, blue = np.moveaxis(array, -1, 0)
    hue = np.where(
        value == red, (green - blue) / safe, np.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    )
    saturation = span / np.where(value > 0, value, 1)
    return eager(np.stack([np.where(span > 0, hue / 6 % 1, 0), saturation, value], -1).astype(np.float32))


def hsv_to_rgb(images: Any) -> Any:
    """Colours from 0 to 1 of hue, saturation and value."""
    hue, saturation, value = np.moveaxis(np.asarray(images, np.float32), -1, 0)
    shares = [
        np.clip(np.abs(hue * 6 - at) * side - low, 0, 1) for at, side, low in ((3, 1, 1), (2, -1, -2), (4, -1, -2))
    ]
    return eager(np.stack([value * (1 - saturation * (1 - share)) for share in shares], -1).astype(np.float32))


def _in_hsv(image: Any, place: int, change: Any) -> Any:
    """With one of hue, saturation and value changed."""
    array = np.asarray(image)
    found = np.array(rgb_to_hsv(convert_image_dtype(array, np.float32)))
    found[..., place] = change(found[..., place])
    return convert_image_dtype(hsv_to_rgb(found), array.dtype)


def adjust_hue(image: Any, delta: float) -> Any:
    """Hues turned by a share of their circle."""
    return _in_hsv(image, 0, lambda hue: (hue + delta) % 1)


def adjust_saturation(image: Any, saturation_factor: float) -> Any:
    """Colours stronger or weaker."""
    return _in_hsv(image, 1, lambda saturation: np.clip(saturation * saturation_factor, 0, 1))


def random_hue(image: Any, max_delta: float, seed: Any = None) -> Any:
    """Up to so much of the circle."""
    return adjust_hue(image, _draws(seed).uniform(-max_delta, max_delta))


def random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """By a factor from a range."""
    return adjust_saturation(image, _draws(seed).uniform(lower, upper))


def total_variation(images: Any) -> Any:
    """The sum of the differences of neighbours, of each image."""
    found = ops.sum(ops.absolute(images[..., 1:, :, :] - images[..., :-1, :, :]), (-3, -2, -1))
    return eager(found + ops.sum(ops.absolute(images[..., :, 1:, :] - images[..., :, :-1, :]), (-3, -2, -1)))
