"""Ending training when it no longer helps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.callbacks.base import Callback, Logs
from pellucid.checks import flag, number, title, verbosity, whole, word
from pellucid.errors import ArgumentError
from pellucid.warned import warn

MODES = ("auto", "min", "max")
_KEPT = ("wait", "best", "best_epoch", "stopped_epoch", "_best_weights")
LESS_IS_BETTER = ("loss", "error", "mse", "mae", "crossentropy")  # how the names of such numbers end


class EarlyStopping(Callback):
    """Ends training when a watched number has not improved for some epochs.

    Args:
        monitor: what to watch: "loss", "accuracy", "val_loss", ...
        min_delta: an improvement must exceed this, >= 0.
        patience: how many epochs without improvement are borne, >= 0.
        verbose: 1 prints a line when training is ended.
        mode: "min" if less is better, "max" if more is; "auto" knows it for losses, errors and accuracies.
        baseline: where given, epochs that do not get past it count as epochs without improvement.
        restore_best_weights: whether the model gets back the weights of its best epoch when training ends, also if it
            ends for another reason.
        start_from_epoch: epochs before this one are not watched.

    Attributes:
        best: the best value so far, or None.
        best_epoch: the epoch that it is from.
        stopped_epoch: the epoch after which training was ended, or None.

    Raises:
        ArgumentError: a setting is out of range, or `mode` is needed because the direction is not known.

    Source: keras.callbacks.EarlyStopping, https://keras.io/api/callbacks/early_stopping/
    """

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
        super().__init__()
        owner = "EarlyStopping"
        self.monitor = title(f"{owner}: monitor", monitor)
        self.min_delta = number(owner, "min_delta", min_delta, 0.0)
        self.patience = whole(owner, "patience", patience, 0)
        self.verbose = verbosity(owner, verbose)
        self.direction = _direction(self.monitor, word(owner, "mode", mode, MODES))
        self.baseline = None if baseline is None else number(owner, "baseline", baseline)
        self.restore_best_weights = flag(owner, "restore_best_weights", restore_best_weights)
        self.start_from_epoch = whole(owner, "start_from_epoch", start_from_epoch, 0)
        self._reset()

    def _reset(self) -> None:
        self.wait, self.best_epoch = 0, 0
        self.best: float | None = None
        self.stopped_epoch: int | None = None
        self._best_weights: list[np.ndarray] | None = None
        self._warned = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget an earlier training."""
        self._reset()

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
        current = (logs or {}).get(self.monitor)
        if current is None:
            self._warn(logs or {})
            return
        self.wait += 1
        if self._improves(current, self.best):
            self.best, self.best_epoch = current, epoch
            self._best_weights = self.model.get_weights() if self.restore_best_weights else None
            if self._improves(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _improves(self, value: float, reference: float | None) -> bool:
        """Whether a value is better than another; NaN never is."""
        if reference is None:
            return not math.isnan(value)
        return (value - reference) * self.direction > self.min_delta

    def _warn(self, logs: Mapping[str, float]) -> None:
        if not self._warned:
            hint = "; give fit validation data" if self.monitor.startswith("val_") else ""
            warn(
                f"EarlyStopping watches {self.monitor!r}, which this training does not report (it reports "
                f"{', '.join(sorted(logs)) or 'nothing'}), so it cannot stop it{hint}"
            )
            self._warned = True

    def on_train_end(self, logs: Logs = None) -> None:
        """Give the best weights back, where asked for."""
        if self.verbose and self.stopped_epoch is not None:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self._best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self._best_weights)


def _direction(monitor: str, mode: str) -> int:
    """1 if more is better, -1 if less is."""
    name = monitor.removeprefix("val_")
    if mode == "max" or (mode == "auto" and (name == "acc" or name.endswith("accuracy"))):
        return 1
    if mode == "min" or name.endswith(LESS_IS_BETTER):
        return -1
    raise ArgumentError(f"EarlyStopping: is more or less of {monitor!r} better? Say mode='max' or mode='min'")
