"""Learning rate schedules under the name that Keras gives them; they live in `pellucid.schedules`."""

from typing import Any

from pellucid.absent import absent
from pellucid.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
)

__all__ = ["CosineDecay", "ExponentialDecay", "InverseTimeDecay", "LearningRateSchedule", "PiecewiseConstantDecay"]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
