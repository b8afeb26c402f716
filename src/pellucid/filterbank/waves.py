"""Kernels made of waves: Gabor's, which answer to stripes of one width and direction, and the cosine basis."""

from __future__ import annotations

import math

import numpy as np

from pellucid.calls import explained
from pellucid.checks import flag, number, whole
from pellucid.filterbank.grids import Kernel, check_sigma, check_size, grid, positions

MAX_BASIS = 32  # a basis of this size has 1024 kernels: 2^20 numbers


@explained
def gabor(
    size: int = 7,
    wavelength: float = 4.0,
    orientation: float = 0.0,
    phase: float = 0.0,
    sigma: float | None = None,
    aspect: float = 0.5,
    balanced: bool = False,
) -> Kernel:
    """A wave under a bell: answers to stripes of one width and direction.

    Formula: k(y, x) = exp(-(x'^2 + aspect^2 y'^2) / (2 sigma^2)) cos(2 pi x' / wavelength + phase) with
    x' = x cos a + y sin a and y' = y cos a - x sin a for the orientation a; y grows downwards.

    Args:
        size: rows and columns, 1 to 255.
        wavelength: from one stripe to the next, in pixels, >= 2: finer stripes cannot be told from wider ones.
        orientation: in degrees, where the wave runs: 0 to the right (the stripes are vertical), 90 downwards.
        phase: in degrees: 0 has a bright stripe in the middle, 90 an edge from bright to dark, 180 a dark stripe.
        sigma: the standard deviation of the bell along the wave, in pixels, >= 0.1; None: 0.56 wavelength, which
            makes the kernel answer to wavelengths within one octave.
        aspect: the width of the bell along the wave, divided by its length along the stripes, > 0.
        balanced: take off the bell as many times as makes the sum 0.

    Returns:
        (size, size); not normalised: the bell is 1 in the middle. Sums to 0 if balanced.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> gabor(3, wavelength=2, sigma=1, aspect=1).round(2).tolist()
        [[-0.37, 0.61, -0.37], [-0.61, 1.0, -0.61], [-0.37, 0.61, -0.37]]

    Source: Daugman, Uncertainty relation for resolution in space, spatial frequency, and orientation optimized by
    two-dimensional visual cortical filters, 1985; parameters as in Petkov and Kruizinga, Computational models of
    visual neurons specialised in the detection of periodic and aperiodic oriented visual stimuli, 1997.
    """
    y, x = grid(check_size("gabor", size))
    length = number("gabor", "wavelength", wavelength, 2.0)
    a, start = (math.radians(number("gabor", *item)) for item in (("orientation", orientation), ("phase", phase)))
    width = check_sigma("gabor", 0.56 * length if sigma is None else sigma)
    along = x * math.cos(a) + y * math.sin(a)
    across = y * math.cos(a) - x * math.sin(a)
    bell = np.exp(-(along**2 + (number("gabor", "aspect", aspect, 0.01) * across) ** 2) / (2 * width**2))
    kernel = bell * np.cos(2 * math.pi * along / length + start)
    return kernel - bell * (kernel.sum() / bell.sum()) if flag("gabor", "balanced", balanced) else kernel


@explained
def dct(size: int = 8, u: int = 0, v: int = 0) -> Kernel:
    """One pattern of the discrete cosine transform: half a wave u times down and half a wave v times across.

    Formula: k(r, c) = n(u) n(v) cos(pi u (2 r + 1) / (2 size)) cos(pi v (2 c + 1) / (2 size)) with row r, column c,
    n(0) = sqrt(1 / size) and n(w) = sqrt(2 / size) for w > 0.

    Args:
        size: rows and columns, 1 to 255.
        u: half waves from top to bottom, 0 to size - 1.
        v: half waves from left to right, 0 to size - 1.

    Returns:
        (size, size); its squares sum to 1, its taps to 0 unless u = v = 0.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> dct(2, 0, 1).round(1).tolist()
        [[0.5, -0.5], [0.5, -0.5]]

    Source: Ahmed, Natarajan and Rao, Discrete Cosine Transform, 1974 (type II, orthonormal); of size 8 as in JPEG,
    ITU-T T.81, A.3.3.
    """
    check_size("dct", size)
    down, across = (_half_waves(size)[whole("dct", *item, 0, size - 1)] for item in (("u", u), ("v", v)))
    return np.outer(down, across)


@explained
def dct_1d(size: int = 8, v: int = 1) -> Kernel:
    """Half a wave v times along one axis: one pattern of the discrete cosine transform in one dimension.

    Formula: k(t) = n(v) cos(pi v (2 t + 1) / (2 size)) with n as for `dct`.

    Args:
        size: taps, 1 to 255.
        v: half waves from the first tap to the last, 0 to size - 1.

    Returns:
        (size,); its squares sum to 1, its taps to 0 unless v = 0.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> dct_1d(2, 1).round(1).tolist()
        [0.7, -0.7]

    Source: as for `dct`.
    """
    return _half_waves(check_size("dct_1d", size))[whole("dct_1d", "v", v, 0, size - 1)].copy()


@explained
def dct_basis(size: int = 3) -> Kernel:
    """All patterns of the discrete cosine transform: a layer of them loses nothing of what it sees.

    Formula: kernel u * size + v is dct(size, u, v).

    Args:
        size: rows and columns, 1 to 32.

    Returns:
        (size, size, size^2); as (size^2, size^2) the matrix is orthogonal.

    Raises:
        ArgumentError: the size is not such a number.

    Example:
        >>> basis = dct_basis(3)
        >>> basis.shape, bool(np.allclose(basis[:, :, 5], dct(3, 1, 2)))
        ((3, 3, 9), True)

    Source: as for `dct`.
    """
    waves = _half_waves(whole("dct_basis", "size", size, 1, MAX_BASIS))
    return np.einsum("ur,vc->rcuv", waves, waves).reshape(size, size, size * size)


def _half_waves(size: int) -> Kernel:
    """(frequency, position): the orthonormal cosines along one axis."""
    middles = (positions(size) + size / 2) / size  # (2 r + 1) / (2 size)
    waves = np.cos(math.pi * np.arange(size)[:, np.newaxis] * middles)
    return waves * np.where(np.arange(size) == 0, math.sqrt(1 / size), math.sqrt(2 / size))[:, np.newaxis]
