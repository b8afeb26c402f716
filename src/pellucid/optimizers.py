"""Optimisers: how weights move along their gradients, as operations of the graph.

An update is elementwise, on flat arrays that hold many weights at once, so it becomes one pass over memory. What an
optimiser remembers about each weight (its slots) starts at 0 and is kept by the training loop. Numbers that change
from step to step are computed in Python, in float64 (`Optimizer.scalars`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pellucid import legacy, schedules
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.registry import Registry, describe, number

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "Optimizer", "RMSprop", "get", "serialize"]


class Optimizer:
    """The base of all optimisers. A subclass says in `update` how a step is made.

    `learning_rate` may be set at any time and counts from the next step on; all other settings are fixed, because a
    model builds its training step from them.

    Args:
        learning_rate: >= 0, or a schedule (see `schedules`).
        name: as it stands in files.

    Attributes:
        slots: names of the arrays that are kept for the weights, one number per weight each.

    Raises:
        ArgumentError: a setting is out of range, or one that is fixed is set again.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, learning_rate: schedules.LearningRate, name: str) -> None:
        self.learning_rate = learning_rate
        self.name = name

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__ and name != "_learning_rate":
            raise ArgumentError(
                f"{name} of {type(self).__name__} is fixed once it is made (only learning_rate can be set); make a new "
                f"optimizer with {name}={value!r} and compile the model with it"
            )
        super().__setattr__(name, value)

    @property
    def learning_rate(self) -> float | schedules.LearningRateSchedule:
        """How far a step goes along the gradient, >= 0; or the schedule that says so for each step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: schedules.LearningRate) -> None:
        self._learning_rate = schedules.get(value, type(self).__name__)

    def scalars(self, iteration: int) -> dict[str, float]:
        """The numbers that `update` needs for one step.

        Args:
            iteration: how many steps were made before, >= 0.
        """
        return {"learning_rate": schedules.at(self.learning_rate, iteration)}

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Emit one step.

        Args:
            weight: flat, all weights of a segment.
            gradient: of the same shape.
            slots: for each name in `slots` what is remembered, of the same shape.
            scalars: for each name in `scalars(...)` its value, of shape ().

        Returns:
            the new weight, and the new slots by name.
        """
        raise TypeError(f"{type(self).__name__} has no update(): an optimiser must say how a step is made")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimiser, in Keras's words."""
        return {"name": self.name, "learning_rate": schedules.serialize(self.learning_rate)}

    def __repr__(self) -> str:
        return describe(self)


def _decay(owner: str, name: str, value: float) -> float:
    """Return a factor by which a memory fades, 0 <= value < 1; raises `ArgumentError` otherwise."""
    if number(owner, name, value, 0.0) >= 1.0:
        raise ArgumentError(f"{owner}: {name} must be below 1, got {value!r}; at 1 nothing would ever be forgotten")
    return float(value)


def _epsilon(owner: str, value: float) -> float:
    """Return a small number that keeps a divisor from 0, > 0; raises `ArgumentError` otherwise."""
    if number(owner, "epsilon", value, 0.0) == 0.0:
        raise ArgumentError(f"{owner}: epsilon must be greater than 0; a weight with gradient 0 would become 0 / 0")
    return float(value)


