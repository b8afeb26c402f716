"""Windows of signal processing, as numbers, under Keras's names (keras.ops): they fade out towards both ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, shown
from pellucid.ops.creation import from_values
from pellucid.ops.places import number, table, whole


def bartlett(x: Any) -> Any:
    """A triangle of so many numbers.

    Example:
        >>> bartlett(5).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source: numpy.bartlett; so are the others.
    """
    return _made(x, np.bartlett)


def blackman(x: Any) -> Any:
    """Blackman's window of so many numbers.

    Example:
        >>> blackman(3).round(3).tolist()
        [-0.0, 1.0, -0.0]
    """
    return _made(x, np.blackman)


def hamming(x: Any) -> Any:
    """Hamming's window of so many numbers.

    Example:
        >>> hamming(3).round(2).tolist()
        [0.07999999821186066, 1.0, 0.07999999821186066]
    """
    return _made(x, np.hamming)


def hanning(x: Any) -> Any:
    """Von Hann's window of so many numbers.

    Example:
        >>> hanning(5).round(2).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _made(x, np.hanning)


def kaiser(x: Any, beta: float) -> Any:
    """Kaiser's window of so many numbers.

    Args:
        x: how many.
        beta: how fast it fades out; 0 gives ones.

    Example:
        >>> kaiser(3, 0.0).tolist()
        [1.0, 1.0, 1.0]
    """
    fading = number("beta", beta)
    if abs(fading) > 700:
        raise ArgumentError(f"beta is at most 700, where all but the middle is 0 already; got {shown(beta)}")
    return _made(x, lambda size: np.kaiser(size, fading))


def _made(x: Any, make: Callable[[int], np.ndarray]) -> Any:
    size = whole("x", x, 1)
    return from_values(table((size,), lambda: make(size)), None)
