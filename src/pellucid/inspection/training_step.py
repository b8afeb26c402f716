"""A training step as training would make it next, emitted to be looked at: it updates nothing.

The loss and its gradients are those of `training.stages`, in the form for training, with the random draws of the next
step; what the optimiser remembers is read where it lies.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from pellucid.callbacks.filter_history import paths_within
from pellucid.engines import Engine, State
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, gradient
from pellucid.graph.ops import Input, Parameter
from pellucid.inspection.computed_kernels import FollowedKernel, followed_kernel
from pellucid.inspection.given import model_of, number_of, path_of, unknown_layer
from pellucid.inspection.running import Runner
from pellucid.layers import Layer
from pellucid.layers.own_filters import weight_named
from pellucid.layers.single_filters import Filter, one_filter
from pellucid.models import Model
from pellucid.network.paths import layers_by_path
from pellucid.optimizers.stages import ACCUMULATOR
from pellucid.training import stages
from pellucid.training.feeds import checked
from pellucid.training.given import Given
from pellucid.training.slots import Slots
from pellucid.training.stepper import LocalStepper
from pellucid.variables import Variable

BIAS = "bias"
"""What is asked about in the place of a filter's weights."""


def compiled(model: object, function: str) -> tuple[Model, LocalStepper]:
    """The model and who trains it.

    Raises:
        ArgumentTypeError: it is no model.
        ArgumentError: it is not built, or not compiled.
    """
    found = model_of(model, function)
    found.require_built()
    if not isinstance(found.stepper, LocalStepper):
        raise ArgumentError(
            f"{function}: {found.name} must be compiled, so that there is a loss: model.compile(optimizer, loss)"
        )
    return found, found.stepper


def copied(model: Model, x: Any) -> tuple[Model, LocalStepper]:
    """A copy of a compiled model, and who trains it: what is done to it is not done to the model.

    Args:
        model: that is copied.
        x: data that it takes; the network of one with a `call` of its own is found anew by them.
    """
    made = copy.deepcopy(model)
    if made.runtime.network is None:
        made.built_network(x)
    assert isinstance(made.stepper, LocalStepper)
    return made, made.stepper


def filter_of(model: Model, layer: object, number: object, which: str | None = None) -> Filter | FollowedKernel:
    """One filter of a layer, which is told by its name, by the path to it, or is the layer itself.

    Raises:
        ArgumentTypeError: the layer or the number is of another kind.
        ArgumentError: there is no such layer or filter, or the layer has no filters.
    """
    found = layer_at(model, path_to_filters(model, layer))
    asked = number_of("filter", number, found.label)
    followed = followed_kernel(found, asked, which) if found.built else None
    if followed is not None:
        return followed
    chosen: Filter = one_filter(found, asked, which)
    return followed_kernel(chosen.layer, chosen.number, chosen.which) or chosen


class FilterBias:
    """The bias of one filter, which is asked about like its weights: an array of one number.

    Args:
        owner: the filter.

    Raises:
        ArgumentError: it has none.
    """

    which = BIAS

    def __init__(self, owner: Filter | FollowedKernel) -> None:
        if isinstance(owner, FollowedKernel):
            owner = one_filter(owner.layer, owner.number)
        if owner.bias is None:
            raise ArgumentError(f"{owner.label} has no bias")
        self.owner, self.layer, self.number = owner, owner.layer, owner.number
        self.place = (..., slice(owner.number, owner.number + 1))
        self.axes = (*("place",) * (weight_of(self).ndim - 1), BIAS)

    @property
    def kernel(self) -> np.ndarray:
        """Its value as it is now."""
        return weight_of(self).numpy()[self.place]


def part_of(
    model: Model, layer: object, number: object, which: str | None = None
) -> Filter | FollowedKernel | FilterBias:
    """The weights of a filter, or its bias where `which` says so; see `filter_of`."""
    if isinstance(which, str) and which == BIAS:  # an array is equal to no word, and says so number by number
        return FilterBias(filter_of(model, layer, number))
    return filter_of(model, layer, number, which)


