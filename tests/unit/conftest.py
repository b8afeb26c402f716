"""For all unit tests: Keras as the oracle, in float64, and a way to compute a few operations without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from checks.keras_slopes import ON_JAX, numbers_of

from pellucid.engines.reference import ReferenceEngine
from pellucid.graph import Graph, Tensor, builder, gradient, ops

Emit = Callable[..., Tensor]


def _inputs(arrays: dict[str, np.ndarray]) -> tuple[Graph, dict[str, Tensor]]:
    graph = Graph()
    return graph, {name: graph.add(ops.Input(np.shape(array), name)) for name, array in arrays.items()}


@pytest.fixture
def compute() -> Callable[..., np.ndarray]:
    """compute(emit, **arrays): what `emit` gives for tensors of these arrays, in float64."""

    def run(emit: Emit, **arrays: np.ndarray) -> np.ndarray:
        graph, tensors = _inputs(arrays)
        graph.outputs["y"] = emit(**tensors)
        return ReferenceEngine().prepare(graph).run(arrays, {})["y"]

    return run


@pytest.fixture
def gradient_of() -> Callable[..., np.ndarray]:
    """gradient_of(emit, name, **arrays): of the sum of what `emit` gives, with respect to one of the arrays."""

    def run(emit: Emit, name: str, **arrays: np.ndarray) -> np.ndarray:
        graph, tensors = _inputs(arrays)
        [graph.outputs["gradient"]] = gradient(builder.reduce_sum(emit(**tensors)), [tensors[name]])
        return ReferenceEngine().prepare(graph).run(arrays, {})["gradient"]

    return run


@pytest.fixture(autouse=True)
def _numbers_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Keras computes and keeps are arrays to NumPy."""
    monkeypatch.setattr(torch.Tensor, "__array__", numbers_of)


@pytest.fixture
def float64() -> Iterator[None]:
    """Let Keras compute in float64 what is given in it, so that it can be compared with to many digits.

    On PyTorch it does; on JAX mostly, if it is told.
    """
    if not ON_JAX:
        yield
        return
    import jax

    with jax.enable_x64(True):
        yield
