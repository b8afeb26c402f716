"""`tf.random`: random numbers, at once or in each step of a layer anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.backend import random_numbers
from pellucid.cli.tf.arrays import eager
from pellucid.cli.tf.drawing import generator, of_step
from pellucid.cli.tf.drawing import set_seed as set_seed
from pellucid.errors import ArgumentError
from pellucid.random import next_seed
from pellucid.tape.recording import Eager


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None, name: str | None = None
) -> Any:
    """Normally distributed."""
    step = of_step(seed)
    if step is not None:
        return ops.add(ops.multiply(random_numbers.normal(_sizes(shape), **step), stddev), mean)
    return eager(generator(seed).normal(mean, stddev, _sizes(shape)).astype(np.float32))


def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None, seed: Any = None, name: str | None = None
) -> Any:
    """Uniformly distributed; whole numbers where their type is one."""
    step, most = of_step(seed), 1.0 if maxval is None else maxval
    if dtype is not None and np.dtype(dtype).kind in "iu":
        if step is not None:
            return random_numbers.randint(_sizes(shape), int(minval), int(most), dtype, **step)
        return eager(generator(seed).integers(int(minval), int(most), _sizes(shape)).astype(dtype))
    if step is not None:
        return ops.add(ops.multiply(random_numbers.uniform(_sizes(shape), **step), ops.subtract(most, minval)), minval)
    return eager(generator(seed).uniform(minval, most, _sizes(shape)).astype(np.float32))


def _sizes(shape: Any) -> tuple[int, ...]:
    row = list(shape) if isinstance(shape, list | tuple) else np.atleast_1d(shape).tolist()
    if None in row:
        raise ArgumentError(
            f"tf.random draws shapes that are known, got {tuple(row)}; in a layer's call, or in a Lambda, they are"
        )
    return tuple(int(size) for size in row)


def gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = None, seed: Any = None, name: str | None = None
) -> Any:
    """Of gamma distributions: for each of their `alpha` (and `beta`) so many numbers."""
    draws = _at_once("gamma", seed)
    alphas, betas = np.broadcast_arrays(np.asarray(alpha, float), 1.0 if beta is None else np.asarray(beta, float))
    return eager(draws.gamma(alphas, 1.0 / betas, (*np.atleast_1d(shape), *alphas.shape)).astype(np.float32))


def truncated_normal(
    shape: Any,
    mean: float = 0.0,
    stddev: float = 1.0,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normally distributed, none farther than two deviations from the mean."""
    draws = _at_once("truncated_normal", seed)
    found = draws.normal(size=_sizes(shape))
    while (far := np.abs(found) > 2).any():
        found[far] = draws.normal(size=int(far.sum()))
    return eager((found * stddev + mean).astype(np.float32))


def categorical(logits: Any, num_samples: int, dtype: Any = None, seed: Any = None, name: str | None = None) -> Any:
    """Places, drawn as probable as the logits of each row say."""
    draws, rows = _at_once("categorical", seed), np.asarray(logits, float)
    noise = draws.gumbel(size=(len(rows), int(num_samples), rows.shape[-1]))
    return (rows[:, np.newaxis] + noise).argmax(-1).astype(np.int64 if dtype is None else dtype).view(Eager)


def shuffle(value: Any, seed: Any = None, name: str | None = None) -> Any:
    """The parts along the first axis in another order."""
    return eager(_at_once("shuffle", seed).permutation(np.asarray(value)))


def _at_once(name: str, seed: int | None) -> np.random.Generator:
    """What draws outside of layers: in one it would draw once, for all steps."""
    if of_step(seed) is not None:
        raise ArgumentError(
            f"tf.random.{name} does not draw in the call of a layer, where each step draws anew: normal and uniform do"
        )
    return generator(seed)


def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, name: str | None = None
) -> Any:
    """Normally distributed, the same for the same two numbers."""
    return normal(shape, mean, stddev, dtype, seed)


def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None, name: str | None = None
) -> Any:
    """Uniformly distributed, the same for the same two numbers."""
    return uniform(shape, minval, maxval, dtype, seed)


class Generator:
    """Draws one array after the other.

    Source: tf.random.Generator.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._draws = np.random.default_rng(next_seed() if seed is None else abs(int(seed)))

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        """One whose numbers follow from a seed."""
        return cls(seed)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """One whose numbers follow from that of `tf.random.set_seed`."""
        return cls()

    def normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None) -> Any:
        """Normally distributed."""
        return normal(shape, mean, stddev, dtype, self._next())

    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None) -> Any:
        """Uniformly distributed."""
        return uniform(shape, minval, maxval, dtype, self._next())

    def make_seeds(self, count: int = 1) -> Any:
        """Pairs of numbers for functions without a state: (2, count)."""
        return self._draws.integers(0, 2**31, (2, int(count))).view(Eager)

    def _next(self) -> np.ndarray:
        return self._draws.integers(0, 2**31, 2)
