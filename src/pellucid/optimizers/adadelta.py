"""Gradient descent in which the steps so far say how large the next one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import legacy, schedules
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import below_one, epsilon_of

__all__ = ["Adadelta"]


class RatioOfRoots(Stage):
    """step * rms(steps) / rms(gradients), with recent means.

    Attributes:
        rho: how much of both means is kept in a step.
        epsilon: is added inside both roots.
    """

    rho: float
    epsilon: float
    tangles: ClassVar[str] = ""

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        gradient, old = step.gradient, slots["accumulated_delta_var"]
        gradients = slots["accumulated_grad"] * self.rho + gradient * gradient * (1.0 - self.rho)
        above, below = builder.sqrt(old + self.epsilon), builder.sqrt(gradients + self.epsilon)
        scaled = step.step * above / below
        kept = {
            "accumulated_grad": gradients,
            "accumulated_delta_var": old * self.rho + scaled * scaled * (1.0 - self.rho),
        }
        return Step(step.weight, gradient, scaled, kept, share=lambda part: part * above / below)


class Adadelta(Optimizer):
    """Gradient descent in which the steps so far say how large the next one is.

    With means that forget at the rate `rho`, the step is learning_rate * g * rms(steps) / rms(gradients), where
    rms(x) = sqrt(mean of x² + epsilon). Keras 1 and 2 used it with a learning rate of 1.

    Args:
        learning_rate: >= 0.
        rho: share of the old means that is kept, from 0 to below 1.
        epsilon: makes the first steps possible, > 0.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> [type(stage).__name__ for stage in Adadelta(1.0).stages]
        ['RatioOfRoots', 'LearningRate']

    Source: Zeiler, ADADELTA, arXiv 1212.5701, algorithm 1; keras.optimizers.Adadelta.
    """

    keras_order = (("accumulated_grad", "accumulated_delta_var"),)

    @legacy.accepts_old_spelling("Adadelta")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.rho, self.epsilon = below_one("Adadelta", "rho", rho), epsilon_of("Adadelta", epsilon)
        super().__init__(
            learning_rate,
            (RatioOfRoots(self.rho, self.epsilon), LearningRate()),
            **options,
        )

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}
