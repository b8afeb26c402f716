"""`tf.image`: images that are read, scaled and changed, of (rows, columns, channels) or batches of them.

NumPy does it for arrays; where a model is described, a layer computes or a tape is running, `ops` do, so that the
gradient follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import layers, ops
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.boxes import crop_and_resize as crop_and_resize
from pellucid.cli.tf.boxes import draw_bounding_boxes as draw_bounding_boxes
from pellucid.cli.tf.boxes import non_max_suppression as non_max_suppression
from pellucid.cli.tf.drawing import along_each, drawn, for_each
from pellucid.cli.tf.image_quality import image_gradients as image_gradients
from pellucid.cli.tf.image_quality import psnr as psnr
from pellucid.cli.tf.image_quality import sobel_edges as sobel_edges
from pellucid.cli.tf.image_quality import ssim as ssim
from pellucid.data.pictures import img_to_array, load_img
from pellucid.dispatch.anywhere import Symbolic
from pellucid.dispatch.arrays import RECORDER
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.tape.recording import Eager

MODES = {0: None, 1: "grayscale", 3: "rgb", 4: "rgba"}


class ResizeMethod:
    """Words for `resize`."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, LANCZOS3 = "bilinear", "nearest", "bicubic", "lanczos3"
    LANCZOS5, AREA = "lanczos5", "area"


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


def _is_array(image: Any) -> bool:
    """Whether NumPy does it; whole numbers have no gradient."""
    if isinstance(image, Symbolic | Tensor):
        return False
    return RECORDER.get() is None or np.asarray(image).dtype.kind in "iub"


def convert_image_dtype(image: Any, dtype: Any) -> Any:
    """Whole numbers to the largest 255 as numbers from 0 to 1, and back."""
    if not _is_array(image):
        return ops.cast(image, np.dtype(dtype).name)
    array, kind = np.asarray(image), np.dtype(dtype)
    if array.dtype.kind in "iu" and kind.kind == "f":
        return (array.astype(kind) / np.iinfo(array.dtype).max).view(Eager)
    if array.dtype.kind == "f" and kind.kind in "iu":
        return (array * (np.iinfo(kind).max + 0.5)).clip(0, np.iinfo(kind).max).astype(kind).view(Eager)
    return array.astype(kind).view(Eager)


def resize(
    images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False, antialias: bool = False
) -> Any:
    """Images of another size; in their own proportions the largest one that fits it."""
    height, width = (int(each) for each in size)
    if preserve_aspect_ratio:
        height, width = in_proportion(images, height, width)
    if method == ResizeMethod.AREA:
        return eager(_by_area(_by_area(images, -3, height), -2, width))
    if antialias or not _is_array(images):
        return eager(ops.image.resize(images, (height, width), method, antialias=antialias))
    array = np.asarray(images)
    batch = array[np.newaxis] if array.ndim == 3 else array
    found = np.asarray(layers.Resizing(height, width, interpolation=method)(batch.astype(np.float32)))
    found = found.astype(array.dtype) if method == "nearest" else found
    return (found[0] if array.ndim == 3 else found).view(Eager)


