"""Gradient descent, with momentum if wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import legacy, schedules
from pellucid.checks import flag, is_number, number
from pellucid.errors import ArgumentError, shown
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import LearningRate, Momentum
from pellucid.warned import warn

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent: w - learning_rate * g; with momentum, along a velocity that remembers earlier gradients.

    velocity = momentum * velocity + learning_rate * g, and the step is the velocity, or with `nesterov`
    momentum * velocity + learning_rate * g; it is taken off the weight. (Keras keeps the velocity with the other sign.)

    Args:
        learning_rate: >= 0.
        momentum: from 0 (none) to 1.
        nesterov: whether to look ahead along the velocity; without a momentum it does nothing, and a warning says so.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> SGD(0.1, momentum=0.9).stages
        (LearningRate(scalar='learning_rate'), Momentum(momentum=0.9, nesterov=False))

    Source: Sutskever, Martens, Dahl and Hinton, ICML 2013, equations 1 to 4; keras.optimizers.SGD.
    """

    keras_order = (("momentum",),)
    keras_signs: ClassVar[Mapping[str, int]] = {"momentum": -1}

    @legacy.accepts_old_spelling("SGD")
    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[SharedOptions],
    ) -> None:
        if is_number(momentum) and not 0.0 <= momentum <= 1.0:
            raise ArgumentError(f"SGD: `momentum` must be a float between [0, 1], got {shown(momentum)}")
        self.momentum = number("SGD", "momentum", momentum, 0.0, 1.0)
        self.nesterov = flag("SGD", "nesterov", nesterov)
        if self.nesterov and self.momentum == 0.0:
            warn("SGD: nesterov=True does nothing without a momentum, such as momentum=0.9")
        super().__init__(
            learning_rate,
            (LearningRate(), *((Momentum(self.momentum, self.nesterov),) if self.momentum else ())),
            **options,
        )

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
