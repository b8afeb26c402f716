"""Gradient descent that keeps weights at exactly 0 where they are not needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import schedules
from pellucid.checks import SMALLEST, number
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import Stage, Step

__all__ = ["Ftrl"]


class RegularizedLeader(Stage):
    """To the point that would have been best for all gradients so far, with penalties.

    Attributes:
        power: of the sum of squares, >= 0.
        initial: what the sum of squares begins with.
        l1: strength of the penalty on sizes.
        l2: strength of the penalty on squares.
        shrinkage: strength of the penalty on the squares of the weights as they are.
    """

    power: float
    initial: float
    l1: float
    l2: float
    shrinkage: float
    adds: ClassVar[str] = "regularized leader"
    tangles: ClassVar[str] = "Ftrl computes each weight anew from all gradients so far, and cuts it at zero"

    def rate(self, scalars: Mapping[str, Tensor]) -> Tensor:
        """See `Stage.rate`."""
        return 1.0 / scalars["inverse_rate"]

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"accumulator": self.initial, "linear": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        weight, gradient, old, inverse = step.weight, step.gradient, slots["accumulator"], scalars["inverse_rate"]
        total = old + gradient * gradient
        root, root_before = self._raised(total), self._raised(old)
        along = gradient + weight * (2.0 * self.shrinkage) if self.shrinkage else gradient
        linear = slots["linear"] + along - (root - root_before) * inverse * weight
        curvature = builder.maximum(root * inverse + scalars["double_l2"], SMALLEST)  # 0 before the first gradient
        new = (builder.clip(linear, -self.l1, self.l1) - linear) / curvature
        moved = weight - new
        return Step(
            weight,
            gradient,
            moved,
            {"accumulator": total, "linear": linear},
            share=lambda part: part / curvature,
            added={"momentum": lambda: moved - gradient / curvature},
        )

    def _raised(self, squares: Tensor) -> Tensor:
        return builder.sqrt(squares) if self.power == 0.5 else builder.power(squares, self.power)


class Ftrl(Optimizer):
    """Follow the regularised leader: weights that few gradients ask for stay at exactly 0 under an l1 penalty.

    With n the sum of the squares of all gradients, root = n^(-learning_rate_power), and linear += g - (new root - old
    root) / learning_rate * w, the weight becomes (clip(linear, -l1, l1) - linear) / (root / learning_rate + 2 * l2 +
    beta / learning_rate).

    Args:
        learning_rate: > 0.
        learning_rate_power: by which steps become shorter, <= 0; 0 for steps that stay as long as they are.
        initial_accumulator_value: what the sum of squares begins with, >= 0.
        l1_regularization_strength: >= 0.
        l2_regularization_strength: >= 0.
        l2_shrinkage_regularization_strength: of a penalty on the weights as they are before the step, >= 0.
        beta: is added to the root, >= 0.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> import numpy as np
        >>> optimizer, w = Ftrl(1.0, l1_regularization_strength=0.5), np.array([1.0, 1.0])
        >>> optimizer.apply([[0.0, -4.0]], [w])
        >>> w[0]
        np.float64(0.0)

    Source: McMahan and others, Ad click prediction, KDD 2013, algorithm 1; keras.optimizers.Ftrl.
    """

    keras_order = (("accumulator", "linear"),)

    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.learning_rate_power = -_not_below_0("learning_rate_power", learning_rate_power, -1.0)
        self.initial_accumulator_value = _not_below_0("initial_accumulator_value", initial_accumulator_value)
        self.l1_regularization_strength = _not_below_0("l1_regularization_strength", l1_regularization_strength)
        self.l2_regularization_strength = _not_below_0("l2_regularization_strength", l2_regularization_strength)
        self.l2_shrinkage_regularization_strength = _not_below_0(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = number("Ftrl", "beta", beta, 0.0)
        leader = RegularizedLeader(
            -self.learning_rate_power,
            self.initial_accumulator_value,
            self.l1_regularization_strength,
            self.l2_regularization_strength,
            self.l2_shrinkage_regularization_strength,
        )
        super().__init__(learning_rate, (leader,), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """What the formula divides by; see `Optimizer.rates`."""
        if learning_rate < SMALLEST:
            raise ArgumentError(
                f"Ftrl: learning_rate must be greater than 0, got {shown(learning_rate)}; the formula divides by it"
            )
        return {
            "inverse_rate": 1.0 / learning_rate,
            "double_l2": 2.0 * self.l2_regularization_strength + self.beta / learning_rate,
        }

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }


def _not_below_0(name: str, value: Any, sign: float = 1.0) -> float:
    """The size of a number that is to be positive or zero; negative or zero with -1 as the `sign`."""
    size = sign * number("Ftrl", name, value)
    if size < 0:
        wanted = "positive" if sign > 0 else "negative"
        raise ArgumentError(f"`{name}` needs to be {wanted} or zero. Received: {name}={shown(value)}.")
    return size
