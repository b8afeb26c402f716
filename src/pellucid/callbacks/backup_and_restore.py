"""A training that is killed goes on where it was."""

from __future__ import annotations

import math
import os
from typing import Any, ClassVar

from pellucid.callbacks.base import Callback, Logs
from pellucid.checks import flag, is_whole
from pellucid.engines import of_jax
from pellucid.errors import ArgumentError, ArgumentTypeError, escaped, shown
from pellucid.formats.run_folder import Least, RunFolder
from pellucid.warned import warn

OWNER = "BackupAndRestore"


class BackupAndRestore(Callback):
    """Keeps a training in a folder while it runs; the next `fit` with that folder goes on from there.

    What is kept is all of the training: weights, what the optimiser remembers, loss and metrics so far, epoch, batch,
    seed, learning rate, what the other callbacks have counted, the history. So a training that was killed and is
    started anew by the same script ends with the same weights to the bit, on the same engine and instruction set. In
    Keras, which keeps weights, optimiser and epoch, an interrupted epoch is repeated, and the history begins anew.

    A record is complete or not there, whenever the process is killed. Where the newest is damaged (its checksums tell),
    the one before it is taken, with a warning. Where the disk is full, the training goes on, with a warning; the
    records that there are stay. While the loss is no number nothing is kept: the last record is from before. Several
    processes of one training write a record together, each a shard of it; any number of them reads it.

    Args:
        backup_dir: the folder; it belongs to one training at a time.
        save_freq: "epoch" keeps a record at the end of each epoch, a number after so many batches.
        double_checkpoint: whether the record before the newest is kept in any case. It is kept anyway (in Keras it is
            not) as long as there is room on the disk; otherwise it gives way to a newer one.
        delete_checkpoint: whether the records are removed when the training has come to its end.

    Raises:
        ArgumentError: a setting is none of these; from `fit`, the records are of another model, optimizer or metrics.
        FileError: from `fit`, the folder cannot be written to, or all records in it are damaged.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keeping = BackupAndRestore(folder + "/run", delete_checkpoint=False)
        ...     history = model.fit(np.ones((8, 1)), np.ones((8, 1)), epochs=2, verbose=0, callbacks=keeping)
        ...     history = model.fit(np.ones((8, 1)), np.ones((8, 1)), epochs=3, verbose=0, callbacks=keeping)
        >>> history.epoch, model.optimizer.iterations  # two epochs of the first fit, one of the second
        ([0, 1, 2], 3)

    Source: keras.callbacks.BackupAndRestore, https://keras.io/api/callbacks/backup_and_restore/
    """

    comes_last: ClassVar[bool] = True

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        self.double_checkpoint = flag(OWNER, "double_checkpoint", double_checkpoint)
        self.delete_checkpoint = flag(OWNER, "delete_checkpoint", delete_checkpoint)
        self.save_freq = _frequency(save_freq)
        if backup_dir is None or (isinstance(backup_dir, str) and not backup_dir):
            raise ArgumentError(
                f"{OWNER}: Empty `backup_dir` argument passed, {shown(backup_dir)}; it is the path of a folder"
            )
        self._runs = RunFolder(backup_dir, two=self.double_checkpoint)
        self.backup_dir = backup_dir
        self._batches, self._ended, self._fails = 0, False, False
        if self.save_freq != "epoch":
            # Not a method of the class: where nobody asks for batches, nobody is told of them.
            self.on_train_batch_end = self._after_batch  # type: ignore[method-assign]

    def on_train_begin(self, logs: Logs = None) -> None:
        """Go on from the newest record, if there is one."""
        self._runs.open()
        found, complaints = self._runs.read()
        for complaint in complaints:
            warn(f"{OWNER}: {complaint}; the training goes on from the record before it")
        if found is not None:
            self._restore(found)
        self._batches, self._fails = 0, False
        self._ended = self._current_epoch >= self._last_epoch

    def _restore(self, found: dict[str, Any]) -> None:
        try:
            self.model.stepper.restore(found)
        except ArgumentError as error:
            raise ArgumentError(
                f"{OWNER}: the training cannot go on from {escaped(self.backup_dir)}: {error}; remove that folder to "
                "begin anew"
            ) from error

    @property
    def _current_epoch(self) -> int:
        """The epoch that is under way, or comes next."""
        return self.model.stepper.position[0]

    @property
    def _last_epoch(self) -> float:
        return self.params.get("epochs", float("inf"))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Until the epoch has ended, the training has not."""
        self._ended = False

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Keep the training, where that is wanted after each epoch."""
        if self.save_freq == "epoch":
            self.keep(logs)
        self._ended = epoch + 1 >= self._last_epoch or self.model.stop_training

    def _after_batch(self, batch: int, logs: Logs = None) -> None:
        self._batches += 1
        if self._batches >= self.save_freq:  # type: ignore[operator]  # a number here
            self._batches = 0
            self.keep(logs)

    def keep(self, logs: Logs = None) -> None:
        """Write a record now, between two steps, unless the loss is no number: what was kept before is worth more then.

        A disk that is full does not end the training.
        """
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            return
        try:
            together = self._together()
            self._runs.write(self.model.stepper.capture(in_shares=together is not None).plain(), together)
        except OSError as error:
            if not self._fails:
                epoch, batch = self.model.stepper.position
                warn(
                    f"{OWNER}: the training could not be kept (epoch {epoch + 1}, batch {batch + 1}): {error}. It goes "
                    "on; should it be interrupted, the next one goes on from the last record that could be written"
                )
            self._fails = True
        else:
            self._fails = False

    def _together(self) -> Least | None:
        """How the processes that compute this training ask each other; None where one computes it."""
        if not getattr(self.model.stepper.runtime.engine, "spans_processes", False):
            return None
        least: Least = of_jax("pellucid.engines.xla.joining").least
        return least

    def on_train_end(self, logs: Logs = None) -> None:
        """Remove the records of a training that was not broken off, unless they are wanted."""
        if self._ended and self.delete_checkpoint:
            self._runs.remove()


def _frequency(save_freq: Any) -> str | int:
    if isinstance(save_freq, str) and save_freq == "epoch":
        return "epoch"
    if is_whole(save_freq) and save_freq >= 1:
        return int(save_freq)
    kind = ArgumentError if isinstance(save_freq, str) or is_whole(save_freq) else ArgumentTypeError
    raise kind(f"{OWNER}: Invalid value of save_freq, {shown(save_freq)}: it is 'epoch' or a number of batches >= 1")
