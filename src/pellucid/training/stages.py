"""A step of training or evaluation as one graph, stage by stage: forward, loss, gradient, update; and probes.

Each stage leaves what it made under a name (`StepGraph`), so that whoever wants to look (a metric, a probe, gradients
that are accumulated) takes the tensor itself and need not find it again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any, Protocol

import numpy as np

from pellucid.dispatch.symbolic import Call
from pellucid.engines import State
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor, builder, gradient
from pellucid.graph.ops import Input as InputOp
from pellucid.graph.ops import Parameter, Shape, Update
from pellucid.network import Network, described_by, emit_calls, emit_inputs
from pellucid.optimizers import Optimizer
from pellucid.optimizers.stages import ACCUMULATOR, AVERAGE
from pellucid.training.objectives import Objective
from pellucid.training.plan import OwnLoss
from pellucid.training.slots import Segment, Slots
from pellucid.variables import Variable, held


@dataclass
class StepGraph:
    """A graph under construction, and what the stages so far have made.

    Attributes:
        graph: holds all operations.
        network: that is trained or evaluated.
        inputs: the network's inputs, a batch each; None for one that is optional and was left out.
        outputs: the network's outputs.
        targets: of each objective, in order, as its loss takes them; None where a loss of the model's own got none.
        shown: the same, as code of the user's own sees them (see `Objective.shows_targets`).
        weights: of the samples, for each objective; None where each counts 1.
        predictions: the output that belongs to each.
        losses: of each objective, the mean over the samples, of shape (); None where it has none of its own.
        further: losses besides (see `Objective.further`), in the order of the objectives.
        parts: all of these times the weights of their objectives; empty where the model itself says what the loss is.
        penalties: of weights and layers, each of shape ().
        loss: the sum of all, weighted; None before the loss stage.
        gradients: of the loss, for each trained weight; empty before the gradient stage.
        results: of each call of the network: what a loss may use of it besides its output.
    """

    graph: Graph
    network: Network
    inputs: list[Any]
    outputs: list[Tensor]
    targets: list[Tensor | None] = field(default_factory=list)
    shown: list[Tensor | None] = field(default_factory=list)
    weights: list[Tensor | None] = field(default_factory=list)
    predictions: list[Tensor] = field(default_factory=list)
    losses: list[Tensor | None] = field(default_factory=list)
    further: list[Tensor] = field(default_factory=list)
    parts: list[Tensor] = field(default_factory=list)
    penalties: list[Tensor] = field(default_factory=list)
    loss: Tensor | None = None
    gradients: dict[Variable, Tensor] = field(default_factory=dict)
    results: dict[Call, list[Any]] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many there are in the batch."""
        return int(next(each.shape[0] for each in self.inputs if each is not None))


class Probe(Protocol):
    """Looks at a step from inside: it emits what it wants to know and keeps that in states of its own.

    A probe is part of what a program is kept under: without it the step is the same graph as if there were no probes.
    """

    @property
    def states(self) -> Mapping[str, State]:
        """The states that it updates, by name."""
        ...

    def emit(self, step: StepGraph) -> None:
        """Add operations and updates of its own states; called when all stages are there."""
        ...


def forward(network: Network, shapes: Sequence[Shape], *, training: bool, graph: Graph | None = None) -> StepGraph:
    """The first stage: the network, on a batch of inputs of these shapes; in a new graph, or in one that has begun."""
    graph = Graph(training=training) if graph is None else graph
    given = emit_inputs(graph, network.inputs, shapes)
    results = emit_calls(network.calls, given)
    outputs = [results[tensor.call][tensor.index] for tensor in network.outputs]
    return StepGraph(graph, network, [given[tensor.call][0] for tensor in network.inputs], outputs, results=results)


