"""A learning rate that shrinks: an argument of the optimiser once, a schedule today."""

from __future__ import annotations

from typing import Any

from pellucid.frozen import Frozen
from pellucid.legacy.spelling import Arguments, Named


class Record(dict[str, Any]):
    """A record from which an object is made, that is shown as the call which makes it."""

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self["config"].items())
        return f"optimizers.schedules.{self['class_name']}({settings})"


class Decay(Frozen):
    """Put `decay` into the learning rate: in step t = 0, 1, ... it is learning_rate / (1 + decay * t).

    Args:
        learning_rate: that the optimiser had once if none was given.

    Source: keras/optimizers.py of Keras 2.2.4; keras.optimizers.schedules.InverseTimeDecay, which computes the same.
    """

    learning_rate: float

    def __call__(self, args: Arguments, kwargs: Named) -> tuple[Arguments, Named]:
        decay = kwargs.pop("decay", 0)
        if not decay:
            return args, kwargs
        initial = args[0] if args else kwargs.get("learning_rate", self.learning_rate)
        config = {"initial_learning_rate": initial, "decay_steps": 1, "decay_rate": decay}
        schedule = Record(class_name="InverseTimeDecay", config=config)
        return ((schedule, *args[1:]), kwargs) if args else (args, {**kwargs, "learning_rate": schedule})
