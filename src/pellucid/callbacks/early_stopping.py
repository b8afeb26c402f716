"""Ending training when it no longer helps."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.callbacks.base import Logs, say
from pellucid.callbacks.monitor import MonitorCallback, threshold
from pellucid.checks import flag, verbosity, whole
from pellucid.provenance import Story
from pellucid.variables import Variable
from pellucid.watched import found_in

_KEPT = ("wait", "best", "best_epoch", "stopped_epoch", "best_weights")


class EarlyStopping(MonitorCallback):
    """Ends training when a watched number has not improved for some epochs.

    Args:
        monitor: what to watch: "loss", "accuracy", "val_loss", ...
        min_delta: an improvement must exceed this, >= 0.
        patience: how many epochs without improvement are borne, >= 0.
        verbose: 1 prints a line when training is ended.
        mode: "min" if less is better, "max" if more is; "auto" knows it for losses, errors, accuracies and metrics of
            this library.
        baseline: where given, epochs that do not get past it count as epochs without improvement.
        restore_best_weights: whether the model gets back the weights of its best epoch when training ends, also if it
            ends for another reason, Ctrl-C included.
        start_from_epoch: epochs before this one are not watched.

    Attributes:
        best: the best value so far, or None.
        best_epoch: the epoch that it is from.
        best_weights: of that epoch, where they are kept; else None.
        wait: how many epochs have not improved it.
        stopped_epoch: the epoch after which training was ended, or 0.

    Raises:
        ArgumentError: a setting is out of range; when training begins, if `mode` is needed because the direction is
            not known.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> stopping = EarlyStopping("loss", patience=2, min_delta=1e9)
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=9, verbose=0, callbacks=[stopping])
        >>> len(history.epoch), stopping.stopped_epoch, stopping.best_epoch
        (3, 2, 0)

    Source: keras.callbacks.EarlyStopping, https://keras.io/api/callbacks/early_stopping/
    """

    _without = "so it cannot stop it"

    @legacy.accepts_old_spelling("EarlyStopping")
    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta=min_delta)
        owner = type(self).__name__
        self.patience = whole(owner, "patience", patience, 0)
        self.verbose = verbosity(owner, verbose)
        self.baseline = threshold(owner, "baseline", baseline)
        self.restore_best_weights = flag(owner, "restore_best_weights", restore_best_weights)
        self.start_from_epoch = whole(owner, "start_from_epoch", start_from_epoch, 0)
        self._reset()

    def _reset(self) -> None:
        self.wait, self.best_epoch, self.stopped_epoch = 0, 0, 0
        self.best: float | None = None
        self.best_weights: list[np.ndarray] | None = None
        self._stories: list[Story] = []
        self._stopped = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget an earlier training; find out what is better."""
        super().on_train_begin(logs)
        self._reset()
        self._set_monitor_op()

    def capture(self) -> dict[str, Any]:
        """The best epoch so far, its weights where they are kept, and how long ago it was."""
        return {name: getattr(self, name) for name in _KEPT}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on waiting."""
        for name in _KEPT:
            setattr(self, name, state[name])

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Compare with the best epoch so far; end training where patience is used up."""
        if epoch < self.start_from_epoch:
            return
        current = self.get_monitor_value(logs)
        if current is None:
            return
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best, self.best_epoch = current, epoch
            self.best_weights = self.model.get_weights() if self.restore_best_weights else None
            self._stories = [copy.copy(weight.story) for weight in self._weights()] if self.best_weights else []
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch, self._stopped = epoch, True
            self.model.stop_training = True

    def get_monitor_value(self, logs: Logs) -> float | None:
        """The number that is watched, which a class of your own may tell in another way; None where there is none."""
        return self.watched(logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Give the best weights back, where asked for."""
        if self.verbose and self._stopped:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                say(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)
            for weight, story in zip(self._weights(), self._stories, strict=False):
                weight.story.resume(story)

    def _weights(self) -> list[Variable]:
        """The model's, whose stories go back with their values."""
        return list(found_in(getattr(self.model, "weights", None), Variable))
