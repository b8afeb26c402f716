"""The next step of a filter, taken apart: the loss, each penalty, clipping, what each stage of the optimiser added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.engines import Engine
from pellucid.errors import ShapeError
from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder
from pellucid.inspection.computed_kernels import BENT, FollowedKernel, trained_weights
from pellucid.inspection.record import Record, snapshot
from pellucid.inspection.training_step import (
    TrainingStep,
    compiled,
    part_of,
    path_to_filters,
    samples_of,
    slots_of,
    weight_of,
)
from pellucid.models import Model
from pellucid.optimizers.splitting import parts_by_stage
from pellucid.training.slots import Slots
from pellucid.training.stepper import LocalStepper
from pellucid.variables import Variable, held

FUNCTION = "update"
LOSS = "loss"


class FilterUpdate(Record, Frozen, eq=False):
    """One step of a filter as the sum of what each cause added.

    Args:
        layer: name of the layer, in a model inside with the path to it.
        kind: the layer's class.
        filter: its number.
        optimizer: the class of who makes the step.
        step: which one it is, from 0.
        names: of the parts, in the order in which they are added: "loss", penalties, "clipping", "momentum", "adaptive
            scaling", "weight_decay", "constraint" and so on; those that there are.
        parts: what each adds to each weight (parts, *kernel).
        before: the filter's weights (spatial..., channels).
        after: the same behind the step.
        kernel_axes: what the axes of the filter are, such as ("rows", "columns", "channels").
        computed_from: the weights from which the layer computes its kernel; "" where that is a weight as it stands. The
            parts are then those of the steps of these weights times the slope of the kernel along them, and "beyond
            first order" is what its formula adds where it is no straight line.

    Raises:
        ShapeError: the parts are not as many as the names, or not of the shape of the filter.

    Example:
        >>> parts = np.array([[[[-0.5]]], [[[0.125]]]])
        >>> weights = np.ones((1, 1, 1)), np.full((1, 1, 1), 0.625)
        >>> names, axes = ("loss", "L2 of kernel"), ("rows", "columns", "channels")
        >>> made = FilterUpdate("conv", "Conv2D", 0, "SGD", 0, names, parts, *weights, axes)
        >>> made.change.tolist(), float(np.abs(made.remainder).max()), made.shares.tolist()
        ([[[-0.375]]], 0.0, [1.3333333333333333, -0.3333333333333333])
    """

    layer: str
    kind: str
    filter: int
    optimizer: str
    step: int
    names: tuple[str, ...]
    parts: np.ndarray
    before: np.ndarray
    after: np.ndarray
    kernel_axes: tuple[str, ...]
    computed_from: str = ""

    def __post_init__(self) -> None:
        for name in ("parts", "before", "after"):
            object.__setattr__(self, name, snapshot(getattr(self, name), f"{name} of the update of {self.layer}"))
        check_parts(self.layer, self.names, self.parts, self.before, self.after)

    @property
    def axes(self) -> tuple[str, ...]:
        """What each axis of the parts stands for."""
        return ("part", *self.kernel_axes)

    @property
    def change(self) -> np.ndarray:
        """What the step adds to each weight, in float64."""
        return self.after.astype(np.float64) - self.before

    @property
    def remainder(self) -> np.ndarray:
        """The change less the sum of the parts: rounding."""
        return self.change - self.parts.sum(axis=0, dtype=np.float64)

    @property
    def shares(self) -> np.ndarray:
        """How far each part goes along the change, as a share of it: 1 all together; below 0 for one that goes back."""
        return shares_of(self.parts, self.change)


def check_parts(layer: str, names: tuple[str, ...], parts: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """Raise `ShapeError` unless there is a part for each name, each of the shape of the weights before and after."""
    if parts.shape != (len(names), *before.shape) or before.shape != after.shape:
        raise ShapeError(
            f"{layer}: expected {len(names)} parts of the shape of the filter {before.shape}, got {parts.shape} and "
            f"{after.shape} behind it"
        )


def shares_of(parts: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The projection of each part on the change, as a share of its length; 0 where nothing changes."""
    with np.errstate(invalid="ignore", over="ignore"):
        square = float(np.vdot(change, change))
        along = parts.reshape(len(parts), -1).astype(np.float64) @ change.ravel()
        return np.asarray(along / square) if square else np.zeros(len(parts))


