"""Complex numbers, in `tf` and in `tf.math`: on arrays, as spectra of sounds are."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import are_plain, eager
from pellucid.errors import ArgumentError

__all__ = ["angle", "complex", "conj", "imag", "real"]


def _plain(name: str, value: Any) -> np.ndarray:
    if not are_plain(value):
        raise ArgumentError(f"tf.math.{name} works on arrays; models compute real numbers")
    return np.asarray(value).view(np.ndarray)


def complex(real: Any, imag: Any, name: str | None = None) -> Any:
    """Complex numbers of their two parts."""
    parts = _plain("complex", real), _plain("complex", imag)
    wide = any(part.dtype == np.float64 for part in parts)
    return eager((parts[0] + 1j * parts[1]).astype(np.complex128 if wide else np.complex64))


def real(input: Any, name: str | None = None) -> Any:
    """The real part."""
    return eager(np.real(_plain("real", input)))


def imag(input: Any, name: str | None = None) -> Any:
    """The imaginary part."""
    return eager(np.imag(_plain("imag", input)))


def angle(input: Any, name: str | None = None) -> Any:
    """The angle in the plane."""
    return eager(np.angle(_plain("angle", input)))


def conj(x: Any, name: str | None = None) -> Any:
    """With the other sign of the imaginary part."""
    return eager(np.conj(_plain("conj", x)))
