"""Optimisers: how weights move along their gradients, as operations of the graph.

An optimiser is a row of stages (`stages`), elementwise on flat arrays that hold many weights at once, so that a step is
one pass over memory; what needs whole gradients, clipping by their norms, comes before (`clipping`). What an optimiser
remembers about each weight (its slots) is kept by who makes the steps. Numbers that change from step to step are
computed in Python, in float64 (`Optimizer.scalars`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.checks import object_of
from pellucid.errors import ArgumentError
from pellucid.optimizers import schedules
from pellucid.optimizers.adadelta import Adadelta
from pellucid.optimizers.adagrad import Adagrad
from pellucid.optimizers.adam import Adam, Adamax, AdamW, Nadam
from pellucid.optimizers.base import Optimizer
from pellucid.optimizers.ftrl import Ftrl
from pellucid.optimizers.lion import Lion
from pellucid.optimizers.rmsprop import RMSprop
from pellucid.optimizers.sgd import SGD
from pellucid.registry import Registry
from pellucid.schedules import Called
from pellucid.warned import warn

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

OPTIMIZERS: Registry[Optimizer] = Registry(
    kind="optimizer",
    module="keras.optimizers",
    base=Optimizer,
    classes={
        "adadelta": Adadelta,
        "adagrad": Adagrad,
        "adam": Adam,
        "adamax": Adamax,
        "adamw": AdamW,
        "ftrl": Ftrl,
        "lion": Lion,
        "nadam": Nadam,
        "rmsprop": RMSprop,
        "sgd": SGD,
    },
    meant={
        **dict.fromkeys(("gd", "momentum", "nesterov", "gradient_descent", "stochastic_gradient_descent"), ("sgd",)),
        "amsgrad": ("adam",),
        **dict.fromkeys(("rms", "rms_prop"), ("rmsprop",)),
    },
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
        >>> get("sgd")
        SGD(name='sgd', learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    return None if identifier is None else OPTIMIZERS.get(identifier)


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
    object_of("optimizers.serialize", optimizer, Optimizer, "an optimizer")
    if isinstance(optimizer.schedule, Called) and not str(optimizer.schedule.name).isidentifier():
        raise ArgumentError(
            f"{optimizer.name}: its learning rate is a function without a name ({optimizer.schedule}), which no file "
            "can hold: define it with `def`, or set a number or a schedule before saving"
        )
    if optimizer.weight_decay and optimizer.excludes_from_weight_decay:
        warn(
            f"{optimizer.name}: which weights are excluded from weight decay stands in no file (nor does it in "
            "Keras's); call exclude_from_weight_decay again after loading, or all weights will decay"
        )
    return OPTIMIZERS.serialize(optimizer)


@explained
def deserialize(config: Mapping[str, Any]) -> Optimizer:
    """The optimiser of a record: `get` for records alone.

    Example:
        >>> deserialize(serialize(SGD(0.5))).learning_rate
        0.5

    Source: keras.optimizers.deserialize.
    """
    return OPTIMIZERS.get(config)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
