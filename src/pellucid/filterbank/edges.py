"""Kernels that answer to changes of brightness. All but `emboss` sum to 0: plain areas give 0.

First differences come in pairs: `_x` is positive where brightness grows to the right, `_y` where it grows downwards.
Second differences (the Laplacians) answer to both sides of an edge, with opposite signs.
"""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.checks import is_whole, number
from pellucid.errors import ArgumentError, shown
from pellucid.filterbank.grids import Kernel, check_sigma, check_size, grid
from pellucid.filterbank.lines import identity
from pellucid.filterbank.signals import difference, gaussian_1d


@explained
def sobel_x() -> Kernel:
    """How much brightness grows to the right; rows are averaged with the weights 1, 2, 1.

    Formula: k = (1, 2, 1)^T (-1, 0, 1); k / 8 is the slope per pixel.

    Returns:
        (3, 3); sums to 0.

    Example:
        >>> sobel_x().tolist()
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]

    Source: Sobel and Feldman, 1968; Duda and Hart, Pattern Classification and Scene Analysis, 1973, page 271.
    """
    return np.outer([1.0, 2.0, 1.0], difference())


@explained
def sobel_y() -> Kernel:
    """How much brightness grows downwards: `sobel_x` with rows and columns exchanged.

    Formula: k = (-1, 0, 1)^T (1, 2, 1); k / 8 is the slope per pixel. Returns as `sobel_x`.

    Example:
        >>> sobel_y().tolist()
        [[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]

    Source: as for `sobel_x`.
    """
    return sobel_x().T.copy()


@explained
def sobel_diagonal() -> Kernel:
    """How much brightness grows to the bottom right: `sobel_x` with its ring of taps turned by 45 degrees.

    Formula: k = (-2, -1, 0; -1, 0, 1; 0, 1, 2). Returns as `sobel_x`.

    Example:
        >>> sobel_diagonal().tolist()
        [[-2.0, -1.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 1.0, 2.0]]

    Source: Robinson, Edge Detection by Compass Gradient Masks, 1977.
    """
    return np.array([[-2.0, -1.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 1.0, 2.0]])


@explained
def sobel_antidiagonal() -> Kernel:
    """How much brightness grows to the bottom left: `sobel_diagonal` mirrored.

    Formula: k = (0, -1, -2; 1, 0, -1; 2, 1, 0). Returns as `sobel_x`.

    Example:
        >>> sobel_antidiagonal().tolist()
        [[0.0, -1.0, -2.0], [1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]

    Source: Robinson, Edge Detection by Compass Gradient Masks, 1977.
    """
    return sobel_diagonal()[:, ::-1].copy()


@explained
def scharr_x() -> Kernel:
    """How much brightness grows to the right, with weights that judge all directions alike more closely than Sobel's.

    Formula: k = (3, 10, 3)^T (-1, 0, 1); k / 32 is the slope per pixel.

    Returns:
        (3, 3); sums to 0.

    Example:
        >>> scharr_x().tolist()
        [[-3.0, 0.0, 3.0], [-10.0, 0.0, 10.0], [-3.0, 0.0, 3.0]]

    Source: Scharr, Optimale Operatoren in der Digitalen Bildverarbeitung, dissertation, Heidelberg 2000.
    """
    return np.outer([3.0, 10.0, 3.0], difference())


@explained
def scharr_y() -> Kernel:
    """How much brightness grows downwards: `scharr_x` with rows and columns exchanged.

    Formula: k = (-1, 0, 1)^T (3, 10, 3); k / 32 is the slope per pixel. Returns as `scharr_x`.

    Example:
        >>> scharr_y().tolist()
        [[-3.0, -10.0, -3.0], [0.0, 0.0, 0.0], [3.0, 10.0, 3.0]]

    Source: as for `scharr_x`.
    """
    return scharr_x().T.copy()


@explained
def prewitt_x() -> Kernel:
    """How much brightness grows to the right; the three rows count alike.

    Formula: k = (1, 1, 1)^T (-1, 0, 1); k / 6 is the slope per pixel.

    Returns:
        (3, 3); sums to 0.

    Example:
        >>> prewitt_x().tolist()
        [[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]

    Source: Prewitt, Object Enhancement and Extraction, in Picture Processing and Psychopictorics, 1970.
    """
    return np.outer([1.0, 1.0, 1.0], difference())


@explained
def prewitt_y() -> Kernel:
    """How much brightness grows downwards: `prewitt_x` with rows and columns exchanged.

    Formula: k = (-1, 0, 1)^T (1, 1, 1); k / 6 is the slope per pixel. Returns as `prewitt_x`.

    Example:
        >>> prewitt_y().tolist()
        [[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]

    Source: as for `prewitt_x`.
    """
    return prewitt_x().T.copy()


@explained
def roberts_x() -> Kernel:
    """How much brightness grows to the bottom right, from the two pixels of a diagonal.

    Formula: k = (-1, 0; 0, 1). Two by two: its answer lies between pixels, and only layers of even kernel size take it.

    Returns:
        (2, 2); sums to 0.

    Example:
        >>> roberts_x().tolist()
        [[-1.0, 0.0], [0.0, 1.0]]

    Source: Roberts, Machine Perception of Three-Dimensional Solids, 1963: the Roberts cross.
    """
    return np.array([[-1.0, 0.0], [0.0, 1.0]])


