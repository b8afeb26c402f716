"""Gradient descent along the recent mean, divided by the root of the recent mean square."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pellucid import legacy, schedules
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import below_one, epsilon_of

__all__ = ["Adam"]


class Mean(Stage):
    """The recent mean of the steps that came in.

    Attributes:
        beta: how much of the mean is kept in a step.
    """

    beta: float

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"momentum": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        old = slots["momentum"]
        mean = old + (step.step - old) * (1.0 - self.beta)
        return Step(
            step.weight,
            step.gradient,
            mean,
            {"momentum": mean},
            share=lambda part: part * (1.0 - self.beta),
            added={"momentum": lambda: old - old * (1.0 - self.beta)},
        )


class RootOfMeanSquare(Stage):
    """step / (sqrt(recent mean square of the gradient) + epsilon).

    Attributes:
        beta: how much of the mean square is kept in a step.
        epsilon: keeps the divisor from 0.
    """

    beta: float
    epsilon: float

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"velocity": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        square = slots["velocity"]
        square = square + (step.gradient * step.gradient - square) * (1.0 - self.beta)
        divisor = builder.sqrt(square) + self.epsilon
        kept = {"velocity": square}
        return Step(step.weight, step.gradient, step.step / divisor, kept, share=lambda part: part / divisor)


class Adam(Optimizer):
    """Gradient descent along the recent mean of the gradients, divided by the root of their recent mean square.

    Both means start at 0 and would be too small at first; the correction is part of the step's length, alpha =
    learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) in step t = 1, 2, ...

    Args:
        learning_rate: >= 0.
        beta_1: how much of the mean is kept in a step, 0 <= beta_1 < 1.
        beta_2: how much of the mean square is kept in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0; outside the root.
        weight_decay, clipnorm, clipvalue, global_clipnorm, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> round(Adam(0.001).scalars(0)["alpha"], 6)  # 0.001 * sqrt(0.001) / 0.1
        0.000316

    Source: Kingma and Ba, Adam, arXiv 1412.6980, section 2 (the form with "epsilon hat"); keras.optimizers.Adam.
    """

    keras_order = (("momentum", "velocity"),)

    @legacy.accepts_old_spelling("Adam")
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = "adam",
    ) -> None:
        self.beta_1 = below_one("Adam", "beta_1", beta_1)
        self.beta_2 = below_one("Adam", "beta_2", beta_2)
        self.epsilon = epsilon_of("Adam", epsilon)
        super().__init__(
            learning_rate,
            (Mean(self.beta_1), LearningRate("alpha"), RootOfMeanSquare(self.beta_2, self.epsilon)),
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            name=name,
        )

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The length of the step, `alpha`; see `Optimizer.rates`."""
        t = iteration + 1
        return {"alpha": learning_rate * math.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)}

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        settings = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **settings}
