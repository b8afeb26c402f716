"""How often numbers come, and between which others they lie, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.ops.places import MOST, whole
from pellucid.ops.shapes import in_a_row


@anywhere("x", "weights")
def bincount(x: Operand, weights: Operand = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often each of the whole numbers 0, 1, ... comes, along the last axis.

    Args:
        x: whole numbers from 0 on, whose values are known (they decide how many counts there are): (numbers,) or
            (batch, numbers).
        weights: what each counts; 1 by default.
        minlength: how many counts there are at least.
        sparse: must be False.

    Returns:
        the counts, (largest number + 1,) or (batch, largest number + 1).

    Raises:
        ArgumentError: a number is below 0 or no whole one, or the values are not known.
        ShapeError: x has no axis or more than two, or the weights are of another shape.

    Example:
        >>> bincount([0, 2, 2], minlength=4).tolist()
        [1.0, 0.0, 2.0, 0.0]
    """
    if checks.flag("", "sparse", sparse):
        raise ArgumentError("sparse must be False: there are no sparse tensors here")
    numbers = known_values(x)
    if numbers is None:
        raise ArgumentError(
            "how many counts there are depends on the values of x, which are not known here; ops.sum of ops.one_hot "
            "gives so many as you say"
        )
    if x.rank not in (1, 2):
        raise ShapeError(f"x has one axis, or two with the batch first; got shape {x.shape}")
    if weights is not None and weights.shape != x.shape:
        raise ShapeError(f"weights of shape {weights.shape} do not belong to numbers of shape {x.shape}")
    if not ((numbers >= 0) & (numbers == np.floor(numbers)) & np.isfinite(numbers)).all():
        raise ArgumentError(f"x holds whole numbers from 0 on, got {shown(numbers.tolist())}")
    count = max(whole("minlength", minlength, 0), int(numbers.max(initial=-1)) + 1, 1)
    if count * x.shape[-1] > MOST:
        raise ArgumentError(f"there would be {count:,} counts, of numbers up to {int(numbers.max()):,}: too many")
    each = builder.one_hot(x, count)
    weighed = each if weights is None else each * builder.reshape(weights, (*weights.shape, 1))
    return builder.reduce_sum(weighed, [x.rank - 1])


@anywhere("x", "bins", whole=[0])
def digitize(x: Operand, bins: Operand) -> Any:
    """Into which bin each element falls: the number of the first edge above it.

    Args:
        x: of any shape.
        bins: the edges, rising: (edges,).

    Returns:
        whole numbers of the shape of x: 0 below the first edge, as many as there are edges from the last one on.

    Raises:
        ArgumentError: the edges are known, and do not rise.
        ShapeError: they have not one axis.

    Example:
        >>> digitize([0.2, 1.0, 9.0], [0.0, 1.0, 2.0]).tolist()
        [1, 2, 3]
    """
    _rising("bins", bins)
    return _passed(bins, x, builder.greater_equal)


@anywhere("sorted_sequence", "values", whole=[0])
def searchsorted(sorted_sequence: Operand, values: Operand, side: str = "left") -> Any:
    """Where values would have to be put in a sequence that rises, so that it goes on rising.

    Args:
        sorted_sequence: (numbers,).
        values: of any shape.
        side: "left" or "right" of numbers that are equal.

    Returns:
        whole numbers of the shape of the values.

    Example:
        >>> searchsorted([1.0, 2.0, 3.0], [0.5, 2.0]).tolist(), searchsorted([1.0, 2.0], [2.0], side="right").tolist()
        ([0, 1], [2])
    """
    _rising("sorted_sequence", sorted_sequence)
    is_left = checks.word("", "side", side, ("left", "right")) == "left"
    return _passed(sorted_sequence, values, builder.greater if is_left else builder.greater_equal)


def _rising(name: str, sequence: Tensor) -> None:
    if sequence.rank != 1:
        raise ShapeError(f"{name} has one axis, got shape {sequence.shape}")
    known = known_values(sequence)
    if known is not None and (np.diff(known) < 0).any():
        raise ArgumentError(f"{name} must rise, got {shown(known.tolist())}")


def _passed(sequence: Tensor, values: Tensor, beyond: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """How many numbers of a sequence each value lies beyond."""
    passed = beyond(builder.reshape(values, (*values.shape, 1)), sequence)
    return builder.reduce_sum(passed, [values.rank])


@anywhere("x")
def histogram(x: Operand, bins: int = 10, range: tuple[float, float] | None = None) -> Any:
    """How many elements lie in each of so many equal intervals; the last one holds its upper end too.

    Args:
        x: of any shape.
        bins: how many intervals.
        range: where the first begins and the last ends; the smallest and the largest element by default.

    Returns:
        the counts (bins,), and the edges (bins + 1,).

    Raises:
        ArgumentError: the range ends before it begins.

    Example:
        >>> [part.tolist() for part in histogram([1.0, 2.0, 2.5, 5.0], bins=2, range=(1, 5))]
        [[3.0, 1.0], [1.0, 3.0, 5.0]]

    Source: numpy.histogram.
    """
    count, row = whole("bins", bins, 1), builder.stop_gradient(in_a_row(x))
    if (count + 1) * math.prod(row.shape) > MOST:
        raise ArgumentError(f"{count:,} intervals of {math.prod(row.shape):,} elements are too many at once")
    low, high = _ends(row, range)
    shares = builder.literal(row.graph, np.arange(count + 1) / count)
    edges = low * (1.0 - shares) + high * shares
    from_edge = builder.reduce_sum(builder.greater_equal(builder.reshape(row, (1, *row.shape)), _column(edges)), [1])
    beyond = builder.reduce_sum(builder.greater(row, builder.slice_axis(edges, 0, count, count + 1)), [0])
    first, last = builder.slice_axis(from_edge, 0, 0, count), builder.slice_axis(from_edge, 0, 1, count)
    return first - builder.concatenate([last, builder.reshape(beyond, (1,))], 0), edges


def _column(x: Tensor) -> Tensor:
    return builder.reshape(x, (*x.shape, 1))


def _ends(row: Tensor, given: Any) -> tuple[Tensor, Tensor]:
    """Where the first interval begins and the last one ends; half a unit apart each from a single number."""
    if given is not None:
        ends = [checks.number("", "range", each) for each in checks.several("", "range", given, "two numbers")]
        if len(ends) != 2:
            raise ArgumentError(f"range is where the intervals begin and end, got {shown(given)}")
        low, high = ends
        if high < low:
            raise ArgumentError(f"range ends before it begins: {shown(given)}")
        first, last = row.graph.constant(low), row.graph.constant(high)
    else:
        first, last = builder.reduce_min(row), builder.reduce_max(row)
    is_single = builder.equal(first, last) * 0.5
    return first - is_single, last + is_single