def path_to_filters(model: Model, layer: object) -> str:
    """The path to a layer of a model, or to one with filters that a layer of it holds.

    A path is taken as it is, but where it leads to a layer whose one part with filters goes by another, that of it.

    Raises:
        ArgumentTypeError: it is neither a path nor a layer.
        ArgumentError: the layer is not in the model.
    """
    known = model.layers_with_filters
    path = path_of(model, next((path for path, each in known.items() if each is layer), layer))
    inside = paths_within(model, path) if path not in known else []
    return inside[0] if len(inside) == 1 and not isinstance(layer_at(model, path), Model) else path


def layer_at(model: Model, path: str) -> Layer:
    """The layer at a path, "inner/conv2d" in a model inside, "block/conv2d" in a layer that holds others with filters;
    of a model with a `call` of its own, too.

    Raises:
        ArgumentError: there is no such layer.
    """
    for layer in model.layers:
        if path == layer.name:
            return layer
        if isinstance(layer, Model) and path.startswith(f"{layer.name}/"):
            return layer_at(layer, path[len(layer.name) + 1 :])
    held: dict[str, Layer] = layers_by_path(model.layers) | dict(model.layers_with_filters)
    if path in held:
        return held[path]
    raise unknown_layer(model, path)


def weight_of(chosen: Any) -> Variable:
    """The weight in which a filter lies."""
    return weight_named(chosen.layer, chosen.which)


def samples_of(stepper: LocalStepper, x: Any, y: Any, sample_weight: Any = None) -> dict[str, np.ndarray]:
    """A batch, checked, by the names under which a step takes it."""
    return checked(stepper, Given(x, y, sample_weight))


