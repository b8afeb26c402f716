"""Learning rates that change from step to step.

A schedule is called with the number of steps made so far and returns the learning rate of the next one.

Source: keras.optimizers.schedules, https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pellucid.absent import absent
from pellucid.calls import Explained, explained
from pellucid.checks import flag, number, positive, several, title
from pellucid.errors import ArgumentError, shown
from pellucid.registry import Registry, describe

__all__ = [
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "get",
    "serialize",
]


LARGEST_EXPONENT = 88.0  # of e, in float32


class LearningRateSchedule(Explained):
    """The base of all schedules: subclass it, write `__call__` and, to save models, `get_config`.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.1 / 2 ** (step // 100)
        >>> Halving()(250)
        0.025

    Source: keras.optimizers.schedules.LearningRateSchedule.
    """

    def __call__(self, step: int) -> float:
        """The learning rate after `step` steps."""
        raise ArgumentError(f"{type(self).__name__} has no __call__(): a schedule must say what the learning rate is")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A schedule from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return describe(self)


class _Decay(LearningRateSchedule):
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

    def _progress(self, step: int) -> float:
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

    def __call__(self, step: int) -> float:
        """See the class."""
        progress = self._progress(step)
        if self.decay_rate > 1.0 and progress * math.log(self.decay_rate) > LARGEST_EXPONENT:
            raise ArgumentError(
                f"ExponentialDecay: with decay_rate={self.decay_rate:g} the learning rate after {step} steps is larger "
                "than any number; a decay_rate below 1 lets it fall"
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

    def __call__(self, step: int) -> float:
        """See the class."""
        return self.initial_learning_rate / (1.0 + self.decay_rate * self._progress(step))


class PiecewiseConstantDecay(LearningRateSchedule):
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

    def __call__(self, step: int) -> float:
        """See the class."""
        return self.values[sum(step > boundary for boundary in self.boundaries)]

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class CosineDecay(LearningRateSchedule):
    """From initial_learning_rate along half a cosine down to `alpha` times it, over `decay_steps` steps.

    Args:
        initial_learning_rate: at step 0, >= 0.
        decay_steps: length of the way down, > 0.
        alpha: share that is left at the end, 0 to 1.
        name: as it stands in files.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> schedule = CosineDecay(0.1, decay_steps=100)
        >>> schedule(0), round(schedule(50), 3), schedule(100)
        (0.1, 0.05, 0.0)

    Source: keras.optimizers.schedules.CosineDecay; Loshchilov and Hutter, SGDR, arXiv 1608.03983.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, alpha: float = 0.0, name: str = "CosineDecay"
    ) -> None:
        self.initial_learning_rate = number("CosineDecay", "initial_learning_rate", initial_learning_rate, 0.0)
        self.decay_steps = positive("CosineDecay", "decay_steps", decay_steps)
        self.alpha, self.name = number("CosineDecay", "alpha", alpha, 0.0, 1.0), title("CosineDecay", name)

    def __call__(self, step: int) -> float:
        """See the class."""
        share = min(step / self.decay_steps, 1.0)
        left = 0.5 * (1.0 + math.cos(math.pi * share)) if share < 1 else 0.0
        return self.initial_learning_rate * ((1.0 - self.alpha) * left + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_steps": self.decay_steps,
            "alpha": self.alpha,
            "name": self.name,
        }


LearningRate = float | LearningRateSchedule | Mapping[str, Any]

SCHEDULES: Registry[LearningRateSchedule] = Registry(
    kind="learning rate schedule",
    module="keras.optimizers.schedules",
    base=LearningRateSchedule,
    classes={
        "cosinedecay": CosineDecay,
        "exponentialdecay": ExponentialDecay,
        "inversetimedecay": InverseTimeDecay,
        "piecewiseconstantdecay": PiecewiseConstantDecay,
    },
    absent={"warmup_target": None, "warmup_steps": 0},
)


@explained
def get(value: LearningRate, owner: str) -> float | LearningRateSchedule:
    """A learning rate from a number >= 0, a schedule, or the record of one.

    Raises:
        ArgumentError: it is none of these.

    Example:
        >>> get(0.5, "SGD")
        0.5
    """
    if isinstance(value, LearningRateSchedule | Mapping):
        try:
            return SCHEDULES.get(value)
        except ArgumentError as error:
            raise type(error)(f"{owner}: learning_rate: {error}") from error
    return number(owner, "learning_rate", value, 0.0)


def at(learning_rate: float | LearningRateSchedule, step: int) -> float:
    """The learning rate after `step` steps."""
    return learning_rate(step) if isinstance(learning_rate, LearningRateSchedule) else learning_rate


@explained
def serialize(learning_rate: float | LearningRateSchedule) -> float | dict[str, Any]:
    """The number, or the record of the schedule, which `get` and Keras read.

    Example:
        >>> serialize(CosineDecay(0.1, 10))["class_name"]
        'CosineDecay'
    """
    return SCHEDULES.serialize(learning_rate) if isinstance(learning_rate, LearningRateSchedule) else learning_rate


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
