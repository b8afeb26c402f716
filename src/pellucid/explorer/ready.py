"""A model that is ready to be trained: compiled, with the batches that it is trained on and those held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid import optimizers, schedules
from pellucid.callbacks import CallbackList
from pellucid.checks import is_number
from pellucid.data.sources.source import Source
from pellucid.errors import ArgumentError, shown, unknown_name
from pellucid.explorer.learning import Learning
from pellucid.models import Model
from pellucid.optimizers.table import CLASSES
from pellucid.training import loop
from pellucid.training.commands import training_data
from pellucid.training.given import Given
from pellucid.training.options import FitOptions
from pellucid.training.stepper import LocalStepper

__all__ = ["NOTHING", "OPTIMIZERS", "Ready", "numbers"]

NOTHING = (
    "There is nothing to train on. Give samples with what is right for them: pellucid explore MODEL --data FILE.npz, "
    "with x and y in the file, or --data FOLDER with a sub-folder of images for each class; in Python, "
    "model.explore(x, y)"
)
OPTIMIZERS = tuple(sorted(name for name in CLASSES if name != "multioptimizer"))
"""Those that can be chosen by name; the others need settings that only their user knows."""
LARGEST_RATE = 1e6
_USUAL_BATCH = 32
_USUAL: dict[str, Any] = {
    "batch_size": _USUAL_BATCH,
    "epochs": 1,
    "verbose": 0,
    "callbacks": None,
    "validation_split": 0.0,
    "validation_data": None,
    "shuffle": True,
    "class_weight": None,
    "initial_epoch": 0,
    "steps_per_epoch": None,
    "validation_steps": None,
    "validation_batch_size": None,
    "validation_freq": 1,
}


class Ready:
    """A model with all that training it needs.

    Args:
        model: built. Compiled it stays as it is; else it is compiled as `learning` says.
        learning: the data; None for none.

    Attributes:
        source: of the batches that it is trained on.
        validation: of those that are held out; None for none.
        batch_size: samples in a step; None where batches come as they are.

    Raises:
        ArgumentError: there is nothing to train on, or a setting of `fit` that it has not.
        DataError: the data do not fit the model.
    """

    def __init__(self, model: Model, learning: Learning | None) -> None:
        if learning is None:
            raise ArgumentError(NOTHING)
        self.model = model
        if not isinstance(model.stepper, LocalStepper):
            model.compile(learning.optimizer, learning.loss, metrics=list(learning.metrics), engine=model.engine)
        self._plan = self.stepper.plan
        self._rate = self._plan.optimizer.captured_rate()
        self._name = ""
        settings = dict(learning.data)
        self._given = Given(settings.pop("x", None), settings.pop("y", None), settings.pop("sample_weight", None))
        strange = next((name for name in settings if name not in _USUAL), None)
        if strange is not None:
            raise unknown_name("setting of fit", strange, list(_USUAL))
        self._settings = {**_USUAL, **settings}
        if not self._settings["validation_split"] and self._settings["validation_data"] is None:
            held = learning.held_out
            self._settings["validation_data"] = (held[0] if len(held) == 1 else held) if held else None
        self._sources: dict[int | None, tuple[Source, Source | None]] = {}
        self.use(None if self._given.has_batches else self._settings["batch_size"] or _USUAL_BATCH)

    @property
    def stepper(self) -> LocalStepper:
        """Who trains the model now."""
        stepper = self.model.stepper
        assert isinstance(stepper, LocalStepper)
        return stepper

    @property
    def optimizer(self) -> str:
        """The class of the optimiser that the model is trained with now."""
        return type(self.stepper.plan.optimizer).__name__

    @property
    def first_optimizer(self) -> str:
        """The class of the one that the data came with."""
        return type(self._plan.optimizer).__name__

    @property
    def rate(self) -> float | None:
        """The learning rate of the next step; None where there is not one alone."""
        schedule = getattr(self.stepper.plan.optimizer, "schedule", None)
        return None if schedule is None else float(schedules.at(schedule, self.stepper.iterations))

    def set_rate(self, value: Any) -> None:
        """Set it, for good: a schedule has no more to say.

        Raises:
            ArgumentError: it is no number above 0, or there is not one rate alone.
        """
        if not is_number(value) or not 0 < value <= LARGEST_RATE:
            raise ArgumentError(f"a learning rate is a number above 0, up to {LARGEST_RATE:g}, got {shown(value)}")
        if self.rate is None:
            raise ArgumentError(f"{self.optimizer}: its optimizers have learning rates of their own")
        self.stepper.plan.optimizer.learning_rate = float(value)

    def check(self, optimizer: object, batch_size: object) -> None:
        """Raise `ArgumentError` unless there is such an optimiser ("" for the first), and such batches."""
        if not isinstance(optimizer, str) or (optimizer and optimizer not in OPTIMIZERS):
            raise unknown_name("optimizer", str(optimizer), OPTIMIZERS)
        if self._given.has_batches:
            if batch_size is not None:
                raise ArgumentError("batch_size: the batches of these data come as they are")
            return
        x = self._given.x
        samples = len(x if isinstance(x, np.ndarray) else next(iter(x.values() if isinstance(x, Mapping) else x)))
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or not 1 <= batch_size <= samples:
            raise ArgumentError(f"batch_size is a whole number from 1 to {samples}, got {shown(batch_size)}")

    def compile(self, optimizer: str) -> None:
        """Train with an optimiser that remembers nothing yet: one by name, or "" for the first."""
        chosen = optimizers.get(optimizer) if optimizer else self._plan.optimizer
        if not optimizer:
            chosen.restore_rate(self._rate)
        before = self.stepper
        self.model.runtime.step = 0
        self.model.stepper = LocalStepper(self.model.runtime, replace(self._plan, optimizer=chosen))
        self.stepper.position, self.stepper.batches = before.position, before.batches

    def held_out(self) -> dict[str, float]:
        """Loss and metrics of the samples that are held out, as `fit` names them; nothing where there are none."""
        source = self.validation
        if source is None or source.is_spent:
            return {}
        told = loop.evaluate(self.model, self.stepper, source, CallbackList([], model=self.model))
        return {f"val_{name}": value for name, value in numbers(told).items()}

    def use(self, batch_size: int | None) -> None:
        """Take batches of this size; None where they come as they are."""
        if batch_size not in self._sources:
            options = FitOptions(**{**self._settings, "batch_size": batch_size})
            self._sources[batch_size] = training_data(self.stepper, self._given, options)
        self.source, self.validation = self._sources[batch_size]
        self.batch_size = batch_size


def numbers(told: Mapping[str, Any]) -> dict[str, float]:
    """Those of the things that are told of a pass that are single numbers."""
    return {name: float(value) for name, value in told.items() if np.ndim(value) == 0}
