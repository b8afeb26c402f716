"""What passes are written with: a new graph under construction beside the old one, and who reads what."""

from __future__ import annotations

from collections.abc import Iterable

from pellucid.graph import ops
from pellucid.graph.tensor import Graph, Node, Tensor

Key = tuple[Node, int]


class Rewriter:
    """A new graph under construction, with the place of every old tensor in it.

    As long as a pass copies one node after the other there is nothing new: the old graph stands for the new one, and
    where it does to the end, `finish` returns it. Most passes find nothing to do in most graphs.
    """

    def __init__(self, old: Graph) -> None:
        self.old = old
        self._new: Graph | None = None
        self._same = 0  # of the old nodes so many were copied as they stood, before anything else was done
        self._place: dict[Key, Tensor] = {}

    @property
    def new(self) -> Graph:
        """The new graph, with all that was copied so far."""
        return self._begun()

    @property
    def place(self) -> dict[Key, Tensor]:
        """What stands in the new graph for each result of an old node."""
        self._begun()
        return self._place

    def _begun(self) -> Graph:
        if self._new is None:
            self._new = Graph(training=self.old.training)
            for node in self.old.nodes[: self._same]:
                self._repeat(node, self._new)
        return self._new

    def __call__(self, tensor: Tensor) -> Tensor:
        return self.place[tensor.node, tensor.index]

    def emit(self, op: ops.Op, inputs: Iterable[Tensor], name: str, replaces: Iterable[Key]) -> None:
        """Add `op` on old tensors `inputs`; its results stand for the old ones in `replaces`."""
        with self.new.scope(name):
            results = self.new.apply(op, *map(self, inputs))
        self._place.update(zip(replaces, results, strict=True))

    def copy(self, node: Node) -> None:
        """Add a node as it is, on what stands for its inputs."""
        if self._new is None and self._same < len(self.old.nodes) and node is self.old.nodes[self._same]:
            self._same += 1
        else:
            self._repeat(node, self.new)

    def _repeat(self, node: Node, new: Graph) -> None:
        inputs = tuple([self._place[tensor.node, tensor.index] for tensor in node.inputs])
        for index, result in enumerate(new.repeat(node, inputs)):
            self._place[node, index] = result

    def finish(self) -> Graph:
        """The new graph, complete; the old one where nothing was changed."""
        if self._new is None and self._same == len(self.old.nodes):
            return self.old
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
