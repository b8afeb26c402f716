"""Callbacks that set the learning rate between epochs, and what is told of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.callbacks.base import Callback, Logs, say
from pellucid.callbacks.monitor import MonitorCallback
from pellucid.checks import is_number, number, verbosity, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.schedules import LearningRateSchedule

RATE = "learning_rate"
"""Under which name it is told."""


def optimizers_of(model: Any) -> Iterator[tuple[str, Any]]:
    """The optimisers that move the weights of a model, each with what tells its numbers from those of others.

    There is one, and nothing to tell, unless the model is compiled with an optimiser that is made of several.
    """
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    several = getattr(optimizer, "optimizers", None)
    if several is not None:
        yield from ((f"_{each.name}", each) for each in several)
    elif optimizer is not None:
        yield "", optimizer


def rate_of(optimizer: Any) -> float:
    """The learning rate of the next step; that of a schedule too."""
    rate = optimizer.learning_rate
    return float(rate(int(optimizer.iterations)) if isinstance(rate, LearningRateSchedule) else rate)


def rates_of(model: Any) -> dict[str, float]:
    """The learning rates of a model by the names under which they are told."""
    return {f"{RATE}{suffix}": rate_of(optimizer) for suffix, optimizer in optimizers_of(model)}


def _settable(owner: str, model: Any) -> list[tuple[str, Any]]:
    """The optimisers of a model; refused where one follows a schedule, or there is none."""
    found = list(optimizers_of(model))
    if not found:
        raise ArgumentError(f"{owner} sets the learning rate of the model's optimizer, and there is none: compile it")
    for _, optimizer in found:
        if optimizer.follows_schedule:
            raise ArgumentTypeError(
                f"{owner} sets the learning rate, but that of {type(optimizer).__name__} follows a schedule "
                f"({type(optimizer.schedule).__name__}): use one of the two. This optimizer was created with a "
                "`LearningRateSchedule`, which the callback would replace"
            )
    return found


def _tell(model: Any, logs: Logs) -> None:
    """Put the learning rates among the numbers of an epoch, for the history and the callbacks that come later."""
    if isinstance(logs, MutableMapping):
        logs.update(rates_of(model))


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    Args:
        schedule: a function of the epoch, counted from 0, or of the epoch and the learning rate so far; returns the
            new one.
        verbose: 1 prints a line for each epoch.

    Raises:
        ArgumentError: `schedule` cannot be called or does not return a number >= 0, or the optimiser has a schedule of
            its own.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> halving = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
        >>> model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=halving).history["learning_rate"]
        [0.01, 0.005, 0.0025]

    Source: keras.callbacks.LearningRateScheduler, https://keras.io/api/callbacks/learning_rate_scheduler/
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0) -> None:
        super().__init__()
        if not callable(schedule):
            raise ArgumentTypeError(
                f"LearningRateScheduler: schedule must be a function of epoch and learning rate, got {shown(schedule)}"
            )
        self.schedule = schedule
        self.verbose = verbosity("LearningRateScheduler", verbose)
        self._takes_rate = _takes_two(schedule)
        self._set_for: int | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Each training begins anew."""
        self._set_for = None

    def capture(self) -> dict[str, Any]:
        """The epoch for which the learning rate is set: one that goes on in its middle has it already."""
        return {"set_for": self._set_for}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on in the epoch that was under way."""
        self._set_for = state["set_for"]

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Set it."""
        if self._set_for == epoch:
            return
        for suffix, optimizer in _settable("LearningRateScheduler", self.model):
            rate = self._rate(epoch, rate_of(optimizer))
            optimizer.learning_rate = rate
            if self.verbose:
                whose = f"{optimizer.name} " if suffix else ""
                say(f"\nEpoch {epoch + 1}: LearningRateScheduler setting {whose}learning rate to {rate}.")
        self._set_for = epoch

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Tell it."""
        _tell(self.model, logs)

    def _rate(self, epoch: int, before: float) -> float:
        found = self.schedule(epoch, before) if self._takes_rate else self.schedule(epoch)
        if not is_number(found) and getattr(found, "shape", None) == () and not isinstance(found, str):
            found = np.asarray(found).item()
        return number("LearningRateScheduler", f"what schedule gives for epoch {epoch}", found, 0.0)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    """Whether a function can be called with epoch and learning rate; if Python does not know, it is."""
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except Exception:  # of functions that are not written in Python; ValueError as a rule
        return True
    return True


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a watched number has not improved for some epochs.

    Args:
        monitor: what to watch: "loss", "accuracy", "val_loss", ...
        factor: of the learning rate when it is lowered, from 0 to below 1.
        patience: how many epochs without improvement are borne, >= 0.
        verbose: 1 prints a line when it is lowered.
        mode: "min" if less is better, "max" if more is; "auto" knows it for losses, errors, accuracies and metrics of
            this library.
        min_delta: an improvement must exceed this, >= 0.
        cooldown: for how many epochs after it was lowered none is counted, >= 0.
        min_lr: it is never lowered below this, >= 0.

    Attributes:
        best: the best value so far, or None.
        wait: how many epochs have not improved it.
        cooldown_counter: how many epochs of a cooldown are left.

    Raises:
        ArgumentError: a setting is out of range, the optimiser has a schedule of its own, or `mode` is needed because
            the direction is not known.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> slower = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9)
        >>> model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=4, verbose=0, callbacks=slower).history["learning_rate"]
        [0.01, 0.01, 0.005, 0.0025]

    Source: keras.callbacks.ReduceLROnPlateau, https://keras.io/api/callbacks/reduce_lr_on_plateau/
    """

    _without = "so it does not lower the learning rate"

    @legacy.accepts_old_spelling("ReduceLROnPlateau")
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        owner = type(self).__name__
        self.factor = number(owner, "factor", factor, 0.0)
        if self.factor >= 1:
            raise ArgumentError(f"{owner}: factor must be below 1, or nothing is lowered; got {shown(factor)}")
        self.patience = whole(owner, "patience", patience, 0)
        self.verbose = verbosity(owner, verbose)
        self.cooldown = whole(owner, "cooldown", cooldown, 0)
        self.min_lr = number(owner, "min_lr", min_lr, 0.0)
        # Keras 1 counted an epoch after it had compared: behind an improvement one more was borne.
        self._wait_behind_best = -1 if legacy.generation() == 1 else 0
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.wait, self.cooldown_counter = 0, 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget an earlier training; find out what is better."""
        super().on_train_begin(logs)
        self._reset()
        self._set_monitor_op()
        _settable(type(self).__name__, self.model)

    def capture(self) -> dict[str, Any]:
        """The best value so far, how long ago it was, and what is left of a cooldown."""
        return {"best": self.best, "wait": self.wait, "cooldown_counter": self.cooldown_counter}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on waiting."""
        self.best, self.wait, self.cooldown_counter = state["best"], state["wait"], state["cooldown_counter"]

    def in_cooldown(self) -> bool:
        """Whether epochs are not counted now, because it was lowered a short time ago."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Tell the learning rate, compare with the best epoch so far, lower it where patience is used up."""
        _tell(self.model, logs)
        current = self.watched(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best, self.wait = current, self._wait_behind_best
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._lower(epoch):
                self.wait, self.cooldown_counter = 0, self.cooldown

    def _lower(self, epoch: int) -> bool:
        """Lower the learning rate; whether that was possible."""
        lowered = False
        for suffix, optimizer in _settable(type(self).__name__, self.model):
            before = rate_of(optimizer)
            if before > np.float32(self.min_lr):
                optimizer.learning_rate = rate = max(before * self.factor, self.min_lr)
                lowered = True
                if self.verbose:
                    whose = f" {optimizer.name}" if suffix else ""
                    say(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{whose} learning rate to {rate}.")
        return lowered
