"""Gradient descent with steps divided by the root of the sum of all squares so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import legacy, schedules
from pellucid.checks import number
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import epsilon_of

__all__ = ["Adagrad"]


class RootSumSquare(Stage):
    """step / sqrt(sum of the squares of all gradients + epsilon).

    Attributes:
        initial: what the sum begins with.
        epsilon: keeps the divisor from 0.
    """

    initial: float
    epsilon: float
    tangles: ClassVar[str] = ""

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"accumulator": self.initial}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        total = slots["accumulator"] + step.gradient * step.gradient
        root = builder.sqrt(total + self.epsilon)
        kept = {"accumulator": total}
        return Step(step.weight, step.gradient, step.step / root, kept, share=lambda part: part / root)


class Adagrad(Optimizer):
    """Gradient descent in which each gradient is divided by the root of the sum of all its squares so far.

    sum += g²; the step is learning_rate * g / sqrt(sum + epsilon).

    Args:
        learning_rate: >= 0.
        initial_accumulator_value: what the sum begins with, >= 0.
        epsilon: keeps the divisor from 0, > 0.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> Adagrad(0.1).stages[1].slots()
        {'accumulator': 0.1}

    Source: Duchi, Hazan and Singer, JMLR 12 (2011); keras.optimizers.Adagrad.
    """

    keras_order = (("accumulator",),)

    @legacy.accepts_old_spelling("Adagrad")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.initial_accumulator_value = number("Adagrad", "initial_accumulator_value", initial_accumulator_value, 0.0)
        self.epsilon = epsilon_of("Adagrad", epsilon)
        super().__init__(
            learning_rate,
            (LearningRate(), RootSumSquare(self.initial_accumulator_value, self.epsilon)),
            **options,
        )

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        own = {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **own}
