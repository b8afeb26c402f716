"""Functions of images, under Keras's names (keras.ops.image): of one (rows, columns, channels), or of a batch.

Example:
    >>> from pellucid import ops
    >>> ops.image.resize([[[1.0], [2.0]]], (2, 2), interpolation="nearest")[:, :, 0].tolist()
    [[1.0, 2.0], [1.0, 2.0]]

Source: keras.ops.image, https://keras.io/api/ops/image/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.absent import absent
from pellucid.data.images.resampling import INTERPOLATIONS
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.geometry import PADDINGS, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.channels import on_image_or_batch
from pellucid.layers.colouring import greyed, hue_saturation_value, red_green_blue
from pellucid.layers.resizing import in_proportion, resized, widened
from pellucid.ops.image_filters import gaussian_blur, sobel_edges, ssim
from pellucid.ops.warping import affine_transform, map_coordinates, perspective_transform

Numbers = int | Sequence[int]
COLOURS = 3

__all__ = [
    "affine_transform",
    "crop_images",
    "extract_patches",
    "extract_patches_3d",
    "gaussian_blur",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "sobel_edges",
    "ssim",
]


@anywhere("images", name="ops.image.resize")
def resize(
    images: Operand,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Any:
    """Images of another size.

    Args:
        images: one, or a batch.
        size: rows and columns of the result.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        antialias: whether every pixel counts where images shrink.
        crop_to_aspect_ratio: whether the middle is cut to the new proportions first.
        pad_to_aspect_ratio: whether images are widened to the new proportions first; not together with cropping.
        fill_mode: "constant".
        fill_value: what the padding holds.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Returns:
        images of that size.

    Raises:
        ArgumentError: a word is unknown, or both cropping and padding are asked for.

    Example:
        >>> resize(np.ones((2, 8, 8, 3)), (4, 6)).shape
        (2, 4, 6, 3)

    Source: keras.ops.image.resize.
    """
    what = "ops.image.resize"
    height, width = checks.counts(what, "size", size, 2, 2**31 - 1)
    word = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, what)
    arguments.one_of("fill_mode", fill_mode, ("constant",), what)
    value = checks.number(what, "fill_value", fill_value)
    flags = {"antialias": antialias, "crop_to_aspect_ratio": crop_to_aspect_ratio}
    for name, given in {**flags, "pad_to_aspect_ratio": pad_to_aspect_ratio}.items():
        arguments.flag(name, given, what)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError(f"{what}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")

    def of_batch(x: Tensor) -> Tensor:
        x = in_proportion(x, height, width) if crop_to_aspect_ratio else x
        x = widened(x, height, width, value) if pad_to_aspect_ratio else x
        return resized(resized(x, 1, height, word, antialias=antialias), 2, width, word, antialias=antialias)

    return on_image_or_batch(images, 2, arguments.data_format(data_format, what), what, of_batch)


@anywhere("images", name="ops.image.extract_patches")
def extract_patches(
    images: Operand,
    size: Numbers,
    strides: Numbers | None = None,
    dilation_rate: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The pixels under each place of a window, one after the other.

    Args:
        images: one, or a batch; volumes where the size has three numbers.
        size: of the window [pixels].
        strides: from one place to the next; by default the size, so that patches lie side by side.
        dilation_rate: from one pixel of the window to the next.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Returns:
        (batch, rows, columns, pixels x channels): of each place its pixels row by row, the channels of each together.

    Raises:
        ArgumentError: the window has another number of axes.
        ShapeError: it is larger than the images.

    Example:
        >>> extract_patches(np.arange(16.0).reshape(4, 4, 1), 2)[0].tolist()
        [[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]

    Source: keras.ops.image.extract_patches.
    """
    what = "ops.image.extract_patches"
    rank = 3 if isinstance(size, list | tuple) and len(size) == 3 else 2
    window = arguments.per_axis("size", size, rank, what)
    steps = window if strides is None else arguments.per_axis("strides", strides, rank, what)
    apart = arguments.per_axis("dilation_rate", dilation_rate, rank, what)
    word = arguments.padding(padding, rank, what, PADDINGS)

    def of_batch(x: Tensor) -> Tensor:
        channels, axes = x.shape[-1], range(1, rank + 1)
        pairs = resolve_padding(word, x.shape[1:-1], size=window, strides=steps, dilation=apart)
        for axis, around in zip(axes, pairs, strict=True):
            x = builder.pad_axis(x, axis, *around)
        places = [_places(x.shape[axis], window[axis - 1], steps[axis - 1], apart[axis - 1], what) for axis in axes]
        for axis, under in zip(axes, places, strict=True):
            x = builder.gather(x, under.ravel(), axis)
        x = builder.reshape(x, (x.shape[0], *(count for under in places for count in under.shape), channels))
        x = builder.transpose(x, (0, *range(1, 2 * rank, 2), *range(2, 2 * rank + 1, 2), 2 * rank + 1))
        return builder.reshape(x, (*x.shape[: rank + 1], int(np.prod(window)) * channels))

    return on_image_or_batch(images, rank, arguments.data_format(data_format, what), what, of_batch)


