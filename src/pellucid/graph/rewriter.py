"""What passes are written with: a new graph under construction beside the old one, and who reads what."""

from __future__ import annotations

from collections.abc import Iterable

from pellucid.graph import ops
from pellucid.graph.tensor import Graph, Node, Tensor

Key = tuple[Node, int]


class Rewriter:
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
        """Add a node as it is, on what stands for its inputs."""
        for index, result in enumerate(self.new.repeat(node, tuple([self(tensor) for tensor in node.inputs]))):
            self.place[node, index] = result

    def finish(self) -> Graph:
        self.new.outputs = {name: self(tensor) for name, tensor in self.old.outputs.items()}
        return self.new


def consumers_of(graph: Graph) -> dict[Key, list[Node]]:
    """Who reads each tensor."""
    found: dict[Key, list[Node]] = {}
    for node in graph.nodes:
        for tensor in node.inputs:
            found.setdefault((tensor.node, tensor.index), []).append(node)
    return found


def output_keys(graph: Graph) -> set[Key]:
    return {(tensor.node, tensor.index) for tensor in graph.outputs.values()}


def eliminate_dead(graph: Graph) -> Graph:
    """Drop nodes on which neither an output nor an update depends."""
    alive: set[Node] = {tensor.node for tensor in graph.outputs.values()}
    for node in reversed(graph.nodes):
        if isinstance(node.op, ops.Update):
            alive.add(node)
        if node in alive:
            alive.update(tensor.node for tensor in node.inputs)
    rewrite = Rewriter(graph)
    for node in graph.nodes:
        if node in alive:
            rewrite.copy(node)
    return rewrite.finish()
