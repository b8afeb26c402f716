"""Kernels that look for a shape: nothing at all, a line, a corner, a curve. Taps on the shape are 1, all others 0.

What such a kernel answers is the sum of the pixels under the shape: all of them on the shape itself, few elsewhere, but
many on a bright plain area too. `balanced=True` takes the mean off all taps: they then sum to 0, and so do plain areas.
"""

from __future__ import annotations

import math

import numpy as np

from pellucid.calls import explained
from pellucid.checks import number
from pellucid.errors import unknown_name
from pellucid.filterbank.grids import Kernel, check_odd, check_size, finished, grid

CORNERS = {"top_left": (1, 1), "top_right": (1, -1), "bottom_left": (-1, 1), "bottom_right": (-1, -1)}
"""Where the arms of a corner go from the middle: (down, right)."""


@explained
def identity(size: int = 3) -> Kernel:
    """1 in the middle, 0 elsewhere: the image passes unchanged.

    Formula: k(y, x) = 1 where y = x = 0, else 0.

    Args:
        size: rows and columns, odd, 1 to 255.

    Returns:
        (size, size); sums to 1.

    Raises:
        ArgumentError: the size is not such a number.

    Example:
        >>> identity().tolist()
        [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]

    Source: the discrete delta (Dirac's) function, the neutral element of convolution.
    """
    kernel = np.zeros((check_odd("identity", size), size))
    kernel[size // 2, size // 2] = 1
    return kernel


@explained
def horizontal_line(size: int = 3, balanced: bool = False) -> Kernel:
    """Ones along the middle row: answers to horizontal lines.

    Formula: k(y, x) = 1 where y = 0, else 0.

    Args:
        size: rows and columns, odd, 1 to 255.
        balanced: take off the mean. Times 3, the kernel of size 3 is then the mask -1, 2, -1 of the textbooks.

    Returns:
        (size, size); sums to `size`, or to 0 if balanced.

    Raises:
        ArgumentError: the size is not such a number.

    Example:
        >>> horizontal_line().tolist()
        [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
        >>> (3 * horizontal_line(balanced=True)).round().tolist()
        [[-1.0, -1.0, -1.0], [2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]]

    Source: Gonzalez and Woods, Digital Image Processing, section 10.2, line detection.
    """
    kernel = np.zeros((check_odd("horizontal_line", size), size))
    kernel[size // 2] = 1
    return finished("horizontal_line", kernel, balanced)


@explained
def vertical_line(size: int = 3, balanced: bool = False) -> Kernel:
    """Ones along the middle column: answers to vertical lines.

    Formula: k(y, x) = 1 where x = 0, else 0. Arguments, sums and errors as for `horizontal_line`.

    Example:
        >>> vertical_line().tolist()
        [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]

    Source: Gonzalez and Woods, Digital Image Processing, section 10.2, line detection.
    """
    kernel = np.zeros((check_odd("vertical_line", size), size))
    kernel[:, size // 2] = 1
    return finished("vertical_line", kernel, balanced)


@explained
def diagonal_line(size: int = 3, balanced: bool = False) -> Kernel:
    r"""Ones from the top left to the bottom right: answers to lines that fall like \.

    Formula: k(y, x) = 1 where y = x, else 0. Arguments, sums and errors as for `horizontal_line`; the size may be even.

    Example:
        >>> diagonal_line().tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]

    Source: Gonzalez and Woods, Digital Image Processing, section 10.2, line detection.
    """
    return finished("diagonal_line", np.eye(check_size("diagonal_line", size)), balanced)


@explained
def antidiagonal_line(size: int = 3, balanced: bool = False) -> Kernel:
    """Ones from the bottom left to the top right: answers to lines that rise like /.

    Formula: k(y, x) = 1 where y = -x, else 0. Arguments, sums and errors as for `diagonal_line`.

    Example:
        >>> antidiagonal_line().tolist()
        [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]

    Source: Gonzalez and Woods, Digital Image Processing, section 10.2, line detection.
    """
    return finished("antidiagonal_line", np.eye(check_size("antidiagonal_line", size))[:, ::-1].copy(), balanced)


@explained
def corner(position: str = "top_left", size: int = 3, balanced: bool = False) -> Kernel:
    """Two arms of ones from the middle to the border: answers to one corner of a drawn box.

    Formula: k(y, x) = 1 where y = 0 and d x >= 0, or x = 0 and d' y >= 0, else 0; d = 1 for a left corner, whose arm
    goes to the right, and -1 for a right one; d' = 1 for a top corner and -1 for a bottom one.

    Args:
        position: which corner of the box: "top_left", "top_right", "bottom_left" or "bottom_right".
        size: rows and columns, odd, 1 to 255.
        balanced: take off the mean.

    Returns:
        (size, size); sums to `size`, or to 0 if balanced.

    Raises:
        ArgumentError: the position is unknown or the size is not such a number.

    Example:
        >>> corner("top_left").tolist()
        [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 0.0]]

    Source: the corner masks of the hit-or-miss transform (Serra, Image Analysis and Mathematical Morphology, 1982), as
    sums instead of matches.
    """
    if not isinstance(position, str) or position not in CORNERS:
        raise unknown_name("position of corner", position, CORNERS)
    down, right = CORNERS[position]
    y, x = grid(check_odd("corner", size))
    return finished(
        "corner", np.where(((y == 0) & (right * x >= 0)) | ((x == 0) & (down * y >= 0)), 1.0, 0.0), balanced
    )


@explained
def curve(size: int = 7, radius: float | None = None, angle: float = 225.0, balanced: bool = False) -> Kernel:
    """Ones along an arc through the middle: answers to curves that bend like it.

    Formula: k(y, x) = 1 where | sqrt((y + r sin a)^2 + (x + r cos a)^2) - r | <= 1/2, else 0: the pixels within half a
    pixel of the circle of radius r whose centre lies r pixels from the middle, opposite to the angle a.

    Args:
        size: rows and columns, odd, 5 to 255: fewer pixels cannot bend.
        radius: of the circle, in pixels, from size / 2 (a half circle) to 10^6 (a straight line); None: (size + 1) / 2.
        angle: in degrees, where the arc bulges: 0 to the right, like ), 90 downwards, 180 to the left, like (, and 225
            to the top left, which is the upper left part of a round outline.
        balanced: take off the mean.

    Returns:
        (size, size); sums to the number of pixels of the arc, or to 0 if balanced.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> print(str(curve(5, radius=3, angle=180).astype(int)))
        [[0 0 0 1 0]
         [0 0 1 0 0]
         [0 0 1 0 0]
         [0 0 1 0 0]
         [0 0 0 1 0]]

    Source: the equation of a circle. Curve detectors arise in trained networks too: Cammarata et al., Curve Detectors,
    Distill 2020, https://distill.pub/2020/circuits/curve-detectors/
    """
    y, x = grid(check_odd("curve", size, least=5))
    r = number("curve", "radius", (size + 1) / 2 if radius is None else radius, size / 2, 1e6)
    a = math.radians(number("curve", "angle", angle))
    distance = np.hypot(y + r * math.sin(a), x + r * math.cos(a))
    return finished("curve", np.where(np.abs(distance - r) <= 0.5 + 1e-9, 1.0, 0.0), balanced)
