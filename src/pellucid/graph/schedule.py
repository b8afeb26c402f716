"""When to compute what: updates of weights as soon as their gradients are there."""

from __future__ import annotations

import math
from collections.abc import Container

from pellucid.graph import movement, ops
from pellucid.graph.rewriter import Rewriter, consumers_of, output_keys
from pellucid.graph.state_windows import StateWindows
from pellucid.graph.tensor import Graph, Node

_MOVED = (ops.Chain, ops.Elementwise, movement.Pack, movement.Alias, movement.BroadcastTo, ops.Update)
_FREE = (ops.Parameter, ops.Constant, ops.Literal, ops.Input)  # nothing is done for them


def update_early(graph: Graph) -> Graph:
    """Move what only updates the state up to where its last input has been computed.

    The gradients of all weights need not be kept until the end, and one that has just been computed still lies in the
    caches. Whoever reads the old state goes first: the gradient of a layer's input, for one.
    """
    places = {node: place for place, node in enumerate(graph.nodes)}
    moved, reads = _only_for_updates(graph), _Reads(graph, places)
    keys: dict[Node, int] = {}  # the place behind which a node may stand
    for node in graph.nodes:
        keys[node] = -1 if isinstance(node.op, _FREE) else places[node]
        if node in moved:
            inputs = [keys[tensor.node] for tensor in node.inputs]
            olds = [reads.last(update, places[node], moved) for update in moved[node]]
            keys[node] = min(places[node], max(inputs + olds, default=places[node]))
    rewrite = Rewriter(graph)
    for node in sorted(graph.nodes, key=lambda node: (keys[node], places[node])):
        rewrite.copy(node)
    return rewrite.finish()


def _only_for_updates(graph: Graph) -> dict[Node, list[Node]]:
    """The nodes whose results go into updates and nowhere else, each with the updates that take its results."""
    consumers, kept = consumers_of(graph), output_keys(graph)
    found: dict[Node, list[Node]] = {}
    for node in reversed(graph.nodes):
        if isinstance(node.op, ops.Update):
            found[node] = [node]
        elif isinstance(node.op, _MOVED) and not any((node, tensor.index) in kept for tensor in node.outputs):
            users = [user for tensor in node.outputs for user in consumers.get((node, tensor.index), [])]
            if users and all(user in found for user in users):
                found[node] = [user for user in users if isinstance(user.op, ops.Update)]
    return found


class _Reads:
    """Where the state is read."""

    def __init__(self, graph: Graph, places: dict[Node, int]) -> None:
        self._places, self._consumers = places, consumers_of(graph)
        self._windows = StateWindows(graph)

    def last(self, update: Node, writer: int, moved: Container[Node]) -> int:
        """The last place at which somebody reads what an update overwrites, what moves along with it not counted.

        `writer` is the place of the node that computes the new state; where the old one is read behind it, there too.
        """
        op = update.op
        assert isinstance(op, ops.Update)
        end, last = op.offset + math.prod(update.inputs[0].shape), 0
        for window in self._windows.overlapping(op.state, op.offset, end):
            last = max(last, self._last_of(window, moved))
        return last if last < writer else writer

    def _last_of(self, node: Node, moved: Container[Node]) -> int:
        readers = [user for tensor in node.outputs for user in self._consumers.get((node, tensor.index), [])]
        last = max((self._places[reader] for reader in readers if reader not in moved), default=0)
        aliases = [self._last_of(reader, moved) for reader in readers if isinstance(reader.op, movement.Alias)]
        return max([last, *aliases])
