"""The training step as one graph: forward, loss, backward and the optimiser's update; and the graph for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor, builder, gradient
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Parameter, Update
from pellucid.layers.weight import Storage, Weight, aligned
from pellucid.losses import Loss
from pellucid.metrics import Metric
from pellucid.models.network import emit_calls, emit_inputs
from pellucid.optimizers import Optimizer

if TYPE_CHECKING:
    from pellucid.models.model import Model

TARGET = "target"


@dataclass(frozen=True)
class Segment:
    """A run of trainable weights that lie side by side in one storage: they are updated in one pass.

    `slot_offset` is where the optimiser's numbers for it begin in each slot.
    """

    weights: tuple[Weight, ...]
    slot_offset: int

    @property
    def storage(self) -> Storage:
        """Where the weights live."""
        return self.weights[0].storage

    @property
    def start(self) -> int:
        """First element in the storage."""
        return self.weights[0].offset

    @property
    def size(self) -> int:
        """Elements from the first weight's first to the last weight's last."""
        return self.weights[-1].offset + self.weights[-1].size - self.start


class TrainingState:
    """What an optimiser keeps about a model: for each slot (a momentum, say) one number per trainable weight."""

    def __init__(self, weights: Sequence[Weight], slots: Sequence[str]) -> None:
        self.layout = layout(weights)
        self.segments = _segments(weights)
        size = sum(aligned(segment.size) for segment in self.segments)
        self.slots = {name: Storage(size) for name in slots}

    def arrays(self) -> dict[str, np.ndarray]:
        """The slots under the names by which graphs refer to them."""
        return {slot.name: slot.array for slot in self.slots.values()}


def layout(weights: Sequence[Weight]) -> tuple[tuple[str, int], ...]:
    """Where the weights live; a program holds for one layout."""
    return tuple((weight.storage.name, weight.offset) for weight in weights)


def _segments(weights: Sequence[Weight]) -> list[Segment]:
    ordered = sorted(weights, key=lambda weight: (weight.storage.name, weight.offset))
    runs: list[list[Weight]] = []
    for weight in ordered:
        last = runs[-1][-1] if runs else None
        if last and last.storage is weight.storage and last.offset + aligned(last.size) == weight.offset:
            runs[-1].append(weight)
        else:
            runs.append([weight])
    segments: list[Segment] = []
    offset = 0
    for run in runs:
        segments.append(Segment(tuple(run), offset))
        offset += aligned(segments[-1].size)
    return segments


def _loss_and_metrics(graph: Graph, model: Model, loss: Loss, metrics: Sequence[Metric], batch: int) -> Tensor:
    """Emit forward pass, loss and metrics; returns the loss and names all as outputs of the graph."""
    if len(model.outputs) != 1:
        raise ArgumentError(f"{model.name} has {len(model.outputs)} outputs; training takes models with one output")
    results = emit_calls(model.calls, emit_inputs(graph, model.inputs, batch))
    prediction = results[model.outputs[0].call]
    target = graph.add(InputOp(loss.target_shape(prediction.shape), TARGET))
    with graph.scope("loss"):
        value = builder.reduce_mean(loss.per_sample(target, prediction))
    graph.outputs["loss"] = value
    for metric in metrics:
        with graph.scope(metric.name):
            graph.outputs[metric.name] = builder.reduce_mean(metric.per_sample(target, prediction))
    return value


def evaluation_graph(model: Model, loss: Loss, metrics: Sequence[Metric], batch: int) -> Graph:
    """The graph from a batch and its targets to loss and metrics."""
    graph = Graph()
    _loss_and_metrics(graph, model, loss, metrics, batch)
    return graph


def training_graph(
    model: Model, loss: Loss, metrics: Sequence[Metric], optimizer: Optimizer, state: TrainingState, batch: int
) -> Graph:
    """The graph of one whole training step.

    Its inputs are the batch, the targets and the optimiser's numbers for the step (`Optimizer.scalars`); its outputs
    are loss and metrics before the update; it updates weights and slots.
    """
    graph = Graph(training=True)
    value = _loss_and_metrics(graph, model, loss, metrics, batch)
    weights = [weight for segment in state.segments for weight in segment.weights]
    gradients = iter(gradient(value, [weight.tensor(graph) for weight in weights]))
    with graph.scope("update"):
        scalars = {name: graph.add(InputOp((), name)) for name in optimizer.scalars(0)}
        for segment in state.segments:
            parts = [next(gradients) for _ in segment.weights]
            _update(graph, segment, parts, optimizer, state, scalars)
    return graph


def _update(
    graph: Graph,
    segment: Segment,
    gradients: Sequence[Tensor],
    optimizer: Optimizer,
    state: TrainingState,
    scalars: dict[str, Tensor],
) -> None:
    """New weights and slots for a segment, as one elementwise chain over flat arrays."""
    flat = (segment.size,)
    old = graph.leaf(Parameter(flat, segment.storage.name, segment.start))
    slots = {name: graph.leaf(Parameter(flat, slot.name, segment.slot_offset)) for name, slot in state.slots.items()}
    grad = builder.pack(gradients, [weight.offset - segment.start for weight in segment.weights], segment.size)
    new, new_slots = optimizer.update(old, grad, slots, scalars)
    graph.apply(Update(segment.storage.name, segment.start), new)
    for name, value in new_slots.items():
        graph.apply(Update(state.slots[name].name, segment.slot_offset), value)
