"""What a callback is: code of your own at fixed points of training, evaluation and prediction; and a list of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pellucid.errors import ArgumentError

Logs = Mapping[str, Any] | None


class Callback:
    """The base of all callbacks. A subclass overrides the hooks that it wants; the others do nothing.

    `logs` holds loss and metrics by name, so far in the epoch, or of the whole epoch where one ends (then with those
    of the validation data as `val_...`). Epochs and batches count from 0. Setting `self.model.stop_training = True`
    ends training: after the batch if set at its end, otherwise after the epoch.

    Attributes:
        model: the model that is trained or run; None before that.
        params: what is known at the start: "epochs", "steps" (batches per epoch), "verbose".

    Example:
        >>> class Shout(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"epoch {epoch} done, loss {logs['loss']}!")
        >>> CallbackList([Shout()]).on_epoch_end(0, {"loss": 0.5})
        epoch 0 done, loss 0.5!

    Source: keras.callbacks.Callback, https://keras.io/api/callbacks/base_callback/
    """

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
        """Before a training step."""

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a training step."""

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


class CallbackList(Callback):
    """Several callbacks as one: each hook calls that of every member, in order.

    Args:
        callbacks: the members; a single one may stand alone.
        model: told to all of them.

    Raises:
        ArgumentError: a member is not a callback; says what to do.
    """

    def __init__(self, callbacks: Callback | Iterable[Callback] = (), model: Any = None) -> None:
        super().__init__()
        self.callbacks = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
        for callback in self.callbacks:
            _check(callback)
        self.set_model(model)

    @property
    def told_of_batches(self) -> bool:
        """Whether any member has a hook of its own between training batches."""
        return self._have("on_train_batch_begin", "on_train_batch_end")

    @property
    def told_of_tests(self) -> bool:
        """Whether any member has a hook of its own between batches of an evaluation."""
        return self._have("on_test_batch_begin", "on_test_batch_end")

    def _have(self, *hooks: str) -> bool:
        return any(
            getattr(getattr(member, hook), "__func__", None) is not getattr(Callback, hook)
            for member in self.callbacks
            for hook in hooks
        )

    def _each(self, hook: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._each("set_model", model)

    def set_params(self, params: Mapping[str, Any]) -> None:
        super().set_params(params)
        self._each("set_params", params)

    def capture(self) -> dict[str, Any]:
        """What all members keep, by number and class; a member that keeps nothing is left out."""
        kept = {name: member.capture() for name, member in self._by_name().items()}
        return {name: state for name, state in kept.items() if state}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Let each member take over what it kept.

        Raises:
            ArgumentError: there is no such member: the callbacks are others than when the state was captured.
        """
        members = self._by_name()
        for name, kept in state.items():
            if name not in members:
                raise ArgumentError(
                    f"the training that is resumed had the callback {name!r} (number and class); now there are "
                    f"{', '.join(members) or 'none'}: pass the same ones in the same order"
                )
            members[name].restore(kept)

    def _by_name(self) -> dict[str, Callback]:
        return {f"{number} {type(member).__name__}": member for number, member in enumerate(self.callbacks)}

    def on_train_begin(self, logs: Logs = None) -> None:
        self._each("on_train_begin", logs)

    def on_train_end(self, logs: Logs = None) -> None:
        self._each("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._each("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._each("on_epoch_end", epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        self._each("on_test_begin", logs)

    def on_test_end(self, logs: Logs = None) -> None:
        self._each("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._each("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._each("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_predict_batch_end", batch, logs)


def _check(callback: object) -> None:
    if isinstance(callback, Callback):
        return
    if isinstance(callback, type) and issubclass(callback, Callback):
        raise ArgumentError(f"callbacks takes objects, got the class {callback.__name__}; write {callback.__name__}()")
    raise ArgumentError(
        f"callbacks takes objects of class Callback, got {callback!r}; a function can be wrapped: "
        "LambdaCallback(on_epoch_end=function)"
    )
