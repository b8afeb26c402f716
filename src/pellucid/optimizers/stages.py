"""A step of an optimiser as a sequence of stages, each a change of the step on its way to the weight.

A step begins as the gradient, goes through the stages in order, and is taken off the weight. Most stages work element
by element, on flat arrays of many weights: all that they emit is one elementwise chain, one pass over memory, however
many stages there are. A stage that is `whole` (it needs norms, or a matrix) sees each weight alone, in its own shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import ClassVar

from pellucid.frozen import Frozen
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape

__all__ = ["ACCUMULATOR", "AVERAGE", "LearningRate", "Momentum", "Pipeline", "Slot", "Stage", "Step", "numbers_with"]

AVERAGE = "average"
"""The slot of a weight's moving average."""
ACCUMULATOR = "gradient_accumulator"
"""The slot in which gradients are gathered for a step that is made along several (`gathering`)."""


def _unchanged(part: Tensor) -> Tensor:
    return part


class Slot(Frozen):
    """An array that an optimiser keeps for a weight.

    Attributes:
        shape: of the array.
        initial: the number that it holds before the first step; None where it begins as the weight itself.
    """

    shape: Shape
    initial: float | None = 0.0


class Step(Frozen, eq=False):
    """A step on its way through the stages; all tensors have one shape.

    Attributes:
        weight: what the step will be taken off.
        gradient: what stages measure; the step began as it.
        step: the step now.
        slots: what the last stage wants to be kept, by name.
        share: what the last stage has made of a part of the step that came in; it is linear.
        added: parts that the last stage brought in besides, by name. They are emitted only where somebody asks.
        new: the new weight, where the last stage says it itself; None for the weight without the step.
    """

    weight: Tensor
    gradient: Tensor
    step: Tensor
    slots: Mapping[str, Tensor] = field(default_factory=dict)
    share: Callable[[Tensor], Tensor] = _unchanged
    added: Mapping[str, Callable[[], Tensor]] = field(default_factory=dict)
    new: Tensor | None = None

    @property
    def stepped(self) -> Tensor:
        """The weight behind the step."""
        return self.weight - self.step if self.new is None else self.new


class Stage(Frozen):
    """The base of all stages: a record of settings. Stages that are equal do the same.

    Attributes:
        whole: whether it must see each weight alone, in its own shape; else it works element by element.
        adds: what its part of a step is called; "" for one that stretches all parts alike (`rate`).
        carries: the slot in which it carries earlier steps on, if it does: in that slot and the step it is linear.
        tangles: why its step is no sum of what parts of a gradient make of it; "" where it is, number by number, once
            its scale is known.
    """

    whole: ClassVar[bool] = False
    adds: ClassVar[str] = "adaptive scaling"
    carries: ClassVar[str | None] = None
    tangles: ClassVar[str] = "it does not say that its step is linear in the gradient (`Stage.tangles`)"

    def slots(self) -> Mapping[str, float | None]:
        """What is kept from step to step in the weight's shape: names, and with what it begins (`Slot.initial`)."""
        return {}

    def kept(self, shape: Shape) -> dict[str, Slot]:
        """All that is kept for a weight of this shape. One that is `whole` may keep arrays of other, smaller shapes."""
        return {name: Slot(shape, initial) for name, initial in self.slots().items()}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """The step behind this stage.

        Args:
            step: the step before it.
            slots: what all stages kept, by name.
            scalars: the numbers of this step (`Optimizer.scalars`), of shape ().
        """
        raise NotImplementedError(f"{type(self).__name__} must say what it makes of a step")

    def rate(self, scalars: Mapping[str, Tensor]) -> Tensor | None:
        """By how much it stretches any step, whatever it does besides: a learning rate; None for not at all."""
        return None


class LearningRate(Stage):
    """step * rate.

    Attributes:
        scalar: which number of the step the rate is.
    """

    scalar: str = "learning_rate"
    adds: ClassVar[str] = ""
    tangles: ClassVar[str] = ""

    def rate(self, scalars: Mapping[str, Tensor]) -> Tensor:
        """See `Stage.rate`."""
        return scalars[self.scalar]

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        rate = scalars[self.scalar]
        return Step(step.weight, step.gradient, step.step * rate, share=lambda part: part * rate)


class Momentum(Stage):
    """velocity = momentum * velocity + step, and the step is the velocity.

    Attributes:
        momentum: which share of the velocity is carried over, 0 to 1.
        nesterov: whether to look ahead along the velocity: the step is momentum * velocity + step.

    Source: Sutskever, Martens, Dahl and Hinton, ICML 2013, equations 1 to 4.
    """

    momentum: float
    nesterov: bool = False
    adds: ClassVar[str] = "momentum"
    carries: ClassVar[str] = "momentum"
    tangles: ClassVar[str] = ""

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"momentum": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        carried = slots["momentum"] * self.momentum
        velocity = carried + step.step
        kept = {"momentum": velocity}
        if not self.nesterov:
            return Step(step.weight, step.gradient, velocity, kept, added={"momentum": lambda: carried})
        return Step(
            step.weight,
            step.gradient,
            velocity * self.momentum + step.step,
            kept,
            share=lambda part: part * self.momentum + part,
            added={"momentum": lambda: carried * self.momentum},
        )


