"""Learning rates that fall along half a cosine: once, after a way up, or again and again."""

from __future__ import annotations

import math
from typing import Any

from pellucid.checks import number, positive, title
from pellucid.errors import ArgumentError
from pellucid.schedules.base import Curve

__all__ = ["CosineDecay", "CosineDecayRestarts"]


class CosineDecay(Curve):
    """From initial_learning_rate along half a cosine down to `alpha` times it, over `decay_steps` steps.

    With `warmup_target` the rate first rises along a straight line from initial_learning_rate to the target, over
    `warmup_steps` steps, and falls from there.

    Args:
        initial_learning_rate: at step 0, >= 0.
        decay_steps: length of the way down, > 0.
        alpha: share that is left at the end, 0 to 1.
        name: as it stands in files.
        warmup_target: where the way up ends, >= 0; None for no way up.
        warmup_steps: length of the way up, >= 0.

    Raises:
        ArgumentError: an argument is out of range, or there are `warmup_steps` without a `warmup_target`.

    Example:
        >>> schedule = CosineDecay(0.1, decay_steps=100)
        >>> schedule(0), round(schedule(50), 3), schedule(100)
        (0.1, 0.05, 0.0)
        >>> schedule = CosineDecay(0.0, decay_steps=100, warmup_target=0.5, warmup_steps=4)
        >>> schedule(1), schedule(4), schedule(54)
        (0.125, 0.5, 0.25)

    Source: keras.optimizers.schedules.CosineDecay; Loshchilov and Hutter, SGDR, arXiv 1608.03983; for the way up Goyal
    and others, arXiv 1706.02677.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        owner = "CosineDecay"
        self.initial_learning_rate = number(owner, "initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = positive(owner, "decay_steps", decay_steps)
        self.alpha, self.name = number(owner, "alpha", alpha, 0.0, 1.0), title(owner, name)
        self.warmup_target = None if warmup_target is None else number(owner, "warmup_target", warmup_target, 0.0)
        self.warmup_steps = number(owner, "warmup_steps", warmup_steps, 0.0)
        if self.warmup_target is None and self.warmup_steps:
            raise ArgumentError(
                f"CosineDecay: warmup_steps={self.warmup_steps:g} lead nowhere; pass the warmup_target too, to which "
                "the learning rate is to rise"
            )

    def _at(self, step: float) -> float:
        if self.warmup_target is None:
            return self._down(step, self.initial_learning_rate)
        if step < self.warmup_steps:
            return self.initial_learning_rate + (self.warmup_target - self.initial_learning_rate) * (
                step / self.warmup_steps
            )
        return self._down(step - self.warmup_steps, self.warmup_target)

    def _down(self, step: float, begin: float) -> float:
        return begin * ((1.0 - self.alpha) * _half_cosine(step / self.decay_steps) + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
            "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }


class CosineDecayRestarts(Curve):
    """Half a cosine down, then from the top again, and so on: each way down may be longer and begin lower.

    Args:
        initial_learning_rate: at step 0, >= 0.
        first_decay_steps: length of the first way down, > 0.
        t_mul: by which each way down is longer than the one before, > 0.
        m_mul: by which each begins lower (or higher), >= 0.
        alpha: share of initial_learning_rate that is left at the bottom, 0 to 1.
        name: as it stands in files.

    Raises:
        ArgumentError: an argument is out of range, or a step lies behind all ways down, which get shorter and shorter.

    Example:
        >>> schedule = CosineDecayRestarts(0.5, first_decay_steps=10, m_mul=0.5)
        >>> schedule(0), schedule(5), schedule(10), schedule(20)
        (0.5, 0.25, 0.25, 0.125)

    Source: keras.optimizers.schedules.CosineDecayRestarts; Loshchilov and Hutter, SGDR, arXiv 1608.03983.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        owner = "CosineDecayRestarts"
        self.initial_learning_rate = number(owner, "initial_learning_rate", initial_learning_rate, 0.0)
        self.first_decay_steps = positive(owner, "first_decay_steps", first_decay_steps)
        self.t_mul, self.m_mul = positive(owner, "t_mul", t_mul), number(owner, "m_mul", m_mul, 0.0)
        self.alpha, self.name = number(owner, "alpha", alpha, 0.0, 1.0), title(owner, name)

    def _at(self, step: float) -> float:
        restarts, share = self._place(step)
        try:
            height = self.m_mul**restarts * _half_cosine(share)
        except OverflowError:
            raise ArgumentError(
                f"CosineDecayRestarts: with m_mul={self.m_mul:g} the learning rate is larger than any number after "
                f"{restarts} restarts; an m_mul of at most 1 lets it sink"
            ) from None
        return self.initial_learning_rate * ((1.0 - self.alpha) * height + self.alpha)

    def _place(self, step: float) -> tuple[int, float]:
        """How many ways down lie behind a step, and which share of the one that is under way."""
        if self.t_mul == 1.0:
            share, restarts = math.modf(step / self.first_decay_steps)
            return int(restarts), share
        length, left, restarts = self.first_decay_steps, float(step), 0
        while left >= length:
            left, length, restarts = left - length, length * self.t_mul, restarts + 1
            if length < SHORTEST * self.first_decay_steps:
                raise ArgumentError(
                    f"CosineDecayRestarts: with t_mul={self.t_mul:g} all ways down together are shorter than {step:g} "
                    "steps, so there is no learning rate; a t_mul >= 1 goes on for ever"
                )
        return restarts, left / length

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self.t_mul,
            "m_mul": self.m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


SHORTEST = 1e-9  # way down that is looked for, as a share of the first


def _half_cosine(share: float) -> float:
    """From 1 at 0 to 0 at 1, and 0 from there on."""
    return 0.5 * (1.0 + math.cos(math.pi * share)) if share < 1.0 else 0.0