@explained
def update(
    model: Model,
    x: Any,
    y: Any,
    layer: Any,
    filter: int,
    *,
    sample_weight: Any = None,
    which: str | None = None,
    engine: str | Engine | None = None,
) -> FilterUpdate:
    """Take the step apart that training would make next on a batch, for one filter; nothing is changed.

    The step begins as the gradient of the loss and of each penalty, times the rates of the optimiser: what plain
    gradient descent at its rate would do. What each stage adds to that is its part, in the order of the stages:
    clipping, momentum (what earlier gradients add), adaptive scaling (what division by the size of the gradients adds).
    Weight decay, the constraint and the averaging of weights come last. Their sum is the step.

    Args:
        model: a built and compiled one.
        x: the batch, as `train_on_batch` takes it.
        y: its targets.
        layer: the layer, its name, or the path to it in a model inside, "inner/conv2d".
        filter: the number of the filter; of a dense layer, of the unit.
        sample_weight: how much each sample counts.
        which: the name of the weight, where a layer has several banks of filters; "bias" for the filter's bias.
        engine: who computes, the model's own by default; "reference" for float64.

    Returns:
        the parts and the weights before and behind the step. Random layers draw what they will draw in that step.

    Raises:
        ArgumentError: the model is not compiled, there is no such filter, or training leaves it alone.
        DataError: the batch does not fit the model.

    Example:
        >>> from pellucid import Sequential, layers, optimizers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_regularizer="l2", name="d")])
        >>> model.layers[0].kernel[...] = 1.0
        >>> model.compile(optimizers.SGD(0.5), "mse")
        >>> step = update(model, [[1.0]], [[3.0]], "d", 0)  # the loss is (w - 3)^2 + 0.01 w^2
        >>> [(name, f"{float(part[0]):.3f}") for name, part in zip(step.names, step.parts)], f"{step.after[0]:.3f}"
        ([('loss', '2.000'), ('L2 of kernel', '-0.010')], '2.990')

    Source: `optimizers.stages`; for the order of the stages, the papers that each optimiser names.
    """
    model, stepper = compiled(model, FUNCTION)
    chosen = part_of(model, layer, filter, which)
    batch = samples_of(stepper, x, y, sample_weight)
    if isinstance(chosen, FollowedKernel):
        mine = _of_computed(model, stepper, chosen, batch, engine)
    else:
        whole = _stepped(model, stepper, chosen.layer, weight_of(chosen), batch, engine)
        parts = {name: part[chosen.place] for name, part in whole.parts.items()}
        mine = _Stepped(parts, whole.before[chosen.place], whole.after[chosen.place], whole.always)
    told = {name: part for name, part in mine.parts.items() if name in (LOSS, *mine.always) or part.any()}
    return FilterUpdate(
        layer=path_to_filters(model, layer),
        kind=type(chosen.layer).__name__,
        filter=chosen.number,
        optimizer=type(stepper.plan.optimizer).__name__,
        step=stepper.runtime.step,
        names=tuple(told),
        parts=np.stack(list(told.values())),
        before=mine.before,
        after=mine.after,
        kernel_axes=chosen.axes,
        computed_from=chosen.which if isinstance(chosen, FollowedKernel) else "",
    )


class _Stepped(Frozen, eq=False):
    """The numbers of a step, of a weight or of a filter; and which parts are told even where they are 0."""

    parts: dict[str, np.ndarray]
    before: np.ndarray
    after: np.ndarray
    always: tuple[str, ...]


