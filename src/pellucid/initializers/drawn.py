"""Initialisers that draw from a distribution with fixed settings, and random orthogonal matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid import random
from pellucid.checks import number
from pellucid.errors import ShapeError
from pellucid.graph.ops import Shape
from pellucid.initializers.base import Initializer


class RandomInitializer(Initializer):
    """The base of initialisers that draw.

    Args:
        seed: 0 <= seed < 2^63; None takes the next one of `pellucid.set_random_seed`'s sequence at the first call.

    Raises:
        ArgumentError: the seed is not such a number.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = None if seed is None else random.check_seed(seed)
        self._drawn_seed: int | None = None

    def generator(self) -> np.random.Generator:
        """A generator that starts anew at each call, so that the same shape gives the same numbers."""
        if self.seed is not None:
            return random.generator(random.check_seed(self.seed))
        if self._drawn_seed is None:
            self._drawn_seed = random.next_seed()
        return random.generator(self._drawn_seed)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


class RandomUniform(RandomInitializer):
    """Numbers from `minval` to `maxval`, each equally likely.

    Args:
        minval: the least.
        maxval: the greatest, >= `minval`.
        seed: see `RandomInitializer`.

    Raises:
        ArgumentError: `maxval` is below `minval`, or an argument is not a finite number.

    Example:
        >>> values = RandomUniform(-1.0, 1.0, seed=1)((3, 3, 1, 8))
        >>> values.shape, bool((abs(values) <= 1).all())
        ((3, 3, 1, 8), True)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval = number("RandomUniform", "minval", minval)
        self.maxval = number("RandomUniform", "maxval", maxval, self.minval)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return self.generator().uniform(self.minval, self.maxval, shape)

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


class RandomNormal(RandomInitializer):
    """Numbers of a normal distribution.

    Args:
        mean: of the numbers.
        stddev: their standard deviation, >= 0.
        seed: see `RandomInitializer`.

    Raises:
        ArgumentError: `stddev` is negative, or an argument is not a finite number.

    Example:
        >>> values = RandomNormal(mean=2.0, stddev=0.5, seed=1)((10000,))
        >>> round(float(values.mean()), 1), round(float(values.std()), 1)
        (2.0, 0.5)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = number(type(self).__name__, "mean", mean)
        self.stddev = number(type(self).__name__, "stddev", stddev, 0.0)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return self.mean + self.stddev * self.generator().standard_normal(shape)

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Numbers of a normal distribution, of which those beyond 2 `stddev` of the mean are drawn again.

    What remains has a standard deviation of 0.88 `stddev`. Arguments and errors as for `RandomNormal`.

    Example:
        >>> values = TruncatedNormal(stddev=0.5, seed=1)((10000,))
        >>> bool((abs(values) <= 1).all()), round(float(values.std()) / 0.5, 1)
        (True, 0.9)
    """

    def draw(self, shape: Shape) -> npt.ArrayLike:
        return self.mean + self.stddev * truncated(self.generator(), shape)


def truncated(generator: np.random.Generator, shape: Shape) -> np.ndarray:
    """Standard normal numbers, those beyond -2 and 2 drawn again."""
    values = generator.standard_normal(shape)
    while (beyond := np.abs(values) > 2.0).any():
        values[beyond] = generator.standard_normal(int(beyond.sum()))
    return values


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal columns (rows, where it is wider than high), times `gain`.

    A kernel counts as a matrix of (spatial... * channels, filters): its filters are orthogonal to each other.

    Args:
        gain: factor on all numbers.
        seed: see `RandomInitializer`.

    Raises:
        ShapeError: the weight has fewer than two axes.

    Example:
        >>> q = Orthogonal(seed=1)((4, 4))
        >>> bool(np.allclose(q @ q.T, np.eye(4), atol=1e-6))
        True

    Source: Saxe, McClelland and Ganguli, arXiv 1312.6120; uniform by the signs of R as in Mezzadri, arXiv
    math-ph/0609050, section 5.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = number("Orthogonal", "gain", gain)

    def draw(self, shape: Shape) -> npt.ArrayLike:
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal needs a weight of at least two axes, got {shape}; use it for a kernel")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(self.generator().standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, **super().get_config()}
