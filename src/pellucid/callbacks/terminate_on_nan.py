"""Ending a training whose loss is no number any more."""

from __future__ import annotations

import math

from pellucid.callbacks.base import Callback, Logs, say
from pellucid.checks import flag
from pellucid.errors import TrainingError


class TerminateOnNaN(Callback):
    """Ends training after the batch whose loss is NaN or infinite.

    Args:
        raise_error: whether to raise instead of ending the training as usual. Then callbacks are not told that it has
            ended, so that none puts away what it has kept.

    Raises:
        TrainingError: there was such a loss, and `raise_error` is set.

    Example:
        >>> TerminateOnNaN(raise_error=True).on_train_batch_end(3, {"loss": float("nan")})
        Traceback (most recent call last):
        pellucid.errors.TrainingError: TerminateOnNaN: the loss is nan in batch 3; lower the learning rate

    Source: keras.callbacks.TerminateOnNaN, https://keras.io/api/callbacks/terminate_on_nan/
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = flag("TerminateOnNaN", "raise_error", raise_error)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise TrainingError(f"TerminateOnNaN: the loss is {loss} in batch {batch}; lower the learning rate")
        say(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
