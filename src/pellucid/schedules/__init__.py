"""Learning rates that change from step to step.

A schedule is called with the number of steps made so far and returns the learning rate of the next one.

Source: keras.optimizers.schedules, https://keras.io/api/optimizers/learning_rate_schedules/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid import registry
from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.checks import number
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Graph
from pellucid.naming import is_ours
from pellucid.registry import Registry
from pellucid.schedules.base import Called, LearningRateSchedule, function_of, rate_of
from pellucid.schedules.cosine import CosineDecay, CosineDecayRestarts
from pellucid.schedules.decays import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Triangular,
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
    "get",
    "serialize",
]

ROUNDING = 1e-12  # a rate that is to be 0 may be no farther below

LearningRate = float | LearningRateSchedule | Mapping[str, Any] | Callable[..., Any]

SCHEDULES: Registry[LearningRateSchedule] = Registry(
    kind="learning rate schedule",
    module="keras.optimizers.schedules",
    base=LearningRateSchedule,
    classes={
        "cosinedecay": CosineDecay,
        "cosinedecayrestarts": CosineDecayRestarts,
        "exponentialdecay": ExponentialDecay,
        "inversetimedecay": InverseTimeDecay,
        "piecewiseconstantdecay": PiecewiseConstantDecay,
        "polynomialdecay": PolynomialDecay,
        "triangular": Triangular,
    },
)


@explained
def get(value: LearningRate, owner: str) -> float | LearningRateSchedule:
    """A learning rate from a number >= 0, a schedule, a function that says the number, or the record of one.

    Raises:
        ArgumentError: it is none of these.

    Example:
        >>> get(0.5, "SGD")
        0.5
    """
    if isinstance(value, Mapping) and value.get("class_name") == "function":
        return Called(function_of(value, f"{owner}: learning_rate"), owner)
    if isinstance(value, LearningRateSchedule | Mapping):
        try:
            return SCHEDULES.get(value)
        except ArgumentError as error:
            raise type(error)(f"{owner}: learning_rate: {error}") from error
    if callable(value) and not isinstance(value, type) and not is_ours(type(value)):
        return Called(value, owner)
    return float(number(owner, "learning_rate", value, 0.0))


def at(learning_rate: float | LearningRateSchedule, step: int) -> float:
    """The learning rate after `step` steps."""
    if not isinstance(learning_rate, LearningRateSchedule):
        return learning_rate
    with (
        Graph.outside()
    ):  # it is asked while a step is emitted too, and `ops` in code of the user's own compute at once
        return rate_of(learning_rate(step), learning_rate, step)


def of_step(learning_rate: float | LearningRateSchedule, step: int) -> float:
    """The learning rate with which the step after `step` others is made; what is less than 0 by rounding alone is 0.

    Raises:
        ArgumentError: it is less than 0, as at the end of a line that is shorter than the training.
    """
    rate = at(learning_rate, step)
    if rate < -ROUNDING:
        raise ArgumentError(
            f"{shown(learning_rate)}: the learning rate after {step} steps is {rate:g}, with which the loss grows; it "
            "must be >= 0: let it end at 0, as by max(0, ...), or make it as long as the training"
        )
    return max(rate, 0.0)


@explained
def serialize(learning_rate_schedule: float | LearningRateSchedule) -> float | dict[str, Any]:
    """The number, or the record of the schedule, which `get`, `deserialize` and Keras read.

    Example:
        >>> serialize(CosineDecay(0.1, 10))["class_name"]
        'CosineDecay'

    Source: keras.optimizers.schedules.serialize.
    """
    if isinstance(learning_rate_schedule, Called):
        return learning_rate_schedule.record()
    if isinstance(learning_rate_schedule, LearningRateSchedule):
        return SCHEDULES.serialize(learning_rate_schedule)
    return number("schedules.serialize", "a learning rate that is no schedule", learning_rate_schedule, 0.0)


@explained
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> LearningRateSchedule:
    """The schedule of a record.

    Args:
        config: as `serialize` or Keras writes it.
        custom_objects: classes and functions of your own that the record names.

    Raises:
        ArgumentError: the record is none, or names what nobody knows.

    Example:
        >>> deserialize(serialize(CosineDecay(0.1, 10)))(5)
        0.05

    Source: keras.optimizers.schedules.deserialize.
    """
    with registry.custom_objects(custom_objects):
        return SCHEDULES.get(config)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