class SGD(Optimizer):
    """Gradient descent: w - learning_rate * g; with momentum, along a velocity that remembers earlier gradients.

    velocity = momentum * velocity - learning_rate * g, and the step is the velocity, or with `nesterov`
    momentum * velocity - learning_rate * g.

    Args:
        learning_rate: >= 0.
        momentum: from 0 (none) to 1.
        nesterov: whether to look ahead along the velocity; needs a momentum.
        name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range, or `nesterov` without a momentum.

    Example:
        >>> SGD(0.1, momentum=0.9).slots, SGD(0.1).slots
        (('momentum',), ())

    Source: Sutskever, Martens, Dahl and Hinton, ICML 2013, equations 1 to 4; keras.optimizers.SGD.
    """

    @legacy.accepts_old_spelling("SGD")
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str = "sgd",
    ) -> None:
        super().__init__(learning_rate, name)
        self.momentum = number("SGD", "momentum", momentum, 0.0, 1.0)
        self.nesterov = bool(nesterov)
        if self.nesterov and self.momentum == 0.0:
            raise ArgumentError("SGD: nesterov=True needs a momentum, such as momentum=0.9; alone it does nothing")
        self.slots = ("momentum",) if self.momentum else ()

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        step = gradient * scalars["learning_rate"]
        if not self.momentum:
            return weight - step, {}
        velocity = slots["momentum"] * self.momentum - step
        return weight + (velocity * self.momentum - step if self.nesterov else velocity), {"momentum": velocity}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class RMSprop(Optimizer):
    """Gradient descent in which each gradient is divided by the root of its recent mean square.

    Args:
        learning_rate: >= 0.
        rho: how much of the mean square is kept in a step, 0 <= rho < 1.
        momentum: from 0 (none) to 1.
        epsilon: keeps the divisor from 0, > 0; inside the root.
        centered: whether to divide by the standard deviation instead, which takes the recent mean into account.
        name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> RMSprop(momentum=0.9).slots
        ('velocity', 'momentum')

    Source: Tieleman and Hinton, Neural networks for machine learning, lecture 6.5, 2012; keras.optimizers.RMSprop.
    """

    @legacy.accepts_old_spelling("RMSprop")
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str = "rmsprop",
    ) -> None:
        super().__init__(learning_rate, name)
        self.rho = _decay("RMSprop", "rho", rho)
        self.momentum = number("RMSprop", "momentum", momentum, 0.0, 1.0)
        self.epsilon = _epsilon("RMSprop", epsilon)
        self.centered = bool(centered)
        self.slots = ("velocity", *["momentum"] * (self.momentum > 0), *["average_gradient"] * self.centered)

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        velocity = slots["velocity"] * self.rho + gradient * gradient * (1.0 - self.rho)
        new, variance = {"velocity": velocity}, velocity
        if self.centered:
            average = new["average_gradient"] = slots["average_gradient"] * self.rho + gradient * (1.0 - self.rho)
            variance = velocity - average * average
        step = gradient * scalars["learning_rate"] / builder.sqrt(variance + self.epsilon)
        if self.momentum:
            step = new["momentum"] = slots["momentum"] * self.momentum + step
        return weight - step, new

    def get_config(self) -> dict[str, Any]:
        settings = {"rho": self.rho, "momentum": self.momentum, "epsilon": self.epsilon, "centered": self.centered}
        return {**super().get_config(), **settings}


class Adam(Optimizer):
    """Gradient descent along the recent mean of the gradients, divided by the root of their recent mean square.

    Both means start at 0 and would be too small at first; the correction is part of the step's length, alpha =
    learning_rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) in step t = 1, 2, ...

    Args:
        learning_rate: >= 0.
        beta_1: how much of the mean is kept in a step, 0 <= beta_1 < 1.
        beta_2: how much of the mean square is kept in a step, 0 <= beta_2 < 1.
        epsilon: keeps the divisor from 0, > 0; outside the root.
        name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> round(Adam(0.001).scalars(0)["alpha"], 6)  # 0.001 * sqrt(0.001) / 0.1
        0.000316

    Source: Kingma and Ba, Adam, arXiv 1412.6980, section 2 (the form with "epsilon hat"); keras.optimizers.Adam.
    """

    slots = ("momentum", "velocity")

    @legacy.accepts_old_spelling("Adam")
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        name: str = "adam",
    ) -> None:
        super().__init__(learning_rate, name)
        self.beta_1 = _decay("Adam", "beta_1", beta_1)
        self.beta_2 = _decay("Adam", "beta_2", beta_2)
        self.epsilon = _epsilon("Adam", epsilon)

    def scalars(self, iteration: int) -> dict[str, float]:
        """The length of the step, `alpha`; see `Optimizer.scalars`."""
        t = iteration + 1
        rate = schedules.at(self.learning_rate, iteration)
        return {"alpha": rate * math.sqrt(1.0 - self.beta_2**t) / (1.0 - self.beta_1**t)}

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        mean, square = slots["momentum"], slots["velocity"]
        mean = mean + (gradient - mean) * (1.0 - self.beta_1)
        square = square + (gradient * gradient - square) * (1.0 - self.beta_2)
        step = mean * scalars["alpha"] / (builder.sqrt(square) + self.epsilon)
        return weight - step, {"momentum": mean, "velocity": square}

    def get_config(self) -> dict[str, Any]:
        settings = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **settings}


