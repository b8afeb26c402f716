"""Window functions of signal processing: how strongly each sample of a frame counts, fading out towards both ends.

Names and numbers are SciPy's (`scipy.signal.get_window`), which Keras uses; the windows that need no parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from pellucid.errors import unknown_name

Window = npt.NDArray[np.float64]

COSINES: Mapping[str, tuple[float, ...]] = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}
"""Sums a_0 - a_1 cos(w) + a_2 cos(2 w) - ... with w = 2 pi k / (n - 1): name to a_0, a_1, ...

Source: Harris, On the use of windows for harmonic analysis with the discrete Fourier transform, 1978; Nuttall, 1981;
D'Antona and Ferrero, Digital Signal Processing for Measurement Systems, 2006 (flat top).
"""


def window(name: str, size: int, periodic: bool = False) -> Window:
    """A window by its name.

    Args:
        name: "hann", "hamming" and so on; see `NAMES`.
        size: samples, >= 1.
        periodic: leave out the last sample of a window that is one longer, so that windows in a row repeat evenly.

    Returns:
        (size,); between 0 and 1, but for small negative numbers at the ends of "flattop".

    Raises:
        ArgumentError: the name is unknown; windows with parameters are given as an array instead.

    Example:
        >>> window("hann", 5).round(9).tolist(), window("hann", 4, periodic=True).round(9).tolist()
        ([0.0, 0.5, 1.0, 0.5, 0.0], [0.0, 0.5, 1.0, 0.5])

    Source: scipy.signal.get_window.
    """
    check_window_name(name)
    if size == 1:
        return np.ones(1)
    n = size + 1 if periodic else size
    k = np.arange(n, dtype=np.float64)
    if name in COSINES:
        w = 2 * math.pi * k / (n - 1)
        values = sum((-1) ** j * a * np.cos(j * w) for j, a in enumerate(COSINES[name])) + np.zeros(n)
    else:
        values = SHAPES[name](k - (n - 1) / 2, n)
    return values[:size]


def check_window_name(name: str) -> None:
    """Raise `ArgumentError` if there is no window of that name."""
    if name not in COSINES and name not in SHAPES:
        raise unknown_name("window", name, [*COSINES, *SHAPES])


def _triangle(t: Window, n: int) -> Window:
    return 1 - 2 * np.abs(t) / (n + n % 2)


def _bartlett(t: Window, n: int) -> Window:
    return 1 - 2 * np.abs(t) / (n - 1)


def _bartlett_hann(t: Window, n: int) -> Window:
    distance = np.abs(t) / (n - 1)
    return 0.62 - 0.48 * distance + 0.38 * np.cos(2 * math.pi * distance)


def _bohman(t: Window, n: int) -> Window:
    distance = 2 * np.abs(t) / (n - 1)
    values = (1 - distance) * np.cos(math.pi * distance) + np.sin(math.pi * distance) / math.pi
    return np.where(distance >= 1, 0.0, values)


def _cosine(t: Window, n: int) -> Window:
    return np.cos(math.pi * t / n)


def _exponential(t: Window, n: int) -> Window:
    return np.exp(-np.abs(t))


def _lanczos(t: Window, n: int) -> Window:
    return np.sinc(2 * t / (n - 1))


def _parzen(t: Window, n: int) -> Window:
    distance = 2 * np.abs(t) / n
    inner = 1 - 6 * distance**2 + 6 * distance**3
    return np.where(np.abs(t) <= (n - 1) / 4, inner, 2 * (1 - distance) ** 3)


def _taylor(t: Window, n: int) -> Window:
    """Four nearly equal side lobes, 30 dB below the main one. Source: Carrara et al., Spotlight SAR, 1995, D.2."""
    a = math.acosh(10 ** (30 / 20)) / math.pi
    m = np.arange(1, 4)
    stretch = 16 / (a**2 + 3.5**2)
    values, middle = np.ones(n), 1.0
    for i in m:
        others = m[m != i]
        top = np.prod(1 - i**2 / stretch / (a**2 + (m - 0.5) ** 2))
        weight = (-1.0) ** (i + 1) * top / (2 * np.prod(1 - i**2 / others**2))
        values = values + 2 * weight * np.cos(2 * math.pi * i * t / n)
        middle += 2 * weight
    return values / middle


def _tukey(t: Window, n: int) -> Window:
    """Flat in the middle half; both ends are halves of a Hann window."""
    into_end = np.maximum(np.abs(t) - (n - 1) / 4, 0) / ((n - 1) / 4)
    return (1 + np.cos(math.pi * into_end)) / 2


SHAPES: Mapping[str, Callable[[Window, int], Window]] = {
    "barthann": _bartlett_hann,
    "bartlett": _bartlett,
    "bohman": _bohman,
    "cosine": _cosine,
    "exponential": _exponential,
    "lanczos": _lanczos,
    "parzen": _parzen,
    "taylor": _taylor,
    "triang": _triangle,
    "tukey": _tukey,
}
"""Windows of other forms, of the distance t from the middle and the number of samples n."""
