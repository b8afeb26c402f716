"""Gradient descent by signs: each weight moves by the learning rate, up or down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import schedules
from pellucid.checks import SMALLEST, number
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import below_one

__all__ = ["Lion"]


class SignOfMean(Stage):
    """The sign of beta_1 * momentum + (1 - beta_1) * step; the momentum itself forgets at another rate.

    Attributes:
        beta_1: the momentum's part in the sign.
        beta_2: how much of the momentum is kept in a step.
    """

    beta_1: float
    beta_2: float
    adds: ClassVar[str] = "sign of the mean"
    tangles: ClassVar[str] = "Lion steps by signs, and the sign of a sum is no sum of signs"

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"momentum": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`. A number by its size is its sign, and NaN stays NaN."""
        old = slots["momentum"]
        carried = old * self.beta_1
        mixed = carried + step.step * (1.0 - self.beta_1)
        size = builder.maximum(builder.absolute(mixed), SMALLEST)
        return Step(
            step.weight,
            step.gradient,
            mixed / size,
            {"momentum": old * self.beta_2 + step.step * (1.0 - self.beta_2)},
            share=lambda part: part * (1.0 - self.beta_1) / size,
            added={"momentum": lambda: carried / size},
        )


class Lion(Optimizer):
    """Gradient descent by signs: each weight moves by the learning rate, against the sign of a mean of its gradients.

    The step is learning_rate * sign(beta_1 * m + (1 - beta_1) * g), then m = beta_2 * m + (1 - beta_2) * g. Steps are
    larger than Adam's; learning rates 3 to 10 times smaller, and weight decays as much larger, are usual.

    Args:
        learning_rate: >= 0.
        beta_1: the momentum's part in the sign, 0 < beta_1 <= 1.
        beta_2: how much of the momentum is kept in a step, 0 <= beta_2 < 1.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> import numpy as np
        >>> optimizer, w = Lion(0.5), np.array([1.0, 1.0])
        >>> optimizer.apply([[0.001, -100.0]], [w])
        >>> w
        array([0.5, 1.5])

    Source: Chen and others, Symbolic discovery of optimization algorithms, arXiv 2302.06675; keras.optimizers.Lion.
    """

    keras_order = (("momentum",),)

    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.beta_1 = number("Lion", "beta_1", beta_1)
        if not SMALLEST <= self.beta_1 <= 1.0:
            raise ArgumentError(
                "Lion: Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer degenerates to SignSGD. "
                f"Received: beta_1={shown(beta_1)}. So it does at 0, which is out of it too"
            )
        self.beta_2 = below_one("Lion", "beta_2", beta_2)
        super().__init__(learning_rate, (SignOfMean(self.beta_1, self.beta_2), LearningRate()), **options)

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}
