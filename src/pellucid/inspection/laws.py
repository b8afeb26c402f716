"""What theory says of numbers that an initialiser draws: density, distribution, and the formula with its numbers."""

from __future__ import annotations

import math

import numpy as np

from pellucid.frozen import Frozen
from pellucid.initializers import (
    Initializer,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from pellucid.initializers.drawn import RandomInitializer
from pellucid.initializers.scaled import TRUNCATED_STDDEV

_erf = np.vectorize(math.erf, otypes=[np.float64])
_CUT = 2.0
_FINE = 20_001  # points of a sum in the place of an integral


class Law(Frozen):
    """A distribution of one number.

    Args:
        kind: "uniform", "normal", "truncated normal" or "sphere" (one coordinate of a random direction).
        center: its mean.
        width: half of the range of a uniform number, the radius of a sphere; of a normal one the standard deviation
            before numbers are cut off.
        axes: of the space of a sphere.

    Example:
        >>> law = Law("uniform", 0.0, 0.5)
        >>> law.density(np.array([0.0, 0.6])).tolist(), law.below(np.array([0.25])).tolist(), round(law.stddev, 4)
        ([1.0, 0.0], [0.75], 0.2887)
    """

    kind: str
    center: float
    width: float
    axes: int = 0

    @property
    def reach(self) -> float:
        """How far from the center numbers come; of a normal law, how far is worth drawing."""
        return self.width * {"uniform": 1.0, "sphere": 1.0, "truncated normal": _CUT}.get(self.kind, 4.0)

    @property
    def stddev(self) -> float:
        """The standard deviation."""
        if self.kind == "sphere":
            return self.width / math.sqrt(self.axes)
        return self.width * {"uniform": 3**-0.5, "truncated normal": TRUNCATED_STDDEV}.get(self.kind, 1.0)

    def density(self, values: np.ndarray) -> np.ndarray:
        """The density at values; 0 everywhere but at the center where all numbers are the same."""
        x = (np.asarray(values, np.float64) - self.center) / (self.width or 1.0)
        inside = np.abs(x) <= self.reach / (self.width or 1.0)
        match self.kind:
            case "uniform":
                found = np.full(x.shape, 0.5)
            case "sphere":
                power = (self.axes - 3) / 2
                scale = math.exp(math.lgamma(self.axes / 2) - math.lgamma((self.axes - 1) / 2)) / math.sqrt(math.pi)
                found = scale * np.maximum(1 - x * x, 1e-12) ** power
            case "truncated normal":
                found = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) / math.erf(_CUT / math.sqrt(2))
            case _:
                return np.exp(-x * x / 2) / math.sqrt(2 * math.pi) / self.width
        return np.where(inside, found, 0.0) / self.width

    def below(self, values: np.ndarray) -> np.ndarray:
        """The share of numbers up to values."""
        x = (np.asarray(values, np.float64) - self.center) / self.width
        match self.kind:
            case "uniform":
                return np.clip((x + 1) / 2, 0, 1)
            case "sphere":
                angles = np.linspace(0, math.pi, _FINE)
                steps = np.sin(angles) ** (self.axes - 2)
                sums = np.concatenate([[0.0], np.cumsum((steps[1:] + steps[:-1]) / 2)])
                return np.interp(np.arccos(np.clip(-x, -1, 1)), angles, sums / sums[-1])
            case "truncated normal":
                cut = math.erf(_CUT / math.sqrt(2))
                return np.clip((_erf(np.clip(x, -_CUT, _CUT) / math.sqrt(2)) / cut + 1) / 2, 0, 1)
            case _:
                return (_erf(x / math.sqrt(2)) + 1) / 2


def law_of(initializer: Initializer, shape: tuple[int, ...], fans: tuple[int, int]) -> tuple[Law | None, str]:
    """The law of the numbers that an initialiser gives to a weight, and its formula with the numbers of this weight.

    Args:
        initializer: that draws.
        shape: of the weight.
        fans: fan-in and fan-out.

    Returns:
        None in the place of the law where nothing is drawn, or nothing is known of it.

    Example:
        >>> from pellucid.initializers import HeNormal
        >>> law_of(HeNormal(), (3, 3, 1, 32), (9, 288))[1]
        'normal, beyond 2 s drawn again, s = sqrt(2 / fan_in) / 0.8796 = sqrt(2 / 9) / 0.8796 = 0.5359'
    """
    match initializer:
        case VarianceScaling():
            return _scaled(initializer, fans)
        case RandomUniform(minval=low, maxval=high):
            law = Law("uniform", (low + high) / 2, (high - low) / 2)
            return (law if high > low else None), f"uniform from {low:g} to {high:g}"
        case TruncatedNormal(mean=mean, stddev=stddev):
            law = Law("truncated normal", mean, stddev)
            return (law if stddev else None), f"normal, mean {mean:g}, s = {stddev:g}, beyond 2 s drawn again"
        case RandomNormal(mean=mean, stddev=stddev):
            return (Law("normal", mean, stddev) if stddev else None), f"normal, mean {mean:g}, stddev = {stddev:g}"
        case Orthogonal(gain=gain):
            rows, columns = math.prod(shape[:-1]), shape[-1]
            largest = max(rows, columns)
            is_random = gain != 0 and largest > 1
            return Law("sphere", 0.0, abs(gain), largest) if is_random else None, (
                f"orthogonal matrix of {rows} x {columns}, times {gain:g}: each number is a coordinate of a random "
                f"unit vector with {largest} axes, stddev = {gain:g} / sqrt({largest}) "
                f"= {gain / math.sqrt(largest):.4g}"
            )
        case RandomInitializer():
            return None, f"drawn by {initializer}, of which no distribution is known"
    return None, f"no chance: exactly the values of {initializer}"


def _scaled(initializer: VarianceScaling, fans: tuple[int, int]) -> tuple[Law, str]:
    """The law of a variance scaling, and sqrt(6 / (fan_in + fan_out)) with the numbers."""
    factor = 3.0 if initializer.distribution == "uniform" else 1.0
    names = {"fan_in": "fan_in", "fan_out": "fan_out"}.get(initializer.mode, "(fan_in + fan_out)")
    numbers = {"fan_in": f"{fans[0]}", "fan_out": f"{fans[1]}"}.get(initializer.mode, f"({fans[0]} + {fans[1]})")
    count = {"fan_in": fans[0], "fan_out": fans[1]}.get(initializer.mode, (fans[0] + fans[1]) / 2)
    doubled = 2.0 if names.startswith("(") else 1.0
    size = math.sqrt(factor * initializer.scale / max(1.0, count))
    top = f"{factor * doubled * initializer.scale:g}"
    roots = f"sqrt({top} / {names})", f"sqrt({top} / {numbers})"
    match initializer.distribution:
        case "uniform":
            law, start, end = Law("uniform", 0.0, size), "uniform from -limit to limit, limit = ", ""
        case "untruncated_normal":
            law, start, end = Law("normal", 0.0, size), "normal, stddev = ", ""
        case _:
            law = Law("truncated normal", 0.0, size / TRUNCATED_STDDEV)
            start, end = "normal, beyond 2 s drawn again, s = ", f" / {TRUNCATED_STDDEV:.4f}"
    return law, f"{start}{roots[0]}{end} = {roots[1]}{end} = {law.width:.4g}"
