"""Gradient descent with steps scaled as the weights are, that remembers rows and columns only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Unpack

from pellucid import schedules
from pellucid.checks import flag, number, positive
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.options import SharedOptions, takes
from pellucid.optimizers.stages import Slot, Stage, Step
from pellucid.warned import warn

__all__ = ["Adafactor"]


class RootOfFactors(Stage):
    """step / root of its mean square, which is put together from the means of rows and columns.

    Weights with less than two axes have a mean square for each number.

    Attributes:
        epsilon: is added to the squares.
    """

    epsilon: float
    whole: ClassVar[bool] = True
    tangles: ClassVar[str] = ""

    def kept(self, shape: Shape) -> dict[str, Slot]:
        """See `Stage.kept`. Keras keeps a placeholder in the place of rows and columns where there are none."""
        rows, columns = (shape[:-1], (*shape[:-2], shape[-1])) if len(shape) >= 2 else ((), ())
        return {"rows": Slot(rows), "columns": Slot(columns), "velocity": Slot(shape)}

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        stays, shape = scalars["beta_2"], step.gradient.shape
        squares = step.gradient * step.gradient + self.epsilon

        def mean(slot: str, new: Tensor) -> Tensor:
            return new + (slots[slot] - new) * stays

        if len(shape) < 2:
            velocity = mean("velocity", squares)
            kept = {"rows": slots["rows"] + 0.0, "columns": slots["columns"] + 0.0, "velocity": velocity}
        else:
            last = len(shape) - 1
            rows = mean("rows", builder.reduce_mean(squares, [last]))
            columns = mean("columns", builder.reduce_mean(squares, [last - 1]))
            share = rows / builder.reduce_mean(rows, [last - 1], keepdims=True)
            velocity = builder.reshape(share, (*shape[:-1], 1)) * builder.reshape(columns, (*shape[:-2], 1, shape[-1]))
            kept = {"rows": rows, "columns": columns, "velocity": velocity}
        root = builder.sqrt(velocity)
        return Step(step.weight, step.gradient, step.step / root, kept, share=lambda part: part / root)


class RelativeStep(Stage):
    """The step, shortened to `threshold` in the root of its mean square, times that of the weight and a rate.

    Attributes:
        threshold: the largest size that a step may have before it is scaled.
        smallest: is taken for the size of a weight that is smaller.
    """

    threshold: float
    smallest: float
    whole: ClassVar[bool] = True
    tangles: ClassVar[str] = ""

    def rate(self, scalars: Mapping[str, Tensor]) -> Tensor:
        """See `Stage.rate`."""
        return scalars["rho"]

    def emit(self, step: Step, slots: Mapping[str, Tensor], scalars: Mapping[str, Tensor]) -> Step:
        """See `Stage.emit`."""
        size = builder.maximum(_size(step.weight), self.smallest)
        factor = size * scalars["rho"] / builder.maximum(_size(step.step) / self.threshold, 1.0)
        return Step(step.weight, step.gradient, step.step * factor, share=lambda part: part * factor)


def _size(x: Tensor) -> Tensor:
    """The root of the mean square."""
    return builder.sqrt(builder.reduce_mean(x * x))


class Adafactor(Optimizer):
    """Gradient descent in which steps are as large as the weights ask for, and little is remembered.

    The mean square of the gradients of a weight with two axes or more is put together from the means over its last axis
    and over the one before. In step t these keep 1 - t^beta_2_decay of what they were; the learning rate is at most
    1 / sqrt(t), and is multiplied by the size of the weight, sqrt(mean(w²)), at least epsilon_2.

    Args:
        learning_rate: >= 0.
        beta_2_decay: how fast means become long, <= 0.
        epsilon_1: is added to the squares of gradients, > 0.
        epsilon_2: the size that small weights count as, > 0.
        clip_threshold: how large a step may be before it is scaled, in sqrt(mean(step²)), > 0.
        relative_step: whether the learning rate is at most 1 / sqrt(t); False does nothing, as in Keras, where the rate
            is bounded in any case.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: see `Optimizer`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> {name: round(value, 3) for name, value in Adafactor(0.5).scalars(15).items()}
        {'rho': 0.25, 'beta_2': 0.891}

    Source: Shazeer and Stern, Adafactor, arXiv 1804.04235, algorithms 4 and 5; keras.optimizers.Adafactor.
    """

    keras_order = (("rows", "columns", "velocity"),)

    @takes(SharedOptions)
    def __init__(
        self,
        learning_rate: schedules.LearningRate = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **options: Unpack[SharedOptions],
    ) -> None:
        owner = "Adafactor"
        self.beta_2_decay = number(owner, "beta_2_decay", beta_2_decay, maximum=0.0)
        self.epsilon_1 = positive(owner, "epsilon_1", epsilon_1, "a weight with gradient 0 would become 0 / 0")
        self.epsilon_2 = positive(owner, "epsilon_2", epsilon_2, "a weight of zeros would never move")
        self.clip_threshold = positive(owner, "clip_threshold", clip_threshold)
        self.relative_step = flag(owner, "relative_step", relative_step)
        if not self.relative_step:
            warn(
                "Adafactor: relative_step=False does nothing, as in Keras: the learning rate is at most 1 / sqrt(step) "
                "in any case"
            )
        scaling = RelativeStep(self.clip_threshold, self.epsilon_2)
        super().__init__(learning_rate, (RootOfFactors(self.epsilon_1), scaling), **options)

    def rates(self, learning_rate: float, iteration: int) -> dict[str, float]:
        """The bounded learning rate, and how much of the means is kept; see `Optimizer.rates`."""
        t = iteration + 1
        return {"rho": min(learning_rate, 1.0 / math.sqrt(t)), "beta_2": 1.0 - t**self.beta_2_decay}

    def get_config(self) -> dict[str, Any]:
        """See `Optimizer.get_config`."""
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }
