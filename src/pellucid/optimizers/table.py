"""How optimisers are found by name, and written down. The room's `__init__` fills the table."""

from __future__ import annotations

from typing import Any

from pellucid.checks import object_of
from pellucid.errors import ArgumentError
from pellucid.optimizers.base import Optimizer
from pellucid.registry import Registry
from pellucid.schedules.base import Called
from pellucid.warned import warn

__all__ = ["OPTIMIZERS", "record_of"]

CLASSES: dict[str, type[Optimizer]] = {}

OPTIMIZERS: Registry[Optimizer] = Registry(
    kind="optimizer",
    module="keras.optimizers",
    base=Optimizer,
    classes=CLASSES,
    meant={
        **dict.fromkeys(("gd", "momentum", "nesterov", "gradient_descent", "stochastic_gradient_descent"), ("sgd",)),
        "amsgrad": ("adam",),
        **dict.fromkeys(("rms", "rms_prop"), ("rmsprop",)),
    },
)


def record_of(optimizer: Optimizer) -> dict[str, Any]:
    """The record of an optimiser; see `optimizers.serialize`."""
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
