"""`tf.random`: arrays of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.random import next_seed, set_random_seed
from pellucid.tape.recording import Eager

set_seed = set_random_seed


def _draws(seed: int | None) -> np.random.Generator:
    return np.random.default_rng(next_seed() if seed is None else seed)


def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None) -> Any:
    """Normally distributed."""
    return eager(_draws(seed).normal(mean, stddev, tuple(shape)).astype(np.float32))


def uniform(shape: Any, minval: float = 0, maxval: Any = None, dtype: Any = None, seed: int | None = None) -> Any:
    """Uniformly distributed; whole numbers where their type is one."""
    if dtype is not None and np.dtype(dtype).kind in "iu":
        return eager(_draws(seed).integers(int(minval), int(maxval), tuple(shape)).astype(dtype))
    return eager(_draws(seed).uniform(minval, 1.0 if maxval is None else maxval, tuple(shape)).astype(np.float32))


def gamma(shape: Any, alpha: Any, beta: Any = None, dtype: Any = None, seed: int | None = None) -> Any:
    """Of gamma distributions: for each of their `alpha` (and `beta`) so many numbers."""
    alphas, betas = np.broadcast_arrays(np.asarray(alpha, float), 1.0 if beta is None else np.asarray(beta, float))
    found = _draws(seed).gamma(alphas, 1.0 / betas, (*np.atleast_1d(shape), *alphas.shape))
    return eager(found.astype(np.float32))


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Normally distributed, none farther than two deviations from the mean."""
    draws = _draws(seed)
    found = draws.normal(size=tuple(shape))
    while (far := np.abs(found) > 2).any():
        found[far] = draws.normal(size=int(far.sum()))
    return eager((found * stddev + mean).astype(np.float32))


def categorical(logits: Any, num_samples: int, dtype: Any = None, seed: int | None = None) -> Any:
    """Places, drawn as probable as the logits of each row say."""
    rows = np.asarray(logits, float)
    noise = _draws(seed).gumbel(size=(len(rows), int(num_samples), rows.shape[-1]))
    return (rows[:, np.newaxis] + noise).argmax(-1).astype(np.int64 if dtype is None else dtype).view(Eager)


def shuffle(value: Any, seed: int | None = None) -> Any:
    """The parts along the first axis in another order."""
    return eager(_draws(seed).permutation(np.asarray(value)))
