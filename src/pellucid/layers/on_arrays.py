"""A layer called on arrays: its operations in a graph of their own, run at once on the layer's weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from pellucid.arraylike import NoNumbers, array_of, floats_of
from pellucid.dispatch import Array, compute
from pellucid.dispatch.arrangement import Arguments, Arrangement
from pellucid.dispatch.arrays import RECORDER
from pellucid.dispatch.symbolic import InputShape, Structure
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input, RandomUniform
from pellucid.graph.tensor import HasTensor
from pellucid.variables import Variable


class Emitter(Protocol):
    """What is needed of a layer."""

    @property
    def label(self) -> str:
        """How messages call it."""
        ...

    @property
    def weights(self) -> list[Variable]:
        """All that it reads."""
        ...

    def emit(self, inputs: Any, training: bool | None = None) -> Structure[Tensor]:
        """Add its operations to a graph."""
        ...

    def next_draw(self) -> tuple[int, int]:
        """Seed and step of the next call that draws random numbers."""
        ...


def arrays_of(label: str, items: Sequence[Any]) -> list[np.ndarray]:
    """What a layer is called on as float32 arrays; raises `ArgumentError` where it is none."""
    if RECORDER.get() is not None:
        return list(items)  # a tape must know them again
    arrays = []
    for item in items:
        try:
            array = floats_of(array_of(item))
        except NoNumbers as error:
            if error.parts_differ:
                raise ArgumentError(f"{label} got parts of different shapes where one array is expected") from error
            raise ArgumentError(
                f"{label} is called on symbolic tensors to describe a model, or on arrays of numbers to be computed at "
                f"once; got {error.kind}"
            ) from error
        if not array.size:
            raise ShapeError(f"{label}: every size of a shape must be at least 1, got an array of shape {array.shape}")
        arrays.append(array)
    return arrays


def lifted(label: str, graph: Graph, item: Any) -> Tensor:
    """What may stand beside a tensor as a tensor of the graph."""
    return graph.lift(item if isinstance(item, Tensor | HasTensor) else arrays_of(label, [item])[0])


def run(
    layer: Emitter, arrays: Structure[np.ndarray], training: bool, arguments: Arguments | None = None
) -> tuple[Any, list[Array]]:
    """What a built layer computes from arrays, and the penalties that it adds to the loss.

    In training, what the layer keeps itself (moving averages) is updated. What it draws at random differs from call to
    call; the numbers follow from the layer's seed and the number of the call.
    """
    given = arrays if isinstance(arrays, list) else [arrays]
    recorder = RECORDER.get()
    if recorder is not None:

        def filled(tensors: list[Tensor]) -> Any:
            several = tensors if arguments is None else arguments.filled(tensors)
            return several if isinstance(arrays, list) else tensors[0]

        return recorder.layer(layer, given, filled, training), []
    graph = Graph(training=training)
    inputs = [graph.add(Input(array.shape, str(number))) for number, array in enumerate(given)]
    several = inputs if arguments is None else arguments.filled(inputs)
    y = layer.emit(several if isinstance(arrays, list) else inputs[0])
    graph.emit_assignments()
    gives, outputs = Arrangement.of(y)
    is_random = any(isinstance(node.op, RandomUniform) for node in graph.nodes)
    seed, step = layer.next_draw() if is_random else (0, 0)
    named = {str(number): array for number, array in enumerate(given)}
    values = compute(graph, [*outputs, *graph.losses], named, graph.states(), seed=seed, step=step)
    results, penalties = values[: len(outputs)], values[len(outputs) :]
    return gives.packed(results), penalties


def open_batch(inputs: Structure[Any]) -> InputShape:
    """The shapes of tensors or arrays, for any size of the batch."""
    return [(None, *np.shape(x)[1:]) for x in inputs] if isinstance(inputs, list) else (None, *np.shape(inputs)[1:])
