"""Saving a model while it trains."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pellucid import legacy
from pellucid.callbacks.base import Logs, say
from pellucid.callbacks.monitor import MonitorCallback, threshold
from pellucid.checks import flag, is_whole, verbosity, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, escaped, shown
from pellucid.formats.atomic import atomic_write, is_disk_full
from pellucid.formats.paths import checked_path
from pellucid.formats.run_file import write_run
from pellucid.warned import warn

_KEPT = ("best", "_batches_seen", "_last_batch", "_epochs_seen")
OF_KERAS_2 = (".h5", ".hdf5")
RUN = ".run"


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after each epoch or after a number of batches.

    A file is replaced in one step: whoever reads it, at any moment, finds the old model or the new one. Where the disk
    is full the training goes on, with a warning, and the old file stays.

    Args:
        filepath: of the file; in it "{epoch:02d}", "{batch:02d}" and the names of what is told, as in
            "{epoch:02d}-{val_loss:.2f}.keras", are filled in, epochs and batches counted from 1. It ends in ".keras",
            for weights alone in ".weights.h5"; or in ".h5" or ".hdf5" as files of Keras 2. Its folder is made. In
            ".run" the whole training is kept, as `BackupAndRestore` does: a model that is built and compiled likewise
            goes on from there, to the same bits: after `model.stepper.restore(path)` its `stepper.position` is the
            `initial_epoch`, and the batch, with which `fit` does so.
        monitor: what to watch where only the best model is saved: "loss", "accuracy", "val_loss", ...
        verbose: 1 prints a line for each decision.
        save_best_only: whether the model is saved only where the watched number is better than ever before.
        save_weights_only: whether weights are saved (`model.save_weights`) rather than the model (`model.save`).
        mode: "min" if less is better, "max" if more is; "auto" knows it for losses, errors, accuracies and metrics of
            this library.
        save_freq: "epoch", or after how many batches, counted over all epochs.
        initial_value_threshold: the first value must be better than this, where only the best model is saved.
        period: of how many epochs one is looked at, where `save_freq` is "epoch": the last of them. As in Keras 2.

    Attributes:
        best: the best value so far, or None. It stays from one `fit` to the next.

    Raises:
        ArgumentError: a setting is out of range, or the file cannot be named, since something in `filepath` is not
            told; what is told is listed.
        FileError: the file cannot be written, for another reason than that the disk is full.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     saving = ModelCheckpoint(folder + "/models/{epoch:02d}.keras")
        ...     history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, verbose=0, callbacks=[saving])
        ...     sorted(os.listdir(folder + "/models"))
        ['01.keras', '02.keras']

    Source: keras.callbacks.ModelCheckpoint, https://keras.io/api/callbacks/model_checkpoint/
    """

    _without = "so it saves every time"

    @legacy.accepts_old_spelling("ModelCheckpoint")
    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | str = "epoch",
        initial_value_threshold: float | None = None,
        *,
        period: int = 1,
    ) -> None:
        super().__init__(monitor, mode)
        owner = type(self).__name__
        self.best = threshold(owner, "initial_value_threshold", initial_value_threshold)
        self.verbose = verbosity(owner, verbose)
        self.save_best_only = flag(owner, "save_best_only", save_best_only)
        self.save_weights_only = flag(owner, "save_weights_only", save_weights_only)
        if not is_whole(save_freq) and not (isinstance(save_freq, str) and save_freq == "epoch"):
            kind = ArgumentError if isinstance(save_freq, str) else ArgumentTypeError
            raise kind(f"{owner}: Unrecognized save_freq {shown(save_freq)}: it is 'epoch' or a number of batches")
        self.save_freq = "epoch" if isinstance(save_freq, str) else whole(owner, "save_freq", save_freq, 1)
        self.period = whole(owner, "period", period, 1)
        if self.period > 1 and self.save_freq != "epoch":
            raise ArgumentError(f"{owner}: period counts epochs and save_freq batches, got both: leave one of them out")
        self.filepath = str(checked_path(filepath, f"the file of {owner}"))
        self._fields = self._checked_fields()
        self.comes_last = self.filepath.endswith(RUN)  # type: ignore[misc]  # what others count is in a record
        if self.save_freq == "epoch":
            self.idle_hooks = (ModelCheckpoint.on_train_batch_end,)
        self._epoch, self._batches_seen, self._epochs_seen = 0, 0, 0
        self._last_batch: int | None = None

    def _checked_fields(self) -> list[str]:
        """What is to be filled in; raises `ArgumentError` where the file cannot be called so."""
        owner, end = type(self).__name__, ".weights.h5" if self.save_weights_only else ".keras"
        ends = (end, *OF_KERAS_2) if self.save_weights_only else (end, *OF_KERAS_2, RUN)
        of_its_time = legacy.are_collected() and not self.filepath.endswith((".keras", ".weights.h5"))
        known = of_its_time or self.filepath.endswith(ends)
        if not known or (self.filepath.endswith(".weights.h5") and not self.save_weights_only):
            what = "weights alone" if self.save_weights_only else "models"
            begin = Path(self.filepath).name.removesuffix(".weights.h5").removesuffix(Path(self.filepath).suffix)
            raise ArgumentError(
                f"{owner}: {what} are saved in files that end in {end!r}, got {shown(self.filepath)}; "
                f"write {shown(begin + end)}"
            )
        try:
            fields = [field for _, field, _, _ in string.Formatter().parse(self.filepath) if field is not None]
            if all(field.isidentifier() for field in fields):
                self.filepath.format(**{field: 1 if field in ("epoch", "batch") else 0.5 for field in fields})
        except (ValueError, IndexError, KeyError) as error:
            raise ArgumentError(f"{owner}: filepath {shown(self.filepath)} cannot be filled in: {error}") from None
        for field in fields:
            if not field.isidentifier():
                why = "a name stands in braces, such as {epoch:02d}"
            elif field == "batch" and self.save_freq == "epoch":
                why = "batches are told where save_freq is a number"
            elif field.startswith("val_") and self.save_freq != "epoch":
                why = "in the middle of an epoch nothing is known of the validation data"
            else:
                continue
            raise ArgumentError(f"{owner}: filepath {shown(self.filepath)} cannot be filled in with {field!r}: {why}")
        return fields

    def capture(self) -> dict[str, Any]:
        """The best value so far, and how many batches ago the model was saved."""
        return {name: getattr(self, name) for name in _KEPT}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on counting."""
        for name in _KEPT:
            setattr(self, name, state.get(name, getattr(self, name)))

    def on_train_begin(self, logs: Logs = None) -> None:
        """Find out what is better, where that counts, and whether the model can be saved: now, not after an epoch."""
        super().on_train_begin(logs)
        if not self.save_weights_only and not self.comes_last:
            self.model.check_savable()
        if self.save_best_only:
            self._set_monitor_op()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save the model, if it is time."""
        if self.save_freq == "epoch":
            return
        new_epoch = self._last_batch is None or batch <= self._last_batch
        self._batches_seen += batch + 1 if new_epoch else batch - (self._last_batch or 0)
        self._last_batch = batch
        if self._batches_seen >= int(self.save_freq):
            self._batches_seen = 0
            self._save(self._epoch, logs, batch=batch + 1)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save the model, if that is wanted after epochs."""
        if self.save_freq != "epoch":
            return
        self._epochs_seen += 1
        if self._epochs_seen >= self.period:
            self._epochs_seen = 0
            self._save(epoch, logs)

    def _save(self, epoch: int, logs: Logs, **numbers: int) -> None:
        """Save the model, unless only the best is saved and this is none; `numbers` are those of the batch."""
        path = self._path(logs, {"epoch": epoch + 1, **numbers})
        current = self.watched(logs) if self.save_best_only else None
        best = "None" if self.best is None else f"{self.best:.5f}"
        if current is not None and not self._is_improvement(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return
        done = f"{self.monitor} improved from {best} to {current:.5f}, " if current is not None else ""
        self._say(epoch, f"{done}saving model to {escaped(path)}")
        before, self.best = self.best, self.best if current is None else current  # a record of the training holds it
        if not self._write(path):
            self.best = before
        else:
            self._say(epoch, f"finished saving model to {escaped(path)}")

    def _path(self, logs: Logs, numbers: Mapping[str, int]) -> str:
        if not self._fields:
            return self.filepath
        values: dict[str, Any] = {}
        for field in self._fields:
            values[field] = numbers[field] if field in numbers else (logs or {}).get(field)
            if values[field] is None or np.ndim(values[field]):
                told = ", ".join([*numbers, *sorted(logs or {})])
                raise ArgumentError(
                    f"{type(self).__name__}: filepath {shown(self.filepath)} cannot be filled in with {field!r}, which "
                    f"is not told as a number; told are {told}"
                )
        return self.filepath.format(**values)

    def _write(self, path: str) -> bool:
        """Write the file; whether that was possible."""
        folder = os.path.dirname(path)
        try:
            if folder:
                os.makedirs(folder, exist_ok=True)
            if path.endswith(RUN):
                with atomic_write(path) as file:
                    write_run(file, self.model.stepper.capture().plain())
            elif self.save_weights_only:
                self.model.save_weights(path, overwrite=True)
            else:
                self.model.save(path, overwrite=True)
        except OSError as error:
            if is_disk_full(error):
                warn(f"{type(self).__name__}: the training goes on, but this was not saved: {error}")
                return False
            if isinstance(error, FileError):
                raise
            raise FileError(
                f"{type(self).__name__}: cannot write {escaped(path)}: {error.strerror or error}; choose another place"
            ) from error
        return True

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: {text}")