class Adagrad(Optimizer):
    """Gradient descent in which each gradient is divided by the root of the sum of all its squares so far.

    sum += g²; the step is learning_rate * g / sqrt(sum + initial_accumulator_value + epsilon).

    Args:
        learning_rate: >= 0.
        initial_accumulator_value: what the sum begins with, >= 0.
        epsilon: keeps the divisor from 0, > 0.
        name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> Adagrad(0.1).slots
        ('accumulator',)

    Source: Duchi, Hazan and Singer, JMLR 12 (2011); keras.optimizers.Adagrad.
    """

    slots = ("accumulator",)

    @legacy.accepts_old_spelling("Adagrad")
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        name: str = "adagrad",
    ) -> None:
        super().__init__(learning_rate, name)
        self.initial_accumulator_value = number("Adagrad", "initial_accumulator_value", initial_accumulator_value, 0.0)
        self.epsilon = _epsilon("Adagrad", epsilon)

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        total = slots["accumulator"] + gradient * gradient
        root = builder.sqrt(total + (self.initial_accumulator_value + self.epsilon))
        return weight - gradient * scalars["learning_rate"] / root, {"accumulator": total}

    def get_config(self) -> dict[str, Any]:
        own = {"initial_accumulator_value": self.initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **own}


class Adadelta(Optimizer):
    """Gradient descent in which the steps so far say how large the next one is.

    With means that forget at the rate `rho`, the step is learning_rate * g * rms(steps) / rms(gradients), where
    rms(x) = sqrt(mean of x² + epsilon). Keras 1 and 2 used it with a learning rate of 1.

    Args:
        learning_rate: >= 0.
        rho: share of the old means that is kept, from 0 to below 1.
        epsilon: makes the first steps possible, > 0.
        name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> Adadelta(1.0).slots
        ('gradients', 'steps')

    Source: Zeiler, ADADELTA, arXiv 1212.5701, algorithm 1; keras.optimizers.Adadelta.
    """

    slots = ("gradients", "steps")

    @legacy.accepts_old_spelling("Adadelta")
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        name: str = "adadelta",
    ) -> None:
        super().__init__(learning_rate, name)
        self.rho, self.epsilon = _decay("Adadelta", "rho", rho), _epsilon("Adadelta", epsilon)

    def update(
        self, weight: Tensor, gradient: Tensor, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        gradients = slots["gradients"] * self.rho + gradient * gradient * (1.0 - self.rho)
        step = gradient * builder.sqrt(slots["steps"] + self.epsilon) / builder.sqrt(gradients + self.epsilon)
        steps = slots["steps"] * self.rho + step * step * (1.0 - self.rho)
        return weight - step * scalars["learning_rate"], {"gradients": gradients, "steps": steps}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


OPTIMIZERS: Registry[Optimizer] = Registry(
    kind="optimizer",
    module="keras.optimizers",
    base=Optimizer,
    classes={"adadelta": Adadelta, "adagrad": Adagrad, "adam": Adam, "rmsprop": RMSprop, "sgd": SGD},
    absent={
        "amsgrad": False,
        "clipnorm": None,
        "clipvalue": None,
        "ema_momentum": 0.99,
        "ema_overwrite_frequency": None,
        "global_clipnorm": None,
        "gradient_accumulation_steps": None,
        "loss_scale_factor": None,
        "use_ema": False,
        "weight_decay": None,
    },
)


def get(identifier: str | Mapping[str, Any] | Optimizer | type[Optimizer]) -> Optimizer:
    """The optimiser that is meant.

    Args:
        identifier: a name ("adam"), a record as `serialize` or Keras writes it, an optimiser or its class.

    Raises:
        ArgumentError: the name or a setting is unknown or not supported, or the identifier is none of these.

    Example:
        >>> get("sgd")
        SGD(name='sgd', learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    return OPTIMIZERS.get(identifier)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The record of an optimiser, which `get` and Keras read.

    Example:
        >>> serialize(Adam())["config"]["beta_1"]
        0.9
    """
    return OPTIMIZERS.serialize(optimizer)
