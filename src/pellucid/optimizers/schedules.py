"""Learning rate schedules under the name that Keras gives them; they live in `pellucid.schedules`."""

from typing import Any

from pellucid.absent import absent
from pellucid.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Triangular,
    deserialize,
    serialize,
)

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Triangular",
    "deserialize",
    "serialize",
]


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
