"""Adam's step, stretched for each weight to the length of the weight: for large batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import schedules
from pellucid.graph import Tensor, builder
from pellucid.optimizers.adam import Mean, RootOfMeanSquare
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import below_one, epsilon_of

__all__ = ["Lamb"]


class AsLongAsTheWeight(Stage):
    """step * norm(weight) / norm(step); the step itself where one of the norms is 0."""

    whole: ClassVar[bool] = True
    tangles: ClassVar[str] = ""

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        length, own = _norm(step.weight), _norm(step.step)
        ratio = builder.where(length * own, length / builder.where(own, own, 1.0), 1.0)
        return Step(step.weight, step.gradient, step.step * ratio, share=lambda part: part * ratio)


def _norm(x: Tensor) -> Tensor:
    return builder.sqrt(builder.reduce_sum(x * x))


class Lamb(Optimizer):
    """Adam's step, made as long as the weight that it changes, times the learning rate.

    With both means corrected for having begun at 0, u = mean / (sqrt(mean square) + epsilon), and the step is
    learning_rate * norm(w) / norm(u) * u, with the norms of a whole weight (a kernel, a bias).

    Args:
        learning_rate: >= 0.
        beta_1: how much of the mean is kept in a step, 0 <= beta_1 < 1.
        beta_2: how much of the mean square is kept in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0; outside the root.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> import numpy as np
        >>> optimizer, w = Lamb(0.5), np.array([3.0, 4.0])
        >>> optimizer.apply([[1.0, 1.0]], [w])
        >>> (w - [3.0, 4.0]).round(3)  # a step of half the length of w, 5
        array([-1.768, -1.768])

    Source: You and others, Large batch optimization for deep learning, arXiv 1904.00962; keras.optimizers.Lamb.
    """

    keras_order = (("momentum", "velocity"),)

    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.beta_1, self.beta_2 = below_one("Lamb", "beta_1", beta_1), below_one("Lamb", "beta_2", beta_2)
        self.epsilon = epsilon_of("Lamb", epsilon)
        direction = (
            Mean(self.beta_1),
            LearningRate("mean_correction"),
            RootOfMeanSquare(self.beta_2, self.epsilon, corrected=True),
        )
        super().__init__(learning_rate, (*direction, AsLongAsTheWeight(), LearningRate()), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The learning rate, and the corrections of both means; see `Optimizer.rates`."""
        t = iteration + 1
        return {
            "learning_rate": learning_rate,
            "mean_correction": 1.0 / (1.0 - self.beta_1**t),
            "correction": 1.0 / (1.0 - self.beta_2**t),
        }

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
