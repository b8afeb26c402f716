"""Adam with averaging in the place of a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import schedules
from pellucid.checks import positive, whole
from pellucid.graph import Tensor
from pellucid.optimizers.adam import RootOfMeanSquare
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import MOST, below_one, epsilon_of

__all__ = ["ScheduleFreeAdamW"]


class BetweenPathAndMean(Stage):
    """The step is taken by a path of its own; the weight lies between that path and the mean of all its points.

    Attributes:
        beta: the mean's part in the weight.
    """

    beta: float
    adds: ClassVar[str] = "averaging"
    tangles: ClassVar[str] = "ScheduleFreeAdamW averages the weights themselves, so that each step depends on them"

    def slots(self) -> dict[str, float | None]:
        """See `Stage.slots`. The path begins at the weight."""
        return {"momentum": None}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        weight, before, counts, beta = step.weight, slots["momentum"], scalars["counts"], self.beta
        path = before - step.step
        mean = (weight - before * (1.0 - beta)) / beta
        mean = mean + (path - mean) * counts
        moved = weight - (path * (1.0 - beta) + mean * beta)

        def share(part: Tensor) -> Tensor:
            return part * (1.0 - beta) + part * counts * beta

        return Step(
            weight,
            step.gradient,
            moved,
            {"momentum": path},
            share,
            added={"momentum": lambda: moved - share(step.step)},
        )


class ScheduleFreeAdamW(Optimizer):
    """Adam without a schedule: gradients are taken between a path that steps follow and the mean of all its points.

    The path moves by learning_rate * g / (sqrt(v / (1 - beta_2^t)) + epsilon), the mean counts each of its points
    alike, and the weight is (1 - beta_1) * path + beta_1 * mean. How long the training will be need not be known.

    Args:
        learning_rate: >= 0.
        beta_1: the mean's part in the weight, 0 < beta_1 < 1.
        beta_2: how much of the mean square of gradients is kept in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0; outside the root.
        warmup_steps: over which the learning rate rises along a straight line, >= 0.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> ScheduleFreeAdamW(0.5, warmup_steps=10).scalars(1)["learning_rate"]
        0.1

    Source: Defazio and others, The road less scheduled, arXiv 2405.15682; keras.optimizers.ScheduleFreeAdamW.
    """

    keras_order = (("momentum", "velocity"),)

    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **options: Unpack[SharedOptions],
    ) -> None:
        owner = "ScheduleFreeAdamW"
        self.beta_1 = below_one(owner, "beta_1", positive(owner, "beta_1", beta_1, "the mean would have no part in it"))
        self.beta_2, self.epsilon = below_one(owner, "beta_2", beta_2), epsilon_of(owner, epsilon)
        self.warmup_steps = whole(owner, "warmup_steps", warmup_steps, 0, MOST)
        scaling = RootOfMeanSquare(self.beta_2, self.epsilon, corrected=True)
        super().__init__(learning_rate, (LearningRate(), scaling, BetweenPathAndMean(self.beta_1)), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The rate on its way up, the correction of the mean square, and what a point counts; see `Optimizer.rates`."""
        t = iteration + 1
        return {
            "learning_rate": learning_rate * (min(t / self.warmup_steps, 1.0) if self.warmup_steps else 1.0),
            "correction": 1.0 / (1.0 - self.beta_2**t),
            "counts": 1.0 / t,
        }

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "warmup_steps": self.warmup_steps,
        }
