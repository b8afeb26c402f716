"""What all kernels are made of: checked sizes, coordinates around the middle, small kernels inside large ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import array_that
from pellucid.calls import explained
from pellucid.checks import flag, number, several, whole
from pellucid.errors import ArgumentError, ShapeError
from pellucid.geometry import in_words

Kernel = npt.NDArray[np.float64]

MAX_SIZE = 255  # rows or columns of a kernel that is computed here: more than any layer has, and soon made


def check_size(owner: str, size: Any, least: int = 1) -> int:
    """The number of rows and columns of a kernel; raises `ArgumentError` if it cannot be one."""
    return whole(owner, "size", size, least, MAX_SIZE)


def check_odd(owner: str, size: Any, least: int = 1) -> int:
    """The size of a kernel that needs a tap in the middle; raises `ArgumentError` if it cannot have one."""
    if check_size(owner, size, least) % 2 == 0:
        raise ArgumentError(f"{owner}: size must be odd, so that there is a middle, got {size}; use {size + 1}")
    return int(size)


def check_sigma(owner: str, sigma: Any) -> float:
    """The width of a bell in pixels. Below 0.1 all taps but one are 0, or all of them where none is in the middle."""
    return number(owner, "sigma", sigma, 0.1)


def positions(size: int) -> Kernel:
    """Distances of the taps of one axis from its middle, in pixels.

    Example:
        >>> positions(3).tolist(), positions(2).tolist()
        ([-1.0, 0.0, 1.0], [-0.5, 0.5])
    """
    return np.arange(size, dtype=np.float64) - (size - 1) / 2


def grid(size: int) -> tuple[Kernel, Kernel]:
    """(y, x) of every tap from the middle of a square kernel: y grows downwards, x to the right."""
    return positions(size)[:, np.newaxis], positions(size)[np.newaxis, :]


def finished(owner: str, kernel: Kernel, balanced: Any) -> Kernel:
    """The kernel, less its mean where it shall be balanced: it then sums to 0, and plain areas give 0."""
    return kernel - kernel.mean() if flag(owner, "balanced", balanced) else kernel


def laid(kernel: npt.NDArray[Any], shift: Sequence[int], shape: Sequence[int]) -> npt.NDArray[Any]:
    """What of a kernel lies on one of a shape when it is moved from the middle; zeros elsewhere, and what sticks out is
    left out.

    Example:
        >>> laid(np.array([1.0, 2.0, 3.0]), (1,), (3,)).tolist()
        [0.0, 1.0, 2.0]
    """
    found, mine, theirs = np.zeros(shape), [], []
    for size, length, step in zip(shape, kernel.shape, shift, strict=True):
        start = (size - length) // 2 + step
        mine.append(slice(max(start, 0), max(min(start + length, size), 0)))
        theirs.append(slice(max(-start, 0), max(-start, 0) + max(mine[-1].stop - mine[-1].start, 0)))
    found[tuple(mine)] = kernel[tuple(theirs)]
    return found


@explained
def centered(kernels: npt.NDArray[Any], size: Sequence[int]) -> npt.NDArray[Any]:
    """Kernels in the middle of larger ones, with zeros around: what they answer stays the same.

    Args:
        kernels: (rows, columns, ...), or with any other number of leading axes, of which `size` is the length.
        size: what the leading axes shall be; larger than they are by an even number.

    Returns:
        (*size, ...).

    Raises:
        ArgumentError: a size is no whole number from 1 to 255, or the kernels are no numbers.
        ShapeError: the kernels are larger than `size`, or cannot lie in its middle.

    Example:
        >>> centered(np.ones((1, 1)), (3, 3)).tolist()
        [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    items = several("centered", "size", size, "whole numbers")
    wanted = tuple(whole("centered", "each of size", item, 1, MAX_SIZE) for item in items)
    kernels = array_that("centered: kernels", kernels)
    if not 0 < len(wanted) <= kernels.ndim:
        raise ShapeError(f"centered: kernels of shape {kernels.shape} do not go with size={wanted}")
    came = kernels.shape[: len(wanted)]
    if any(small > large for small, large in zip(came, wanted, strict=True)):
        least = tuple(map(max, came, wanted))
        raise ShapeError(
            f"kernels of {in_words(came)} do not fit into {in_words(wanted)}; a layer needs kernel_size={least} for "
            "them"
        )
    if any((large - small) % 2 for small, large in zip(came, wanted, strict=True)):
        next_size = tuple(large + (large - small) % 2 for small, large in zip(came, wanted, strict=True))
        raise ShapeError(
            f"kernels of {in_words(came)} have no place in the middle of {in_words(wanted)}: along each axis the "
            f"difference must be even; take {in_words(came)} or {in_words(next_size)}, or say where the zeros go with "
            "np.pad"
        )
    margins = [((large - small) // 2,) * 2 for small, large in zip(came, wanted, strict=True)]
    return np.pad(kernels, margins + [(0, 0)] * (kernels.ndim - len(wanted)))
