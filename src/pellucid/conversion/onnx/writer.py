"""The file as it grows: nodes, constants, and in which order of axes each value stands.

The library keeps channels last, ONNX first. A value is brought into the other order where an operation asks for it, and
stays there as long as it can; a constant is written in the order that is needed.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pellucid.conversion.onnx.sizes import Item, Key
from pellucid.frozen import Frozen
from pellucid.graph.ops import Shape

LARGEST = 2**31 - 2**20  # bytes: what a file of Protocol Buffers can be


class Value(Frozen, eq=False):
    """A tensor of the model.

    Attributes:
        name: in the file; "" of a constant that is not there yet.
        shapes: as the model has it, in the graph of each size.
        is_first: whether it stands in the file with its channels before the spatial axes.
        array: the numbers of a constant, in the model's order, float64.
    """

    name: str
    shapes: tuple[Shape, ...]
    is_first: bool = False
    array: np.ndarray | None = None

    @property
    def shape(self) -> Shape:
        """In the first graph."""
        return self.shapes[0]

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def axis(self, number: int) -> int:
        """Where an axis of the model stands in the file."""
        if not self.is_first or number == 0:
            return number
        return 1 if number == self.rank - 1 else number + 1


def to_first(rank: int) -> list[int]:
    """The permutation that brings the channels from the last place to the second."""
    return [0, rank - 1, *range(1, rank - 1)]


def to_last(rank: int) -> list[int]:
    """The way back."""
    return [0, *range(2, rank), 1]


class Writer:
    """Collects what a file will hold.

    Args:
        opset: the version of ONNX's operations.

    Attributes:
        nodes: in order.
        constants: by name.
        values: what each result of an operation has become.
        truths: of a value that is 0 or 1 the name of the same as a truth value.
        uses: how many operations need a result.
        awaiting: nodes without a bias, by the name of their result: one may be added.
        means: the sums that are divided by how many were summed.
        inputs: of the model.
    """

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}
        self.values: dict[Key, Value] = {}
        self.uses: Counter[Key] = Counter()
        self.truths: dict[str, str] = {}
        self.awaiting: dict[str, NodeProto] = {}
        self.means: set[Item] = set()
        self.inputs: list[Value] = []
        self._turned: dict[tuple[str, bool], str] = {}
        self._known: dict[tuple[Any, ...], str] = {}
        self._used: set[str] = set()

    def fresh(self, wanted: str) -> str:
        """A name that nothing else has."""
        name, number = wanted, 0
        while name in self._used:
            number += 1
            name = f"{wanted}_{number}"
        self._used.add(name)
        return name

    def nodes_of(self, item: Item, kind: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """Add a node with several results; returns their names."""
        name = self.fresh(f"{short(item.label)}/{kind}")
        results = [name, *(self.fresh(f"{name}_{number}") for number in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, list(inputs), results, name=name, **attributes))
        return results

    def node(self, item: Item, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one result; returns its name."""
        return self.nodes_of(item, kind, inputs, 1, **attributes)[0]

    def constant(self, values: Any, dtype: type = np.float32) -> str:
        """The name of a constant of the file; equal ones are kept once."""
        array = np.ascontiguousarray(np.asarray(values, dtype)).reshape(np.shape(values))
        key = (array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self._known:
            name = self._known[key] = self.fresh(f"constant_{len(self.constants)}")
            self.constants[name] = numpy_helper.from_array(array, name)
        return self._known[key]

    def whole(self, numbers: Sequence[int]) -> str:
        """The name of a constant list of whole numbers."""
        return self.constant(np.array(numbers, np.int64), np.int64)

    def last(self, item: Item, value: Value) -> str:
        """The name of a value in the model's order of axes."""
        if value.array is not None:
            return self.constant(value.array)
        return self._turn(item, value.name, to_last(value.rank), False) if value.is_first else value.name

    def first(self, item: Item, value: Value) -> str:
        """The name of a value with its channels first."""
        if value.array is not None:
            return self.constant(value.array.transpose(to_first(value.rank)))
        return value.name if value.is_first else self._turn(item, value.name, to_first(value.rank), True)

    def as_stored(self, value: Value) -> str:
        """The name of a value in the order in which it stands."""
        return value.name if value.array is None else self.constant(value.array)

    def _turn(self, item: Item, name: str, permutation: list[int], first: bool) -> str:
        if (name, first) not in self._turned:
            self._turned[name, first] = turned = self.node(item, "Transpose", name, perm=permutation)
            self._turned[turned, not first] = name
        return self._turned[name, first]

    def reduce(self, item: Item, kind: str, name: str, axes: Sequence[int], *, keepdims: bool) -> str:
        """Sums and maxima: the axes are an attribute in old versions, an input in new ones."""
        if self.opset >= 18 or kind == "ReduceSum":
            return self.node(item, kind, name, self.whole(axes), keepdims=int(keepdims))
        return self.node(item, kind, name, axes=list(axes), keepdims=int(keepdims))

    def prune(self, wanted: Sequence[str]) -> None:
        """Leave out nodes and constants that nothing needs."""
        needed, kept = set(wanted), []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        self.nodes = kept[::-1]
        self.constants = {name: tensor for name, tensor in self.constants.items() if name in needed}

    def rename(self, names: dict[str, str]) -> None:
        """Give values other names."""
        for node in self.nodes:
            for names_of in (node.input, node.output):
                names_of[:] = [names.get(name, name) for name in names_of]


def short(label: str) -> str:
    """The name of a layer out of its label.

    Example:
        >>> short('Conv2D "first"'), short("")
        ('first', 'model')
    """
    found = re.search(r'"(.+)"', label)
    return found[1] if found else label or "model"
