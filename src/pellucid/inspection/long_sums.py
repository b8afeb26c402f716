"""Sums of so many terms that nobody reads all of them: their numbers at once, the strongest one by one, the rest as one
sum."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.frozen import Frozen
from pellucid.graph import Node, Tensor, movement, ops
from pellucid.inspection.addresses import MOVEMENTS, Index, Place, Values
from pellucid.inspection.agreement import exact_sum
from pellucid.inspection.rules import MAXIMUM, PRODUCTS, SUM, Term

__all__ = ["LONG", "Rest", "StrongTerms", "strong_terms"]

LONG = 4096
"""A sum of more terms is one of which the strongest are told."""
_TOLD = 64
_PLAIN = (movement.Reshape, movement.StopGradient, movement.Transpose, movement.BroadcastTo, movement.Slice)
"""What moves each element to a place, and puts no zeros between them."""


class Rest(Frozen):
    """The terms of a sum that are not told one by one.

    Args:
        count: how many they are.
        sum: what they add.
        size: the sum of their magnitudes.
    """

    count: int = 0
    sum: float = 0.0
    size: float = 0.0

    def divided(self, divisor: float) -> Rest:
        """The same of a sum that is divided."""
        return Rest(self.count, self.sum / divisor, self.size / abs(divisor))


class StrongTerms(Frozen):
    """The strongest terms of a long sum, in the order in which they are read, and the rest."""

    combination: str
    terms: list[Term]
    rest: Rest


def strong_terms(place: Place, values: Values) -> StrongTerms | None:
    """The strongest terms of a long sum over axes, or over the inputs of a dense layer; None of any other element.

    Args:
        place: of the sum.
        values: the numbers of all tensors.
    """
    node = place.tensor.node
    found = None
    if isinstance(node.op, ops.ReduceSum | ops.ReduceMax):
        found = _along(node.op, node, place.index, values)
    elif isinstance(node.op, ops.Matmul):
        found = _of_matmul(node.op, node, place.index, values)
    if found is None:
        return None
    combination, products, term, winner = found
    sizes = np.where(np.isfinite(products), np.abs(products), np.inf)  # what is no number comes first
    if winner is not None:
        sizes[winner] = np.inf  # even where it is 0
    order = np.argsort(-sizes, kind="stable")
    chosen, others = np.sort(order[:_TOLD]), products[order[_TOLD:]]
    rest = Rest(len(others), exact_sum(others.tolist()), exact_sum(np.abs(others).tolist()))
    return StrongTerms(combination, [term(number) for number in chosen.tolist()], rest)


Found = tuple[str, np.ndarray, Callable[[int], Term], int | None]
"""What is done with the terms, what each adds, the term of a number, and which one is the maximum."""


def _along(op: ops.ReduceSum | ops.ReduceMax, node: Node, index: Index, values: Values) -> Found | None:
    (x,) = node.inputs
    if math.prod(x.shape[axis] for axis in op.axes) <= LONG:
        return None
    numbers = _numbers(x, values)
    if numbers is None:
        return None
    part = numbers[tuple(slice(None) if axis in op.axes else slice(at, at + 1) for axis, at in enumerate(index))]
    read = part.reshape(-1)
    is_maximum = isinstance(op, ops.ReduceMax)
    winner = int(np.argmax(read))

    def term(number: int) -> Term:
        found = map(int, np.unravel_index(number, part.shape))
        at = tuple(own if axis in op.axes else index[axis] for axis, own in enumerate(found))
        return Term(Place(x, at), float(number == winner) if is_maximum else 1.0)

    if not is_maximum:
        return SUM, read, term, None
    only = np.zeros(read.size)
    only[winner] = read[winner]
    return MAXIMUM, only, term, winner


def _of_matmul(op: ops.Matmul, node: Node, index: Index, values: Values) -> Found | None:
    a, b = node.inputs
    *batch, row, column = index
    if a.shape[-2 if op.transpose_a else -1] <= LONG:
        return None
    left, right = _numbers(a, values), _numbers(b, values)
    if left is None or right is None:
        return None
    every = slice(None)
    own: Any = (every, row) if op.transpose_a else (row, every)
    other: Any = (column, every) if op.transpose_b else (every, column)
    read, weights = left[(*batch, *own)], right[(*batch, *other)]
    with np.errstate(all="ignore"):
        products = np.where((weights == 0) & np.isinf(read), 0.0, read * weights)

    def term(k: int) -> Term:
        from_a = (k, row) if op.transpose_a else (row, k)
        from_b = (column, k) if op.transpose_b else (k, column)
        return Term(Place(a, (*batch, *from_a)), Place(b, (*batch, *from_b)))

    return PRODUCTS, products, term, None


def _numbers(tensor: Tensor, values: Values) -> np.ndarray | None:
    """All numbers of a tensor; None where they are not at hand, or zeros were put between them."""
    source = tensor.node
    while type(source.op) in MOVEMENTS:
        if not isinstance(source.op, _PLAIN):
            return None
        source = source.inputs[0].node
    found = None if isinstance(source.op, ops.Constant | ops.Literal) else values[tensor.node, tensor.index]
    return found if isinstance(found, np.ndarray) else None
