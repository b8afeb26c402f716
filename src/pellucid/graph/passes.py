"""Rewriting a graph into one that computes the same with fewer passes over memory.

Each pass takes a graph and returns a new one; none changes a result beyond rounding. `optimize` applies them all.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from pellucid.graph import ops, windows
from pellucid.graph.tensor import Graph, Node, Tensor

Key = tuple[Node, int]

# Limits of one chain. Each step holds a block of values, and together they should stay in the first-level cache; what
# an engine must take in inputs and outputs is bounded (native: 32 and 16).
MAX_STEPS, MAX_INPUTS, MAX_OUTPUTS = 48, 32, 16


def optimize(graph: Graph) -> Graph:
    """All passes in order: drop what nobody needs, fuse convolutions, fuse elementwise chains."""
    return fuse_elementwise(fuse_convolution(eliminate_dead(graph)))


class _Rewriter:
    """A new graph under construction, with the place of every old tensor in it."""

    def __init__(self, old: Graph) -> None:
        self.old = old
        self.new = Graph(training=old.training)
        self.place: dict[Key, Tensor] = {}

    def __call__(self, tensor: Tensor) -> Tensor:
        return self.place[tensor.node, tensor.index]

    def emit(self, op: ops.Op, inputs: Iterable[Tensor], name: str, replaces: Iterable[Key]) -> None:
        """Add `op` on old tensors `inputs`; its results stand for the old ones in `replaces`."""
        with self.new.scope(name):
            results = self.new.apply(op, *map(self, inputs))
        self.place.update(zip(replaces, results, strict=True))

    def copy(self, node: Node) -> None:
        self.emit(node.op, node.inputs, node.name, [(node, index) for index in range(len(node.outputs))])

    def finish(self) -> Graph:
        self.new.outputs = {name: self(tensor) for name, tensor in self.old.outputs.items()}
        return self.new


def _consumers(graph: Graph) -> dict[Key, list[Node]]:
    """Who reads each tensor."""
    found: dict[Key, list[Node]] = {}
    for node in graph.nodes:
        for tensor in node.inputs:
            found.setdefault((tensor.node, tensor.index), []).append(node)
    return found


def _output_keys(graph: Graph) -> set[Key]:
    return {(tensor.node, tensor.index) for tensor in graph.outputs.values()}


def eliminate_dead(graph: Graph) -> Graph:
    """Drop nodes on which neither an output nor an update depends."""
    alive: set[Node] = {tensor.node for tensor in graph.outputs.values()}
    for node in reversed(graph.nodes):
        if isinstance(node.op, ops.Update):
            alive.add(node)
        if node in alive:
            alive.update(tensor.node for tensor in node.inputs)
    rewrite = _Rewriter(graph)
    for node in graph.nodes:
        if node in alive:
            rewrite.copy(node)
    return rewrite.finish()


def fuse_convolution(graph: Graph) -> Graph:
    """Let a convolution add its bias and apply ReLU before it stores its result."""
    consumers, kept = _consumers(graph), _output_keys(graph)
    fused: dict[Node, tuple[Node, windows.FusedConvolution, Tensor]] = {}  # last node -> convolution, its op, bias
    absorbed: set[Node] = set()
    for node in graph.nodes:
        if not isinstance(node.op, windows.Convolution):
            continue
        add = _sole_reader(node, "add", consumers, kept)
        if add is None or add.inputs[0].node is not node or add.inputs[1].shape != node.inputs[1].shape[-1:]:
            continue
        relu = _sole_reader(add, "relu", consumers, kept)
        op = windows.FusedConvolution(node.op.window, node.op.groups, relu is not None)
        fused[relu or add] = (node, op, add.inputs[1])
        absorbed.update({node, add})
    rewrite = _Rewriter(graph)
    for node in graph.nodes:
        if node in fused:
            convolution, op, bias = fused[node]
            rewrite.emit(op, [*convolution.inputs, bias], convolution.name, [(node, 0)])
        elif node not in absorbed:
            rewrite.copy(node)
    return rewrite.finish()


def _sole_reader(node: Node, function: str, consumers: dict[Key, list[Node]], kept: set[Key]) -> Node | None:
    """The elementwise node that alone reads the node's result, if it applies `function`."""
    readers = consumers.get((node, 0), [])
    if len(readers) != 1 or (node, 0) in kept:
        return None
    op = readers[0].op
    return readers[0] if isinstance(op, ops.Elementwise) and op.function == function else None


class _Groups:
    """A partition of the nodes into groups that are computed in one go, kept free of cycles.

    Sets of groups are bit masks. `reach[g]` holds the groups that depend on group `g`, directly or not.
    """

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.consumers, self.kept = _consumers(graph), _output_keys(graph)
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
    rewrite = _Rewriter(graph)
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


def _emit_chain(rewrite: _Rewriter, members: list[Node], stored: list[Node]) -> None:
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
