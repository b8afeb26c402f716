"""The initialiser that makes a Conv1D compute a short-time Fourier transform."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import array_that
from pellucid.checks import flag, word
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph.ops import Shape
from pellucid.initializers.base import Initializer, finite
from pellucid.initializers.windows import check_window_name, window

SIDES = ("real", "imag")
SCALINGS = ("density", "spectrum")


class STFT(Initializer):
    """Cosines or sines under a window: a Conv1D of one channel then gives the spectrum of each frame of a signal.

    The kernel is (n, 1, f): n samples in a frame, f frequencies from 0 to half the sampling rate. With F = 2 (f - 1),

        kernel[t, 0, k] = w[t] / s * cos(2 pi t k / F)       for side "real"
        kernel[t, 0, k] = -w[t] / s * sin(2 pi t k / F)      for side "imag"

    where w is the window and s = sqrt(sum of w^2) for "density", the sum of |w| for "spectrum", 1 for None.

    Args:
        side: "real" or "imag".
        window: its name, "hann", "hamming", "blackman" and so on (those of SciPy that need no parameter), n numbers, or
            None for a window of ones that is never scaled.
        scaling: "density", "spectrum" or None.
        periodic: whether a window that is named repeats evenly; see `windows.window`.

    Raises:
        ArgumentError: an argument is unknown or wrong.
        ShapeError: at the call, the weight is no such kernel, or the window has another length.
        DataError: a number of the window is NaN or infinite.

    Example:
        >>> kernel = STFT("real", window=None)((4, 1, 3))
        >>> (kernel[:, 0, 1].round(6) + 0).tolist()
        [1.0, 0.0, -1.0, 0.0]

    Source: keras.initializers.STFT, https://keras.io/api/layers/initializers/
    """

    def __init__(
        self,
        side: str = "real",
        window: str | npt.ArrayLike | None = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        self.side = word("STFT", "side", side, SIDES)
        self.scaling = None if scaling is None else word("STFT", "scaling", scaling, SCALINGS)
        self.periodic = flag("STFT", "periodic", periodic)
        self.window: str | np.ndarray | None
        if isinstance(window, str):
            check_window_name(window)
            self.window = window
        else:
            self.window = None if window is None else finite(array_that("STFT: window", window))
        if isinstance(self.window, np.ndarray) and self.window.ndim != 1:
            raise ArgumentError(f"STFT: a window has one axis, its samples; got the shape {self.window.shape}")

    def draw(self, shape: Shape) -> npt.ArrayLike:
        if len(shape) != 3 or shape[1] != 1 or shape[2] < 2:
            raise ShapeError(
                f"STFT fills kernels (samples, 1, frequencies), at least 2 frequencies, got the shape {shape}"
            )
        samples, _, frequencies = shape
        full = 2 * (frequencies - 1)
        turns = np.outer(np.arange(samples), np.arange(frequencies)) % full / full  # exact up to the division
        waves = np.cos(2 * math.pi * turns) if self.side == "real" else -np.sin(2 * math.pi * turns)
        return (waves * self._weights(samples)[:, np.newaxis]).reshape(shape)

    def _weights(self, samples: int) -> np.ndarray:
        """The window, scaled."""
        if self.window is None:
            return np.ones(samples)
        if isinstance(self.window, str):
            weights = window(self.window, samples, self.periodic)
        else:
            weights = self.window.astype(np.float64)
        if len(weights) != samples:
            raise ShapeError(
                f"STFT: the window has {len(weights)} samples, the kernel {samples}; they must be equally many"
            )
        scales = {"density": math.sqrt(np.square(weights).sum()), "spectrum": np.abs(weights).sum(), None: 1.0}
        if scales[self.scaling] == 0:
            raise ArgumentError(
                f"STFT: the window {shown(self.window)} of {samples} samples is 0 everywhere; take periodic=True"
            )
        return weights / scales[self.scaling]

    def get_config(self) -> dict[str, Any]:
        samples = self.window.tolist() if isinstance(self.window, np.ndarray) else self.window
        return {"side": self.side, "window": samples, "periodic": self.periodic, "scaling": self.scaling}
