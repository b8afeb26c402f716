"""Functions that put elements in order, under Keras's names (keras.ops).

Values that are known are sorted by NumPy. Those that only a run of the graph will tell go through a sorting network: a
fixed row of comparisons, whatever the values. Not-a-number stands behind all numbers, as in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.arraylike import NoNumbers, array_of
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.ops.comparisons import is_nan
from pellucid.ops.places import kept, place, places, whole
from pellucid.ops.shapes import in_a_row

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


@anywhere("x", whole=[0])
def argsort(x: Operand, axis: int | None = -1) -> Any:
    """The places of the elements along an axis, the smallest element's first; equal ones in their order.

    Args:
        x: of any shape.
        axis: along which; None puts all elements in one row first.

    Example:
        >>> argsort([3.0, 1.0, 2.0]).tolist()
        [1, 2, 0]
    """
    return _along(x, axis, lambda row: _ordered(row)[1])


@anywhere("x")
def sort(x: Operand, axis: int | None = -1) -> Any:
    """The elements along an axis, the smallest first; each takes the gradient of its new place.

    Args:
        x: of any shape.
        axis: along which; None puts all elements in one row first.

    Example:
        >>> sort([3.0, 1.0, 2.0]).tolist()
        [1.0, 2.0, 3.0]
    """
    return _along(x, axis, lambda row: _ordered(row)[0])


def _along(x: Tensor, axis: int | None, function: Callable[[Tensor], Tensor]) -> Tensor:
    """The result of a function of the last axis, for any axis."""
    if axis is None:
        return function(in_a_row(x))
    along = place(axis, x.rank)
    order = list(range(x.rank))
    order[along], order[-1] = order[-1], order[along]
    return builder.transpose(function(builder.transpose(x, order)), order)


@anywhere("x", whole=[1])
def top_k(x: Operand, k: int, sorted: bool = True) -> Any:
    """The largest elements along the last axis, and their places; of equal ones the first.

    Args:
        x: of one axis or more.
        k: how many, from 1 to the size of the axis.
        sorted: taken and without effect: they come in order, the largest first, either way.

    Returns:
        a pair: the values, and their places (whole numbers).

    Raises:
        ArgumentError: k is out of range.

    Example:
        >>> values, indices = top_k([3.0, 1.0, 2.0], 2)
        >>> values.tolist(), indices.tolist()
        ([3.0, 2.0], [0, 2])
    """
    if not x.rank:
        raise ShapeError("top_k: a single number has no axes")
    kept(sorted)
    count = checks.whole("", "k", k, 1, x.shape[-1])
    values, indices = _ordered(x, falls=True)
    return builder.slice_axis(values, -1, 0, count), builder.slice_axis(indices, -1, 0, count)


@anywhere("targets", "predictions")
def in_top_k(targets: Operand, predictions: Operand, k: int) -> Any:
    """1 where the element of a class is among the k largest of its row, else 0; no gradient flows back.

    Args:
        targets: (batch,) classes, whole numbers.
        predictions: (batch, classes).
        k: how many; those that equal the last of them count too.

    Raises:
        ArgumentError: k is no whole number from 1 on.
        ShapeError: the shapes do not fit.

    Example:
        >>> in_top_k([0, 1], [[0.2, 0.5, 0.3], [0.2, 0.5, 0.3]], k=1).tolist()
        [0.0, 1.0]
    """
    if targets.rank != predictions.rank - 1 or targets.shape != predictions.shape[:-1]:
        raise ShapeError(f"targets are a class for each row of {predictions.shape}, got {targets.shape}")
    count = whole("k", k, 1)
    at = builder.one_hot(targets, predictions.shape[-1])
    own = builder.reduce_sum(builder.where(at, predictions, 0.0), [predictions.rank - 1], keepdims=True)
    above = builder.reduce_sum(builder.greater(predictions, own), [predictions.rank - 1])
    is_number = builder.greater(math.inf, builder.absolute(builder.reshape(own, targets.shape)))
    return builder.greater(float(count), above) * builder.reduce_max(at, [predictions.rank - 1]) * is_number


@anywhere("x")
def median(x: Operand, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """The element in the middle along the axes, or the mean of both where there is an even number.

    Example:
        >>> median([3.0, 1.0, 2.0, 7.0]).tolist()
        2.5
    """
    return _quantile(x, 0.5, axis, "linear", kept(keepdims))


@anywhere("x")
def quantile(
    x: Operand, q: Any, axis: int | Sequence[int] | None = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """The number below which there is a share of the elements along the axes.

    Args:
        x: of any shape.
        q: the share, from 0 to 1, or an array of shares, whose axes come first in the result.
        axis: one axis, several, or (None) all of them.
        method: what comes where the share ends between two elements: "linear" (by the distance to both), "lower",
            "higher", "midpoint", or "nearest".
        keepdims: whether the axes stay, with size 1.

    Raises:
        ArgumentError: a share is out of range, or there is no such method.

    Example:
        >>> quantile([1.0, 2.0, 3.0, 4.0], 0.25).tolist()
        1.75
    """
    return _quantile(x, _shares(q, 1.0), axis, method, kept(keepdims))


@anywhere("x")
def percentile(
    x: Operand, q: Any, axis: int | Sequence[int] | None = None, method: str = "linear", keepdims: bool = False
) -> Any:
    """As `quantile`, with shares in percent: from 0 to 100.

    Raises:
        ArgumentError: a share is out of range, or there is no such method.

    Example:
        >>> percentile([1.0, 2.0, 3.0, 4.0], 25).tolist()
        1.75
    """
    return _quantile(x, _shares(q, 100.0), axis, method, kept(keepdims))


def _shares(q: Any, whole_of_it: float) -> np.ndarray:
    try:
        shares = np.asarray(array_of(q), np.float64) / whole_of_it
    except NoNumbers as error:
        raise ArgumentError(f"q takes shares, got {error.shown}") from error
    if not shares.size or not ((shares >= 0) & (shares <= 1)).all():
        raise ArgumentError(f"q takes shares from 0 to {whole_of_it:g}, got {shown(q)}")
    return shares


def _quantile(x: Tensor, q: Any, axis: Any, method: str, keepdims: bool) -> Tensor:
    if not isinstance(method, str) or method not in METHODS:
        raise ArgumentError(f"method is one of {', '.join(METHODS)}, got {shown(method)}")
    along = places(axis, x.rank)
    others = [item for item in range(x.rank) if item not in along]
    rest = tuple(x.shape[item] for item in others)
    rows = builder.reshape(builder.transpose(x, [*others, *along]), (*rest, math.prod(x.shape[item] for item in along)))
    values = _ordered(rows)[0]
    shares = np.asarray(q)
    parts = [_at(values, float(share), method) for share in shares.ravel()]
    shape = tuple(1 if item in along else size for item, size in enumerate(x.shape)) if keepdims else rest
    joined = builder.concatenate(parts, -1) if len(parts) > 1 else parts[0]
    spread = builder.transpose(joined, [joined.rank - 1, *range(joined.rank - 1)])
    is_known = builder.reduce_max(is_nan(rows), [rows.rank - 1])  # of something unknown nothing is known
    found = builder.where(builder.broadcast_to(is_known, spread.shape), math.nan, spread)
    return builder.reshape(found, (*shares.shape, *shape))


def _at(values: Tensor, share: float, method: str) -> Tensor:
    """The element at a share of the last axis, which is sorted; (..., 1)."""
    exact = share * (values.shape[-1] - 1)
    below = math.floor(exact)
    above = min(below + 1, values.shape[-1] - 1)
    part = exact - below
    weight = {
        "linear": part,
        "lower": 0.0,
        "higher": math.ceil(part),
        "midpoint": 0.5 if part else 0.0,
        "nearest": round(exact) - below,
    }[method]
    low = builder.slice_axis(values, -1, below, below + 1)
    return low if not weight else low + (builder.slice_axis(values, -1, above, above + 1) - low) * float(weight)


def _ordered(x: Tensor, falls: bool = False) -> tuple[Tensor, Tensor]:
    """The elements along the last axis, the smallest (or the largest) first, and their places."""
    values = known_values(x)
    if values is not None:
        places = np.argsort(-values if falls else values, axis=-1, kind="stable")
        return builder.literal(x.graph, np.take_along_axis(values, places, axis=-1)), builder.literal(x.graph, places)
    found, order = _through_network(-x if falls else x)
    return (-found if falls else found), order


def _through_network(x: Tensor) -> tuple[Tensor, Tensor]:
    """Sort by comparing each place with one other at a time, always the same ones.

    Three numbers move together: the key (for which not-a-number is infinite), the place, which decides between equal
    keys, and the value. Further rows fill the axis up to a power of two; they stand behind all others.

    Source: Batcher, Sorting networks and their applications, AFIPS 32 (1968), section 5 (bitonic sorters).
    """
    length = x.shape[-1]
    size = 1 << (length - 1).bit_length()
    unknown = is_nan(x)
    number = builder.broadcast_to(builder.literal(x.graph, np.arange(length)), x.shape)
    key = builder.stop_gradient(builder.where(unknown, math.inf, x))
    rank = number + unknown * float(size)
    if size > length:
        shape = (*x.shape[:-1], size - length)
        filling = builder.broadcast_to(x.graph.constant(math.inf), shape)
        key = builder.concatenate([key, filling], -1)
        last = builder.literal(x.graph, 2 * size + np.arange(size - length))
        rank = builder.concatenate([rank, builder.broadcast_to(last, shape)], -1)
        x = builder.pad_axis(x, -1, 0, size - length)
    here = np.arange(size)
    block = 2
    while block <= size:
        distance = block // 2
        while distance:
            key, rank, x = _exchanged(key, rank, x, here ^ distance, (here & block == 0) == (here & distance == 0))
            distance //= 2
        block *= 2
    values, order = (builder.slice_axis(item, -1, 0, length) for item in (x, rank))
    return values, builder.where(builder.greater(float(size), order), order, order - float(size))


def _exchanged(key: Tensor, rank: Tensor, x: Tensor, partner: np.ndarray, keeps_first: np.ndarray) -> list[Tensor]:
    """Each place beside its partner: where it keeps the first of both it takes what comes before, else the other."""
    other_key, other_rank, other_x = (builder.gather(item, partner, -1) for item in (key, rank, x))
    is_tie = builder.equal(other_key, key)
    is_before = builder.where(is_tie, builder.greater(rank, other_rank), builder.greater(key, other_key))
    takes = builder.equal(is_before, builder.literal(x.graph, keeps_first.astype(np.float64)))
    return [builder.where(takes, b, a) for a, b in ((key, other_key), (rank, other_rank), (x, other_x))]
