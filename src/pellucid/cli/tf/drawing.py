"""Random numbers of `tf`: at once for arrays, and anew in each step where a layer computes or a model is described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import eager
from pellucid.dispatch import Operand, anywhere
from pellucid.dispatch.anywhere import Symbolic
from pellucid.graph import Graph, Tensor, builder
from pellucid.random import next_seed, set_random_seed

_DRAWN: Counter[int] = Counter()
"""How often each seed was drawn with."""


def generator(seed: Any) -> np.random.Generator:
    """What draws next: with a seed another part of its sequence each time, as in TensorFlow.

    Example:
        >>> set_seed(1)
        >>> first, second = generator(3).random(), generator(3).random()
        >>> set_seed(1)
        >>> first == generator(3).random() != second
        True
    """
    if seed is None:
        return np.random.default_rng(next_seed())
    if np.ndim(seed):  # two numbers, as functions without a state take them: the same each time
        return np.random.default_rng(np.abs(np.asarray(seed, np.int64)))
    _DRAWN[int(seed)] += 1
    return np.random.default_rng([abs(int(seed)), _DRAWN[int(seed)]])


def _as_one(seed: Any) -> int | None:
    """A seed, or two numbers for one, as one number."""
    if seed is None:
        return None
    return int(np.random.SeedSequence(np.abs(np.asarray(seed, np.int64)).tolist()).generate_state(1)[0])


def set_seed(seed: int) -> None:
    """See `set_random_seed`; all sequences begin anew."""
    set_random_seed(seed)
    _DRAWN.clear()


def of_step(seed: Any) -> dict[str, Any] | None:
    """What functions of `pellucid.random` are told in the `call` of a layer; None elsewhere, where NumPy draws."""
    if Graph.current() is None:
        return None
    return {"seed": _as_one(seed)}


Sizes = Callable[[tuple[int, ...]], tuple[int, ...]]
"""How many numbers are drawn for an image of a shape."""


def one(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One for all."""
    return ()


def for_each(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One for each image of a batch."""
    return (*shape[:-3], 1, 1, 1)


def along_each(shape: tuple[int, ...]) -> tuple[int, ...]:
    """One for each axis."""
    return (len(shape),)


def drawn(x: Any, change: Callable[[Any, Any], Any], low: float, high: float, seed: Any, sizes: Sizes = one) -> Any:
    """Something changed by numbers that are drawn uniformly.

    Args:
        x: an array, a tensor of a layer's `call`, or a symbolic tensor.
        change: makes the result of it and the numbers; both may be tensors.
        low, high: the limits.
        seed: see `generator`; in a layer each step draws other numbers, with a seed too.
        sizes: how many.
    """
    if isinstance(x, Symbolic | Tensor):
        return eager(_in_step(x, change, float(low), float(high), seed, sizes))
    return change(x, generator(seed).uniform(low, high, sizes(np.shape(x))))


@anywhere("x", name="tf")
def _in_step(x: Operand, change: Callable[[Any, Any], Any], low: float, high: float, seed: Any, sizes: Sizes) -> Any:
    graph = x.graph
    number = _as_one(seed)
    stream = graph.next_stream() if number is None else graph.stream_of_seed(number)
    return change(x, builder.random_uniform(graph, sizes(x.shape), stream) * (high - low) + low)
