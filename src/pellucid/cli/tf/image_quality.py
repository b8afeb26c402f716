"""How two images differ, and what edges they have."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import eager
from pellucid.errors import ArgumentError

BANDS = (0.01, 0.03)
"""K1 and K2 of Wang and others, "Image quality assessment", 2004."""


def psnr(a: Any, b: Any, max_val: float, name: str | None = None) -> Any:
    """Decibels of the largest value over the difference, of each image."""
    mean = ops.mean(ops.square(ops.subtract(a, b)), (-3, -2, -1))
    return eager(20.0 * np.log10(float(max_val)) - 10.0 * ops.log10(mean))


def ssim(
    img1: Any, img2: Any, max_val: float, filter_size: int = 11, filter_sigma: float = 1.5, k1: float = BANDS[0],
    k2: float = BANDS[1],
) -> Any:  # fmt: skip
    """How alike the structure of two images is, 1 for equal ones; of each image.

    Raises:
        ArgumentError: the images are smaller than the window.

    Source: Wang and others, "Image quality assessment: from error visibility to structural similarity", 2004.
    """
    shape = tuple(ops.shape(img1))
    if min(shape[-3:-1]) < filter_size:
        raise ArgumentError(f"tf.image.ssim: images of {filter_size} rows and columns at least, got shape {shape}")
    first, second = (ops.reshape(each, (-1, *shape[-3:])) for each in (img1, img2))
    found = ops.image.ssim(first, second, max_val, filter_size, filter_sigma, k1, k2, "channels_last")
    return eager(ops.reshape(found, shape[:-3]))


def sobel_edges(image: Any) -> Any:
    """The slopes along rows and columns by Sobel's kernels, along a new last axis; borders are mirrored.

    Source: tf.image.sobel_edges.
    """
    shape = tuple(ops.shape(image))
    down = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float32)
    kernel = np.stack([down, down.T], -1)[:, :, np.newaxis].repeat(shape[-1], 2)
    wide = ops.pad(image, [(0, 0), (1, 1), (1, 1), (0, 0)], "reflect")
    return eager(ops.reshape(ops.depthwise_conv(wide, kernel, 1, "valid", "channels_last"), (*shape, 2)))


def image_gradients(image: Any) -> Any:
    """The differences of neighbours down the rows and along the columns, with zeros at the end."""
    down, along = image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]
    return (
        eager(ops.pad(down, [(0, 0), (0, 1), (0, 0), (0, 0)])),
        eager(ops.pad(along, [(0, 0), (0, 0), (0, 1), (0, 0)])),
    )
