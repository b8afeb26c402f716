"""Small graphs, what graphs are made of, and whether two of them compute the same."""

from __future__ import annotations

import numpy as np

from checks.mismatch import Mismatch
from pellucid.engines import ReferenceEngine
from pellucid.geometry import Window
from pellucid.graph import Graph, Tensor, builder, ops, verify

SAME = Window((3, 3), (1, 1), (1, 1), ((1, 1), (1, 1)))
"""Padding "same" of a 3x3 kernel."""


def one_input(shape: tuple[int, ...] = (4, 4)) -> tuple[Graph, Tensor]:
    """A graph with one input."""
    graph = Graph()
    return graph, graph.add(ops.Input(shape, "x"))


def convolved_image() -> tuple[Graph, Tensor, Tensor, Tensor]:
    """A graph with an image, and a convolution of it before its bias is added."""
    graph, x = one_input((2, 5, 5, 3))
    kernel = graph.add(ops.Input((3, 3, 3, 3), "kernel"))
    bias = graph.add(ops.Input((3,), "bias"))
    return graph, x, builder.convolution(x, kernel, SAME), bias


def kinds(graph: Graph) -> list[str]:
    """The operations of a graph without its leaves, in order."""
    return [type(node.op).__name__ for node in graph.nodes if node.inputs]


def same_results(graph: Graph, rewritten: Graph, *, positive: bool = False) -> None:
    """Both graphs are well formed, and the reference engine computes the same with either."""
    verify(rewritten)
    rng = np.random.default_rng(0)
    arrays = {node.op.name: rng.normal(size=node.op.shape) for node in graph.nodes if isinstance(node.op, ops.Input)}
    if positive:
        arrays = {name: np.abs(array) for name, array in arrays.items()}
    expected, found = (ReferenceEngine().prepare(g).run(arrays, {}) for g in (graph, rewritten))
    if expected.keys() != found.keys():
        raise Mismatch(f"outputs {list(found)}, not {list(expected)}")
    for name, value in expected.items():
        if found[name].shape != value.shape:
            raise Mismatch(f"{name} has shape {found[name].shape}, not {value.shape}")
        if not np.allclose(found[name], value, rtol=1e-13, atol=1e-13, equal_nan=True):
            raise Mismatch(f"{name} differs by {np.abs(found[name] - value).max():.3g}")
