"""The one drawing rule: white is zero, orange is positive, blue is negative, and darker is farther from zero.

Every picture of weights, feature maps or products, on a page or in a terminal, takes its colours from `paint`. Numbers
of equal magnitude are equally dark whatever their sign, and the two hues stay apart for colour-blind readers. Where
nothing is negative only the orange half is used: a sequential scale from zero.
"""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.colors import NOT_A_NUMBER, colors_of
from pellucid.errors import ArgumentError, ShapeError
from pellucid.inspection.given import one_of
from pellucid.views.given import array_of

__all__ = ["NOT_A_NUMBER", "SCALES", "color_limits", "describe_rule", "filter_colors", "ink_on", "paint"]

SCALES = ("layer", "filter")


@explained
def paint(values: np.ndarray, limit: float | np.ndarray) -> np.ndarray:
    """The colours of numbers.

    Args:
        values: any shape (...).
        limit: the magnitude that gets the darkest colour, >= 0; one number, or one for each value (broadcast). Values
            beyond it are drawn like it.

    Returns:
        red, green, blue (..., 3), uint8. NaN and infinity are mid-grey, which no number gets.

    Raises:
        ArgumentError: there is something else than real numbers, a negative limit, or limits that do not fit.

    Example:
        >>> paint(np.array([-2.0, 0.0, 1.0, 2.0, np.nan]), limit=2.0).tolist()
        [[8, 60, 117], [255, 255, 255], [218, 124, 72], [101, 40, 0], [128, 128, 128]]
    """
    values, limits = array_of("values", values), array_of("limit", limit)
    try:
        limit = np.broadcast_to(limits, values.shape)
    except ValueError:
        raise ShapeError(f"limit has shape {limits.shape}, which does not fit values of {values.shape}") from None
    if (limit < 0).any():
        raise ArgumentError("limit is a magnitude, 0 or more: the largest that gets a colour of its own")
    return colors_of(values, limit)


def filter_colors(slices: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Filters over red, green and blue in colour: mid-grey is zero, bright what a filter answers most, dark the least.

    Args:
        slices: of the three channels (items, 3, rows, columns).
        limits: the magnitude that is brightest and darkest, per item (items,).

    Returns:
        red, green, blue (items, rows, columns, 3), uint8. What is not a number is mid-grey.

    Example:
        >>> filter_colors(np.array([1.0, 0.0, -1.0]).reshape(1, 3, 1, 1), np.ones(1)).ravel().tolist()
        [255, 128, 0]
    """
    spread = np.where(limits > 0, limits, 1.0)[:, None, None, None]
    values = np.moveaxis(np.asarray(slices, dtype=np.float64), 1, -1)
    finite = np.isfinite(values)
    level = np.clip(np.where(finite, values, 0.0) / spread, -1, 1)
    pixels = np.ceil(127.5 + 127.5 * level).astype(np.uint8)
    pixels[~finite.all(axis=-1)] = NOT_A_NUMBER
    return pixels


def color_limits(values: np.ndarray, scale: str = "layer") -> np.ndarray:
    """The limit of each filter or feature map for `paint`: the largest finite magnitude.

    Args:
        values: weights or answers (items, ...), one item per filter or feature map.
        scale: "layer" gives all items the same limit, so that they can be compared; "filter" gives each its own.

    Returns:
        limits (items,), 0 where everything is zero or nothing is finite.

    Raises:
        ArgumentError: the scale is unknown.

    Example:
        >>> color_limits(np.array([[1.0, -4.0], [0.5, 0.0]]), "filter").tolist()
        [4.0, 0.5]
        >>> color_limits(np.array([[1.0, -4.0], [0.5, 0.0]]), "layer").tolist()
        [4.0, 4.0]
    """
    one_of("colour scale", scale, SCALES)
    values = np.asarray(values)
    if values.dtype.kind != "f":  # whole numbers have no -value of their least
        values = values.astype(np.float64)
    limits = _largest(values)
    if not np.isfinite(limits).all():
        limits = _largest(np.where(np.isfinite(values), values, 0))
    return limits if scale == "filter" else np.full(len(values), limits.max(initial=0.0))


def _largest(values: np.ndarray) -> np.ndarray:
    """The largest magnitude of each item, NaN or infinite where a number of it is; in two passes without a copy."""
    within = tuple(range(1, values.ndim))
    high, low = values.max(axis=within, initial=0.0), values.min(axis=within, initial=0.0)
    return np.maximum(high, -low).astype(np.float64) + 0.0  # none is -0


def ink_on(background: np.ndarray) -> np.ndarray:
    """Black or white, whichever can be read on a colour.

    Args:
        background: red, green, blue (..., 3), 0 to 255.

    Returns:
        red, green, blue (..., 3), uint8.

    Example:
        >>> ink_on(np.array([[255, 255, 255], [8, 60, 117]])).tolist()
        [[0, 0, 0], [255, 255, 255]]

    Source: WCAG 2.2, relative luminance; black and white contrast equally with a luminance of 0.179.
    """
    channels = np.asarray(background, dtype=np.float64) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance[..., None] < 0.179, np.uint8(255), np.uint8(0)) * np.ones(3, dtype=np.uint8)


def describe_rule(values: np.ndarray) -> str:
    """The drawing rule in words, as far as these numbers need it.

    Example:
        >>> describe_rule(np.array([0.0, 2.0]))
        'White is zero, darker is larger.'
        >>> describe_rule(np.array([-1.0, 2.0]))
        'White is zero, orange is positive, blue is negative, darker is farther from zero.'
    """
    values = np.asarray(values)
    signed = (values < 0).any()
    meaning = "orange is positive, blue is negative, darker is farther from zero" if signed else "darker is larger"
    broken = "" if np.isfinite(values).all() else ", grey is not a number (NaN or infinite)"
    return f"White is zero, {meaning}{broken}."
