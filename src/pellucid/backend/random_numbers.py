"""`keras.random`: random numbers of a step in the `call` of a layer, and computed at once elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import checks, ops
from pellucid.arraylike import array_of
from pellucid.backend.given import sizes_of
from pellucid.backend.values import _drawn, random_uniform
from pellucid.dispatch import Operand, anywhere
from pellucid.dispatch.anywhere import Symbolic
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.ops.places import table
from pellucid.random import check_seed, next_seed

__all__ = [
    "SeedGenerator",
    "binomial",
    "categorical",
    "dropout",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]


class SeedGenerator:
    """Gives another seed each time that one is asked for.

    Args:
        seed: of the first; another one for each generator by default.
        name: means nothing.

    Raises:
        ArgumentError: the seed is no whole number from 0 to 2^63 - 1.

    Example:
        >>> SeedGenerator(1).next() == SeedGenerator(1).next()
        True

    Source: keras.random.SeedGenerator.
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self._first = next_seed() if seed is None else check_seed(seed)
        self._count = 0

    def next(self, ordered: bool = True) -> int:
        """The next seed."""
        self._count += 1
        return int(np.random.SeedSequence([self._first, self._count]).generate_state(1, np.uint64)[0] >> 1)


def _seed(seed: Any) -> int | None:
    """The seed that a generator gives; in the `call` of a layer None, by which each step draws other numbers."""
    if isinstance(seed, SeedGenerator):
        return seed.next() if Graph.current() is None else None
    return None if seed is None else check_seed(seed)


def normal(shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normally distributed numbers.

    Example:
        >>> normal((2, 3), seed=1).shape
        (2, 3)

    Source: keras.random.normal.
    """
    middle, width = checks.number("normal", "mean", mean), checks.number("normal", "stddev", stddev, 0.0)

    def draw(graph: Graph, sizes: tuple[int, ...], stream: int) -> Tensor:
        return builder.random_normal(graph, sizes, stream) * width + middle

    return _drawn("normal", shape, dtype, _seed(seed), draw)


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normally distributed numbers, none farther than two deviations from the mean.

    Computed at once; within the `call` of a layer it is refused.

    Example:
        >>> bool((abs(truncated_normal((1000,), seed=1)) <= 2).all())
        True

    Source: keras.random.truncated_normal.
    """
    draws = _at_once("truncated_normal", seed)
    middle, width = checks.number("truncated_normal", "mean", mean), checks.number("truncated_normal", "stddev", stddev)
    sizes = sizes_of("truncated_normal", shape)
    found = table(sizes, lambda: draws.normal(size=sizes))
    while (far := np.abs(found) > 2).any():
        found[far] = draws.normal(size=int(far.sum()))
    return ops.convert_to_tensor((found * width + middle).astype(np.float32))


def uniform(shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Uniformly distributed numbers; whole ones of a type of those.

    Example:
        >>> 2.0 <= float(uniform((1,), 2.0, 3.0)[0]) < 3.0
        True

    Source: keras.random.uniform.
    """
    if dtype is not None and np.dtype(dtype).kind in "iu":
        return randint(shape, int(minval), int(maxval), dtype, seed)
    return random_uniform(shape, minval, maxval, dtype, _seed(seed))


def randint(shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Whole numbers from one up to before another; in the `call` of a layer they are floats that are whole.

    Example:
        >>> sorted(set(randint((100,), 0, 3, seed=1).tolist()))
        [0, 1, 2]

    Source: keras.random.randint.
    """
    low, high = checks.whole("randint", "minval", minval, None), checks.whole("randint", "maxval", maxval, None)
    if high <= low:
        raise ArgumentError(f"randint: maxval is above minval, got {low} and {high}")
    found = ops.floor(random_uniform(shape, float(low), float(high), None, _seed(seed)))
    return found if isinstance(found, Tensor) else np.asarray(found).astype(dtype).view(type(found))


def binomial(shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Any:
    """How many of `counts` trials succeed, each with a probability; computed at once.

    Example:
        >>> binomial((2,), 5, 1.0).tolist()
        [5.0, 5.0]

    Source: keras.random.binomial.
    """
    draws = _at_once("binomial", seed)
    found = draws.binomial(np.asarray(counts, np.int64), np.asarray(probabilities), sizes_of("binomial", shape))
    return ops.convert_to_tensor(found.astype(np.float32))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Places, drawn as probable as the logits of each row say; computed at once.

    Example:
        >>> categorical([[0.0, 100.0]], 3).tolist()
        [[1, 1, 1]]

    Source: keras.random.categorical.
    """
    draws, rows = _at_once("categorical", seed), array_of(logits)
    if rows.ndim != 2:
        raise ArgumentError(f"categorical: logits are (rows, places), got shape {rows.shape}")
    count = checks.whole("categorical", "num_samples", num_samples, 1)
    noise = draws.gumbel(size=(len(rows), count, rows.shape[1]))
    found = (rows[:, np.newaxis] + noise).argmax(-1)
    return ops.convert_to_tensor(found.astype(np.float32)).astype(dtype)


def dropout(inputs: Any, rate: float, noise_shape: Sequence[int] | None = None, seed: Any = None) -> Any:
    """Numbers left out at random, the others larger in proportion.

    Example:
        >>> dropout([1.0, 1.0], 0.0).tolist()
        [1.0, 1.0]

    Source: keras.random.dropout.
    """
    share = checks.number("dropout", "rate", rate, 0.0)
    if share >= 1.0:
        raise ArgumentError(f"dropout: rate is from 0 to below 1, got {shown(rate)}")
    if isinstance(inputs, Symbolic | Tensor):
        return _dropped(inputs, share, None if noise_shape is None else tuple(noise_shape), _seed(seed))
    kept = ops.greater_equal(uniform(ops.shape(inputs) if noise_shape is None else noise_shape, seed=seed), share)
    return ops.multiply(inputs, ops.cast(kept, "float32") / (1.0 - share))


@anywhere("inputs", name="random.dropout")
def _dropped(inputs: Operand, rate: float, noise_shape: tuple[Any, ...] | None, seed: int | None) -> Any:
    graph, sizes = inputs.graph, inputs.shape if noise_shape is None else noise_shape
    if len(sizes) != inputs.rank:
        raise ShapeError(f"noise_shape has a size for each axis of {inputs.shape}, got {shown(noise_shape)}")
    pairs = zip(sizes, inputs.shape, strict=True)
    sizes = tuple(have if size is None else checks.whole("", "noise_shape", size, 1) for size, have in pairs)
    drawn = builder.random_uniform(graph, sizes, graph.next_stream() if seed is None else graph.stream_of_seed(seed))
    return builder.where(builder.greater_equal(drawn, rate), inputs * (1.0 / (1.0 - rate)), 0.0)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """The parts along an axis in another order; computed at once.

    Example:
        >>> sorted(shuffle([1.0, 2.0]).tolist())
        [1.0, 2.0]

    Source: keras.random.shuffle.
    """
    return ops.convert_to_tensor(_at_once("shuffle", seed).permutation(array_of(x), axis=axis))


def _at_once(owner: str, seed: Any) -> np.random.Generator:
    if Graph.current() is not None:
        raise ArgumentError(
            f"{owner}: the call of a layer cannot draw so; there are normal, uniform, randint and dropout, drawn anew "
            "in each step"
        )
    found = _seed(seed)
    return np.random.default_rng(next_seed() if found is None else found)
