"""What is computed, as text that is the same in all processes which compute the same."""

from __future__ import annotations

import dataclasses
import hashlib

from pellucid.graph import Graph, Node, ops

__all__ = ["text_of"]


def text_of(graph: Graph) -> str:
    """A graph in words: its operations, what each takes, its outputs.

    Layers may have other names in another process, and states do: they count as those that come first, second, and so
    on.
    """
    numbers: dict[Node, int] = {}
    states: dict[str, int] = {}
    lines = []
    for number, node in enumerate(graph.nodes):
        numbers[node] = number
        taken = [(numbers[tensor.node], tensor.index) for tensor in node.inputs]
        lines.append(f"{_in_words(node.op, states)} {taken}")
    outputs = {name: (numbers[tensor.node], tensor.index) for name, tensor in graph.outputs.items()}
    return "\n".join([*lines, str(outputs)])


def _in_words(op: ops.Op, states: dict[str, int]) -> str:
    if isinstance(op, ops.Literal):  # whose words leave out what is in the middle of a large array
        return f"Literal {op.shape} {hashlib.sha256(op.values.tobytes()).hexdigest()}"
    if isinstance(op, ops.Parameter | ops.Update):
        return repr(dataclasses.replace(op, state=str(states.setdefault(op.state, len(states)))))
    return repr(op)
