"""Which elements one element of a result can depend on: the exact set, found backwards, one rule per operation.

`receptive_fields` says in one line what every unit of a layer sees, where that is an interval that moves with the unit.
Here one unit is followed through whatever it is made of, so also where no interval tells it: behind transposed
convolutions, reshapings, branches of different steps. What is multiplied by a constant zero is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from pellucid.engines.reference import IMPLEMENTATIONS
from pellucid.engines.reference_windows import padded, taps
from pellucid.errors import GraphError
from pellucid.geometry import Window
from pellucid.graph import Node, Tensor, movement, ops, windows

Mask = np.ndarray
Rule = Callable[[Any, Node, Mask, "_Patterns"], Sequence[Mask]]


def reached(
    nodes: Sequence[Node], tensor: Tensor, index: tuple[int, ...], among: Collection[Node] = ()
) -> dict[Node, Mask]:
    """What an element can depend on, among the inputs of a graph.

    Args:
        nodes: of the graph, in order, up to the tensor at least.
        tensor: that holds the element.
        index: the element.
        among: further nodes, each with one result, of whose elements it is wanted too.

    Returns:
        for each `ops.Input` on which it can depend, and each of these, a mask of its shape.

    Raises:
        GraphError: an operation on the way has no rule.

    Example:
        >>> from pellucid.graph import Graph
        >>> from pellucid.graph.ops import Input, ReduceSum
        >>> graph = Graph()
        >>> x = graph.add(Input((2, 3), "x"))
        >>> y = graph.add(ReduceSum((1,)), x)
        >>> reached(graph.nodes, y, (1, 0))[x.node].tolist()
        [[False, False, False], [True, True, True]]
    """
    patterns = _Patterns(nodes)
    masks: dict[Node, Mask] = {tensor.node: np.zeros(tensor.shape, bool)}
    masks[tensor.node][index] = True
    found: dict[Node, Mask] = {}
    for node in reversed(nodes):
        mask = masks.pop(node, None)
        if mask is None or node not in patterns.live:
            continue
        if isinstance(node.op, ops.Input) or node in among:
            found[node] = mask
        if isinstance(node.op, ops.Input):
            continue
        if type(node.op) not in RULES:
            raise GraphError(f"there is no rule that says what a result of {type(node.op).__name__} depends on")
        for operand, seen in zip(node.inputs, RULES[type(node.op)](node.op, node, mask, patterns), strict=True):
            if operand.node in patterns.live:
                masks[operand.node] = masks[operand.node] | seen if operand.node in masks else seen
    return found


class _Patterns:
    """Where tensors that depend on no input may be other than zero: constants tell, weights may be anything."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.live: set[Node] = set()
        for node in nodes:
            if isinstance(node.op, ops.Input) or any(tensor.node in self.live for tensor in node.inputs):
                self.live.add(node)
        self._known: dict[Node, Mask] = {}

    def of(self, tensor: Tensor) -> Mask | None:
        """True where a factor may be other than zero; None for a factor that depends on the input, or that may be
        anything everywhere."""
        if tensor.node in self.live:
            return None
        pattern = self._of(tensor.node)
        return None if pattern.all() else pattern

    def _of(self, node: Node) -> Mask:
        if node not in self._known:
            self._known[node] = self._found(node)
        return self._known[node]

    def _found(self, node: Node) -> Mask:
        shape = node.outputs[0].shape
        match node.op:
            case ops.Constant():
                return np.full(shape, node.op.value != 0)
            case ops.Literal():
                return np.asarray(node.op.values) != 0
            case ops.Elementwise(function="multiply"):
                first, second = (self._of(tensor.node) for tensor in node.inputs)
                return np.asarray(first & second)
        if type(node.op) in _SOURCES and node.inputs:
            compute = IMPLEMENTATIONS[type(node.op)]
            return np.asarray(compute(node.op, *(self._of(tensor.node).astype(float) for tensor in node.inputs))) != 0
        return np.ones(shape, bool)


