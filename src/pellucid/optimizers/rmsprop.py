"""Gradient descent with steps divided by the root of the recent mean square."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import legacy, schedules
from pellucid.checks import flag, number
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Momentum, Stage, Step
from pellucid.optimizers.update_rule import below_one, epsilon_of

__all__ = ["RMSprop"]


class RootMeanSquare(Stage):
    """step / sqrt(recent mean square of the gradient + epsilon).

    Attributes:
        rho: how much of the mean square is kept in a step.
        epsilon: keeps the divisor from 0.
        centered: whether the square of the recent mean is taken off first, which leaves the variance.
    """

    rho: float
    epsilon: float
    centered: bool
    tangles: ClassVar[str] = ""

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"velocity": 0.0, **({"average_gradient": 0.0} if self.centered else {})}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        gradient = step.gradient
        variance = slots["velocity"] * self.rho + gradient * gradient * (1.0 - self.rho)
        kept = {"velocity": variance}
        if self.centered:
            average = slots["average_gradient"] * self.rho + gradient * (1.0 - self.rho)
            kept["average_gradient"] = average
            variance = variance - average * average
        root = builder.sqrt(variance + self.epsilon)
        return Step(step.weight, gradient, step.step / root, kept, share=lambda part: part / root)


class RMSprop(Optimizer):
    """Gradient descent in which each gradient is divided by the root of its recent mean square.

    Args:
        learning_rate: >= 0.
        rho: how much of the mean square is kept in a step, 0 <= rho < 1.
        momentum: from 0 (none) to 1.
        epsilon: keeps the divisor from 0, > 0; inside the root.
        centered: whether to divide by the standard deviation instead, which takes the recent mean into account.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> [type(stage).__name__ for stage in RMSprop(momentum=0.9).stages]
        ['LearningRate', 'RootMeanSquare', 'Momentum']

    Source: Tieleman and Hinton, Neural networks for machine learning, lecture 6.5, 2012; keras.optimizers.RMSprop.
    """

    keras_order = (("velocity",), ("momentum",), ("average_gradient",))

    @legacy.accepts_old_spelling("RMSprop")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.rho = below_one("RMSprop", "rho", rho)
        self.momentum = number("RMSprop", "momentum", momentum, 0.0, 1.0)
        self.epsilon = epsilon_of("RMSprop", epsilon)
        self.centered = flag("RMSprop", "centered", centered)
        scaling = RootMeanSquare(self.rho, self.epsilon, self.centered)
        super().__init__(
            learning_rate,
            (LearningRate(), scaling, *((Momentum(self.momentum),) if self.momentum else ())),
            **options,
        )

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        settings = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **settings}
