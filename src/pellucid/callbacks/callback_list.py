"""Several callbacks as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from pellucid.callbacks.base import Callback, Logs
from pellucid.callbacks.history import History
from pellucid.callbacks.progress import ProgbarLogger
from pellucid.checks import flag
from pellucid.errors import ArgumentError, ArgumentTypeError, shown

BETWEEN_BATCHES = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class CallbackList(Callback):
    """Several callbacks as one: each hook calls that of every member, in order; those that come last, last.

    Args:
        callbacks: the members; a single one may stand alone, None for none.
        add_history: whether a `History` is added, where there is none among them.
        add_progbar: whether a `ProgbarLogger` is added, where there is none among them.
        model: told to all of them; its `history` is the one among them.
        params: told to all of them, where there are any: `epochs`, `steps`, `verbose`.

    Raises:
        ArgumentError: a member is not a callback; says what to do.

    Example:
        >>> members = CallbackList(add_history=True, epochs=3)
        >>> members.on_epoch_end(0, {"loss": 0.5})
        >>> members.callbacks[0].history, members.callbacks[0].params
        ({'loss': [0.5]}, {'epochs': 3})

    Source: keras.callbacks.CallbackList.
    """

    def __init__(
        self,
        callbacks: Callback | Iterable[Callback] | None = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        members = listed(callbacks)
        for kind, wanted in (
            (History, flag("CallbackList", "add_history", add_history)),
            (ProgbarLogger, flag("CallbackList", "add_progbar", add_progbar)),
        ):
            if wanted and not any(isinstance(member, kind) for member in members):
                members.append(kind())
        self.callbacks = _in_order(members)
        self._epoch_ended: Logs = None
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def append(self, callback: Callback) -> None:
        """Add a callback behind the others; those that come last stay there.

        Raises:
            ArgumentError: it is no callback.
        """
        _check(callback)
        self.callbacks = _in_order([*self.callbacks, callback])

    @property
    def told_of_batches(self) -> bool:
        """Whether any member has a hook of its own between training batches."""
        return self._have(*BETWEEN_BATCHES)

    @property
    def told_of_each_batch(self) -> bool:
        """Whether any of them wants to hear of every batch, and not only now and then."""
        return self._have(*BETWEEN_BATCHES, each=True)

    @property
    def told_of_predictions(self) -> bool:
        """Whether any member has a hook of its own between batches of a prediction."""
        return self._have("on_predict_batch_begin", "on_predict_batch_end")

    @property
    def told_of_tests(self) -> bool:
        """Whether any member has a hook of its own between batches of an evaluation."""
        return self._have("on_test_batch_begin", "on_test_batch_end")

    @property
    def told_of_each_test(self) -> bool:
        """Whether any of them wants to hear of every batch of it, and not only now and then."""
        return self._have("on_test_batch_begin", "on_test_batch_end", each=True)

    def _have(self, *hooks: str, each: bool = False) -> bool:
        for member in self.callbacks:
            left_out = (*member.idle_hooks, *(member.unhurried_hooks if each else ()))
            for hook in hooks:
                function = getattr(getattr(member, hook), "__func__", None)
                if function is not getattr(Callback, hook) and function not in left_out:
                    return True
        return False

    def _each(self, hook: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def _tell(self, hook: str, logs: Logs, *number: int) -> None:
        """Call a hook of every member with the same logs; there are always some, if empty, as in Keras."""
        self._each(hook, *number, {} if logs is None else logs)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        history = next((member for member in self.callbacks if isinstance(member, History)), None)
        if history is not None and hasattr(model, "history"):
            model.history = history
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


def _in_order(members: Iterable[Callback]) -> list[Callback]:
    return sorted(members, key=lambda member: flag(type(member).__name__, "comes_last", member.comes_last))


def listed(callbacks: Callback | Iterable[Any] | None) -> list[Callback]:
    """What was given as callbacks, as a list of them; raises `ArgumentError` for what is none, and says what to do.

    Lists in the list and a `CallbackList` give their members.
    """
    if callbacks is None:
        return []
    if type(callbacks) is CallbackList:
        return list(callbacks.callbacks)
    if isinstance(callbacks, Callback):
        return [callbacks]
    if isinstance(callbacks, str | bytes) or not isinstance(callbacks, Sequence | Set | Iterator):
        raise ArgumentTypeError(f"callbacks is a callback or a list of them, got {shown(callbacks)}")
    found: list[Callback] = []
    for each in callbacks:
        if isinstance(each, list | tuple) and each is not callbacks:
            found += listed(each)
        else:
            _check(each)
            found += listed(each)
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