def in_proportion(images: Any, height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the largest image of the old proportions that fits a size."""
    rows, columns = ops.shape(images)[-3:-1]
    share = min(height / rows, width / columns)
    return round(share * rows), round(share * columns)


def _by_area(images: Any, axis: int, size: int) -> Any:
    """Each pixel the mean of the area that it takes of the old ones."""
    edges = np.linspace(0, ops.shape(images)[axis], size + 1)
    old = np.arange(ops.shape(images)[axis])[:, np.newaxis]
    shares = (np.minimum(edges[1:], old + 1) - np.maximum(edges[:-1], old)).clip(0) / np.diff(edges)
    return ops.moveaxis(ops.matmul(ops.moveaxis(images, axis, -1), shares.astype(np.float32)), -1, axis)


def flip_left_right(image: Any) -> Any:
    """Mirrored left to right."""
    return _flipped(image, -2)


def _flipped(image: Any, axis: int) -> Any:
    return eager(np.ascontiguousarray(np.flip(np.asarray(image), axis)) if _is_array(image) else ops.flip(image, axis))


def flip_up_down(image: Any) -> Any:
    """Mirrored top to bottom."""
    return _flipped(image, -3)


def rot90(image: Any, k: int = 1) -> Any:
    """Turned by so many right angles."""
    if _is_array(image):
        return eager(np.ascontiguousarray(np.rot90(np.asarray(image), k, axes=(-3, -2))))
    for _ in range(k % 4):
        image = ops.flip(ops.swapaxes(image, -3, -2), -3)
    return eager(image)


def random_flip_left_right(image: Any, seed: Any = None) -> Any:
    """Half of the time, each image of a batch by itself."""
    return drawn(image, lambda x, share: _half_of(flip_left_right(x), x, share), 0.0, 1.0, seed, for_each)


def random_flip_up_down(image: Any, seed: Any = None) -> Any:
    """Half of the time, each image of a batch by itself."""
    return drawn(image, lambda x, share: _half_of(flip_up_down(x), x, share), 0.0, 1.0, seed, for_each)


def _half_of(changed: Any, image: Any, share: Any) -> Any:
    if _is_array(image):
        return eager(np.where(share < 0.5, np.asarray(changed), np.asarray(image)))
    return eager(ops.where(ops.less(share, 0.5), changed, image))


def adjust_brightness(image: Any, delta: float) -> Any:
    """So much added, of 1 for white."""
    if not _is_array(image):
        return eager(ops.add(image, delta))
    array = np.asarray(image)
    if array.dtype.kind in "iu":
        return (array.astype(np.float32) + delta * 255.0).clip(0, 255).astype(array.dtype).view(Eager)
    return eager(array + np.asarray(delta, array.dtype))


def random_brightness(image: Any, max_delta: float, seed: Any = None) -> Any:
    """Up to so much added or taken off."""
    return drawn(image, adjust_brightness, -max_delta, max_delta, seed)


def adjust_contrast(images: Any, contrast_factor: float) -> Any:
    """The distance from the mean of each channel times a factor."""
    if not _is_array(images):
        middle = ops.mean(images, (-3, -2), keepdims=True)
        return eager(ops.add(ops.multiply(ops.subtract(images, middle), contrast_factor), middle))
    array = np.asarray(images)
    mean = array.mean(axis=(-3, -2), keepdims=True, dtype=np.float32)
    found = (array - mean) * contrast_factor + mean
    return (found.clip(0, 255) if array.dtype.kind in "iu" else found).astype(array.dtype).view(Eager)


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """By a factor from a range."""
    return drawn(image, adjust_contrast, lower, upper, seed)


def random_crop(value: Any, size: Any, seed: Any = None) -> Any:
    """A part of this size."""
    return drawn(value, lambda x, shares: _piece(x, tuple(map(int, size)), shares), 0.0, 1.0, seed, along_each)


def _piece(x: Any, size: tuple[int, ...], shares: Any) -> Any:
    """A part of this size: along each axis these shares of the places where it could begin lie before it."""
    room = [have - want for have, want in zip(ops.shape(x), size, strict=True)]
    if min(room) < 0:
        raise ArgumentError(f"tf.image.random_crop: a part of {size} does not lie in {tuple(ops.shape(x))}")
    if _is_array(x):
        starts = [int(share * (more + 1)) for share, more in zip(shares, room, strict=True)]
        return _part(x, tuple(slice(start, start + want) for start, want in zip(starts, size, strict=True)))
    for axis, (more, want) in enumerate(zip(room, size, strict=True)):
        if more:
            start = ops.floor(ops.multiply(shares[axis], float(more + 1)))
            x = ops.take(x, ops.add(start, np.arange(float(want))), axis)
    return eager(x)


def _part(image: Any, places: tuple[Any, ...]) -> Any:
    return eager(np.asarray(image)[places] if _is_array(image) else ops.get_item(image, places))


def rgb_to_grayscale(images: Any) -> Any:
    """As bright as the eye sees it."""
    if not _is_array(images):
        return eager(ops.image.rgb_to_grayscale(images))
    array = np.asarray(images)
    found = array @ np.array([0.2989, 0.587, 0.114], np.float32)
    return found[..., np.newaxis].astype(array.dtype).view(Eager)


def grayscale_to_rgb(images: Any) -> Any:
    """Three times the same."""
    return eager(np.repeat(np.asarray(images), 3, axis=-1) if _is_array(images) else ops.repeat(images, 3, axis=-1))


def per_image_standardization(image: Any) -> Any:
    """Mean 0 and deviation 1."""
    axes = (-3, -2, -1)
    if not _is_array(image):
        spread = ops.std(image, axes, keepdims=True)
        least = 1.0 / np.sqrt(np.prod(ops.shape(image)[-3:]))
        return eager(ops.divide(ops.subtract(image, ops.mean(image, axes, keepdims=True)), ops.maximum(spread, least)))
    array = np.asarray(image, np.float32)
    deviation = np.maximum(array.std(axis=axes, keepdims=True), 1.0 / np.sqrt(np.prod(array.shape[-3:])))
    return ((array - array.mean(axis=axes, keepdims=True)) / deviation).view(Eager)


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """A part that begins at a place."""
    rows, columns = ops.shape(image)[-3:-1]
    top, left, height, width = (int(each) for each in (offset_height, offset_width, target_height, target_width))
    if min(top, left) < 0 or min(height, width) < 1 or top + height > rows or left + width > columns:
        raise ArgumentError(
            f"tf.image.crop_to_bounding_box: {height} rows from {top} on and {width} columns from {left} on do not lie "
            f"in an image of {rows}x{columns}"
        )
    return _part(image, (..., slice(top, top + height), slice(left, left + width), slice(None)))


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> Any:
    """With zeros around it."""
    shape = ops.shape(image)
    rows, columns = shape[-3:-1]
    top, left, height, width = (int(each) for each in (offset_height, offset_width, target_height, target_width))
    below, right = height - top - rows, width - left - columns
    if min(top, left, below, right) < 0:
        raise ArgumentError(
            f"tf.image.pad_to_bounding_box: an image of {rows}x{columns} from ({top}, {left}) on does not lie in "
            f"{height}x{width}"
        )
    return _bordered(image, [(0, 0)] * (len(shape) - 3) + [(top, below), (left, right), (0, 0)])


def _bordered(image: Any, around: list[tuple[int, int]]) -> Any:
    return eager(np.pad(np.asarray(image), around) if _is_array(image) else ops.pad(image, around))


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of it, with zeros around it where it is smaller."""
    shape = ops.shape(image)
    places: list[slice] = [slice(None)] * len(shape)
    around = [(0, 0)] * len(shape)
    for axis, wanted in ((-3, int(target_height)), (-2, int(target_width))):
        size = shape[axis]
        start = max((size - wanted) // 2, 0)
        places[axis] = slice(start, min(start + wanted, size))
        before = max((wanted - size) // 2, 0)
        around[axis] = (before, max(wanted - size, 0) - before)
    return _bordered(_part(image, tuple(places)), around)


resize_image_with_crop_or_pad = resize_with_crop_or_pad


def central_crop(image: Any, central_fraction: float) -> Any:
    """A share of each side, in the middle."""
    share = float(central_fraction)
    if not 0 < share <= 1:
        raise ArgumentError(f"tf.image.central_crop: central_fraction is above 0 and at most 1, got {share:g}")
    rows, columns = ops.shape(image)[-3:-1]
    top, left = (int((size - size * share) / 2) for size in (rows, columns))
    return _part(image, (..., slice(top, rows - top), slice(left, columns - left), slice(None)))


def adjust_gamma(image: Any, gamma: float = 1, gain: float = 1) -> Any:
    """gain times the image, of 1 for white, to the power of gamma."""
    if not _is_array(image):
        return eager(ops.multiply(ops.power(image, gamma), gain))
    array = np.asarray(image)
    light = np.asarray(convert_image_dtype(array, np.float32))
    return convert_image_dtype(gain * light**gamma, array.dtype)


def rgb_to_hsv(images: Any) -> Any:
    """Hue, saturation and value of colours from 0 to 1."""
    if not _is_array(images):
        return eager(ops.image.rgb_to_hsv(images))
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
    if not _is_array(images):
        return eager(ops.image.hsv_to_rgb(images))
    hue, saturation, value = np.moveaxis(np.asarray(images, np.float32), -1, 0)
    shares = [
        np.clip(np.abs(hue * 6 - at) * side - low, 0, 1) for at, side, low in ((3, 1, 1), (2, -1, -2), (4, -1, -2))
    ]
    return eager(np.stack([value * (1 - saturation * (1 - share)) for share in shares], -1).astype(np.float32))


def _in_hsv(image: Any, place: int, change: Any) -> Any:
    """With one of hue, saturation and value changed."""
    if not _is_array(image):
        parts = ops.split(ops.image.rgb_to_hsv(image), 3, axis=-1)
        parts[place] = change(parts[place])
        return eager(ops.image.hsv_to_rgb(ops.concatenate(parts, axis=-1)))
    array = np.asarray(image)
    found = np.array(rgb_to_hsv(convert_image_dtype(array, np.float32)))
    found[..., place] = change(found[..., place])
    return convert_image_dtype(hsv_to_rgb(found), array.dtype)


def adjust_hue(image: Any, delta: float) -> Any:
    """Hues turned by a share of their circle."""
    return _in_hsv(image, 0, lambda hue: hue + delta - ops.floor(hue + delta))


def adjust_saturation(image: Any, saturation_factor: float) -> Any:
    """Colours stronger or weaker."""
    return _in_hsv(image, 1, lambda saturation: ops.clip(saturation * saturation_factor, 0, 1))


def random_hue(image: Any, max_delta: float, seed: Any = None) -> Any:
    """Up to so much of the circle."""
    return drawn(image, adjust_hue, -max_delta, max_delta, seed)


def random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """By a factor from a range."""
    return drawn(image, adjust_saturation, lower, upper, seed)


stateless_random_flip_left_right, stateless_random_flip_up_down = random_flip_left_right, random_flip_up_down
stateless_random_brightness, stateless_random_contrast = random_brightness, random_contrast
stateless_random_hue, stateless_random_saturation = random_hue, random_saturation
stateless_random_crop = random_crop


def total_variation(images: Any) -> Any:
    """The sum of the differences of neighbours, of each image."""
    found = ops.sum(ops.absolute(images[..., 1:, :, :] - images[..., :-1, :, :]), (-3, -2, -1))
    return eager(found + ops.sum(ops.absolute(images[..., :, 1:, :] - images[..., :, :-1, :]), (-3, -2, -1)))


def extract_patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None) -> Any:
    """The pixels under each place of a window; numbers for batch and channels, which are 1, stand around the others."""
    middle = [tuple(int(each) for each in told[1:3]) for told in (sizes, strides, rates)]
    return eager(ops.image.extract_patches(images, *middle, padding=padding.lower(), data_format="channels_last"))


TO_YUV = np.array(
    [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
)
"""Of red, green and blue (rows) to brightness and two differences of colour, as TensorFlow has it."""


def rgb_to_yuv(images: Any) -> Any:
    """Brightness and two differences of colour."""
    return eager(ops.matmul(images, TO_YUV.astype(np.float32)))


def yuv_to_rgb(images: Any) -> Any:
    """Red, green and blue of brightness and two differences of colour."""
    return eager(ops.matmul(images, np.linalg.inv(TO_YUV).astype(np.float32)))