class TrainingStep:
    """Forward and loss of a training step on batches of certain shapes.

    Args:
        model: that is trained.
        stepper: who trains it.
        batch: by the names under which a step takes it; its shapes count.

    Attributes:
        stages: what the stages have made.
        graph: of it.
        trained: the weights that training changes.
        slots: what the optimiser remembers; what it will begin with, before the first step.
    """

    def __init__(self, model: Model, stepper: LocalStepper, batch: Mapping[str, np.ndarray]) -> None:
        self.model, self.stepper, runtime = model, stepper, stepper.runtime
        network, shapes = runtime.built, {name: array.shape for name, array in batch.items()}
        inputs = [shapes.pop(name) for name in network.graph_names]
        self.trained = runtime.placed().trained
        self.stages = stages.forward(network, inputs, training=True)
        self.graph = self.stages.graph
        plan = stepper.plan
        stages.add_loss(self.stages, plan.objectives, self.trained, shapes, plan.own_loss, model.name)

    @property
    def loss(self) -> Tensor:
        """All that training makes small."""
        assert self.stages.loss is not None
        return self.stages.loss

    @property
    def data_loss(self) -> Tensor | None:
        """The losses of the outputs alone, without penalties; None where the model itself says what the loss is."""
        parts = self.stages.parts
        return reduce(add, parts) if parts else None

    def own_penalties(self) -> list[tuple[Variable, Tensor]]:
        """The penalties of weights, each with its weight."""
        own = [weight for weight in self.trained if weight.regularizer is not None]
        return list(zip(own, self.stages.penalties[len(self.graph.losses) :], strict=True))

    def penalties(self) -> list[tuple[str, Tensor]]:
        """All penalties, each with a name that tells whose it is."""
        layers = zip(self.graph.losses, self.stages.penalties, strict=False)
        found = [(f"penalty of {given.node.name or 'a layer'}", penalty) for given, penalty in layers]
        own = self.own_penalties()
        return found + [(f"{type(weight.regularizer).__name__} of {weight.name}", each) for weight, each in own]

    @property
    def loss_without_own_penalties(self) -> Tensor | None:
        """What acts through the outputs of layers: the losses, and the penalties of layers; None where nothing does.

        Where the model itself says what the loss is, that.
        """
        if self.stepper.plan.own_loss is not None:
            return self.loss
        parts = [*self.stages.parts, *self.stages.penalties[: len(self.graph.losses)]]
        return reduce(add, parts) if parts else None

    def gradient_of(self, loss: Tensor, weight: Variable) -> Tensor:
        """The gradient of a part of the loss for a weight."""
        (found,) = gradient(loss, [weight.tensor(self.graph)])
        return found

    def needs_trained(self, layer: Layer, weight: Variable, function: str) -> None:
        """Raise `ArgumentError` unless training changes a weight."""
        if not any(each is weight for each in self.trained):
            raise ArgumentError(
                f"{function}: {layer.label} is frozen, so no step changes its {weight.name}; set layer.trainable = True"
            )

    def states(self, slots: Slots) -> dict[str, State]:
        """Where all lies that the graph may read."""
        return {**self.stepper.runtime.placed().states, **slots.by_name}

    def slot_leaves(self, slots: Slots, weight: Variable) -> dict[str, Tensor]:
        """What the optimiser remembers of a weight, as tensors."""
        kept = self.stepper.plan.optimizer.pipeline(weight).slots(weight.shape)
        place = slots.place(weight)
        return {
            name: self.graph.leaf(Parameter(slot.shape, slots.states[name].name, place)) for name, slot in kept.items()
        }

    def scalars(self) -> dict[str, Tensor]:
        """The optimiser's numbers of the step, as inputs of the graph."""
        return {name: self.graph.add(Input((), name)) for name in self.stepper.plan.optimizer.scalars(0)}

    def moved_along(
        self, weight: Variable, slots: Slots, scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What a weight's step is made along: the gradient of this batch, the mean of all batches that are gathered for
        the step, and that clipped by norm; the same tensor where nothing is done."""
        optimizer = self.stepper.plan.optimizer
        members = getattr(optimizer, "optimizers", [])
        needs_all = members or optimizer.global_clipnorm is not None
        stages.add_gradients(self.stages, self.trained if needs_all else [weight], optimizer)
        weights, raw = list(self.stages.gradients), list(self.stages.gradients.values())
        before = [self.slot_leaves(slots, each).get(ACCUMULATOR) for each in weights]
        along, _ = optimizer.gradients(weights, raw, before, scalars)
        place = next(number for number, each in enumerate(weights) if each is weight)
        own = raw[place]
        gathered = before[place]
        mean = own if gathered is None else (own + gathered) / float(self.batches(weight))
        return own, mean, along[place]

    def run(
        self, engine: str | Engine | None, batch: Mapping[str, np.ndarray], slots: Slots | None = None
    ) -> dict[str, np.ndarray]:
        """The outputs of the graph on a batch; with slots those of the optimiser too, which takes its numbers."""
        names, further = self.stepper.runtime.built.graph_names, dict(batch)
        inputs = [further.pop(name) for name in names]
        if slots is None:
            return Runner(self.model, self.graph, engine)(inputs, None, further)
        numbers = self.stepper.plan.optimizer.scalars(self.stepper.runtime.step)
        further |= {name: np.array(value, np.float32) for name, value in numbers.items()}
        return Runner(self.model, self.graph, engine)(inputs, self.states(slots), further)

    def batches(self, weight: Variable) -> int:
        """Of how many batches the gradients make one step of a weight."""
        optimizer = self.stepper.plan.optimizer
        choose = getattr(optimizer, "optimizer_of", None)
        return (optimizer if choose is None else choose(weight)).gradient_accumulation_steps or 1


def slots_of(stepper: LocalStepper) -> Slots:
    """What the optimiser remembers now; before the first step, what it will begin with, in a memory of its own."""
    trained, engine = stepper.runtime.placed().trained, stepper.runtime.engine
    if stepper.slots is not None and stepper.slots.serves(trained, engine):
        return stepper.slots
    fresh = Slots(trained, stepper.plan.optimizer, engine)
    if stepper.slots is not None:
        fresh.write(stepper.slots.read())
    return fresh