def add_loss(
    step: StepGraph,
    objectives: Sequence[Objective],
    trained: Sequence[Variable],
    given: Mapping[str, Shape] | None = None,
    own_loss: OwnLoss | None = None,
    name: str = "model",
) -> Tensor:
    """The second stage: losses of all objectives, penalties of layers and of the weights that are trained; the sum.

    Args:
        step: behind the first stage.
        objectives: what is asked of the outputs.
        trained: the weights that training changes.
        given: shapes by name: of the weights of samples that there are, and of targets that no loss decides.
        own_loss: says what the loss is in the place of the sum, if the model does so itself.
        name: of the model, for messages.

    Raises:
        ArgumentError: there is nothing to make small.
    """
    graph, parts, given = step.graph, [], given or {}
    for objective in objectives:
        prediction, loss = step.outputs[objective.number], objective.loss
        shape = None if loss is None else loss.target_shape(prediction.shape)
        came = given.get(objective.target)
        is_longer = shape is not None and came == (*shape, 1)
        shown = came if shape is None or is_longer else shape
        target = None if shown is None else graph.add(InputOp(shown, objective.target))
        step.shown.append(target)
        if is_longer and target is not None:
            target = builder.reshape(target, target.shape[:-1])
        of_samples = given.get(objective.weights)
        weight = None if of_samples is None else graph.add(InputOp(of_samples, objective.weights))
        value = None
        if loss is not None and target is not None:
            with graph.scope("loss"), described_by(step.results):
                value = loss.batch_loss(target, prediction, weight)
            parts.append(value if objective.weight == 1.0 else value * objective.weight)
        step.targets.append(target)
        step.weights.append(weight)
        step.predictions.append(prediction)
        step.losses.append(value)
    parts += _further(step, objectives)
    step.parts = [] if own_loss is not None else parts
    own = [weight.regularizer(weight.tensor(graph)) for weight in trained if weight.regularizer is not None]
    step.penalties = [builder.reshape(penalty, ()) for penalty in (*graph.losses, *own)]
    with graph.scope("loss"), described_by(step.results):
        if own_loss is not None:
            step.loss = _one_number(own_loss(step), graph, name)
        elif parts or step.penalties:
            step.loss = reduce(add, [*parts, *step.penalties])
        elif not graph.training and step.predictions:
            step.loss = graph.constant(0.0)  # an evaluation of metrics alone
        else:
            raise ArgumentError(f"{name}: there is nothing to make small; compile it with a loss, such as loss='mse'")
    return step.loss


def _further(step: StepGraph, objectives: Sequence[Objective]) -> list[Tensor]:
    """The losses besides those of single outputs, each times its weight."""
    parts: list[Tensor] = []
    targets: list[Any] = [None] * len(step.outputs)
    weights: list[Any] = [None] * len(step.outputs)
    for place, objective in enumerate(objectives):
        targets[objective.number], weights[objective.number] = step.targets[place], step.weights[place]
    for term in (term for objective in objectives for term in objective.further):
        of_samples = [weights[number] for number in term.numbers if weights[number] is not None]
        if any(targets[number] is None for number in term.numbers):
            continue  # nothing to compare with, in an evaluation of penalties
        if of_samples and len(term.numbers) > 1:
            raise ArgumentError(
                f"loss {term.loss.name!r} sees several outputs together ({term.name}), so it must weigh samples "
                "itself: pass none"
            )
        with step.graph.scope("loss"), described_by(step.results):
            value = term.loss.batch_loss(
                term.packed(targets), term.packed(step.outputs), of_samples[0] if of_samples else None
            )
        step.further.append(value)
        parts.append(value if term.weight == 1.0 else value * term.weight)
    return parts


def _one_number(loss: object, graph: Graph, name: str) -> Tensor:
    if not isinstance(loss, Tensor) or loss.graph is not graph or math.prod(loss.shape) != 1:
        came = f"shape {loss.shape}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ArgumentError(
            f"{name}: compute_loss() must return one number, made of its arguments and weights by pellucid.ops, got "
            f"{came}"
        )
    return builder.reshape(loss, ())


def add_gradients(step: StepGraph, weights: Sequence[Variable], optimizer: Optimizer | None = None) -> None:
    """The third stage: the gradient of the loss for each of these weights; of the loss as the optimiser scales it.

    It is 0 for what is frozen of them, a filter say. So norms by which gradients are clipped count what is trained
    alone, as they do where whole layers are frozen.
    """
    assert step.loss is not None
    tensors = [weight.tensor(step.graph) for weight in weights]
    if optimizer is None:
        found = gradient(step.loss, tensors)
    else:
        found = optimizer.unscale(gradient(optimizer.scale_loss(step.loss), tensors))
    step.gradients = {w: held(w.frozen_part, 0.0, each) for w, each in zip(weights, found, strict=True)}


