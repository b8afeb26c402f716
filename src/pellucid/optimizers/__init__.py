"""Optimisers: how weights move along their gradients, as operations of the graph.

An optimiser is a row of stages (`stages`), elementwise on flat arrays that hold many weights at once, so that a step is
one pass over memory; what needs whole gradients, clipping by their norms, comes before (`clipping`). What an optimiser
remembers about each weight (its slots) is kept by who makes the steps. Numbers that change from step to step are
computed in Python, in float64 (`Optimizer.scalars`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from pellucid import registry
from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.legacy import in_todays_words
from pellucid.optimizers import schedules
from pellucid.optimizers.adadelta import Adadelta
from pellucid.optimizers.adafactor import Adafactor
from pellucid.optimizers.adagrad import Adagrad
from pellucid.optimizers.adam import Adam, Adamax, AdamW, Nadam
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.ftrl import Ftrl
from pellucid.optimizers.lamb import Lamb
from pellucid.optimizers.lion import Lion
from pellucid.optimizers.multi import MultiOptimizer, OptimizerMap
from pellucid.optimizers.muon import Muon
from pellucid.optimizers.rmsprop import RMSprop
from pellucid.optimizers.schedule_free import ScheduleFreeAdamW
from pellucid.optimizers.sgd import SGD
from pellucid.optimizers.table import CLASSES, OPTIMIZERS, record_of

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

CLASSES.update(
    adadelta=Adadelta,
    adafactor=Adafactor,
    adagrad=Adagrad,
    adam=Adam,
    adamax=Adamax,
    adamw=AdamW,
    ftrl=Ftrl,
    lamb=Lamb,
    lion=Lion,
    multioptimizer=MultiOptimizer,
    muon=Muon,
    nadam=Nadam,
    rmsprop=RMSprop,
    schedulefreeadamw=ScheduleFreeAdamW,
    sgd=SGD,
)


@overload
def get(identifier: None) -> None: ...
@overload
def get(identifier: str | Mapping[str, Any] | Optimizer | type[Optimizer]) -> Optimizer: ...
@explained
def get(identifier: str | Mapping[str, Any] | Optimizer | type[Optimizer] | None) -> Optimizer | None:
    """The optimiser that is meant.

    Args:
        identifier: a name ("adam"), a record as `serialize` or Keras writes it, an optimiser or its class; None for
            none.

    Raises:
        ArgumentError: the name or a setting is unknown or not supported, or the identifier is none of these.

    Example:
        >>> get({"class_name": "SGD", "config": {"name": "slow", "learning_rate": 0.125}})
        SGD(name='slow', learning_rate=0.125, momentum=0.0, nesterov=False)
    """
    if not isinstance(identifier, Mapping):
        return None if identifier is None else OPTIMIZERS.get(identifier)
    settings = identifier.get("config")
    with in_todays_words(
        settings if isinstance(settings, Mapping) else {}
    ):  # words were turned into today's, if need be
        return OPTIMIZERS.get(identifier)


@explained
def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The record of an optimiser, which `get` and Keras read.

    Warns where weights are excluded from decay, since a record cannot hold that.

    Raises:
        ArgumentError: its learning rate is a function without a name, which no file can hold.

    Example:
        >>> serialize(Adam())["config"]["beta_1"]
        0.9
    """
    return record_of(optimizer)


@explained
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Optimizer:
    """The optimiser of a record: `get` for records alone.

    Args:
        config: the record.
        custom_objects: classes of your own, by the names that the record uses.

    Example:
        >>> deserialize(serialize(SGD(0.5))).learning_rate
        0.5

    Source: keras.optimizers.deserialize.
    """
    with registry.custom_objects(custom_objects):
        return OPTIMIZERS.get(config)


ABSENT = {
    "LossScaleOptimizer": "it keeps gradients of 16 bits from vanishing, and gradients are of 32 bits here, under "
    "every dtype policy; compile with the optimizer inside, whose loss_scale_factor multiplies by a constant"
}


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, ABSENT)