def _stepped(
    model: Model, stepper: LocalStepper, layer: Any, weight: Variable, batch: Mapping[str, np.ndarray], engine: Any
) -> _Stepped:
    """The next step of a whole weight."""
    step, slots = TrainingStep(model, stepper, batch), slots_of(stepper)
    step.needs_trained(layer, weight, FUNCTION)
    outputs = _emit(step, slots, weight)
    step.graph.outputs = {f"part {name}": tensor for name, tensor in outputs.parts.items()}
    step.graph.outputs |= {"before": outputs.before, "after": outputs.after}
    found = step.run(engine, batch, slots)
    parts = {name: found[f"part {name}"] for name in outputs.parts}
    return _Stepped(parts, found["before"], found["after"], outputs.always)


def _of_computed(
    model: Model, stepper: LocalStepper, kernel: FollowedKernel, batch: Mapping[str, np.ndarray], engine: Any
) -> _Stepped:
    """The next step of a filter of a computed kernel: what each part of the steps of its weights makes of it."""
    trained = stepper.runtime.placed().trained
    moving = trained_weights(kernel, trained) or kernel.weights  # of which the first then says that it is frozen
    steps = {name: _stepped(model, stepper, kernel.layer, each, batch, engine) for name, each in moving.items()}
    before = kernel.values() | {name: step.before for name, step in steps.items()}
    after = before | {name: step.after for name, step in steps.items()}
    names = dict.fromkeys(name for step in steps.values() for name in step.parts)
    parts = {
        name: kernel.slope(before, {each: step.parts[name] for each, step in steps.items() if name in step.parts})
        for name in names
    }
    parts[BENT] = kernel.bent(
        before, {each: np.subtract(after[each], before[each], dtype=np.float64) for each in steps}
    )
    always = tuple(dict.fromkeys(name for step in steps.values() for name in step.always))
    return _Stepped(parts, kernel.kernel_with(before), kernel.kernel_with(after), always)


class _Emitted(Frozen, eq=False):
    """The parts of a step by name, the weight before and after; and which parts are told even where they are 0."""

    parts: dict[str, Tensor]
    before: Tensor
    after: Tensor
    always: tuple[str, ...]


def _emit(step: TrainingStep, slots: Slots, weight: Variable) -> _Emitted:
    """Emit the step of a weight, part by part."""
    optimizer, scalars = step.stepper.plan.optimizer, step.scalars()
    pipeline, leaves = optimizer.pipeline(weight), step.slot_leaves(slots, weight)
    own, mean, along = step.moved_along(weight, slots, scalars)
    causes = _causes(step, weight, own)
    if mean is not own:
        causes["earlier batches"] = mean - own
    if _clips_by_norm(optimizer):
        causes["clipping"] = along - mean
    old, frozen = weight.tensor(step.graph), weight.frozen_part
    parts = parts_by_stage(pipeline, old, along, causes, leaves, scalars)
    parts = {name: held(frozen, 0.0, builder.broadcast_to(part, weight.shape)) for name, part in parts.items()}
    new, _ = pipeline.update(old, along, leaves, scalars)
    stepped = held(frozen, old, new)
    always = tuple(name for name in parts if name not in causes)
    if weight.constraint is not None:
        constrained = held(frozen, old, builder.reshape(weight.constraint(stepped), weight.shape))
        parts["constraint"], stepped, always = constrained - stepped, constrained, (*always, "constraint")
    return _Emitted(parts, old, stepped, always)


def _clips_by_norm(optimizer: Any) -> bool:
    members = getattr(optimizer, "optimizers", [optimizer])
    return any(each.clipnorm is not None or each.global_clipnorm is not None for each in members)


def _causes(step: TrainingStep, weight: Variable, own: Tensor) -> dict[str, Tensor]:
    """The gradient of this batch as that of the loss and those of the penalties, by name."""
    data, frozen = step.data_loss, weight.frozen_part
    if data is None and not step.stages.penalties:
        return {LOSS: own}
    if data is None and step.stepper.plan.own_loss is not None:
        return {LOSS: own}  # what the model's own compute_loss gave, penalties and all
    found = {} if data is None else {LOSS: held(frozen, 0.0, step.gradient_of(data, weight))}
    for name, penalty in step.penalties():
        part = held(frozen, 0.0, step.gradient_of(penalty, weight))
        found[name] = found[name] + part if name in found else part
    return found
