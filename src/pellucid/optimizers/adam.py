"""Gradient descent along the recent mean, divided by the root of the recent mean square; and what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import legacy, schedules
from pellucid.checks import flag, number
from pellucid.errors import ArgumentTypeError
from pellucid.graph import Tensor, builder
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import OptionsBesideDecay, SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Stage, Step
from pellucid.optimizers.update_rule import below_one, epsilon_of

__all__ = ["Adam", "AdamW", "Adamax", "Mean", "Nadam", "RootOfMeanSquare"]


class Mean(Stage):
    """The recent mean of the steps that came in.

    Attributes:
        beta: how much of the mean is kept in a step.
    """

    beta: float
    adds: ClassVar[str] = "momentum"
    carries: ClassVar[str] = "momentum"
    tangles: ClassVar[str] = ""

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
        largest: whether the largest mean square so far is taken in the place of the recent one ("amsgrad").
        corrected: whether the mean square is corrected for having begun at 0 (scalar "correction").
    """

    beta: float
    epsilon: float
    largest: bool = False
    corrected: bool = False
    tangles: ClassVar[str] = ""

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"velocity": 0.0, **({"velocity_hat": 0.0} if self.largest else {})}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        square = slots["velocity"]
        square = square + (step.gradient * step.gradient - square) * (1.0 - self.beta)
        kept = {"velocity": square}
        if self.largest:
            square = kept["velocity_hat"] = builder.maximum(slots["velocity_hat"], square)
        if self.corrected:
            square = square * scalars["correction"]
        divisor = builder.sqrt(square) + self.epsilon
        return Step(step.weight, step.gradient, step.step / divisor, kept, share=lambda part: part / divisor)


class LargestRecent(Stage):
    """step / (largest recent size of the gradient + epsilon).

    Attributes:
        beta: by which the largest size fades in a step.
        epsilon: keeps the divisor from 0.
    """

    beta: float
    epsilon: float
    tangles: ClassVar[str] = ""

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"norm": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        largest = builder.maximum(slots["norm"] * self.beta, builder.absolute(step.gradient))
        divisor = largest + self.epsilon
        return Step(
            step.weight, step.gradient, step.step / divisor, {"norm": largest}, share=lambda part: part / divisor
        )


class MeanAhead(Stage):
    """The recent mean as it will be after one more such gradient: mean * rate + gradient * another rate.

    Attributes:
        beta: how much of the mean is kept in a step.
    """

    beta: float
    adds: ClassVar[str] = "momentum"
    carries: ClassVar[str] = "momentum"
    tangles: ClassVar[str] = ""

    def rate(self, scalars: Mapping[str, Tensor]) -> Tensor:
        """See `Stage.rate`."""
        return scalars["ahead"]

    def slots(self) -> dict[str, float]:
        """See `Stage.slots`."""
        return {"momentum": 0.0}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        old, along, ahead = slots["momentum"], scalars["mean"], scalars["ahead"]
        mean = old + (step.step - old) * (1.0 - self.beta)
        return Step(
            step.weight,
            step.gradient,
            mean * along + step.step * ahead,
            {"momentum": mean},
            share=lambda part: part * (1.0 - self.beta) * along + part * ahead,
            added={"momentum": lambda: (old - old * (1.0 - self.beta)) * along},
        )


