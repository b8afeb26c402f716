"""`tf.random`: arrays of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import backend
from pellucid.cli.tf.arrays import eager
from pellucid.random import next_seed, set_random_seed

set_seed = set_random_seed


def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None) -> Any:
    """Normally distributed."""
    return eager(backend.random_normal(shape, mean, stddev, seed=seed))


def uniform(shape: Any, minval: float = 0, maxval: Any = None, dtype: Any = None, seed: int | None = None) -> Any:
    """Uniformly distributed; whole numbers where their type is one."""
    if dtype is not None and np.dtype(dtype).kind in "iu":
        draws = np.random.default_rng(next_seed() if seed is None else seed)
        return eager(draws.integers(int(minval), int(maxval), tuple(shape)).astype(dtype))
    return eager(backend.random_uniform(shape, minval, 1.0 if maxval is None else maxval, seed=seed))


def shuffle(value: Any, seed: int | None = None) -> Any:
    """The parts along the first axis in another order."""
    return eager(np.random.default_rng(next_seed() if seed is None else seed).permutation(np.asarray(value)))
