"""What a model computes for batches and images of any size, found by laying several of its graphs side by side.

A graph has numbers where a file has names: the sizes that a model leaves open. The model is emitted for several sizes;
what is the same in all graphs is a number of the file, what follows the sizes is left open there, and all else depends
on the size, so that no file can say it: it is refused by the name of the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

import numpy as np

from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Graph, Node, Tensor
from pellucid.graph.movement import Gather, ScatterAdd
from pellucid.graph.ops import Literal, Op, Shape
from pellucid.network import Network, forward_graph

BATCHES = (23, 41)  # numbers that a model hardly has among its constants: equal ones share a place in a graph
BASES = (32, 64, 96, 160, 320)
"""Sizes to be tried for axes that are left open, the first that the model can take; each a multiple of 32."""
STEPS = (1, 2, 4, 8, 16, 32, 37)
"""By how much these are varied: so that stages that halve a size five times meet an odd one."""

Key = tuple[int, int]
Made = TypeVar("Made")


class Item(Frozen, eq=False):
    """One operation of the model, as it stands in each of the graphs.

    Attributes:
        nodes: in each graph; the first is the one that speaks.
        inputs: where its inputs come from: the number of an item, and which of its results.
    """

    nodes: tuple[Node, ...]
    inputs: tuple[Key, ...]

    @property
    def op(self) -> Op:
        """The operation in the first graph."""
        return self.nodes[0].op

    @property
    def label(self) -> str:
        """The layer that it belongs to, as messages begin."""
        return self.nodes[0].name or "the model"

    def shapes(self, output: int = 0) -> list[Shape]:
        """The shape of a result, in each graph."""
        return [node.outputs[output].shape for node in self.nodes]

    def input_shapes(self, number: int) -> list[Shape]:
        """The shape of an input, in each graph."""
        return [node.inputs[number].shape for node in self.nodes]

    def settled(self, of: Callable[[Op], Made]) -> Made:
        """A setting that is the same in all graphs; raises `ArgumentError` where it depends on the size."""
        first, *others = (of(node.op) for node in self.nodes)
        if any(other != first for other in others):
            raise self.too_open(f"its {type(self.op).__name__}")
        return first

    @property
    def is_settled(self) -> bool:
        """Whether the operation is the same in all graphs."""
        return all(_same(self.op, node.op) for node in self.nodes[1:])

    def check_settled(self) -> None:
        """Raise `ArgumentError` where the operation depends on the size."""
        if not self.is_settled:
            raise self.too_open(f"its {type(self.op).__name__}")

    def refusal(self, why: str) -> ArgumentError:
        """The error that says what cannot be written."""
        return ArgumentError(f"{self.label} cannot be written as ONNX: {why}")

    def too_open(self, what: str) -> ArgumentError:
        """The error for what depends on a size that is open."""
        return self.refusal(
            f"{what} depends on the size of the input; give sizes: export(path, format='onnx', batch_size=1, "
            "input_shape=(rows, columns, channels))"
        )


def _same(first: Op, other: Op) -> bool:
    """Whether two operations are the same, arrays that they hold included."""
    if type(first) is not type(other):
        return False
    if isinstance(first, Literal) and isinstance(other, Literal):
        return np.array_equal(first.values, other.values, equal_nan=True)
    if isinstance(first, Gather | ScatterAdd) and isinstance(other, Gather | ScatterAdd):
        return first.axis == other.axis and np.array_equal(first.indices, other.indices)
    return first == other


class Sized(Frozen, eq=False):
    """The operations of a model in order, with the sizes that are open.

    Attributes:
        items: the operations.
        outputs: where the model's outputs come from, and the tensors that they are in the first graph.
        inputs: the shapes of the inputs, with a name for each open size.
    """

    items: tuple[Item, ...]
    outputs: tuple[tuple[Key, Tensor], ...]
    inputs: tuple[tuple[int | str, ...], ...]


def sized(network: Network, batch_size: int | None, shapes: Sequence[tuple[int | None, ...]]) -> Sized:
    """The operations of a network.

    Args:
        network: of the model.
        batch_size: of all runs; None leaves it open.
        shapes: of one sample of each input; None where a size stays open.

    Raises:
        ArgumentError: the model is another one for each size.
    """
    opened = sorted({axis for shape in shapes for axis, size in enumerate(shape) if size is None})
    batch = "batch" if batch_size is None else batch_size
    named = tuple(
        (batch, *(f"size_{axis + 1}" if size is None else size for axis, size in enumerate(shape))) for shape in shapes
    )
    return side_by_side(_graphs(network, batch_size, shapes, opened), named)


def side_by_side(graphs: Sequence[Graph], inputs: tuple[tuple[int | str, ...], ...]) -> Sized:
    """The operations of graphs of one model, with the shapes of its inputs; see `sized`."""
    first = graphs[0]
    places = [{node: number for number, node in enumerate(graph.nodes)} for graph in graphs]
    if len({len(graph.nodes) for graph in graphs}) > 1:
        raise ArgumentError(
            "the model has other operations for each size of its input, and cannot be written as ONNX with open "
            "sizes: give batch_size and input_shape"
        )
    items = []
    for nodes in zip(*(graph.nodes for graph in graphs), strict=True):
        wired = [
            tuple((place[tensor.node], tensor.index) for tensor in node.inputs)
            for node, place in zip(nodes, places, strict=True)
        ]
        item = Item(nodes, wired[0])
        if any(wires != wired[0] for wires in wired) or len({type(node.op) for node in nodes}) > 1:
            raise item.too_open("what it computes")
        items.append(item)
    outputs = tuple(((places[0][t.node], t.index), t) for t in first.outputs.values())
    return Sized(tuple(items), outputs, inputs)


def _graphs(
    network: Network, batch_size: int | None, shapes: Sequence[tuple[int | None, ...]], opened: Sequence[int]
) -> list[Graph]:
    """The graph of the network for its smallest sizes, and for others."""
    batch = batch_size or BATCHES[0]
    for base in BASES if opened else BASES[:1]:
        try:
            first = forward_graph(network, _filled(shapes, batch, dict.fromkeys(opened, base)))
        except ShapeError:
            if base == BASES[-1] or not opened:
                raise
            continue
        return [first, *_others(network, batch_size, shapes, dict.fromkeys(opened, base))]
    raise AssertionError("the last size returns or raises")


def _others(
    network: Network, batch_size: int | None, shapes: Sequence[tuple[int | None, ...]], sizes: dict[int, int]
) -> Iterator[Graph]:
    if batch_size is None:
        yield forward_graph(network, _filled(shapes, BATCHES[1], sizes))
    for axis, size in sizes.items():
        for step in STEPS:
            # What the model itself refuses, such as a size that cannot be halved, need not be in the file.
            with suppress(ShapeError):
                yield forward_graph(network, _filled(shapes, batch_size or BATCHES[0], sizes | {axis: size + step}))


def _filled(shapes: Sequence[tuple[int | None, ...]], batch: int, sizes: dict[int, int]) -> list[Shape]:
    return [(batch, *(sizes[axis] if n is None else n for axis, n in enumerate(shape))) for shape in shapes]