class Adam(Optimizer):
    """Gradient descent along the recent mean of the gradients, divided by the root of their recent mean square.

    Both means start at 0 and would be too small at first; the correction is part of the step's length, alpha =
    learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) in step t = 1, 2, ...

    Args:
        learning_rate: >= 0.
        beta_1: how much of the mean is kept in a step, 0 <= beta_1 < 1.
        beta_2: how much of the mean square is kept in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0; outside the root.
        amsgrad: whether to divide by the root of the largest mean square so far, so that steps do not grow again.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> round(Adam(0.001).scalars(0)["alpha"], 6)  # 0.001 * sqrt(0.001) / 0.1
        0.000316

    Source: Kingma and Ba, Adam, arXiv 1412.6980, section 2 (the form with "epsilon hat"); for amsgrad, Reddi, Kale and
    Kumar, On the convergence of Adam and beyond, ICLR 2018; keras.optimizers.Adam.
    """

    keras_order = (("momentum", "velocity"), ("velocity_hat",))

    @legacy.accepts_old_spelling("Adam")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[SharedOptions],
    ) -> None:
        owner = type(self).__name__
        self.beta_1, self.beta_2 = below_one(owner, "beta_1", beta_1), below_one(owner, "beta_2", beta_2)
        self.epsilon, self.amsgrad = epsilon_of(owner, epsilon), flag(owner, "amsgrad", amsgrad)
        scaling = RootOfMeanSquare(self.beta_2, self.epsilon, self.amsgrad)
        super().__init__(learning_rate, (Mean(self.beta_1), LearningRate("alpha"), scaling), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The length of the step, `alpha`; see `Optimizer.rates`."""
        t = iteration + 1
        return {"alpha": learning_rate * math.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)}

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        settings = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon, "amsgrad": self.amsgrad}
        return {**super().get_config(), **settings}


class AdamW(Adam):
    """Adam in which the weights shrink by themselves, besides their steps: decoupled weight decay.

    It is Adam with a `weight_decay` that is not None.

    Args:
        learning_rate: >= 0.
        weight_decay: share of each weight that is taken off in a step with learning rate 1, >= 0.
        beta_1, beta_2, epsilon, amsgrad: see `Adam`.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> AdamW(0.5).scalars(0)["decay"]
        0.002

    Source: Loshchilov and Hutter, Decoupled weight decay regularization, arXiv 1711.05101; keras.optimizers.AdamW.
    """

    @takes(OptionsBesideDecay)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OptionsBesideDecay],
    ) -> None:
        owner = type(self).__name__
        if weight_decay is None:
            raise ArgumentTypeError(
                f"{owner}: Argument `weight_decay` must be a float. Received: weight_decay=None; without one it is Adam"
            )
        decay = number(owner, "weight_decay", weight_decay, 0.0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=decay, **options)


class Adamax(Optimizer):
    """Adam with the largest recent size of the gradient in the place of the root of its mean square.

    u = max(beta_2 * u, |g|); the step is learning_rate / (1 - beta_1^t) * mean / (u + epsilon).

    Args:
        learning_rate: >= 0.
        beta_1: how much of the mean is kept in a step, 0 <= beta_1 < 1.
        beta_2: by which the largest size fades in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> [type(stage).__name__ for stage in Adamax().stages]
        ['Mean', 'LearningRate', 'LargestRecent']

    Source: Kingma and Ba, Adam, arXiv 1412.6980, section 7.1; keras.optimizers.Adamax.
    """

    keras_order = (("momentum", "norm"),)

    @legacy.accepts_old_spelling("Adamax")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.beta_1, self.beta_2 = below_one("Adamax", "beta_1", beta_1), below_one("Adamax", "beta_2", beta_2)
        self.epsilon = epsilon_of("Adamax", epsilon)
        scaling = LargestRecent(self.beta_2, self.epsilon)
        super().__init__(learning_rate, (Mean(self.beta_1), LearningRate("alpha"), scaling), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The length of the step, `alpha`; see `Optimizer.rates`."""
        return {"alpha": learning_rate / (1.0 - self.beta_1 ** (iteration + 1))}

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


class Nadam(Optimizer):
    """Adam that looks ahead as Nesterov's momentum does: along the mean as it will be after one more such gradient.

    With u_t = beta_1 * (1 - 0.96^t / 2) and U_t = u_1 * ... * u_t the step is learning_rate / (sqrt(v / (1 - beta_2^t))
    + epsilon) times u_(t+1) * mean / (1 - U_(t+1)) + (1 - u_t) * g / (1 - U_t).

    Args:
        learning_rate: >= 0.
        beta_1: how much of the mean is kept in a step, 0 <= beta_1 < 1.
        beta_2: how much of the mean square is kept in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> {name: round(value, 4) for name, value in Nadam(1.0).scalars(0).items()}
        {'mean': 0.6279, 'ahead': 1.0, 'correction': 1000.0}

    Source: Dozat, Incorporating Nesterov momentum into Adam, 2016; keras.optimizers.Nadam.
    """

    keras_order = (("momentum", "velocity"),)
    keras_numbers = ("u_product",)

    @legacy.accepts_old_spelling("Nadam")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[SharedOptions],
    ) -> None:
        self.beta_1, self.beta_2 = below_one("Nadam", "beta_1", beta_1), below_one("Nadam", "beta_2", beta_2)
        self.epsilon = epsilon_of("Nadam", epsilon)
        # Keras 1 and 2 let the momentum begin 250 times as slowly: schedule_decay=0.004.
        self._fading = 0.96**0.004 if legacy.is_old() else 0.96
        if legacy.is_old():
            legacy.tell_default("Nadam: schedule_decay", "0.004", "1")
        self._product = (0, 1.0)
        scaling = RootOfMeanSquare(self.beta_2, self.epsilon, corrected=True)
        super().__init__(learning_rate, (MeanAhead(self.beta_1), scaling), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """How far to go along mean and gradient, and the correction; see `Optimizer.rates`."""
        t = iteration + 1
        product, following = self.number_of("u_product", t), self._factor(t + 1)
        return {
            "mean": learning_rate * following / (1.0 - product * following),
            "ahead": learning_rate * (1.0 - self._factor(t)) / (1.0 - product),
            "correction": 1.0 / (1.0 - self.beta_2**t),
        }

    def _factor(self, t: int) -> float:
        return self.beta_1 * (1.0 - 0.5 * self._fading**t)

    def number_of(self, name: str, iteration: int) -> float:
        """The product of all factors so far; it follows from how many there are, and is 0 before long."""
        last, product = self._product
        if last > iteration:
            last, product = 0, 1.0
        while last < iteration and product:
            last += 1
            product *= self._factor(last)
        self._product = (iteration, product)
        return product

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
