"""Learning rates that fall along a curve, in steps, or along a line after they have risen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pellucid.checks import flag, fraction, number, positive, several, title
from pellucid.errors import ArgumentError, shown
from pellucid.schedules.base import Curve

__all__ = ["ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay", "Triangular"]

LARGEST_EXPONENT = 88.0  # of e, in float32


class _Decay(Curve):
    """What exponential and inverse decay share."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        owner = type(self).__name__
        self.initial_learning_rate = number(owner, "initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = positive(owner, "decay_steps", decay_steps)
        self.decay_rate = number(owner, "decay_rate", decay_rate, 0.0)
        self.staircase = flag(owner, "staircase", staircase)
        self.name = owner if name is None else title(owner, name)

    def _progress(self, step: float) -> float:
        share = step / self.decay_steps
        return float(math.floor(share)) if self.staircase else share

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
            "staircase": self.staircase,
            "name": self.name,
        }


class ExponentialDecay(_Decay):
    """initial_learning_rate * decay_rate ^ (step / decay_steps).

    Args:
        initial_learning_rate: at step 0, >= 0.
        decay_steps: steps over which the rate shrinks once by `decay_rate`, > 0.
        decay_rate: >= 0.
        staircase: whether the exponent is cut to a whole number.
        name: as it stands in files.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
        0.025

    Source: keras.optimizers.schedules.ExponentialDecay.
    """

    def _at(self, step: float) -> float:
        progress = self._progress(step)
        if self.decay_rate > 1.0 and progress * math.log(self.decay_rate) > LARGEST_EXPONENT:
            raise ArgumentError(
                f"ExponentialDecay: with decay_rate={self.decay_rate:g} the learning rate after {step:g} steps is "
                "larger than any number; a decay_rate below 1 lets it fall"
            )
        return float(self.initial_learning_rate * self.decay_rate**progress)