class Pipeline(Frozen):
    """How the weights of a flat array are stepped. Weights whose pipelines are equal may lie in one array.

    The weight shrinks by itself first (decoupled weight decay), then the step is made and taken off it. A step that is
    made along several gradients changes nothing until the last of them is there. The moving average of a weight comes
    last.

    Attributes:
        stages: in order.
        decay: the name of the scalar that says which share of the weight is lost; None for none.
        accumulates: whether a step waits until its gradients are gathered (scalar "acts", 1 or 0).
        averages: whether a moving average is kept (scalar "ema", how much of it stays).
        overwrites: whether the average takes the place of the weight at times (scalar "overwrites", 1 or 0).
        prefix: with which the names of this pipeline's scalars begin, where several optimisers share a step.

    Example:
        >>> pipeline = Pipeline((LearningRate(), Momentum(0.9)))
        >>> pipeline.slots((3, 3))
        {'momentum': Slot(shape=(3, 3), initial=0.0)}

    Source: for the decay, Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv 1711.05101.
    """

    stages: tuple[Stage, ...]
    decay: str | None = None
    accumulates: bool = False
    averages: bool = False
    overwrites: bool = False
    prefix: str = ""

    @property
    def whole(self) -> bool:
        """Whether each weight must be stepped alone, in its own shape."""
        return any(stage.whole for stage in self.stages)

    def slots(self, shape: Shape) -> dict[str, Slot]:
        """What is kept for a weight of this shape, by name."""
        found = {AVERAGE: Slot(shape, None)} if self.averages else {}
        found |= {ACCUMULATOR: Slot(shape)} if self.accumulates else {}
        for stage in self.stages:
            found |= stage.kept(shape)
        return found

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Emit one step.

        Args:
            weight: of any shape, such as all weights of a segment in a row; of its own where the pipeline is `whole`.
            gradient: of the same shape; what was gathered, where steps are made along several.
            slots: for each name in `slots(...)` what is remembered.
            scalars: for each name in `Optimizer.scalars(...)` its value, of shape ().

        Returns:
            the new weight, and the new slots by name. Gradients are gathered elsewhere (`gathering`).
        """
        scalars = numbers_with(self.prefix, scalars)
        step = Step(self.decayed(weight, scalars)[0], gradient, gradient)
        kept: dict[str, Tensor] = {}
        for stage in self.stages:
            step = stage.emit(step, slots, scalars)
            kept.update(step.slots)
        new = step.stepped
        if self.accumulates:
            new = builder.where(scalars["acts"], new, weight)
            kept = {name: builder.where(scalars["acts"], value, slots[name]) for name, value in kept.items()}
        if self.averages:
            kept[AVERAGE] = _average(slots, new, scalars)
        return (builder.where(scalars["overwrites"], kept[AVERAGE], new) if self.overwrites else new), kept

    def decayed(self, weight: Tensor, scalars: Mapping[str, Tensor]) -> tuple[Tensor, Tensor | None]:
        """The weight as it is before the step, and what it has lost."""
        if self.decay is None:
            return weight, None
        lost = weight * scalars[self.decay]
        return weight - lost, lost

    def explain(
        self,
        weight: Tensor,
        gradient: Tensor,
        causes: Mapping[str, Tensor],
        slots: Mapping[str, Tensor],
        scalars: Mapping[str, Tensor],
    ) -> dict[str, Tensor]:
        """Emit what each cause contributes to a step: the new weight is the old one and the sum of these.

        Args:
            weight: as for `update`.
            gradient: as for `update`.
            causes: parts of the gradient by name, which add up to it: {"loss": ..., "penalties": ..., "clipping": ...}.
            slots: as for `update`.
            scalars: as for `update`.

        Returns:
            contributions by name: of each cause, and of what else there was ("momentum", "clipping", "weight_decay",
            "averaging").
        """
        scalars = numbers_with(self.prefix, scalars)
        decayed, lost = self.decayed(weight, scalars)
        step, parts = Step(decayed, gradient, gradient), dict(causes)
        for stage in self.stages:
            step = stage.emit(step, slots, scalars)
            parts = {name: step.share(part) for name, part in parts.items()}
            for name, emit in step.added.items():
                parts[name] = parts[name] + emit() if name in parts else emit()
        return self.completed(parts, lost, step.stepped, weight, slots, scalars)

    def completed(
        self,
        parts: dict[str, Tensor],
        lost: Tensor | None,
        new: Tensor,
        weight: Tensor,
        slots: Mapping[str, Tensor],
        scalars: Mapping[str, Tensor],
    ) -> dict[str, Tensor]:
        """The parts of a step, with what comes before and behind the stages, as what the weight gains by them."""
        if lost is not None:
            parts["weight_decay"] = lost
        if self.accumulates:
            acts = scalars["acts"]
            parts = {name: builder.where(acts, part, 0.0) for name, part in parts.items()}
            new = builder.where(acts, new, weight)
        if self.overwrites:
            parts["averaging"] = builder.where(scalars["overwrites"], new - _average(slots, new, scalars), 0.0)
        return {name: -part for name, part in parts.items()}


def numbers_with(prefix: str, scalars: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Those of the numbers of a step whose names begin so, without that."""
    if not prefix:
        return scalars
    return {name.removeprefix(prefix): value for name, value in scalars.items() if name.startswith(prefix)}


def _average(slots: Mapping[str, Tensor], new: Tensor, scalars: Mapping[str, Tensor]) -> Tensor:
    """The moving average behind a step."""
    return new + (slots[AVERAGE] - new) * scalars["ema"]
