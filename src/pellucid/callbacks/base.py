"""What a callback is: code of your own at fixed points of training, evaluation and prediction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from pellucid import processes
from pellucid.absent import AbsentAttribute
from pellucid.calls import Explained
from pellucid.config import is_interactive_logging_enabled

Logs = Mapping[str, Any] | None
PACE = 0.05  # seconds
OF_BEFORE = {"validation_data": "since Keras 2.3 fit hands it to no callback; give it to yours when it is made"}


class _GivenBefore:
    """What `fit` of Keras 2 handed to callbacks and no `fit` does today; one may keep what one likes there."""

    def __get__(self, callback: object, owner: type | None = None) -> Any:
        if callback is None:
            return self
        raise AbsentAttribute(callback, "validation_data", OF_BEFORE)


class Callback(Explained):
    """The base of all callbacks. A subclass overrides the hooks that it wants; the others do nothing.

    `logs` holds loss and metrics by the names that were asked for, so far in the epoch, or of the whole epoch where one
    ends (then with those of the validation data as `val_...`); where something begins it is empty, and where training
    ends it is that of the last epoch. Epochs and batches count from 0. Setting `self.model.stop_training = True` ends
    training: after the batch if set at its end, otherwise after the epoch.

    The hooks of batches and tests are called in `fit`, `evaluate` and `predict` as in Keras, in its order; a batch that
    was predicted is in the logs as "outputs".

    Attributes:
        model: the model that is trained or run; None before that.
        params: what is known at the start: "epochs", "steps" (batches per epoch), "verbose".
        comes_last: whether it is told after all others, the history included: for one that records the training
            (`model.stepper.capture()`), so that what the others keep of an epoch is in the record.

    Example:
        >>> class Shout(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"epoch {epoch} done, loss {logs['loss']}!")
        >>> Shout().on_epoch_end(0, {"loss": 0.5})
        epoch 0 done, loss 0.5!

    Source: keras.callbacks.Callback, https://keras.io/api/callbacks/base_callback/
    """

    comes_last: ClassVar[bool] = False
    validation_data = _GivenBefore()
    idle_hooks: Sequence[Callable[..., None]] = ()
    """Those of its hooks that are written, but do nothing with the settings that it has."""
    unhurried_hooks: Sequence[Callable[..., None]] = ()
    """Those that need not be called for each batch, but for the first and then every `PACE` seconds."""

    def __init__(self) -> None:
        self.model: Any = None
        self.params: dict[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Called before anything else, with the model."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Called before anything else, with what is known at the start."""
        self.params = dict(params)

    def capture(self) -> dict[str, Any]:
        """What the callback must not forget when a training is interrupted and resumed; plain data and arrays."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `capture` gave; called after `on_train_begin`."""

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch, also where training was stopped."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a training step; by default `on_batch_begin` is called."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a training step; by default `on_batch_end` is called."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """The older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """The older name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before an evaluation, also the one that ends an epoch."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After an evaluation."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch is evaluated."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch was evaluated."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch is predicted."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch was predicted."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
"""The names of all hooks."""


def say(text: str) -> None:
    """Print what a training says, or log it as information, as `config.disable_interactive_logging` decides; of several
    processes the first one says it.

    Args:
        text: begins with a line break where it may follow a line that is not complete yet; in a log each is.
    """
    if not processes.is_first():
        return
    if is_interactive_logging_enabled():
        print(text)
        return
    import logging  # only now: few programs log

    logging.getLogger("pellucid").info("%s", text.strip("\n"))
