"""Does a plan let anyone read what is not, or no longer, there? Found out by following it with labels for numbers.

Each element of each tensor has a label of its own, and memory holds the labels of what was last written. Every read
must find the labels of the tensor that it wants. Nothing of the planner is used but its result.
"""

from __future__ import annotations

import math

import numpy as np

from checks.mismatch import Mismatch
from pellucid.graph import Node, Plan, Tensor, movement, ops
from pellucid.graph.plan import ARENA, Place

POISON = 0


def old_state(offset: int, size: int) -> np.ndarray:
    """The labels of a state before the run: each element has its own."""
    return -1 - np.arange(offset, offset + size)


class Memory:
    """The labels of all memory that a plan uses."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.labels: dict[tuple[Node, int], np.ndarray] = {}
        self.used = POISON + 1
        self.arrays = {ARENA: np.full(plan.arena_size, POISON)}
        ends: dict[str, int] = {}
        spans = [
            (plan.places[node, tensor.index], math.prod(tensor.shape))
            for node in plan.graph.nodes
            for tensor in node.outputs
            if (node, tensor.index) in plan.places
        ]
        for place, size in [*spans, *((copy.target, copy.size) for copy in plan.copies)]:
            ends[place.base] = max(ends.get(place.base, 0), place.offset + size)
        for base, end in ends.items():
            if base != ARENA:
                self.arrays[base] = old_state(0, end) if base.startswith("state:") else np.full(end, POISON)

    def begin_again(self) -> None:
        """What the run has left in the states is what the next one finds there."""
        for base, array in self.arrays.items():
            if base.startswith("state:"):
                array[:] = old_state(0, array.size)

    def fresh(self, size: int) -> np.ndarray:
        """Labels that nothing else has."""
        self.used += size
        return np.arange(self.used - size, self.used)

    def span(self, place: Place, size: int) -> np.ndarray:
        """The labels of so many elements from a place on."""
        labels = self.arrays[place.base][place.offset : place.offset + size]
        if not (place.offset >= 0 and labels.size == size):
            raise Mismatch(f"{place} reaches beyond its array")
        return labels

    def read(self, tensor: Tensor, reader: str) -> None:
        """Raise unless the tensor is where the plan says."""
        found = self.span(self.plan.place(tensor), math.prod(tensor.shape))
        wanted = self.labels[tensor.node, tensor.index]
        if not (found == wanted).all():
            raise Mismatch(f"{reader} reads {describe(tensor)}, which is not (or no longer) there")

    def write(self, tensor: Tensor, place: Place) -> None:
        """Put a tensor where the plan says."""
        self.span(place, math.prod(tensor.shape))[:] = self.labels[tensor.node, tensor.index]


def describe(tensor: Tensor) -> str:
    """The tensor in words."""
    op = tensor.node.op
    return f"result {tensor.index} of {getattr(op, 'function', type(op).__name__)}, {tensor.shape}"


def check_plan(plan: Plan) -> None:
    """Follow the plan; raise `Mismatch` where a read finds other numbers, or an operation its own result.

    Where something is fixed, as an engine would run it: all that is fixed first, and a second run without it.
    """
    memory = Memory(plan)
    fixed = [node for node in plan.graph.nodes if node in plan.fixed]
    others = [node for node in plan.graph.nodes if node not in plan.fixed]
    _follow([*fixed, *others], memory)
    if fixed:
        memory.begin_again()
        _follow(others, memory)


def _follow(nodes: list[Node], memory: Memory) -> None:
    plan = memory.plan
    for node in nodes:
        for tensor in node.outputs:
            memory.labels[node, tensor.index] = _labels(node, tensor, memory)
        if isinstance(node.op, ops.Input):
            memory.write(node.outputs[0], plan.place(node.outputs[0]))
        elif isinstance(node.op, movement.Alias):
            if plan.place(node.outputs[0]) != plan.place(node.inputs[0]):
                raise Mismatch("an alias lies elsewhere than its input")
        elif not isinstance(node.op, ops.Parameter | ops.Update):
            _compute(node, memory)
    for copy in plan.copies:
        memory.span(copy.target, copy.size)[:] = memory.span(copy.source, copy.size).copy()
    _check_results(memory)


def _labels(node: Node, tensor: Tensor, memory: Memory) -> np.ndarray:
    """What a result consists of: old values of a state, those of the operands (an alias, a pack), or new ones."""
    parts = [memory.labels[source.node, source.index] for source in node.inputs]
    match node.op:
        case ops.Parameter(offset=offset):
            return old_state(offset, math.prod(tensor.shape))
        case movement.Alias():
            return parts[0]
        case movement.Pack(offsets=offsets):
            labels = memory.fresh(math.prod(tensor.shape))
            for offset, part in zip(offsets, parts, strict=True):
                labels[offset : offset + part.size] = part
            return labels
    return memory.fresh(math.prod(tensor.shape))


def _compute(node: Node, memory: Memory) -> None:
    plan = memory.plan
    in_settings = isinstance(node.op, ops.Chain | movement.BroadcastTo)
    read = [t for t in node.inputs if not (in_settings and isinstance(t.node.op, ops.Constant))]
    for tensor in read:
        memory.read(tensor, describe(node.outputs[0]))
    for tensor in node.outputs:
        if (node, tensor.index) not in plan.places:
            assert isinstance(node.op, ops.Constant), f"{describe(tensor)} has no place"
            continue
        for source in read:
            _check_apart(node, tensor, source, plan)
        memory.write(tensor, plan.place(tensor))
    for tensor in node.outputs:
        if (node, tensor.index) in plan.places:
            memory.read(tensor, "whoever comes next")


def _check_apart(node: Node, result: Tensor, source: Tensor, plan: Plan) -> None:
    """A result lies on an operand only where element meets element (a chain), or on purpose (a pack)."""
    here, there = plan.place(result), plan.place(source)
    sizes = math.prod(result.shape), math.prod(source.shape)
    if here.base != there.base or here.offset >= there.offset + sizes[1] or there.offset >= here.offset + sizes[0]:
        return
    match node.op:
        case ops.Chain(shape=shape, results=results):
            meets = here == there and source.shape == shape and result.index < len(results)
        case movement.Pack(offsets=offsets):
            parts = zip(offsets, node.inputs, strict=True)
            own = [offset for offset, part in parts if plan.place(part) == there and math.prod(part.shape) == sizes[1]]
            meets = there.offset - here.offset in own  # its own part, or a part that is another view of it
        case _:
            meets = False
    if not meets:
        raise Mismatch(f"{describe(result)} overwrites its operand {describe(source)} while it is read")


def _check_results(memory: Memory) -> None:
    graph = memory.plan.graph
    for name, tensor in graph.outputs.items():
        labels = memory.arrays[f"output:{name}"]
        if not (labels == memory.labels[tensor.node, tensor.index]).all():
            raise Mismatch(f"output {name!r} holds something else")
    for node in graph.nodes:
        if isinstance(node.op, ops.Update):
            (value,) = node.inputs
            found = memory.span(Place(f"state:{node.op.state}", node.op.offset), math.prod(value.shape))
            wanted = memory.labels[value.node, value.index]
            if not (found == wanted).all():
                raise Mismatch(f"the update of {node.op.state!r} does not arrive")