class InverseTimeDecay(_Decay):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps): what `decay=` was in Keras 1 and 2.

    Args:
        initial_learning_rate: at step 0, >= 0.
        decay_steps: steps after which `decay_rate` has acted once, > 0.
        decay_rate: >= 0.
        staircase: whether step / decay_steps is cut to a whole number.
        name: as it stands in files.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.01)(100)
        0.05

    Source: keras.optimizers.schedules.InverseTimeDecay.
    """

    def _at(self, step: float) -> float:
        return self.initial_learning_rate / (1.0 + self.decay_rate * self._progress(step))


class PiecewiseConstantDecay(Curve):
    """values[i] up to step boundaries[i], the last of the values afterwards.

    Args:
        boundaries: steps, rising.
        values: learning rates >= 0, one more than boundaries.
        name: as it stands in files.

    Raises:
        ArgumentError: the numbers do not fit, or boundaries do not rise.

    Example:
        >>> schedule = PiecewiseConstantDecay([100], [0.1, 0.01])
        >>> schedule(100), schedule(101)
        (0.1, 0.01)

    Source: keras.optimizers.schedules.PiecewiseConstantDecay.
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        owner = "PiecewiseConstantDecay"
        steps, rates = (
            several(owner, name, given, "numbers") for name, given in (("boundaries", boundaries), ("values", values))
        )
        self.boundaries = [number(owner, "a boundary of boundaries", item, 0.0) for item in steps]
        self.values = [number(owner, "a value of values", item, 0.0) for item in rates]
        self.name = title(owner, name)
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                f"PiecewiseConstantDecay: there must be one more value than boundaries, got {len(self.values)} and "
                f"{len(self.boundaries)}"
            )
        if self.boundaries != sorted(set(self.boundaries)):
            raise ArgumentError(f"PiecewiseConstantDecay: boundaries must rise, got {shown(boundaries)}")

    def _at(self, step: float) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class PolynomialDecay(Curve):
    """From initial_learning_rate to end_learning_rate over `decay_steps` steps: along (1 - step / decay_steps) ^ power.

    With `cycle` it does not stay there: whenever `decay_steps` more steps were made, the way down is stretched over all
    steps so far and those until the next such point, and the rate rises anew.

    Args:
        initial_learning_rate: at step 0, >= 0.
        decay_steps: length of the way down, > 0.
        end_learning_rate: at its end, >= 0.
        power: of the curve, >= 0; 1 for a straight line.
        cycle: whether the rate rises again.
        name: as it stands in files.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> schedule = PolynomialDecay(0.5, decay_steps=100, end_learning_rate=0.25)
        >>> schedule(0), schedule(50), schedule(200)
        (0.5, 0.375, 0.25)

    Source: keras.optimizers.schedules.PolynomialDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        owner = "PolynomialDecay"
        self.initial_learning_rate = number(owner, "initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = positive(owner, "decay_steps", decay_steps)
        self.end_learning_rate = number(owner, "end_learning_rate", end_learning_rate, 0.0)
        self.power = number(owner, "power", power, 0.0)
        self.cycle, self.name = flag(owner, "cycle", cycle), title(owner, name)

    def _at(self, step: float) -> float:
        length = self.decay_steps * (max(math.ceil(step / self.decay_steps), 1) if self.cycle else 1)
        left = 1.0 - min(step / length, 1.0)
        return (self.initial_learning_rate - self.end_learning_rate) * left**self.power + self.end_learning_rate

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate,
            "power": self.power,
            "cycle": self.cycle,
            "name": self.name,
        }


class Triangular(Curve):
    """From a share of the peak along a line up to it, and along another down to a share of it, where it stays.

    With `peak_at=0` it only falls, with 1 it only rises. Keras has no such schedule.

    Args:
        peak_learning_rate: the largest, >= 0.
        total_steps: of the whole way, > 0.
        peak_at: which share of the way leads up, from 0 to 1.
        initial_share: of the peak, the learning rate at step 0, from 0 to 1.
        final_share: of the peak, the learning rate behind the last step, from 0 to 1.
        name: as it stands in files.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> schedule = Triangular(1.0, total_steps=100, peak_at=0.2, initial_share=0.5)
        >>> [schedule(step) for step in (0, 10, 20, 60, 100, 200)]
        [0.5, 0.75, 1.0, 0.5, 0.0, 0.0]

    Source: Smith, Cyclical Learning Rates for Training Neural Networks, 2017, for one cycle; Page, How to Train Your
    ResNet, 2018; Jordan, arXiv 2404.00498, section 3.1.
    """

    def __init__(
        self,
        peak_learning_rate: float,
        total_steps: float,
        peak_at: float = 0.23,
        initial_share: float = 0.2,
        final_share: float = 0.0,
        name: str = "Triangular",
    ) -> None:
        owner = "Triangular"
        self.peak_learning_rate = number(owner, "peak_learning_rate", peak_learning_rate, 0.0)
        self.total_steps, self.peak_at = (
            positive(owner, "total_steps", total_steps),
            fraction(owner, "peak_at", peak_at),
        )
        self.initial_share = fraction(owner, "initial_share", initial_share)
        self.final_share = fraction(owner, "final_share", final_share)
        self.name = title(owner, name)

    def _at(self, step: float) -> float:
        done = min(step / self.total_steps, 1.0)
        if done < self.peak_at:
            return self.peak_learning_rate * _between(self.initial_share, 1.0, done / self.peak_at)
        left = 1.0 - self.peak_at
        return self.peak_learning_rate * _between(1.0, self.final_share, (done - self.peak_at) / left if left else 0.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "peak_learning_rate": self.peak_learning_rate,
            "total_steps": self.total_steps,
            "peak_at": self.peak_at,
            "initial_share": self.initial_share,
            "final_share": self.final_share,
            "name": self.name,
        }


def _between(first: float, last: float, share: float) -> float:
    return first * (1.0 - share) + last * share
