"""What the layers of attention share: who sees whom, and weights that are dropped."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from string import ascii_lowercase

import numpy as np

from pellucid.activations import softmax
from pellucid.activations.normalising import FAR_BELOW
from pellucid.graph import Graph, Tensor, builder
from pellucid.layers.regularization.noise import Noise


def lower_triangle(graph: Graph, queries: int, keys: int) -> Tensor:
    """1 where the place of a key is not behind that of the query, else 0: (queries, keys)."""
    return builder.literal(graph, np.tri(queries, keys, dtype=np.float32))


def band(graph: Graph, queries: int, keys: int, width: int) -> Tensor:
    """1 where a key is less than so many places away from the query, else 0: (queries, keys)."""
    away = np.abs(np.arange(queries)[:, None] - np.arange(keys)[None, :])
    return builder.literal(graph, (away < width).astype(np.float32))


def all_of(masks: Sequence[Tensor | None]) -> Tensor | None:
    """1 where all masks that there are have something else than 0."""
    known = [builder.where(mask, 1.0, 0.0) for mask in masks if mask is not None]
    return reduce(operator.mul, known) if known else None


def equations(rank: int, axes: Sequence[int]) -> tuple[str, str]:
    """How projections (batch, places..., heads, features) become scores, and scores and values the means.

    Scores are (batch, places that are not looked along, heads, places of the query, of the keys).

    Args:
        rank: axes of the projections.
        axes: those along which is looked.
    """
    target = ascii_lowercase[:rank]
    source = "".join(letter.upper() if axis in axes else letter for axis, letter in enumerate(target))
    others = [axis for axis in range(rank - 1) if axis not in axes]
    scores = "".join([*(target[axis] for axis in (*others, *axes)), *(source[axis] for axis in axes)])
    return f"{source},{target}->{scores}", f"{scores},{source}->{target}"


def shares(scores: Tensor, seen: Tensor | None, looked: int, *, nothing_gives_zero: bool) -> Tensor:
    """The softmax of scores along their last axes, over what is seen.

    Args:
        scores: see `equations`.
        seen: 0 where nothing is seen; of the last axes of the scores, and of the first where it has more.
        looked: along how many axes is looked.
        nothing_gives_zero: whether the shares are 0 where nothing at all is seen, rather than all equal.
    """
    if seen is not None:
        places = seen.shape[seen.rank - 2 * looked :]
        before = seen.shape[: seen.rank - 2 * looked]
        seen = builder.reshape(seen, (*before, *(1,) * (scores.rank - seen.rank), *places))
        scores = builder.where(seen, scores, -FAR_BELOW)
    weights = softmax(scores, list(range(scores.rank - looked, scores.rank)))
    return builder.where(seen, weights, 0.0) if seen is not None and nothing_gives_zero else weights


def dropped(layer: Noise, weights: Tensor, rate: float) -> Tensor:
    """The weights, of which a share is 0 and the others are larger in proportion."""
    drawn = builder.random_uniform(weights.graph, weights.shape, layer.stream(weights.graph))
    return builder.where(builder.greater_equal(drawn, rate), weights * (1.0 / (1.0 - rate)), 0.0)
