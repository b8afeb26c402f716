"""The training step as one graph: forward, loss, backward and the optimiser's update; and the graph for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from pellucid.frozen import Frozen
from pellucid.graph import Graph, Tensor, builder, gradient
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Parameter, Shape, Update
from pellucid.layers.weight import Storage, Weight, aligned
from pellucid.models.network import emit_calls, emit_inputs
from pellucid.optimizers import Optimizer
from pellucid.optimizers.stages import Pipeline

if TYPE_CHECKING:
    from pellucid.models.model import Model


LARGE = 64 * 1024  # numbers of a weight: 256 KiB, worth a pass of its own


class Segment(Frozen):
    """A run of trainable weights that lie side by side in one storage: they are updated in one pass.

    A weight with a constraint is a run of its own, and so is a large one: it is updated as soon as its gradient is
    there, while that lies in the caches, and then the gradient's memory is free.

    `slot_offset` is where the optimiser's numbers for it begin in each slot; `pipeline` is how all of them are stepped.
    """

    weights: tuple[Weight, ...]
    slot_offset: int
    pipeline: Pipeline

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

    def __init__(self, weights: Sequence[Weight], optimizer: Optimizer) -> None:
        self.layout = layout(weights)
        self.segments = _segments(weights, optimizer)
        size = sum(aligned(segment.size) for segment in self.segments)
        self.slots: dict[str, Storage] = {}
        for segment in self.segments:
            for name, slot in segment.pipeline.slots((segment.size,)).items():
                self.slots.setdefault(name, Storage(size)).array[segment.slot_offset :][: segment.size] = slot.initial

    def arrays(self) -> dict[str, np.ndarray]:
        """The slots under the names by which graphs refer to them."""
        return {slot.name: slot.array for slot in self.slots.values()}


def layout(weights: Sequence[Weight]) -> tuple[tuple[str, int], ...]:
    """Where the weights live; a program holds for one layout."""
    return tuple((weight.storage.name, weight.offset) for weight in weights)


def _segments(weights: Sequence[Weight], optimizer: Optimizer) -> list[Segment]:
    ordered = sorted(weights, key=lambda weight: (weight.storage.name, weight.offset))
    runs: list[list[Weight]] = []
    for weight in ordered:
        last = runs[-1][-1] if runs else None
        alone = _stands_alone(weight) or (last is not None and _stands_alone(last))
        alone = alone or (last is not None and optimizer.pipeline(last) != optimizer.pipeline(weight))
        if last and not alone and last.storage is weight.storage and last.offset + aligned(last.size) == weight.offset:
            runs[-1].append(weight)
        else:
            runs.append([weight])
    segments: list[Segment] = []
    offset = 0
    for run in runs:
        segments.append(Segment(tuple(run), offset, optimizer.pipeline(run[0])))
        offset += aligned(segments[-1].size)
    return segments


def _stands_alone(weight: Weight) -> bool:
    return weight.constraint is not None or weight.size >= LARGE


def _total_loss(graph: Graph, model: Model, shapes: Sequence[Shape]) -> Tensor:
    """Emit forward pass, losses, penalties and metrics; returns the loss and names all as outputs of the graph."""
    results = emit_calls(model.inner_calls, emit_inputs(graph, model.inputs, shapes))
    several, parts = len(model.outputs) > 1, []
    for objective in model.objectives:
        output = model.outputs[objective.number]
        prediction = results[output.call][output.index]
        target = graph.add(InputOp(objective.loss.target_shape(prediction.shape), objective.target))
        with graph.scope("loss"):
            value = builder.reduce_mean(objective.loss.per_sample(target, prediction))
        parts.append(value if objective.weight == 1.0 else value * objective.weight)
        if several:
            graph.outputs[objective.loss_name] = value
        for metric in objective.metrics:
            with graph.scope(metric.name):
                outcome = builder.reduce_mean(metric.per_sample(target, prediction))
            graph.outputs[objective.prefix + metric.name] = outcome
    with graph.scope("loss"):
        total = reduce(add, [*parts, *_penalties(graph, model)])
    own = {name for objective in model.objectives if several for name in [objective.loss_name]}
    in_order = sorted(graph.outputs.items(), key=lambda item: item[0] not in own)  # all losses, then all metrics
    graph.outputs = {"loss": total} | dict(in_order)
    return total


def _penalties(graph: Graph, model: Model) -> list[Tensor]:
    """What layers added to the loss, and the regularisers of all weights that are being trained."""
    weights = [weight for weight in model.trainable_weights if weight.regularizer is not None]
    own = [weight.regularizer(weight.tensor(graph)) for weight in weights if weight.regularizer is not None]
    return [builder.reshape(penalty, ()) for penalty in (*graph.losses, *own)]


def evaluation_graph(model: Model, shapes: Sequence[Shape]) -> Graph:
    """The graph from a batch of these shapes and its targets to loss and metrics."""
    graph = Graph()
    _total_loss(graph, model, shapes)
    return graph


def training_graph(model: Model, optimizer: Optimizer, state: TrainingState, shapes: Sequence[Shape]) -> Graph:
    """The graph of one whole training step on a batch of these shapes.

    Its inputs are the batch, the targets and the optimiser's numbers for the step (`Optimizer.scalars`); its outputs
    are loss and metrics before the update; it updates weights and slots, and what layers keep (moving averages).
    """
    graph = Graph(training=True)
    value = _total_loss(graph, model, shapes)
    weights = [weight for segment in state.segments for weight in segment.weights]
    raw = gradient(value, [weight.tensor(graph) for weight in weights])
    with graph.scope("update"):
        gradients = iter(optimizer.clip(raw))
        scalars = {name: graph.add(InputOp((), name)) for name in optimizer.scalars(0)}
        for segment in state.segments:
            parts = [next(gradients) for _ in segment.weights]
            _update(graph, segment, parts, state, scalars)
        graph.emit_assignments()
    return graph


def _update(
    graph: Graph,
    segment: Segment,
    gradients: Sequence[Tensor],
    state: TrainingState,
    scalars: dict[str, Tensor],
) -> None:
    """New weights and slots for a segment, as one elementwise chain over flat arrays."""
    flat = (segment.size,)
    old = graph.leaf(Parameter(flat, segment.storage.name, segment.start))
    kept = {name: state.slots[name].name for name in segment.pipeline.slots(flat)}
    slots = {name: graph.leaf(Parameter(flat, slot, segment.slot_offset)) for name, slot in kept.items()}
    grad = builder.pack(gradients, [weight.offset - segment.start for weight in segment.weights], segment.size)
    new, new_slots = segment.pipeline.update(old, grad, slots, scalars)
    constraint = segment.weights[0].constraint
    if constraint is not None:
        new = builder.reshape(constraint(builder.reshape(new, segment.weights[0].shape)), flat)
    graph.apply(Update(segment.storage.name, segment.start), new)
    for name, value in new_slots.items():
        graph.apply(Update(kept[name], segment.slot_offset), value)