def add_updates(step: StepGraph, optimizer: Optimizer, slots: Slots, segments: Sequence[Segment]) -> None:
    """The fourth stage: new weights and new slots by the optimiser's rule, then what layers keep (moving averages).

    The optimiser's numbers for the step (`Optimizer.scalars`) are further inputs of the graph. A weight that its layer
    assigned in `call` steps from there, as it does in Keras on TensorFlow.
    """
    graph = step.graph
    with graph.scope("update"):
        weights, raw = list(step.gradients), list(step.gradients.values())
        scalars = {name: graph.add(InputOp((), name)) for name in optimizer.scalars(0)}
        before = [_gathered(graph, weight, optimizer, slots) for weight in weights]
        along, gathered = optimizer.gradients(weights, raw, before, scalars)
        steps = dict(zip(weights, along, strict=True))
        for segment in segments:
            _update(graph, segment, [steps[weight] for weight in segment.weights], slots, scalars)
        for weight, total in zip(weights, gathered, strict=True):
            if total is not None:
                graph.apply(Update(slots.states[ACCUMULATOR].name, slots.place(weight)), total)
        graph.emit_assignments(besides={weight.window for weight in weights})


def _gathered(graph: Graph, weight: Variable, optimizer: Optimizer, slots: Slots) -> Tensor | None:
    """What was gathered so far of the gradients of a weight, if steps are made along several."""
    if not optimizer.pipeline(weight).accumulates:
        return None
    return graph.leaf(Parameter(weight.shape, slots.states[ACCUMULATOR].name, slots.place(weight)))


def _update(
    graph: Graph, segment: Segment, gradients: Sequence[Tensor], slots: Slots, scalars: Mapping[str, Tensor]
) -> None:
    """New weights and slots for a segment, as one elementwise chain over flat arrays; or of a weight as a whole."""
    flat, pipeline, weight = (segment.size,), segment.pipeline, segment.weights[0]
    shape = weight.shape if pipeline.whole else flat
    old = _held_now(graph, segment, shape)
    kept = pipeline.slots(shape)
    before = {
        name: graph.leaf(Parameter(slot.shape, slots.states[name].name, segment.slot_offset))
        for name, slot in kept.items()
    }
    if pipeline.whole:
        (grad,) = gradients
    else:
        grad = builder.pack(gradients, [each.offset - segment.start for each in segment.weights], segment.size)
    new, new_slots = pipeline.update(old, grad, before, scalars)
    frozen = _frozen_part(graph, segment)
    if frozen is not None:
        frozen = builder.reshape(frozen, shape)
    if weight.constraint is not None:
        stepped = builder.reshape(held(frozen, old, new), weight.shape)
        new = builder.reshape(weight.constraint(stepped), shape)
    graph.apply(Update(segment.state.name, segment.start), held(frozen, old, new))
    for name, value in new_slots.items():
        stays = frozen if value.shape == shape else None  # a slot of another shape is of no filter alone
        was = old if name == AVERAGE else before[name]  # the average of what does not change is what it is
        graph.apply(Update(slots.states[name].name, segment.slot_offset), held(stays, was, value))


def _held_now(graph: Graph, segment: Segment, shape: Shape) -> Tensor:
    """The weights of a segment; where a layer has assigned one, that value."""
    if all(weight.window not in graph.assigned for weight in segment.weights):
        return graph.leaf(Parameter(shape, segment.state.name, segment.start))
    flat = [builder.reshape(weight.tensor(graph), (weight.size,)) for weight in segment.weights]
    offsets = [weight.offset - segment.start for weight in segment.weights]
    return builder.reshape(builder.pack(flat, offsets, segment.size), shape)


def _frozen_part(graph: Graph, segment: Segment) -> Tensor | None:
    """Where weights of a segment are left alone, along its flat arrays; None for nowhere."""
    if all(weight.frozen_part is None for weight in segment.weights):
        return None
    first = segment.weights[0]
    if len(segment.weights) == 1 and first.frozen_part is not None:  # perhaps a large one: its part is broadcast once
        part = builder.broadcast_to(builder.literal(graph, first.frozen_part), first.shape)
        return builder.reshape(part, (segment.size,))
    parts = np.zeros(segment.size, bool)
    for weight in segment.weights:
        if weight.frozen_part is not None:
            start = weight.offset - segment.start
            parts[start : start + weight.size] = np.broadcast_to(weight.frozen_part, weight.shape).reshape(-1)
    return builder.literal(graph, parts)
