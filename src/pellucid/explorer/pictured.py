"""Numbers of any rank as pictures that the page can draw: rows, columns, and one picture behind the other."""

from __future__ import annotations

import numpy as np

__all__ = ["pictured"]

MOST = 64  # pictures
_WIDE = 64  # numbers in a row, where there is no plane to draw


def pictured(values: np.ndarray) -> np.ndarray:
    """Numbers (spatial..., channels) as float32 (rows, columns, pictures): a plane for each channel, at most 64.

    What has one spatial axis is one row; what has none, a row of all channels; of volumes the planes follow each other.

    Example:
        >>> [pictured(np.zeros(shape)).shape for shape in ((10,), (5, 3), (3, 3, 8), (2, 3, 3, 8))]
        [(1, 10, 1), (1, 5, 3), (3, 3, 8), (3, 3, 16)]
    """
    if values.ndim < 2:
        return np.atleast_1d(values)[np.newaxis, :_WIDE, np.newaxis].astype(np.float32)
    if values.ndim == 2:
        values = values[np.newaxis]
    while values.ndim > 3:
        rest = np.moveaxis(values, 0, -2)
        values = rest.reshape(*rest.shape[:-2], -1)
    return values[..., :MOST].astype(np.float32)
