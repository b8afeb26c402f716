"""Which elements one element of a result is made of: one rule for each operation that adds up or chooses.

A term is an element that is read, times another (a weight) or times a share: 1 in a sum, 1 / count in a mean, and in a
maximum 1 for the winner, 0 for all others.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.geometry import Window
from pellucid.graph import Node, movement, ops, windows
from pellucid.inspection.addresses import Index, Place, Values


@dataclass(frozen=True, slots=True)
class Term:
    """What is read, what it is multiplied by, and the tap of the window through which it is read, if any."""

    read: Place
    factor: Place | float
    tap: Index | None = None


Rule = Callable[[Any, Node, Index, Values], list[Term]]


def _convolution(op: windows.Convolution, node: Node, index: Index, values: Values) -> list[Term]:
    x, kernel = node.inputs
    sample, *places, number = index
    width = kernel.shape[-2]
    first = number // (kernel.shape[-1] // op.groups) * width
    read = [(tap, _sources(op.window, places, tap)) for tap in itertools.product(*map(range, op.window.size))]
    return [
        Term(Place(x, (sample, *source, first + channel)), Place(kernel, (*tap, channel, number)), tap)
        for channel in range(width)
        for tap, source in read
    ]


def _sources(window: Window, places: Sequence[int], tap: Index) -> Index:
    return tuple(window.source(axis, place, k) for axis, (place, k) in enumerate(zip(places, tap, strict=True)))


def _transposed(op: windows.ConvolutionInputGradient, node: Node, index: Index, values: Values) -> list[Term]:
    """The adjoint: every tap of every window that lies on this element, read at the window's own place."""
    y, kernel = node.inputs
    sample, *places, channel = index
    width, filters = kernel.shape[-2], kernel.shape[-1] // op.groups
    group = channel // width
    reaching: list[list[tuple[int, int]]] = []
    for axis, place in enumerate(places):
        stride, dilation, before = op.window.strides[axis], op.window.dilation[axis], op.window.padding[axis][0]
        steps = [(tap, place + before - tap * dilation) for tap in range(op.window.size[axis])]
        inside = [(tap, step // stride) for tap, step in steps if step % stride == 0]
        reaching.append([(tap, window) for tap, window in inside if 0 <= window < y.shape[1 + axis]])
    return [
        Term(Place(y, (sample, *(window for _, window in pairs), number)),
             Place(kernel, (*(tap for tap, _ in pairs), channel - group * width, number)),
             tuple(tap for tap, _ in pairs))
        for number in range(group * filters, (group + 1) * filters)
        for pairs in itertools.product(*reaching)
    ]  # fmt: skip


def _matmul(op: ops.Matmul, node: Node, index: Index, values: Values) -> list[Term]:
    a, b = node.inputs
    *batch, row, column = index
    inner = a.shape[-2 if op.transpose_a else -1]
    terms = []
    for k in range(inner):
        left = (k, row) if op.transpose_a else (row, k)
        right = (column, k) if op.transpose_b else (k, column)
        terms.append(Term(Place(a, (*batch, *left)), Place(b, (*batch, *right))))
    return terms


def _window(op: windows.MaxPool | windows.AveragePool, node: Node, index: Index) -> list[tuple[Place, Index]]:
    """The taps of a pooling window that lie inside the input: padding does not count."""
    (x,) = node.inputs
    sample, *places, channel = index
    taps = itertools.product(*map(range, op.window.size))
    read = [(Place(x, (sample, *_sources(op.window, places, tap), channel)), tap) for tap in taps]
    return [(place, tap) for place, tap in read if place.inside]


def _max_pool(op: windows.MaxPool, node: Node, index: Index, values: Values) -> list[Term]:
    seen = _window(op, node, index)
    return _winner([place for place, _ in seen], [tap for _, tap in seen], values)


def _winner(places: Sequence[Place], taps: Sequence[Index | None], values: Values) -> list[Term]:
    numbers = [place.value(values) for place in places]
    best = int(np.argmax(numbers))
    pairs = enumerate(zip(places, taps, strict=True))
    return [Term(place, float(number == best), tap) for number, (place, tap) in pairs]


def _average_pool(op: windows.AveragePool, node: Node, index: Index, values: Values) -> list[Term]:
    seen = _window(op, node, index)
    return [Term(place, 1.0 / len(seen), tap) for place, tap in seen]


def _along(op: ops.ReduceSum | ops.ReduceMax, node: Node, index: Index) -> list[Place]:
    (x,) = node.inputs
    ranges = [range(x.shape[axis]) if axis in op.axes else (place,) for axis, place in enumerate(index)]
    return [Place(x, place) for place in itertools.product(*ranges)]


def _sum(op: ops.ReduceSum, node: Node, index: Index, values: Values) -> list[Term]:
    return [Term(place, 1.0) for place in _along(op, node, index)]


def _maximum(op: ops.ReduceMax, node: Node, index: Index, values: Values) -> list[Term]:
    places = _along(op, node, index)
    return _winner(places, [None] * len(places), values)


def _scattered(op: movement.ScatterAdd, node: Node, index: Index, values: Values) -> list[Term]:
    (x,) = node.inputs
    sources = np.flatnonzero(op.indices == index[op.axis]).tolist()
    return [Term(Place(x, (*index[: op.axis], source, *index[op.axis + 1 :])), 1.0) for source in sources]


PRODUCTS, SUM, MEAN, MAXIMUM, EXPRESSION = "sum of products", "sum", "mean", "maximum", "expression"

RULES: dict[type[ops.Op], tuple[str, Rule]] = {
    windows.Convolution: (PRODUCTS, _convolution),
    windows.ConvolutionInputGradient: (PRODUCTS, _transposed),
    ops.Matmul: (PRODUCTS, _matmul),
    windows.MaxPool: (MAXIMUM, _max_pool),
    windows.AveragePool: (MEAN, _average_pool),
    ops.ReduceSum: (SUM, _sum),
    ops.ReduceMax: (MAXIMUM, _maximum),
    movement.ScatterAdd: (SUM, _scattered),
}
"""What each operation does with its terms, and which they are."""
