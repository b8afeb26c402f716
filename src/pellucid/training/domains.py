"""Functions that were given numbers for which they are not defined: the logarithm of 0, the root of -1, x / 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pellucid.frozen import Frozen
from pellucid.graph import Graph, Node
from pellucid.graph.ops import Elementwise

__all__ = ["Domain", "first_outside", "watch_domains"]


class Domain(Frozen):
    """Where a function is defined, in words.

    Attributes:
        operation: what it does, before the number that it was given.
        remedy: what keeps its numbers inside.
        operand: which of its operands must lie inside.
        outside: whether numbers do not.
    """

    operation: str
    remedy: str
    operand: int
    outside: Callable[[np.ndarray], np.ndarray]


DOMAINS = {
    "log": Domain("takes the logarithm of", "keep that above 0: ops.maximum(x, 1e-7)", 0, lambda x: x <= 0),
    "log1p": Domain("takes log(1 + x) of", "keep that above -1: ops.maximum(x, -1 + 1e-7)", 0, lambda x: x <= -1),
    "sqrt": Domain("takes the root of", "keep that at 0 or above: ops.maximum(x, 0)", 0, lambda x: x < 0),
    "divide": Domain("divides by", "keep that away from 0: x / (y + 1e-7)", 1, lambda x: x == 0),
}
"""Functions of the graph that are not defined for all numbers."""


def _risky(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if isinstance(node.op, Elementwise) and node.op.function in DOMAINS]


def watch_domains(graph: Graph) -> None:
    """Let a graph show, besides, what each function of `DOMAINS` is given and makes of it.

    Args:
        graph: whose outputs become those alone; their names are not to be read by others than `first_outside`.
    """
    graph.outputs.clear()
    for number, node in enumerate(_risky(graph)):
        operand = DOMAINS[node.op.function].operand  # type: ignore[attr-defined]
        graph.outputs[f"given {number}"] = node.inputs[operand]
        graph.outputs[f"made {number}"] = node.outputs[0]


def first_outside(graph: Graph, results: Mapping[str, np.ndarray]) -> tuple[Domain, float] | None:
    """The first function, in the order of computation, that made something not finite of a number outside its domain.

    Args:
        graph: that `watch_domains` was told.
        results: of its run.

    Returns:
        Its domain and the number; None where there is none.
    """
    for number, node in enumerate(_risky(graph)):
        domain = DOMAINS[node.op.function]  # type: ignore[attr-defined]
        given, made = np.broadcast_arrays(results[f"given {number}"], results[f"made {number}"])
        found = given[np.isfinite(given) & domain.outside(given) & ~np.isfinite(made)]
        if found.size:
            return domain, float(found[0])
    return None
