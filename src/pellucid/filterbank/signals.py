"""Kernels along one axis, for Conv1D: bumps, differences and means. Tap 0 stands first in time."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.filterbank.grids import Kernel, check_odd, check_sigma, check_size, positions


@explained
def bump(size: int = 3) -> Kernel:
    """1 in the middle, 0 elsewhere: answers where the signal is high, which is to say: passes it unchanged.

    Formula: k(t) = 1 where t = 0, else 0.

    Args:
        size: taps, odd, 1 to 255.

    Returns:
        (size,); sums to 1.

    Raises:
        ArgumentError: the size is not such a number.

    Example:
        >>> bump().tolist()
        [0.0, 1.0, 0.0]

    Source: the discrete delta (Dirac's) function.
    """
    return np.where(positions(check_odd("bump", size)) == 0, 1.0, 0.0)


@explained
def difference() -> Kernel:
    """The value after, less the value before: positive where the signal rises.

    Formula: k = (-1, 0, 1); half of it is the slope per step.

    Returns:
        (3,); sums to 0.

    Example:
        >>> difference().tolist()
        [-1.0, 0.0, 1.0]

    Source: the central difference of numerical analysis.
    """
    return np.array([-1.0, 0.0, 1.0])


@explained
def second_difference() -> Kernel:
    """The values on both sides, less twice the value between: positive in a valley, negative on a peak.

    Formula: k = (1, -2, 1), the curvature per step squared.

    Returns:
        (3,); sums to 0.

    Example:
        >>> second_difference().tolist()
        [1.0, -2.0, 1.0]

    Source: the central second difference of numerical analysis.
    """
    return np.array([1.0, -2.0, 1.0])


@explained
def box_1d(size: int = 3) -> Kernel:
    """The mean of neighbouring values.

    Formula: k(t) = 1 / size.

    Args:
        size: taps, 1 to 255.

    Returns:
        (size,); sums to 1.

    Raises:
        ArgumentError: the size is not such a number.

    Example:
        >>> box_1d(4).tolist()
        [0.25, 0.25, 0.25, 0.25]

    Source: the moving average of time series.
    """
    return np.full(check_size("box_1d", size), 1 / size)


@explained
def gaussian_1d(size: int = 3, sigma: float | None = None) -> Kernel:
    """The weighted mean of neighbouring values, where near ones count most.

    Formula: k(t) = exp(-t^2 / (2 sigma^2)), divided by its sum.

    Args:
        size: taps, 1 to 255.
        sigma: the standard deviation in taps, >= 0.1; None: 0.3 ((size - 1) / 2 - 1) + 0.8, so 0.8 for size 3.

    Returns:
        (size,); sums to 1.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> gaussian_1d(3, sigma=0.85).round(2).tolist()
        [0.25, 0.5, 0.25]

    Source: the normal density at whole numbers; the rule for sigma is OpenCV's, getGaussianKernel.
    """
    t = positions(check_size("gaussian_1d", size))
    if sigma is None:
        sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8
    bell = np.exp(-((t / check_sigma("gaussian_1d", sigma)) ** 2) / 2)
    return bell / bell.sum()