def _elementwise(op: ops.Elementwise, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    seen = [_summed(mask, tensor.shape) for tensor in node.inputs]
    if op.function == "multiply":
        for number, other in enumerate(reversed(node.inputs)):
            pattern = patterns.of(other)
            if pattern is not None:
                seen[number] = _summed(mask & np.broadcast_to(pattern, mask.shape), node.inputs[number].shape)
    if op.function == "where":
        chosen = patterns.of(node.inputs[0])
        if chosen is not None:
            seen[1] = _summed(mask & np.broadcast_to(chosen, mask.shape), node.inputs[1].shape)
    return seen


def _summed(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The mask of an operand that was broadcast to the mask's shape."""
    mask = _any(mask, tuple(range(mask.ndim - len(shape))))
    gone = tuple(axis for axis, size in enumerate(shape) if size == 1 and mask.shape[axis] > 1)
    return np.asarray(mask.any(axis=gone, keepdims=True)) if gone else mask


def _any(mask: Mask, axes: int | tuple[int, ...]) -> Mask:
    return np.asarray(mask.any(axis=axes))


def _spread(op: ops.Op, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    return [np.broadcast_to(mask, node.inputs[0].shape)]


def _arg_max(op: ops.ArgMax, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    return [np.broadcast_to(mask[..., np.newaxis], node.inputs[0].shape)]


def _one_hot(op: ops.OneHot, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    return [_any(mask, -1)]


def _at_places(op: ops.Op, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    """Which rows come where is known when it runs: any row of the sample can, and what says which."""
    rows, places = node.inputs
    asked = _any(mask, tuple(range(2, mask.ndim)))
    moved = asked if isinstance(op, movement.GatherAt) else asked.any(axis=1, keepdims=True)
    return [np.broadcast_to(mask.any(axis=1, keepdims=True), rows.shape), np.broadcast_to(moved, places.shape)]


def _matmul(op: ops.Matmul, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    a, b = node.inputs
    left, right = patterns.of(a), patterns.of(b)
    rows, columns = mask.any(axis=-1, keepdims=True), mask.any(axis=-2, keepdims=True)
    if right is None:
        seen_a = np.broadcast_to(rows, (*mask.shape[:-1], a.shape[-2 if op.transpose_a else -1]))
    else:
        seen_a = _product(mask, right if op.transpose_b else right.swapaxes(-1, -2))
    if left is None:
        seen_b = np.broadcast_to(columns, (*mask.shape[:-2], b.shape[-1 if op.transpose_b else -2], mask.shape[-1]))
    else:
        seen_b = _product(left if op.transpose_a else left.swapaxes(-1, -2), mask)
    seen_a = seen_a.swapaxes(-1, -2) if op.transpose_a else seen_a
    seen_b = seen_b.swapaxes(-1, -2) if op.transpose_b else seen_b
    return [_summed(seen_a, a.shape), _summed(seen_b, b.shape)]


def _product(a: Mask, b: Mask) -> Mask:
    """Where a product of matrices of ones and zeros is other than zero."""
    return np.asarray(a.astype(np.float32) @ b.astype(np.float32)) > 0


def _moved(op: ops.Op, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    """What only moves elements moves their numbers, counted from 1: so it tells where each of them comes from."""
    sizes = [int(np.prod(tensor.shape)) for tensor in node.inputs]
    ends = np.cumsum([0, *sizes])
    numbers = [
        np.arange(start + 1, start + size + 1).reshape(tensor.shape)
        for tensor, start, size in zip(node.inputs, ends, sizes, strict=False)
    ]
    origin = np.asarray(IMPLEMENTATIONS[type(op)](op, *numbers)).astype(np.int64)
    seen = np.zeros(ends[-1] + 1, bool)
    seen[origin[mask]] = True
    return [
        seen[start + 1 : start + size + 1].reshape(tensor.shape)
        for tensor, start, size in zip(node.inputs, ends, sizes, strict=False)
    ]


def _scattered(op: movement.ScatterAdd, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    taken = np.take(mask, np.maximum(op.indices, 0), axis=op.axis)
    kept = (op.indices >= 0).reshape([-1 if axis == op.axis else 1 for axis in range(mask.ndim)])
    return [taken & kept]


def _convolution(op: windows.Convolution, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    x, kernel = node.inputs
    pattern = patterns.of(kernel)
    if pattern is None:
        groups = _any(mask.reshape(*mask.shape[:-1], op.groups, -1), -1)
        seen = np.repeat(_under(op.window, groups, x.shape[1:-1]), x.shape[-1] // op.groups, axis=-1)
    else:
        back = windows.ConvolutionInputGradient(op.window, op.groups, x.shape)
        compute = IMPLEMENTATIONS[windows.ConvolutionInputGradient]
        seen = np.asarray(compute(back, mask.astype(float), pattern.astype(float))) > 0
    return [seen, np.full(kernel.shape, mask.any())]


def _transposed(op: windows.ConvolutionInputGradient, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    y, kernel = node.inputs
    pattern = patterns.of(kernel)
    if pattern is None:
        groups = _any(mask.reshape(*mask.shape[:-1], op.groups, -1), -1)
        seen = np.repeat(_over(op.window, groups, y.shape[1:-1]), y.shape[-1] // op.groups, axis=-1)
    else:
        forward = windows.Convolution(op.window, op.groups)
        compute = IMPLEMENTATIONS[windows.Convolution]
        seen = np.asarray(compute(forward, mask.astype(float), pattern.astype(float))) > 0
    return [seen, np.full(kernel.shape, mask.any())]


def _under(window: Window, mask: Mask, spatial: tuple[int, ...]) -> Mask:
    """What lies under the marked windows, (batch, spatial..., channels)."""
    seen = padded(np.zeros((mask.shape[0], *spatial, mask.shape[-1]), bool), window)
    for _, places in taps(window, mask.shape[1:-1]):
        seen[places] |= mask
    inner = (slice(before, before + size) for (before, _), size in zip(window.padding, spatial, strict=True))
    return seen[(slice(None), *inner)]


def _over(window: Window, mask: Mask, outputs: tuple[int, ...]) -> Mask:
    """The windows that lie over what is marked."""
    wide = padded(mask, window)
    return np.asarray(np.logical_or.reduce([wide[places] for _, places in taps(window, outputs)]))


def _pool(op: windows.MaxPool | windows.AveragePool, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    return [_under(op.window, mask, node.inputs[0].shape[1:-1])]


def _unpooled(op: windows.MaxPoolGradient, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    """Whether a value comes to a place depends on all that was in its window."""
    x, y, _ = node.inputs
    over = _over(op.window, mask, y.shape[1:-1])
    return [_under(op.window, over, x.shape[1:-1]), over, over]


def _selected(op: windows.MaxPoolSelect, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    under = _under(op.window, mask, node.inputs[0].shape[1:-1])
    return [under, mask, under]


def _shared(op: windows.AveragePoolGradient, node: Node, mask: Mask, patterns: _Patterns) -> list[Mask]:
    return [_over(op.window, mask, node.inputs[0].shape[1:-1])]


_SOURCES: dict[type[ops.Op], Rule] = {
    movement.Reshape: _moved,
    movement.StopGradient: _moved,
    movement.BroadcastTo: _moved,
    movement.Transpose: _moved,
    movement.Concatenate: _moved,
    movement.Slice: _moved,
    movement.Pad: _moved,
    movement.Gather: _moved,
    movement.Pack: _moved,
}

RULES: dict[type[ops.Op], Rule] = {
    **_SOURCES,
    ops.Elementwise: _elementwise,
    ops.ReduceSum: _spread,
    ops.ReduceMax: _spread,
    ops.ArgMax: _arg_max,
    ops.OneHot: _one_hot,
    ops.Matmul: _matmul,
    movement.ScatterAdd: _scattered,
    movement.GatherAt: _at_places,
    movement.ScatterAddAt: _at_places,
    windows.Convolution: _convolution,
    windows.ConvolutionInputGradient: _transposed,
    windows.MaxPool: _pool,
    windows.AveragePool: _pool,
    windows.MaxPoolGradient: _unpooled,
    windows.MaxPoolSelect: _selected,
    windows.AveragePoolGradient: _shared,
}
