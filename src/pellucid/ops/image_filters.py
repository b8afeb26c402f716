"""Images through fixed filters, and how alike two of them are, under Keras's names (keras.ops.image)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.filterbank import sobel_x, sobel_y
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.channels import on_image_or_batch
from pellucid.ops.windows import depthwise_conv

MOST_TAPS = 2**10  # of a filter along an axis


@anywhere("images", name="ops.image.gaussian_blur")
def gaussian_blur(
    images: Operand,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Any:
    """Each channel blurred by a bell of Gauss's; beyond the edges there is 0, so these get darker.

    Args:
        images: (rows, columns, channels), or a batch of them.
        kernel_size: taps across the columns, then down the rows [pixels], >= 1: the order in which Keras takes them.
        sigma: standard deviation of the bell across, then down [pixels], above 0.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: images have another number of axes.

    Example:
        >>> import numpy as np
        >>> image = np.zeros((3, 3, 1))
        >>> image[1, 1] = 1.0
        >>> gaussian_blur(image, sigma=(0.5, 0.5))[..., 0].round(2)[1].tolist()
        [0.07999999821186066, 0.6200000047683716, 0.07999999821186066]
    """
    across, down = (
        _bell(checks.whole("", "each of kernel_size", taps, 1, MOST_TAPS), checks.number("", "each of sigma", width))
        for taps, width in zip(_pair("kernel_size", kernel_size), _pair("sigma", sigma), strict=True)
    )
    form, window = arguments.data_format(data_format, "gaussian_blur"), np.outer(down, across)
    return on_image_or_batch(images, 2, form, "gaussian_blur", lambda x: _filtered(x, window, "same"))


@anywhere("images", name="ops.image.sobel_edges")
def sobel_edges(images: Operand, data_format: str | None = None) -> Any:
    """How steeply each channel rises down the rows and along the columns, by Sobel's kernels; beyond the edges is 0.

    Args:
        images: (rows, columns, channels), or a batch of them.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Returns:
        the shape of the images with a new last axis: (down, along).

    Raises:
        ShapeError: images have another number of axes.

    Example:
        >>> sobel_edges([[[0.0], [0.0], [1.0]]] * 3)[1, 1, 0].tolist()
        [0.0, 4.0]
    """
    form = arguments.data_format(data_format, "sobel_edges")

    def slope(window: np.ndarray) -> Tensor:
        return on_image_or_batch(images, 2, form, "sobel_edges", lambda x: _filtered(x, window, "same"))

    return builder.stack([slope(sobel_y()), slope(sobel_x())], -1)


@anywhere("image1", "image2", name="ops.image.ssim")
def ssim(
    image1: Operand,
    image2: Operand,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Any:
    """How alike the structure of two images is, 1 for equal ones: the mean over all places of a window and channels.

    Args:
        image1: (rows, columns, channels), or a batch of them.
        image2: of the same shape.
        max_val: the largest value that there could be, such as 1 or 255.
        filter_size: taps of the window, a bell of Gauss's, along both axes [pixels].
        filter_sigma: its standard deviation [pixels], above 0.
        k1: keeps apart from 0 where it is dark, a share of max_val.
        k2: keeps apart from 0 where nothing varies, a share of max_val.
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Returns:
        a number for each image.

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: the shapes differ, or images are smaller than the window.

    Example:
        >>> import numpy as np
        >>> image = np.linspace(0, 1, 256).reshape(16, 16, 1)
        >>> ssim(image, image).round(4).tolist()
        1.0

    Source: Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """
    if image1.shape != image2.shape:
        raise ShapeError(f"both images must have one shape, got {image1.shape} and {image2.shape}")
    bell = _bell(
        checks.whole("", "filter_size", filter_size, 1, MOST_TAPS), checks.number("", "filter_sigma", filter_sigma)
    )
    largest = checks.number("", "max_val", max_val, checks.SMALLEST)
    low, high = ((checks.number("", name, share, 0.0) * largest) ** 2 for name, share in (("k1", k1), ("k2", k2)))
    form = arguments.data_format(data_format, "ssim")

    def local(x: Tensor) -> Tensor:
        return on_image_or_batch(x, 2, form, "ssim", lambda images: _filtered(images, np.outer(bell, bell), "valid"))

    first, second = local(image1), local(image2)
    spread = local(image1 * image1 + image2 * image2) - first * first - second * second
    together = local(image1 * image2) - first * second
    bright = (2 * first * second + low) / (first * first + second * second + low)
    return builder.reduce_mean(bright * (2 * together + high) / (spread + high), range(first.rank - 3, first.rank))


def _pair(name: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise ArgumentError(f"{name} takes two numbers, got {shown(value)}")
    return value


def _bell(taps: int, deviation: float) -> np.ndarray:
    """A bell of Gauss's that sums to 1."""
    if deviation <= 0:
        raise ArgumentError(f"a standard deviation is above 0, got {shown(deviation)}")
    steps = np.arange(taps) - (taps - 1) / 2
    bell = np.exp(-0.5 * (steps / deviation) ** 2)
    if not bell.sum():
        raise ArgumentError(f"a standard deviation of {shown(deviation)} pixels is too small for {taps} taps")
    return bell / bell.sum()


def _filtered(x: Tensor, window: np.ndarray, padding: str) -> Tensor:
    """Each channel of (batch, rows, columns, channels) through one filter."""
    taps = np.repeat(window[:, :, np.newaxis, np.newaxis], x.shape[-1], axis=2)
    return depthwise_conv(x, taps, 1, padding, "channels_last")
