"""`tf.image`: images that are read, scaled and changed, of (rows, columns, channels) or batches of them.

NumPy does it for arrays; where a model is described, a layer computes or a tape is running, `ops` do, so that the
gradient follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.boxes import crop_and_resize as crop_and_resize
from pellucid.cli.tf.boxes import draw_bounding_boxes as draw_bounding_boxes
from pellucid.cli.tf.boxes import non_max_suppression as non_max_suppression
from pellucid.cli.tf.drawing import along_each, drawn, for_each
from pellucid.cli.tf.encoding import adjust_jpeg_quality as adjust_jpeg_quality
from pellucid.cli.tf.encoding import encode_jpeg as encode_jpeg
from pellucid.cli.tf.encoding import encode_png as encode_png
from pellucid.cli.tf.encoding import extract_jpeg_shape as extract_jpeg_shape
from pellucid.cli.tf.encoding import is_jpeg as is_jpeg
from pellucid.cli.tf.encoding import random_jpeg_quality as random_jpeg_quality
from pellucid.cli.tf.image_quality import image_gradients as image_gradients
from pellucid.cli.tf.image_quality import psnr as psnr
from pellucid.cli.tf.image_quality import sobel_edges as sobel_edges
from pellucid.cli.tf.image_quality import ssim as ssim
from pellucid.cli.tf.pixels import convert_image_dtype as convert_image_dtype
from pellucid.cli.tf.pixels import decode_bmp as decode_bmp
from pellucid.cli.tf.pixels import decode_gif as decode_gif
from pellucid.cli.tf.pixels import decode_image as decode_image
from pellucid.cli.tf.pixels import decode_jpeg as decode_jpeg
from pellucid.cli.tf.pixels import decode_png as decode_png
from pellucid.cli.tf.pixels import is_array
from pellucid.cli.tf.resizing import ResizeMethod as ResizeMethod
from pellucid.cli.tf.resizing import central_crop as central_crop
from pellucid.cli.tf.resizing import crop_to_bounding_box as crop_to_bounding_box
from pellucid.cli.tf.resizing import in_proportion as in_proportion
from pellucid.cli.tf.resizing import pad_to_bounding_box as pad_to_bounding_box
from pellucid.cli.tf.resizing import part_of
from pellucid.cli.tf.resizing import resize as resize
from pellucid.cli.tf.resizing import resize_with_crop_or_pad as resize_with_crop_or_pad
from pellucid.cli.tf.resizing import resize_with_pad as resize_with_pad
from pellucid.errors import ArgumentError
from pellucid.tape.recording import Eager

YIQ = np.array(
    [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617], [0.114, -0.32134392, 0.31119955]], np.float32
)
"""How red, green and blue (rows) count in luma and the two chromas of NTSC (columns). Source: tf.image.rgb_to_yiq."""
BACK = np.array(
    [[1.0, 1.0, 1.0], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]], np.float32
)
"""The inverse, as far as TensorFlow has written it down. Source: tf.image.yiq_to_rgb."""


def flip_left_right(image: Any) -> Any:
    """Mirrored left to right."""
    return _flipped(image, -2)


def _flipped(image: Any, axis: int) -> Any:
    return eager(np.ascontiguousarray(np.flip(np.asarray(image), axis)) if is_array(image) else ops.flip(image, axis))


def flip_up_down(image: Any) -> Any:
    """Mirrored top to bottom."""
    return _flipped(image, -3)


def rot90(image: Any, k: int = 1, name: str | None = None) -> Any:
    """Turned by so many right angles."""
    if is_array(image):
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
    if is_array(image):
        return eager(np.where(share < 0.5, np.asarray(changed), np.asarray(image)))
    return eager(ops.where(ops.less(share, 0.5), changed, image))


def adjust_brightness(image: Any, delta: float) -> Any:
    """So much added, of 1 for white."""
    if not is_array(image):
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
    if not is_array(images):
        middle = ops.mean(images, (-3, -2), keepdims=True)
        return eager(ops.add(ops.multiply(ops.subtract(images, middle), contrast_factor), middle))
    array = np.asarray(images)
    mean = array.mean(axis=(-3, -2), keepdims=True, dtype=np.float32)
    found = (array - mean) * contrast_factor + mean
    return (found.clip(0, 255) if array.dtype.kind in "iu" else found).astype(array.dtype).view(Eager)


def random_contrast(image: Any, lower: float, upper: float, seed: Any = None) -> Any:
    """By a factor from a range."""
    return drawn(image, adjust_contrast, lower, upper, seed)


def random_crop(value: Any, size: Any, seed: Any = None, name: str | None = None) -> Any:
    """A part of this size."""
    return drawn(value, lambda x, shares: _piece(x, tuple(map(int, size)), shares), 0.0, 1.0, seed, along_each)


def _piece(x: Any, size: tuple[int, ...], shares: Any) -> Any:
    """A part of this size: along each axis these shares of the places where it could begin lie before it."""
    room = [have - want for have, want in zip(ops.shape(x), size, strict=True)]
    if min(room) < 0:
        raise ArgumentError(f"tf.image.random_crop: a part of {size} does not lie in {tuple(ops.shape(x))}")
    if is_array(x):
        starts = [int(share * (more + 1)) for share, more in zip(shares, room, strict=True)]
        return part_of(x, tuple(slice(start, start + want) for start, want in zip(starts, size, strict=True)))
    for axis, (more, want) in enumerate(zip(room, size, strict=True)):
        if more:
            start = ops.floor(ops.multiply(shares[axis], float(more + 1)))
            x = ops.take(x, ops.add(start, np.arange(float(want))), axis)
    return eager(x)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Any:
    """As bright as the eye sees it."""
    if not is_array(images):
        return eager(ops.image.rgb_to_grayscale(images))
    array = np.asarray(images)
    found = array @ np.array([0.2989, 0.587, 0.114], np.float32)
    return found[..., np.newaxis].astype(array.dtype).view(Eager)


def grayscale_to_rgb(images: Any, name: str | None = None) -> Any:
    """Three times the same."""
    return eager(np.repeat(np.asarray(images), 3, axis=-1) if is_array(images) else ops.repeat(images, 3, axis=-1))


def per_image_standardization(image: Any) -> Any:
    """Mean 0 and deviation 1."""
    axes = (-3, -2, -1)
    if not is_array(image):
        spread = ops.std(image, axes, keepdims=True)
        least = 1.0 / np.sqrt(np.prod(ops.shape(image)[-3:]))
        return eager(ops.divide(ops.subtract(image, ops.mean(image, axes, keepdims=True)), ops.maximum(spread, least)))
    array = np.asarray(image, np.float32)
    deviation = np.maximum(array.std(axis=axes, keepdims=True), 1.0 / np.sqrt(np.prod(array.shape[-3:])))
    return ((array - array.mean(axis=axes, keepdims=True)) / deviation).view(Eager)


resize_image_with_crop_or_pad = resize_with_crop_or_pad


def adjust_gamma(image: Any, gamma: float = 1, gain: float = 1) -> Any:
    """gain times the image, of 1 for white, to the power of gamma."""
    if not is_array(image):
        return eager(ops.multiply(ops.power(image, gamma), gain))
    array = np.asarray(image)
    light = np.asarray(convert_image_dtype(array, np.float32))
    return convert_image_dtype(gain * light**gamma, array.dtype)


def rgb_to_hsv(images: Any, name: str | None = None) -> Any:
    """Hue, saturation and value of colours from 0 to 1."""
    if not is_array(images):
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


def hsv_to_rgb(images: Any, name: str | None = None) -> Any:
    """Colours from 0 to 1 of hue, saturation and value."""
    if not is_array(images):
        return eager(ops.image.hsv_to_rgb(images))
    hue, saturation, value = np.moveaxis(np.asarray(images, np.float32), -1, 0)
    shares = [
        np.clip(np.abs(hue * 6 - at) * side - low, 0, 1) for at, side, low in ((3, 1, 1), (2, -1, -2), (4, -1, -2))
    ]
    return eager(np.stack([value * (1 - saturation * (1 - share)) for share in shares], -1).astype(np.float32))


def _in_hsv(image: Any, place: int, change: Any) -> Any:
    """With one of hue, saturation and value changed."""
    if not is_array(image):
        parts = ops.split(ops.image.rgb_to_hsv(image), 3, axis=-1)
        parts[place] = change(parts[place])
        return eager(ops.image.hsv_to_rgb(ops.concatenate(parts, axis=-1)))
    array = np.asarray(image)
    found = np.array(rgb_to_hsv(convert_image_dtype(array, np.float32)))
    found[..., place] = change(found[..., place])
    return convert_image_dtype(hsv_to_rgb(found), array.dtype)


def adjust_hue(image: Any, delta: float, name: str | None = None) -> Any:
    """Hues turned by a share of their circle."""
    return _in_hsv(image, 0, lambda hue: hue + delta - ops.floor(hue + delta))


def adjust_saturation(image: Any, saturation_factor: float, name: str | None = None) -> Any:
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


def total_variation(images: Any, name: str | None = None) -> Any:
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


def transpose(image: Any, name: str | None = None) -> Any:
    """Rows as columns, and columns as rows."""
    return eager(ops.swapaxes(image, -3, -2))


def rgb_to_yiq(images: Any) -> Any:
    """Luma and two chromas, as NTSC has them, of red, green and blue from 0 to 1."""
    return eager(ops.matmul(images, YIQ))


def yiq_to_rgb(images: Any) -> Any:
    """And back."""
    return eager(ops.matmul(images, BACK))
