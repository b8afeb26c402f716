"""What several operations of a model make up that ONNX has as one, and what of all operations the outputs need."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from pellucid.conversion.onnx.patterns import Found, found
from pellucid.conversion.onnx.sizes import Item, Key, Sized
from pellucid.graph import movement, ops


class Wholes:
    """How a model's operations are to be written.

    Attributes:
        means: sums that are divided by how many were summed.
        same: the divisions of these, by number, with what is the same as their result: the sum, written as a mean.
        softmaxes: the results of softmax, with what they are computed from.
        wholes: compositions that are written as one, by the number of the operation that they end with.
        needed: the numbers of the operations that are written, in order; inputs always are.
        uses: by how many of them a result is needed, the model's outputs counted.
    """

    def __init__(self, program: Sized) -> None:
        self._items = program.items
        self.means: set[Item] = set()
        self.same: dict[int, Key] = {}
        users = Counter(key for item in program.items for key in item.inputs)
        for number, item in enumerate(program.items):
            total = _summed(program, item, users)
            if total is not None:
                self.same[number] = item.inputs[0]
                self.means.add(total)
        self.softmaxes = _softmaxes(program)
        wholes = ((number, found(program.items, number)) for number in range(len(program.items)))
        self.wholes: dict[int, Found] = {number: whole for number, whole in wholes if whole is not None}
        self.needed = self._found(program)
        sources = [key for number in self.needed for key in self.sources(number)]
        self.uses = Counter([*sources, *(key for key, _ in program.outputs)])

    def sources(self, number: int) -> Sequence[Key]:
        """What an operation needs, as it is written."""
        if (number, 0) in self.softmaxes:
            return [self.softmaxes[number, 0]]
        if number in self.wholes:
            return [key for key in self.wholes[number].inputs if key is not None]
        return [self.same[number]] if number in self.same else self._items[number].inputs

    def _found(self, program: Sized) -> list[int]:
        found = {number for number, item in enumerate(program.items) if isinstance(item.op, ops.Input)}
        stack = [number for (number, _), _ in program.outputs]
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack.extend(source for source, _ in self.sources(number))
        return sorted(found)


def _summed(program: Sized, item: Item, users: Mapping[Key, int]) -> Item | None:
    """The sum that an operation divides by how many were summed, if it does that."""
    if item.op != ops.Elementwise("divide"):
        return None
    key, (divisor, _) = item.inputs
    while isinstance(program.items[key[0]].op, movement.Reshape) and users[key] == 1:
        (key,) = program.items[key[0]].inputs
    total = program.items[key[0]]
    if not isinstance(total.op, ops.ReduceSum) or users[key] != 1 or not total.is_settled:
        return None
    axes = total.op.axes
    counts = [math.prod(shape[axis] for axis in axes) for shape in total.input_shapes(0)]
    values = [node.op.value if isinstance(node.op, ops.Constant) else None for node in program.items[divisor].nodes]
    return total if counts == values else None


def _softmaxes(program: Sized) -> dict[Key, Key]:
    places = {item.nodes[0]: number for number, item in enumerate(program.items)}
    used = [tensor for item in program.items for tensor in item.nodes[0].inputs]
    return {
        (places[tensor.node], tensor.index): (places[tensor.logits.node], tensor.logits.index)
        for tensor in (*used, *(tensor for _, tensor in program.outputs))
        if tensor.link == "softmax" and tensor.logits is not None
    }