@anywhere("volumes", name="ops.image.extract_patches_3d")
def extract_patches_3d(
    volumes: Operand,
    size: Numbers,
    strides: Numbers | None = None,
    dilation_rate: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The voxels under each place of a window; see `extract_patches`.

    Example:
        >>> extract_patches_3d(np.ones((1, 4, 4, 4, 1)), 2).shape
        (1, 2, 2, 2, 8)

    Source: keras.ops.image.extract_patches_3d.
    """
    window = arguments.per_axis("size", size, 3, "ops.image.extract_patches_3d")
    return extract_patches(volumes, window, strides, dilation_rate, padding, data_format)


def _places(size: int, window: int, step: int, apart: int, what: str) -> np.ndarray:
    """Which elements of an axis lie under each place of a window, place by place."""
    covers = (window - 1) * apart + 1
    if covers > size:
        raise ShapeError(f"{what}: a window over {covers} pixels does not fit an axis of {size}")
    starts = np.arange(0, size - covers + 1, step)
    return starts[:, np.newaxis] + np.arange(window) * apart


@anywhere("images", name="ops.image.rgb_to_grayscale")
def rgb_to_grayscale(images: Operand, data_format: str | None = None) -> Any:
    """Images as bright as the eye sees them, in one channel.

    Example:
        >>> rgb_to_grayscale(np.ones((1, 2, 2, 3))).shape
        (1, 2, 2, 1)

    Source: keras.ops.image.rgb_to_grayscale.
    """
    return _on_colours(images, data_format, "ops.image.rgb_to_grayscale", greyed)


@anywhere("images", name="ops.image.rgb_to_hsv")
def rgb_to_hsv(images: Operand, data_format: str | None = None) -> Any:
    """Hue, saturation and value, each from 0 to 1, of colours from 0 to 1.

    Example:
        >>> rgb_to_hsv([[[0.0, 0.0, 0.5]]])[0, 0].round(3).tolist()
        [0.6669999957084656, 1.0, 0.5]

    Source: keras.ops.image.rgb_to_hsv.
    """
    return _on_colours(
        images, data_format, "ops.image.rgb_to_hsv", lambda x: builder.concatenate(hue_saturation_value(x), -1)
    )


@anywhere("images", name="ops.image.hsv_to_rgb")
def hsv_to_rgb(images: Operand, data_format: str | None = None) -> Any:
    """Colours from 0 to 1 of hue, saturation and value.

    Example:
        >>> hsv_to_rgb([[[0.5, 1.0, 0.5]]])[0, 0].tolist()
        [0.0, 0.5, 0.5]

    Source: keras.ops.image.hsv_to_rgb.
    """

    def coloured(x: Tensor) -> Tensor:
        return red_green_blue(*(builder.slice_axis(x, -1, place, place + 1) for place in range(COLOURS)))

    return _on_colours(images, data_format, "ops.image.hsv_to_rgb", coloured)


def _on_colours(x: Tensor, data_format: str | None, what: str, function: Callable[[Tensor], Tensor]) -> Tensor:
    order = arguments.data_format(data_format, what)
    channels = x.shape[-1 if order == "channels_last" else -3] if x.rank >= COLOURS else None
    if channels != COLOURS:
        raise ShapeError(f"{what} takes images of three colours ({order}), got shape {tuple(x.shape)}")
    return on_image_or_batch(x, 2, order, what, function)


@anywhere("images", name="ops.image.crop_images")
def crop_images(
    images: Operand,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """A part of images; of each axis two of three numbers are told.

    Args:
        images: one, or a batch.
        top_cropping, bottom_cropping: rows that are left out.
        left_cropping, right_cropping: columns that are left out.
        target_height, target_width: of the part.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: not exactly two of three numbers are told, or they do not fit the images.

    Example:
        >>> crop_images(np.ones((4, 6, 1)), 1, 1, target_height=2, target_width=5).shape
        (2, 5, 1)

    Source: keras.ops.image.crop_images.
    """
    what = "ops.image.crop_images"
    rows = ("top_cropping", top_cropping), ("bottom_cropping", bottom_cropping), ("target_height", target_height)
    columns = ("left_cropping", left_cropping), ("right_cropping", right_cropping), ("target_width", target_width)

    def of_batch(x: Tensor) -> Tensor:
        for axis, told in ((1, rows), (2, columns)):
            size = x.shape[axis]
            before, after, target = _two_of_three(what, told)
            before = size - (after or 0) - (target or 0) if before is None else before
            stop = size - after if after is not None else before + (target or 0)
            if not 0 <= before < stop <= size:
                raise ArgumentError(f"{what}: {_numbers(told)} do not fit an axis of {size} pixels")
            x = builder.slice_axis(x, axis, before, stop)
        return x

    return on_image_or_batch(images, 2, arguments.data_format(data_format, what), what, of_batch)


@anywhere("images", name="ops.image.pad_images")
def pad_images(
    images: Operand,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Any:
    """Images with zeros around them; of each axis two of three numbers are told.

    Args:
        images: one, or a batch.
        top_padding, bottom_padding: rows of zeros.
        left_padding, right_padding: columns of zeros.
        target_height, target_width: of the result.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: not exactly two of three numbers are told, or they do not fit the images.

    Example:
        >>> pad_images(np.ones((2, 2, 1)), 1, 0, target_height=4, target_width=3)[:, :, 0].tolist()
        [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]

    Source: keras.ops.image.pad_images.
    """
    what = "ops.image.pad_images"
    rows = ("top_padding", top_padding), ("bottom_padding", bottom_padding), ("target_height", target_height)
    columns = ("left_padding", left_padding), ("right_padding", right_padding), ("target_width", target_width)

    def of_batch(x: Tensor) -> Tensor:
        for axis, told in ((1, rows), (2, columns)):
            size = x.shape[axis]
            before, after, target = _two_of_three(what, told)
            before = (target or 0) - size - (after or 0) if before is None else before
            after = (target or 0) - size - before if after is None else after
            if min(before, after) < 0:
                raise ArgumentError(f"{what}: {_numbers(told)} do not fit an axis of {size} pixels")
            x = builder.pad_axis(x, axis, before, after)
        return x

    return on_image_or_batch(images, 2, arguments.data_format(data_format, what), what, of_batch)


Told = tuple[tuple[str, Any], ...]


def _two_of_three(what: str, told: Told) -> list[int | None]:
    """What is told of an axis, of which the third number follows."""
    if sum(value is not None for _, value in told) != 2:
        names = ", ".join(name for name, _ in told)
        raise ArgumentError(f"{what}: exactly two of {names} must be told, got {_numbers(told) or 'none'}")
    return [None if value is None else checks.whole(what, name, value, 0, 2**31 - 1) for name, value in told]


def _numbers(told: Told) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in told if value is not None)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