@explained
def roberts_y() -> Kernel:
    """How much brightness grows to the bottom left: `roberts_x` mirrored, the other diagonal.

    Formula: k = (0, -1; 1, 0). Returns as `roberts_x`.

    Example:
        >>> roberts_y().tolist()
        [[0.0, -1.0], [1.0, 0.0]]

    Source: as for `roberts_x`.
    """
    return roberts_x()[:, ::-1].copy()


@explained
def laplacian(neighbors: int = 4) -> Kernel:
    """The sum of the neighbours, less as many times the pixel: positive on dark spots, negative on bright ones.

    Formula: k = (0, 1, 0; 1, -4, 1; 0, 1, 0) for 4 neighbours, (1, 1, 1; 1, -8, 1; 1, 1, 1) for 8.

    Args:
        neighbors: 4, those that share a side with the pixel, or 8, those that share a corner too.

    Returns:
        (3, 3); sums to 0.

    Raises:
        ArgumentError: `neighbors` is another number.

    Example:
        >>> laplacian().tolist()
        [[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]

    Source: Gonzalez and Woods, Digital Image Processing, section 3.6, the Laplacian.
    """
    if not is_whole(neighbors) or neighbors not in (4, 8):
        raise ArgumentError(f"laplacian: neighbors must be 4 or 8, got {shown(neighbors)}")
    y, x = grid(3)
    near = np.abs(y) + np.abs(x) <= (1 if neighbors == 4 else 2)
    return np.where(near, 1.0, 0.0) - (neighbors + 1) * identity(3)


@explained
def laplacian_of_gaussian(size: int = 7, sigma: float = 1.0) -> Kernel:
    """The Laplacian of the blurred image: changes sign at edges; blobs of radius sqrt(2) sigma answer most.

    Formula: k(y, x) = (y^2 + x^2 - 2 sigma^2) / sigma^4 * g(y, x) with the bell g of `gaussian_blur`, less its mean,
    which would be 0 in a window without end. Negative in the middle: bright blobs answer negatively.

    Args:
        size: rows and columns, 3 to 255; eight sigmas hold nearly all of it.
        sigma: the standard deviation of the bell in pixels, >= 0.1.

    Returns:
        (size, size); sums to 0.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> laplacian_of_gaussian(7, sigma=1.0)[3].round(2).tolist()
        [0.01, 0.04, -0.1, -0.32, -0.1, 0.04, 0.01]

    Source: Marr and Hildreth, Theory of Edge Detection, 1980, section "the operator".
    """
    y, x = grid(check_size("laplacian_of_gaussian", size, least=3))
    width = check_sigma("laplacian_of_gaussian", sigma)
    bell = gaussian_1d(size, width)
    kernel = (y**2 + x**2 - 2 * width**2) / width**4 * np.outer(bell, bell)
    return kernel - kernel.mean()


@explained
def difference_of_gaussians(size: int = 7, sigma: float = 1.0, ratio: float = 1.6) -> Kernel:
    """A narrow blur less a wide one: what is about sigma wide remains. Bright blobs answer positively.

    Formula: k = gaussian_blur(size, sigma) - gaussian_blur(size, ratio * sigma).

    Args:
        size: rows and columns, 3 to 255.
        sigma: the standard deviation of the narrow bell in pixels, >= 0.1.
        ratio: how many times wider the other bell is, > 1.

    Returns:
        (size, size); sums to 0.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> difference_of_gaussians(5, sigma=0.8)[2].round(2).tolist()
        [-0.02, 0.04, 0.14, 0.04, -0.02]

    Source: Marr and Hildreth, Theory of Edge Detection, 1980, appendix B; with the ratio 1.6 it is nearest to
    `-laplacian_of_gaussian`.
    """
    check_size("difference_of_gaussians", size, least=3)
    width = check_sigma("difference_of_gaussians", sigma)
    factor = number("difference_of_gaussians", "ratio", ratio, 1.0)
    if factor == 1.0:
        raise ArgumentError("difference_of_gaussians: ratio must be greater than 1, or nothing remains, got 1")
    narrow, wide = gaussian_1d(size, width), gaussian_1d(size, factor * width)
    return np.outer(narrow, narrow) - np.outer(wide, wide)


@explained
def emboss(amount: float = 1.0) -> Kernel:
    """The image as a relief, bright pixels high, that is lit from the top left.

    Formula: k = identity + amount * sobel_diagonal, so (-2, -1, 0; -1, 1, 1; 0, 1, 2).

    Args:
        amount: how deep the relief is, >= 0.

    Returns:
        (3, 3); sums to 1: plain areas keep their brightness.

    Raises:
        ArgumentError: the amount is negative or not finite.

    Example:
        >>> emboss().tolist()
        [[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]

    Source: the emboss matrix of image editors, such as the GIMP manual, section Convolution Matrix.
    """
    return identity(3) + number("emboss", "amount", amount, 0.0) * sobel_diagonal()
