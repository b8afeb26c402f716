"""The numbers of a layer, computed where they are asked for: one sum of a convolution, not all of its maps.

Whoever explains one value reads one sum of a convolution, and what is made of it. All else, and whatever needs many
sums (a normalisation, a softmax), is computed as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.engines.reference import FUNCTIONS, IMPLEMENTATIONS
from pellucid.graph import Node, ops, windows
from pellucid.inspection.addresses import MOVEMENTS, Index, Place, broadcast_place, moved_from
from pellucid.inspection.emitted import EmittedLayer
from pellucid.models import Model

__all__ = ["ElementValues"]

_FEW = 100_000  # products up to which a convolution is computed as a whole


class ElementValues(Mapping[tuple[Node, int], Any]):
    """The numbers of each tensor of a layer in float64, by its node and its number among the node's results.

    Args:
        emitted: the layer.
        model: that it is a part of.
        inputs: what it is given.
    """

    def __init__(self, emitted: EmittedLayer, model: Model, inputs: list[np.ndarray]) -> None:
        self._late: set[Node] = set()
        for node in emitted.graph.nodes:
            is_late = any(tensor.node in self._late for tensor in node.inputs)
            if is_late or (isinstance(node.op, windows.Convolution) and _products(node) > _FEW):
                self._late.add(node)
        self._keys = [(node, tensor.index) for node in emitted.graph.nodes for tensor in node.outputs]
        early = [tensor for node in emitted.graph.nodes if node not in self._late for tensor in node.outputs]
        self._whole: dict[tuple[Node, int], np.ndarray] = dict(emitted.values_of(early, model, inputs))
        self._elements: dict[tuple[Node, int, Index], float] = {}

    def __getitem__(self, key: tuple[Node, int]) -> Any:
        return _LateArray(self, key) if key[0] in self._late and key not in self._whole else self._whole[key]

    def __iter__(self) -> Iterator[tuple[Node, int]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def whole(self, node: Node, number: int) -> np.ndarray:
        """All numbers of a tensor."""
        if (node, number) not in self._whole:
            found: Any = IMPLEMENTATIONS[type(node.op)](node.op, *(self.whole(t.node, t.index) for t in node.inputs))
            results = found if isinstance(found, tuple) else (found,)
            self._whole.update({(node, index): np.asarray(value) for index, value in enumerate(results)})
        return self._whole[node, number]

    def element(self, node: Node, number: int, index: Index) -> float:
        """One number of a tensor."""
        if (node, number) in self._whole:
            return float(self._whole[node, number][index])
        key = (node, number, index)
        if key not in self._elements:
            self._elements[key] = self._computed(node, number, index)
        return self._elements[key]

    def _computed(self, node: Node, number: int, index: Index) -> float:
        if isinstance(node.op, windows.Convolution):
            x, kernel = (self.whole(tensor.node, tensor.index) for tensor in node.inputs)
            return _sum_at(node.op, x, kernel, index)
        place = Place(node.outputs[number], index)
        if isinstance(node.op, ops.Elementwise):
            operands = [self._at(broadcast_place(tensor, index)) for tensor in node.inputs]
            with np.errstate(all="ignore"):
                return float(FUNCTIONS[node.op.function](*map(np.float64, operands)))
        if type(node.op) in MOVEMENTS and place.inside:
            before = moved_from(place)
            if before is not None:
                return self._at(before)
        return float(self.whole(node, number)[index])

    def _at(self, place: Place) -> float:
        return self.element(place.tensor.node, place.tensor.index, place.index) if place.inside else 0.0


class _LateArray:
    """Stands for the numbers of a tensor: computes one that is asked for, or all where an array is wanted."""

    def __init__(self, values: ElementValues, key: tuple[Node, int]) -> None:
        self._values, self._key = values, key

    def __getitem__(self, index: Index) -> float:
        return self._values.element(*self._key, tuple(index))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._values.whole(*self._key), dtype=dtype)


def _products(node: Node) -> int:
    kernel, y = node.inputs[1].shape, node.outputs[0].shape
    return math.prod(y[:-1]) * math.prod(kernel)


def _sum_at(op: windows.Convolution, x: np.ndarray, kernel: np.ndarray, index: Index) -> float:
    """One sum of products, by its definition; what lies outside the input is zero."""
    sample, *places, number = index
    width = kernel.shape[-2]
    first = number // (kernel.shape[-1] // op.groups) * width
    taps, read = [], []
    for axis, place in enumerate(places):
        sources = [op.window.source(axis, place, tap) for tap in range(op.window.size[axis])]
        inside = [(tap, source) for tap, source in enumerate(sources) if 0 <= source < x.shape[1 + axis]]
        taps.append([tap for tap, _ in inside])
        read.append([source for _, source in inside])
    patch = x[sample][..., first : first + width][np.ix_(*read)]
    return float(np.sum(patch * kernel[..., number][np.ix_(*taps)]))
