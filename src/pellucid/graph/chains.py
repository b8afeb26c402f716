"""Joining elementwise nodes into chains, so that what lies between them never reaches memory.

Sums over all axes but the last (the gradient of a bias, the statistics of a normalisation) join the chain that computes
what they add up.
"""

from __future__ import annotations

import heapq
import math

from pellucid.graph import movement, ops
from pellucid.graph.rewriter import Key, Rewriter, consumers_of, eliminate_dead, output_keys
from pellucid.graph.tensor import Graph, Node, Tensor

# Limits of one chain. Each step holds a block of values, and together they should stay in the first-level cache; what
# an engine must take in inputs, outputs and sums is bounded (native: 32, 16 and 8).
MAX_STEPS, MAX_INPUTS, MAX_OUTPUTS, MAX_SUMS = 48, 32, 16, 8

# What an engine can sum in a chain (native/include/elementwise.h): rows of up to so many numbers, where the blocks that
# keep to rows have at most as many, and those of all values that a chain holds together so many.
MAX_SUM_COLUMNS, MAX_ROW_FLOATS = 1024, 8192
VECTOR, SMALLEST_BLOCK, LONG_ROW = 16, 64, 256


def row_block(columns: int) -> int:
    """The smallest block that keeps to rows of so many numbers: a part of a long row, or rows that fill vectors."""
    if columns > LONG_ROW and columns % VECTOR == 0:
        vectors, parts = columns // VECTOR, -(-columns // LONG_ROW)
        return -(-vectors // parts) * VECTOR
    rows = math.lcm(columns, VECTOR)
    return -(-SMALLEST_BLOCK // rows) * rows


def is_column_sum(node: Node) -> bool:
    """Whether a node sums over all axes but the last, in a width that a chain can sum."""
    if not isinstance(node.op, ops.ReduceSum):
        return False
    shape = node.inputs[0].shape
    columns = shape[-1] if shape else 0
    fits = 0 < columns <= MAX_SUM_COLUMNS and row_block(columns) <= MAX_SUM_COLUMNS
    return fits and tuple(node.op.axes) == tuple(range(len(shape) - 1)) != ()


class _Groups:
    """A partition of the nodes into groups that are computed in one go, kept free of cycles.

    Sets of groups are bit masks. `reach[g]` holds the groups that depend on group `g`, directly or not.
    """

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.consumers, self.kept = consumers_of(graph), output_keys(graph)
        self.number = {node: number for number, node in enumerate(graph.nodes)}
        self.group = list(range(len(graph.nodes)))
        self.members: dict[int, list[Node]] = {}
        self.reach = [0] * len(graph.nodes)

    def of(self, node: Node) -> int:
        return self.group[self.number[node]]

    def grow(self) -> None:
        """Let each elementwise node join consumers of its shape, and readers of one array each other; last nodes first.

        Never where a cycle would arise: a chain is computed in one go.
        """
        for node in reversed(self.nodes):
            mine = self.number[node]
            readers = self._readers([node])
            behind = 0
            for reader in readers:
                behind |= self.reach[reader] | 1 << reader
            self.reach[mine] = behind
            self.members[mine] = [node]
            if isinstance(node.op, ops.Elementwise):
                self._join_all([mine, *sorted(readers)])
            elif len(node.outputs) == 1:
                shape = node.outputs[0].shape
                self._join_all([group for group in sorted(readers) if _shape(self.members[group]) == shape])

    def _join_all(self, groups: list[int]) -> None:
        """Join the first with the second, then what has become of them with the third, and so on, where possible."""
        if not groups:
            return
        mine = groups[0]
        for group in groups[1:]:
            if group in self.members and self._can_join(mine, group):
                self._join(mine, group)
                mine = group

    def _readers(self, members: list[Node]) -> set[int]:
        """The groups that read what these nodes compute."""
        return {
            self.of(reader)
            for node in members
            for index in range(len(node.outputs))
            for reader in self.consumers.get((node, index), [])
        }

    def _can_join(self, mine: int, reader: int) -> bool:
        """Whether a group can be computed together with one that reads it, or that reads what it reads."""
        if mine == reader or not _is_chain(self.members[reader]) or not _is_chain(self.members[mine]):
            return False
        together = [*self.members[mine], *self.members[reader]]
        sums = {node for node in self.members[mine] if is_column_sum(node)}  # complete only when the chain has run
        return (
            not any(tensor.node in sums for node in self.members[reader] for tensor in node.inputs)
            and _shape(self.members[mine]) == _shape(self.members[reader])
            and self._within_limits(together)
            and not self.reach[reader] >> mine & 1
            and not any(self.reach[other] >> reader & 1 for other in self._readers(self.members[mine]) - {mine, reader})
        )

    def _within_limits(self, members: list[Node]) -> bool:
        steps, sums = _split(members)
        inputs = _chain_inputs(steps, sums)
        sizes = len(steps), len(inputs), len(self.stored(members)), len(sums)
        limits = (MAX_STEPS, MAX_INPUTS, MAX_OUTPUTS, MAX_SUMS)
        if not steps:
            return False
        rows = (len(steps) + len(inputs)) * row_block(sums[0].outputs[0].shape[-1]) if sums else 0
        return rows <= MAX_ROW_FLOATS and all(size <= most for size, most in zip(sizes, limits, strict=True))

    def stored(self, members: list[Node]) -> list[Node]:
        """The elementwise members whose results somebody outside needs."""
        inside = set(members)
        return [
            node
            for node in members
            if isinstance(node.op, ops.Elementwise)
            and ((node, 0) in self.kept or any(reader not in inside for reader in self.consumers.get((node, 0), [])))
        ]

    def _join(self, mine: int, reader: int) -> None:
        """Let the group `mine` become part of the group `reader`."""
        for node in self.members[mine]:
            self.group[self.number[node]] = reader
        self.members[reader] += self.members.pop(mine)
        self.reach[reader] = (self.reach[reader] | self.reach[mine]) & ~(1 << reader)
        self.reach[mine] = 0
        reached, told = self.reach[reader] | 1 << reader, [reader]
        while told:  # those that a group depends on reach what it reaches
            for source in self._sources(told.pop()):
                if self.reach[source] | reached != self.reach[source]:
                    self.reach[source] |= reached
                    told.append(source)

    def _sources(self, group: int) -> set[int]:
        """The groups so far that a group reads."""
        found = {self.of(tensor.node) for node in self.members[group] for tensor in node.inputs} - {group}
        return {source for source in found if source in self.members}

    def in_order(self) -> list[list[Node]]:
        """The groups in an order in which each comes after those it reads, as near to the old order as can be."""
        waiting: dict[int, set[int]] = {}
        readers: dict[int, set[int]] = {}
        for group, members in self.members.items():
            sources = {self.of(tensor.node) for node in members for tensor in node.inputs} - {group}
            waiting[group] = sources
            for source in sources:
                readers.setdefault(source, set()).add(group)
        ready = [group for group, sources in waiting.items() if not sources]
        heapq.heapify(ready)
        order = []
        while ready:
            group = heapq.heappop(ready)
            order.append(sorted(self.members[group], key=self.number.__getitem__))
            for reader in readers.get(group, ()):
                waiting[reader].discard(group)
                if not waiting[reader]:
                    heapq.heappush(ready, reader)
        return order


def fuse_elementwise(graph: Graph) -> Graph:
    """Join elementwise nodes of one shape, producer with consumer, into `Chain` nodes, and sums with what they add up.

    A chain reads each input once, keeps what lies between in registers, and stores only what others need. A
    `BroadcastTo` before a chain is read through, so the repeated values are never stored.
    """
    graph = eliminate_dead(graph)
    groups = _Groups(graph)
    groups.grow()
    rewrite = Rewriter(graph)
    for members in groups.in_order():
        steps, sums = _split(members)
        if not steps:
            rewrite.copy(members[0])
        elif sums or groups.stored(members):
            _emit_chain(rewrite, steps, groups.stored(members), sums)
    return eliminate_dead(rewrite.finish())  # broadcasts that are read through


def _split(members: list[Node]) -> tuple[list[Node], list[Node]]:
    """The elementwise members, and the sums."""
    steps = [node for node in members if isinstance(node.op, ops.Elementwise)]
    return steps, [node for node in members if is_column_sum(node)]


def _is_chain(members: list[Node]) -> bool:
    return isinstance(members[0].op, ops.Elementwise) or is_column_sum(members[0])


def _shape(members: list[Node]) -> ops.Shape:
    """Of what a chain computes; of what it adds up, where it is a sum so far."""
    first = members[0]
    if is_column_sum(first):
        return first.inputs[0].shape
    return first.outputs[0].shape if first.outputs else ()


def _read_through(tensor: Tensor) -> Tensor:
    return tensor.node.inputs[0] if isinstance(tensor.node.op, movement.BroadcastTo) else tensor


def _chain_inputs(steps: list[Node], sums: list[Node]) -> dict[Key, Tensor]:
    """What a chain of these nodes reads from outside, each once."""
    inside = set(steps)
    read = [_read_through(tensor) for node in steps for tensor in node.inputs] + [node.inputs[0] for node in sums]
    return {(tensor.node, tensor.index): tensor for tensor in read if tensor.node not in inside}


def _emit_chain(rewrite: Rewriter, members: list[Node], stored: list[Node], sums: list[Node]) -> None:
    inputs = _chain_inputs(members, sums)
    numbers = {key: number for number, key in enumerate(inputs)}
    steps: dict[ops.Step, int] = {}  # equal steps are one: `recompute` makes copies
    for node in members:
        assert isinstance(node.op, ops.Elementwise)
        operands = tuple(numbers[t.node, t.index] for t in map(_read_through, node.inputs))
        step = ops.Step(node.op.function, operands)
        numbers[node, 0] = len(inputs) + steps.setdefault(step, len(steps))
    results = tuple(numbers[node, 0] - len(inputs) for node in stored)
    summed = tuple(numbers[node.inputs[0].node, node.inputs[0].index] for node in sums)
    chain = ops.Chain(members[0].outputs[0].shape, tuple(steps), results, summed)
    last = (stored or sums)[-1]
    rewrite.emit(chain, inputs.values(), last.name, [(node, 0) for node in [*stored, *sums]])


MAX_AGAIN = 5  # steps that are taken again rather than that their result is stored and read
_CHEAP = frozenset({"negative", "absolute", "relu", "add", "subtract", "multiply", "maximum", "minimum", "where"})
_CHEAP |= {"greater", "greater_equal", "equal"}


def recompute(graph: Graph) -> Graph:
    """Let each reader of a value compute it itself where that takes a few cheap steps from one array in memory.

    Reading x and subtracting a mean costs what reading the difference costs, and the difference need not be written.
    Only values that nothing but chains read are worth it: others are stored anyway.
    """
    again = _taken_again(graph)
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if node not in again:
            for tensor in node.inputs:
                _compute_again(tensor.node, again, rewrite)
            rewrite.copy(node)
    return rewrite.finish()


def _taken_again(graph: Graph) -> set[Node]:
    """The values with several readers that are a few cheap steps away from memory, and the steps on the way."""
    consumers, kept = consumers_of(graph), output_keys(graph)
    readers = {node: consumers.get((node, 0), []) for node in graph.nodes}
    distance: dict[Node, int] = {}  # from memory
    for node in graph.nodes:
        far = 1 + max((distance.get(tensor.node, 0) for tensor in node.inputs), default=0)
        in_chains = all(isinstance(reader.op, ops.Elementwise) or is_column_sum(reader) for reader in readers[node])
        if _is_cheap(node) and far <= MAX_AGAIN and (node, 0) not in kept and in_chains:
            distance[node] = far
    again: set[Node] = set()
    for node in reversed(graph.nodes):
        if node in distance and (len(readers[node]) > 1 or again.issuperset(readers[node])):
            again.add(node)
    return again


def _is_cheap(node: Node) -> bool:
    """An elementwise step with one operand of its own size; the others are numbers, or a few for many elements."""
    if not isinstance(node.op, ops.Elementwise) or node.op.function not in _CHEAP:
        return False
    size = math.prod(node.outputs[0].shape)
    small = [math.prod(_read_through(tensor).shape) < size for tensor in node.inputs]
    return size > 1 and small.count(False) == 1


def _compute_again(node: Node, again: set[Node], rewrite: Rewriter) -> None:
    if node in again:
        for tensor in node.inputs:
            _compute_again(tensor.node, again, rewrite)
        rewrite.copy(node)
