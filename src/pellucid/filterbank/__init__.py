"""Kernels with a name: line and curve detectors, edges, blurs, waves, as NumPy arrays.

    >>> from pellucid import filterbank
    >>> filterbank.sobel_x().tolist()
    [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]

As weights of a layer they are written by name, `kernel_initializer="sobel_x"`, or several at a time:
`initializers.Filterbank("lines")`.

What all of them have in common:

- A kernel is an array (rows, columns), row 0 on top, column 0 on the left; along one axis it is (taps,).
- It is laid on the image as it stands and not turned around (cross-correlation, as in every convolutional layer): a
  positive tap asks for brightness at its own place, so `sobel_x` is positive where brightness grows to the right.
- Angles are in degrees, 0 to the right and 90 downwards, since rows are counted downwards.
- Blurs, `identity`, `sharpen` and `emboss` sum to 1: they keep the brightness of plain areas. Edge kernels sum to 0:
  they give 0 there. Lines, corners and curves count the pixels under them, and sum to 0 with `balanced=True`.
"""

from pellucid.filterbank.blurs import box_blur, gaussian_blur, sharpen
from pellucid.filterbank.catalogue import bank, families, get, names
from pellucid.filterbank.edges import (
    difference_of_gaussians,
    emboss,
    laplacian,
    laplacian_of_gaussian,
    prewitt_x,
    prewitt_y,
    roberts_x,
    roberts_y,
    scharr_x,
    scharr_y,
    sobel_antidiagonal,
    sobel_diagonal,
    sobel_x,
    sobel_y,
)
from pellucid.filterbank.grids import centered
from pellucid.filterbank.lines import (
    antidiagonal_line,
    corner,
    curve,
    diagonal_line,
    horizontal_line,
    identity,
    vertical_line,
)
from pellucid.filterbank.signals import box_1d, bump, difference, gaussian_1d, second_difference
from pellucid.filterbank.waves import dct, dct_1d, dct_basis, gabor

__all__ = [
    "antidiagonal_line",
    "bank",
    "box_1d",
    "box_blur",
    "bump",
    "centered",
    "corner",
    "curve",
    "dct",
    "dct_1d",
    "dct_basis",
    "diagonal_line",
    "difference",
    "difference_of_gaussians",
    "emboss",
    "families",
    "gabor",
    "gaussian_1d",
    "gaussian_blur",
    "get",
    "horizontal_line",
    "identity",
    "laplacian",
    "laplacian_of_gaussian",
    "names",
    "prewitt_x",
    "prewitt_y",
    "roberts_x",
    "roberts_y",
    "scharr_x",
    "scharr_y",
    "second_difference",
    "sharpen",
    "sobel_antidiagonal",
    "sobel_diagonal",
    "sobel_x",
    "sobel_y",
    "vertical_line",
]
