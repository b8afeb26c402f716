"""Joining elementwise nodes into chains, so that what lies between them never reaches memory."""

from __future__ import annotations

import heapq

from pellucid.graph import ops
from pellucid.graph.rewriter import Key, Rewriter, consumers_of, eliminate_dead, output_keys
from pellucid.graph.tensor import Graph, Node, Tensor

# Limits of one chain. Each step holds a block of values, and together they should stay in the first-level cache; what
# an engine must take in inputs and outputs is bounded (native: 32 and 16).
MAX_STEPS, MAX_INPUTS, MAX_OUTPUTS = 48, 32, 16


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
        """Let each elementwise node join a consumer of its shape where no cycle arises; last nodes first."""
        for node in reversed(self.nodes):
            mine = self.number[node]
            readers = {
                self.of(reader)
                for index in range(len(node.outputs))
                for reader in self.consumers.get((node, index), [])
            }
            behind = 0
            for reader in readers:
                behind |= self.reach[reader] | 1 << reader
            self.reach[mine] = behind
            self.members[mine] = [node]
            if isinstance(node.op, ops.Elementwise):
                home = next((group for group in sorted(readers) if self._can_join(node, group, readers)), None)
                if home is not None:
                    self._join(node, home, behind)

    def _can_join(self, node: Node, group: int, readers: set[int]) -> bool:
        members = self.members[group]
        return (
            isinstance(members[0].op, ops.Elementwise)
            and members[0].outputs[0].shape == node.outputs[0].shape
            and self._within_limits([*members, node])
            and not any(self.reach[other] >> group & 1 for other in readers if other != group)
        )

    def _within_limits(self, members: list[Node]) -> bool:
        sizes = len(members), len(_chain_inputs(members)), len(self.stored(members))
        return all(size <= most for size, most in zip(sizes, (MAX_STEPS, MAX_INPUTS, MAX_OUTPUTS), strict=True))

    def stored(self, members: list[Node]) -> list[Node]:
        """The members whose results somebody outside needs."""
        inside = set(members)
        return [
            node
            for node in members
            if (node, 0) in self.kept or any(reader not in inside for reader in self.consumers.get((node, 0), []))
        ]

    def _join(self, node: Node, group: int, behind: int) -> None:
        mine = self.number[node]
        self.group[mine] = group
        self.members[group].append(node)
        del self.members[mine]
        self.reach[group] |= behind & ~(1 << group)
        for other in self.members:
            if self.reach[other] >> group & 1:
                self.reach[other] |= self.reach[group]

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
    """Join elementwise nodes of one shape, producer with consumer, into `Chain` nodes.

    A chain reads each input once, keeps what lies between in registers, and stores only what others need. A
    `BroadcastTo` before a chain is read through, so the repeated values are never stored.
    """
    groups = _Groups(graph)
    groups.grow()
    rewrite = Rewriter(graph)
    for members in groups.in_order():
        if isinstance(members[0].op, ops.Elementwise):
            stored = groups.stored(members)
            if stored:
                _emit_chain(rewrite, members, stored)
        else:
            rewrite.copy(members[0])
    return eliminate_dead(rewrite.finish())


def _read_through(tensor: Tensor) -> Tensor:
    return tensor.node.inputs[0] if isinstance(tensor.node.op, ops.BroadcastTo) else tensor


def _chain_inputs(members: list[Node]) -> dict[Key, Tensor]:
    """What a chain of these nodes reads from outside, each once."""
    inside = set(members)
    inputs: dict[Key, Tensor] = {}
    for node in members:
        for tensor in map(_read_through, node.inputs):
            if tensor.node not in inside:
                inputs.setdefault((tensor.node, tensor.index), tensor)
    return inputs


def _emit_chain(rewrite: Rewriter, members: list[Node], stored: list[Node]) -> None:
    inputs = _chain_inputs(members)
    numbers = {key: number for number, key in enumerate(inputs)}
    numbers.update({(node, 0): len(inputs) + number for number, node in enumerate(members)})
    steps = tuple(
        ops.Step(node.op.function, tuple(numbers[t.node, t.index] for t in map(_read_through, node.inputs)))
        for node in members
        if isinstance(node.op, ops.Elementwise)
    )
    results = tuple(members.index(node) for node in stored)
    chain = ops.Chain(members[0].outputs[0].shape, steps, results)
    rewrite.emit(chain, inputs.values(), stored[-1].name, [(node, 0) for node in stored])
