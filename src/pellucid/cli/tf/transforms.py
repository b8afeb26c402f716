"""The discrete cosine transforms of `tf.signal`, which follow from their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.errors import ArgumentError, shown

__all__ = ["dct", "idct"]


def dct(input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The cosine transform of a type (1 to 4) along the last axis; with norm "ortho" it keeps lengths."""
    array = np.asarray(input, np.float64)
    if n is not None:
        array = np.pad(array[..., :n], [*[(0, 0)] * (array.ndim - 1), (0, max(0, n - array.shape[-1]))])
    return eager((array @ _matrix(type, array.shape[-1], norm)).astype(np.float32))


def idct(input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """Its inverse, but for the factor that goes with norm None: 2 times the size, for type 1 less 2."""
    inverse = {1: 1, 2: 3, 3: 2, 4: 4}
    if type not in inverse:
        raise ArgumentError(f"tf.signal.idct: type is 1, 2, 3 or 4, got {shown(type)}")
    return dct(input, inverse[type], n, axis, norm)


def _matrix(kind: int, size: int, norm: str | None) -> np.ndarray:
    """What a row is multiplied by: one column for each frequency."""
    if norm not in (None, "ortho") or kind not in (1, 2, 3, 4) or (kind == 1 and norm is not None):
        raise ArgumentError(
            f'tf.signal.dct: type is 1 to 4 and norm None or "ortho" (None for 1), got {kind}, {norm!r}'
        )
    places, frequencies = np.arange(size)[:, np.newaxis], np.arange(size)[np.newaxis]
    if kind == 1:
        ends = np.where((places == 0) | (places == size - 1), 1.0, 2.0)
        found: np.ndarray = ends * np.cos(np.pi * places * frequencies / (size - 1))
        return found
    if kind == 4:
        found = 2.0 * np.cos(np.pi * (2 * places + 1) * (2 * frequencies + 1) / (4 * size))
        return found * np.sqrt(1 / (2 * size)) if norm else found
    second = 2.0 * np.cos(np.pi * (2 * places + 1) * frequencies / (2 * size))
    if norm:
        second = second * np.where(frequencies == 0, np.sqrt(1 / (4 * size)), np.sqrt(1 / (2 * size)))
        return second if kind == 2 else second.T
    return second if kind == 2 else (second * np.where(frequencies == 0, 0.5, 1.0)).T
