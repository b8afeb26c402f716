"""Where an element comes from that was only moved: reshaping, transposing, slicing and the like re-address numbers.

One rule per operation that moves; each says which element of which input stands at a place of the result. A place may
lie outside (where padding was added): it is followed as long as the axes tell where.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.graph import Node, Tensor, movement, ops

Index = tuple[int, ...]
Values = Mapping[tuple[Node, int], np.ndarray]
"""The numbers of each tensor, by its node and its number among the node's results."""


@dataclass(frozen=True, slots=True)
class Place:
    """One element of a tensor, or a place beside it: then a zero stands there."""

    tensor: Tensor
    index: Index

    @property
    def inside(self) -> bool:
        """Whether the tensor has such an element."""
        return all(0 <= place < size for place, size in zip(self.index, self.tensor.shape, strict=True))

    def value(self, values: Values) -> float:
        """The number there; 0 beside the tensor."""
        return float(values[self.tensor.node, self.tensor.index][self.index]) if self.inside else 0.0


Rule = Callable[[Any, Node, Index], Place | None]


def _reshape(op: movement.Reshape, node: Node, index: Index) -> Place | None:
    """Runs of axes with equal products correspond; where one axis stands for one, its index stays what it is."""
    (source,) = node.inputs
    found: list[int] = []
    for old, new in movement.runs(source.shape, op.shape):
        places, sizes = index[new.start : new.stop], op.shape[new.start : new.stop]
        if len(old) == len(new) == 1:
            found += places
        elif all(0 <= place < size for place, size in zip(places, sizes, strict=True)):
            number = int(np.ravel_multi_index(places, sizes)) if sizes else 0
            found += map(int, np.unravel_index(number, source.shape[old.start : old.stop]))
        else:
            return None
    return Place(source, tuple(found))


def _same(op: movement.StopGradient, node: Node, index: Index) -> Place:
    return Place(node.inputs[0], index)


def _transpose(op: movement.Transpose, node: Node, index: Index) -> Place:
    found = dict(zip(op.permutation, index, strict=True))
    return Place(node.inputs[0], tuple(found[axis] for axis in range(len(index))))


def _broadcast(op: movement.BroadcastTo, node: Node, index: Index) -> Place:
    return broadcast_place(node.inputs[0], index)


def broadcast_place(tensor: Tensor, index: Index) -> Place:
    """The element that stands at a place of a result to which the tensor is broadcast."""
    own = index[len(index) - tensor.rank :]
    return Place(tensor, tuple(0 if size == 1 else place for place, size in zip(own, tensor.shape, strict=True)))


def _concatenate(op: movement.Concatenate, node: Node, index: Index) -> Place:
    place = index[op.axis]
    for part in node.inputs[:-1]:
        if place < part.shape[op.axis]:
            break
        place -= part.shape[op.axis]
    else:
        part = node.inputs[-1]
    return Place(part, _replaced(index, op.axis, place))


def _slice(op: movement.Slice, node: Node, index: Index) -> Place:
    return Place(node.inputs[0], _replaced(index, op.axis, index[op.axis] + op.start))


def _pad(op: movement.Pad, node: Node, index: Index) -> Place:
    return Place(node.inputs[0], _replaced(index, op.axis, index[op.axis] - op.before))


def _gather(op: movement.Gather, node: Node, index: Index) -> Place | None:
    place = index[op.axis]
    if not 0 <= place < op.indices.size or op.indices[place] < 0:
        return None
    return Place(node.inputs[0], _replaced(index, op.axis, int(op.indices[place])))


def _pack(op: movement.Pack, node: Node, index: Index) -> Place | None:
    for offset, part in zip(op.offsets, node.inputs, strict=True):
        if 0 <= index[0] - offset < math.prod(part.shape):
            return Place(part, tuple(map(int, np.unravel_index(index[0] - offset, part.shape))))
    return None


def _replaced(index: Index, axis: int, place: int) -> Index:
    return (*index[:axis], place, *index[axis + 1 :])


MOVEMENTS: dict[type[ops.Op], Rule] = {
    movement.Reshape: _reshape,
    movement.StopGradient: _same,
    movement.Transpose: _transpose,
    movement.BroadcastTo: _broadcast,
    movement.Concatenate: _concatenate,
    movement.Slice: _slice,
    movement.Pad: _pad,
    movement.Gather: _gather,
    movement.Pack: _pack,
}


def moved_from(place: Place) -> Place | None:
    """One step back through an operation that moves; None where that put a zero of which no axis tells the place."""
    node = place.tensor.node
    return MOVEMENTS[type(node.op)](node.op, node, place.index)


def origin(place: Place) -> Place | None:
    """The element as it was computed, or handed in, before anything moved it; None where a zero was put in."""
    found: Place | None = place
    was_outside = False
    while found is not None and type(found.tensor.node.op) in MOVEMENTS:
        if not found.inside:
            was_outside = True
        found = moved_from(found)
    if found is not None and was_outside and found.inside:
        return None  # a zero that was put beside a part of a larger tensor
    return found
