"""The record of a training run: loss and metrics of each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid import legacy
from pellucid.callbacks.base import Callback, Logs
from pellucid.notebooks import Shown


class History(Callback, Shown):
    """What `fit` returns.

    Attributes:
        history: for each name ("loss", "accuracy", "val_loss", ...) one number per epoch, or an array where a metric
            tells of several; "acc", as Keras 1 and 2 had it, is understood.
        epoch: the numbers of the epochs, from 0.
        interrupted: whether training was ended by Ctrl-C.

    Example:
        >>> history = History()
        >>> history.on_epoch_end(0, {"loss": 2.0})
        >>> history.on_epoch_end(1, {"loss": 1.5})
        >>> history.history, history.epoch
        ({'loss': [2.0, 1.5]}, [0, 1])

    Source: keras.callbacks.History.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = legacy.Curves("history")
        self.epoch: list[int] = []
        self.interrupted = False

    def on_train_begin(self, logs: Logs = None) -> None:
        """Count the epochs of this training; what earlier ones told stays, as in Keras."""
        self.epoch, self.interrupted = [], False

    def capture(self) -> dict[str, Any]:
        """The epochs so far."""
        return {"epoch": list(self.epoch), "history": {name: list(values) for name, values in self.history.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on behind these epochs."""
        self.epoch = list(state["epoch"])
        self.history.clear()
        self.history.update({name: list(values) for name, values in state["history"].items()})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Note the epoch and its numbers."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value if getattr(value, "ndim", 0) else float(value))
