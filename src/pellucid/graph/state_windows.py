"""Which windows of the states a graph reads, and which of them lie over each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pellucid.graph import ops
from pellucid.graph.tensor import Graph, Node


class StateWindows:
    """The windows (`Parameter`) that a graph has on its states, found by where they lie.

    They are kept by size, so that those which overlap another are found without going through all of them: of a size
    below 2^k only such as begin less than 2^k before it can reach into it.

    Example:
        >>> graph = Graph()
        >>> tensors = [graph.add(ops.Parameter((4,), "weights", offset)) for offset in (0, 4, 8)]
        >>> [node.op.offset for node in StateWindows(graph).overlapping("weights", 6, 9)]
        [4, 8]
    """

    def __init__(self, graph: Graph) -> None:
        self._nodes: dict[str, dict[int, list[Node]]] = {}
        for node in graph.nodes:
            if isinstance(node.op, ops.Parameter):
                by_size = self._nodes.setdefault(node.op.state, {})
                by_size.setdefault(math.prod(node.op.shape).bit_length(), []).append(node)
        self._starts: dict[tuple[str, int], np.ndarray] = {}
        for state, by_size in self._nodes.items():
            for bits, nodes in by_size.items():
                nodes.sort(key=_start)
                self._starts[state, bits] = np.array(list(map(_start, nodes)))

    def overlapping(self, state: str, start: int, end: int) -> Iterator[Node]:
        """The windows of a state that share an element with those from `start` to before `end`."""
        for bits, nodes in self._nodes.get(state, {}).items():
            starts = self._starts[state, bits]
            for place in range(*starts.searchsorted((start - 2**bits, end))):
                op = nodes[place].op
                assert isinstance(op, ops.Parameter)
                if op.offset + math.prod(op.shape) > start:
                    yield nodes[place]


def _start(node: Node) -> int:
    assert isinstance(node.op, ops.Parameter)
    return node.op.offset
