"""A step of an optimiser as a sequence of stages, each an elementwise change on flat arrays of many weights.

A step begins as the gradient, goes through the stages in order, and is taken off the weight. All that they emit is one
elementwise chain: one pass over memory, however many stages there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from pellucid.frozen import Frozen
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape

__all__ = ["Decay", "LearningRate", "Momentum", "Pipeline", "Slot", "Stage", "Step"]


def _unchanged(part: Tensor) -> Tensor:
    return part


class Slot(Frozen):
    """An array that an optimiser keeps for a weight.

    Attributes:
        shape: of the array.
        initial: the number that it holds before the first step.
    """

    shape: Shape
    initial: float = 0.0


class Step(Frozen, eq=False):
    """A step on its way through the stages; all tensors have one shape.

    Attributes:
        weight: what the step will be taken off.
        gradient: what stages measure; the step began as it.
        step: the step now.
        slots: what the last stage wants to be kept, by name.
        share: what the last stage has made of a part of the step that came in; it is linear.
        added: parts that the last stage brought in besides, by name. They are emitted only where somebody asks.
    """

    weight: Tensor
    gradient: Tensor
    step: Tensor
    slots: Mapping[str, Tensor] = field(default_factory=dict)
    share: Callable[[Tensor], Tensor] = _unchanged
    added: Mapping[str, Callable[[], Tensor]] = field(default_factory=dict)


class Stage(Frozen):
    """The base of all stages: a record of settings. Stages that are equal do the same."""

    def slots(self) -> dict[str, float]:
        """What is kept from step to step: names, and the number that each array holds at first."""
        return {}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """The step behind this stage.

        Args:
            step: the step before it.
            slots: what all stages kept, by name.
            scalars: the numbers of this step (`Optimizer.scalars`), of shape ().
        """
        raise NotImplementedError(f"{type(self).__name__} must say what it makes of a step")


class LearningRate(Stage):
    """step * rate.

    Attributes:
        scalar: which number of the step the rate is.
    """

    scalar: str = "learning_rate"

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


class Decay(Stage):
    """The weight shrinks by itself: weight * decay is taken off besides the step. Comes last: nothing scales it.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, arXiv 1711.05101.
    """

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        lost = step.weight * scalars["decay"]
        return Step(step.weight - lost, step.gradient, step.step, added={"weight_decay": lambda: lost})


class Pipeline(Frozen):
    """How the weights of a flat array are stepped. Weights whose pipelines are equal may lie in one array.

    Attributes:
        stages: in order.

    Example:
        >>> pipeline = Pipeline((LearningRate(), Momentum(0.9)))
        >>> pipeline.slots((3, 3))
        {'momentum': Slot(shape=(3, 3), initial=0.0)}
    """

    stages: tuple[Stage, ...]

    def slots(self, shape: Shape) -> dict[str, Slot]:
        """What is kept for a weight of this shape, by name."""
        return {name: Slot(shape, initial) for stage in self.stages for name, initial in stage.slots().items()}

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Emit one step.

        Args:
            weight: of any shape, such as all weights of a segment in a row.
            gradient: of the same shape.
            slots: for each name in `slots(...)` what is remembered, of the same shape.
            scalars: for each name in `Optimizer.scalars(...)` its value, of shape ().

        Returns:
            the new weight, and the new slots by name.
        """
        step = Step(weight, gradient, gradient)
        kept: dict[str, Tensor] = {}
        for stage in self.stages:
            step = stage.emit(step, slots, scalars)
            kept.update(step.slots)
        return step.weight - step.step, kept

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
            contributions by name: of each cause, and of what stages brought in ("momentum", "clipping",
            "weight_decay").
        """
        step, parts = Step(weight, gradient, gradient), dict(causes)
        for stage in self.stages:
            step = stage.emit(step, slots, scalars)
            parts = {name: step.share(part) for name, part in parts.items()}
            for name, emit in step.added.items():
                parts[name] = parts[name] + emit() if name in parts else emit()
        return {name: -part for name, part in parts.items()}
