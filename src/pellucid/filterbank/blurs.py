"""Kernels that blur or sharpen. A blur has no negative tap and sums to 1; sharpening sums to 1: brightness is kept."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.checks import number
from pellucid.filterbank.edges import laplacian
from pellucid.filterbank.grids import Kernel, check_size
from pellucid.filterbank.lines import identity
from pellucid.filterbank.signals import gaussian_1d


@explained
def box_blur(size: int = 3) -> Kernel:
    """The mean of the pixels of a square.

    Formula: k(y, x) = 1 / size^2.

    Args:
        size: rows and columns, 1 to 255.

    Returns:
        (size, size); sums to 1.

    Raises:
        ArgumentError: the size is not such a number.

    Example:
        >>> box_blur(2).tolist()
        [[0.25, 0.25], [0.25, 0.25]]

    Source: Gonzalez and Woods, Digital Image Processing, section 3.5, smoothing.
    """
    return np.full((check_size("box_blur", size), size), 1 / size**2)


@explained
def gaussian_blur(size: int = 3, sigma: float | None = None) -> Kernel:
    """The weighted mean of a neighbourhood, where near pixels count most.

    Formula: k(y, x) = exp(-(y^2 + x^2) / (2 sigma^2)), divided by its sum.

    Args:
        size: rows and columns, 1 to 255; six sigmas hold nearly all of the bell.
        sigma: the standard deviation in pixels, >= 0.1; None: 0.3 ((size - 1) / 2 - 1) + 0.8, so 0.8 for size 3.

    Returns:
        (size, size); sums to 1.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> gaussian_blur(3, sigma=0.85).round(2).tolist()
        [[0.06, 0.12, 0.06], [0.12, 0.25, 0.12], [0.06, 0.12, 0.06]]

    Source: Marr and Hildreth, Theory of Edge Detection, 1980; the rule for sigma is OpenCV's, getGaussianKernel.
    """
    bell = gaussian_1d(size, sigma)
    return np.outer(bell, bell)


@explained
def sharpen(amount: float = 1.0, neighbors: int = 4) -> Kernel:
    """The image, and what distinguishes each pixel from its neighbours once more.

    Formula: k = identity - amount * laplacian(neighbors).

    Args:
        amount: how much of the difference is added, >= 0; 0 changes nothing.
        neighbors: 4 or 8; see `laplacian`.

    Returns:
        (3, 3); sums to 1.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> sharpen().tolist()
        [[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]

    Source: Gonzalez and Woods, Digital Image Processing, section 3.6, sharpening by the Laplacian.
    """
    return identity(3) - number("sharpen", "amount", amount, 0.0) * laplacian(neighbors)
