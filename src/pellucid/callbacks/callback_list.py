"""Several callbacks as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from pellucid.callbacks.base import Callback, Logs
from pellucid.errors import ArgumentError, ArgumentTypeError, shown


class CallbackList(Callback):
    """Several callbacks as one: each hook calls that of every member, in order; those that come last, last.

    Args:
        callbacks: the members; a single one may stand alone.
        model: told to all of them.

    Raises:
        ArgumentError: a member is not a callback; says what to do.
    """

    def __init__(self, callbacks: Callback | Iterable[Callback] = (), model: Any = None) -> None:
        super().__init__()
        self.callbacks = sorted(listed(callbacks), key=lambda callback: callback.comes_last)
        self._epoch_ended: Logs = None
        self.set_model(model)

    @property
    def told_of_batches(self) -> bool:
        """Whether any member has a hook of its own between training batches."""
        return self._have("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")

    @property
    def told_of_predictions(self) -> bool:
        """Whether any member has a hook of its own between batches of a prediction."""
        return self._have("on_predict_batch_begin", "on_predict_batch_end")

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

    def _tell(self, hook: str, logs: Logs, *number: int) -> None:
        """Call a hook of every member with the same logs; there are always some, if empty, as in Keras."""
        self._each(hook, *number, {} if logs is None else logs)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._each("set_model", model)

    def set_params(self, params: Mapping[str, Any]) -> None:
        super().set_params(params)
        self._each("set_params", params)

    def capture(self) -> dict[str, Any]:
        """What all members keep, by class, those of one class by number; a member that keeps nothing is left out."""
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
                    f"the training that is resumed had the callback {name!r}; now there are "
                    f"{', '.join(members) or 'none'}: pass the same ones in the same order"
                )
            members[name].restore(kept)

    def _by_name(self) -> dict[str, Callback]:
        """The members as records call them; one that keeps nothing may be added or left out without changing names."""
        found: dict[str, Callback] = {}
        for member in self.callbacks:
            name = kind = type(member).__name__
            number = 1
            while name in found:
                number += 1
                name = f"{kind} {number}"
            found[name] = member
        return found

    def on_train_begin(self, logs: Logs = None) -> None:
        self._tell("on_train_begin", logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Tell what the last epoch told, unless something else is to be told."""
        self._tell("on_train_end", self._epoch_ended if logs is None else logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._tell("on_epoch_begin", logs, epoch)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._epoch_ended = logs
        self._tell("on_epoch_end", logs, epoch)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_train_batch_begin", logs, batch)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_train_batch_end", logs, batch)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_batch_begin", logs, batch)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_batch_end", logs, batch)

    def on_test_begin(self, logs: Logs = None) -> None:
        self._tell("on_test_begin", logs)

    def on_test_end(self, logs: Logs = None) -> None:
        self._tell("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_test_batch_begin", logs, batch)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_test_batch_end", logs, batch)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._tell("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._tell("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_predict_batch_begin", logs, batch)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._tell("on_predict_batch_end", logs, batch)


def listed(callbacks: Callback | Iterable[Callback] | None) -> list[Callback]:
    """What was given as callbacks, as a list of them; raises `ArgumentError` for what is none, and says what to do."""
    if callbacks is None:
        return []
    if isinstance(callbacks, str | bytes) or not isinstance(callbacks, Callback | Sequence | Set | Iterator):
        raise ArgumentTypeError(f"callbacks is a callback or a list of them, got {shown(callbacks)}")
    found = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
    for callback in found:
        _check(callback)
    return found


def _check(callback: object) -> None:
    if isinstance(callback, Callback):
        return
    if isinstance(callback, type) and issubclass(callback, Callback):
        raise ArgumentTypeError(
            f"callbacks takes objects, got the class {callback.__name__}; write {callback.__name__}()"
        )
    raise ArgumentTypeError(
        f"callbacks takes objects of class Callback, got {shown(callback)}; a function can be wrapped: "
        "LambdaCallback(on_epoch_end=function)"
    )
