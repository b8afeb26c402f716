"""The colours of numbers: white is zero, orange is positive, blue is negative, and darker is farther from zero."""

from __future__ import annotations

import numpy as np

__all__ = ["NOT_A_NUMBER", "colors_of"]

# From zero to the limit in four equal steps. Both rows have the same OKLab lightness at each step (1, .84, .68, .52,
# .36), so the eye reads magnitude from lightness and sign from hue. OKLab: B. Ottosson, "A perceptual color space for
# image processing", 2020.
_POSITIVE = np.array([(255, 255, 255), (244, 188, 160), (218, 124, 72), (167, 73, 0), (101, 40, 0)], dtype=np.float64)
_NEGATIVE = np.array([(255, 255, 255), (170, 205, 251), (91, 154, 234), (31, 104, 188), (8, 60, 117)], dtype=np.float64)
NOT_A_NUMBER = (128, 128, 128)


def colors_of(values: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Red, green, blue (..., 3), uint8, of real numbers (...).

    Args:
        values: the numbers; NaN and infinity are mid-grey, which no number gets.
        limit: of the same shape, >= 0: the magnitude that gets the darkest colour; values beyond it are drawn like it.

    Example:
        >>> colors_of(np.array([-2.0, 0.0, np.nan]), np.full(3, 2.0)).tolist()
        [[8, 60, 117], [255, 255, 255], [128, 128, 128]]
    """
    finite = np.isfinite(values)
    distance = np.zeros(values.shape)
    with np.errstate(over="ignore"):  # far beyond a tiny limit is beyond it
        np.divide(np.abs(values), limit, out=distance, where=finite & (limit > 0))
    steps = np.minimum(distance, 1.0) * (len(_POSITIVE) - 1)
    lower = np.minimum(steps.astype(np.intp), len(_POSITIVE) - 2)
    ramp = np.stack([_POSITIVE, _NEGATIVE])
    side = (values < 0).astype(np.intp)
    rest = (steps - lower)[..., None]
    colors = ramp[side, lower] * (1 - rest) + ramp[side, lower + 1] * rest
    colors[~finite] = NOT_A_NUMBER
    painted: np.ndarray = np.rint(colors).astype(np.uint8)
    return painted
