"""Ending a training whose loss stopped being a number, and going back to before that."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from pellucid.callbacks.base import Callback, Logs
from pellucid.warned import warn


class RestoreOnNaN(Callback):
    """Ends a training at the batch at which its loss stops being a number, and gives back what was before that.

    `fit` says by itself, without this callback, at which step and where the loss stopped being a number (in the data,
    the weights, the output of a layer, the loss, a gradient), but trains on, as Keras does. Keras's `TerminateOnNaN`
    ends the training and leaves the weights as they are: mostly not a number any more.

    Afterwards weights, optimiser, learning rate and step are those before the step; `fit(..., initial_epoch=epoch)` of
    the attribute goes on in the middle of that epoch. Where the steps cannot be made again to find the one (batches
    that come but once) they are up to 512 steps older, and of a model of more than 256 MiB with what its optimiser
    remembers, there is nothing to give back: a warning says so.

    Attributes:
        epoch: in which the loss stopped being a number, from 0; None if it did not.

    Example:
        >>> import warnings
        >>> import numpy as np
        >>> from pellucid import Sequential, layers, optimizers
        >>> model = Sequential([layers.Input((1,)), layers.Dense(1)])
        >>> model.compile(optimizers.SGD(1e10), "mse")
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")  # fit says where
        ...     history = model.fit(np.ones((8, 1)), np.ones((8, 1)), epochs=9, verbose=0, callbacks=RestoreOnNaN())
        >>> len(history.epoch) < 9, bool(np.isfinite(model.get_weights()[0]).all())
        (True, True)
    """

    comes_last: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.epoch: int | None = None
        self._epoch = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        """Forget an earlier training."""
        self.epoch = None

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note which it is."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """End the training if the loss is no number."""
        if self.epoch is None and not math.isfinite((logs or {}).get("loss", 0.0)):
            self.epoch, self.model.stop_training = self._epoch, True

    def on_train_end(self, logs: Logs = None) -> None:
        """Go back to before it stopped being one."""
        if self.epoch is None:
            return
        finite: Any = self.model.stepper.finite
        if finite is None:
            warn(f"{self.model.name}: RestoreOnNaN ended the training, but there is no state before that to go back to")
        else:
            self.model.stepper.restore(finite)
            self.epoch = finite.epoch
