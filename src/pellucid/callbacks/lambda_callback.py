"""A callback made of functions, for when a class would be too much."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.callbacks.base import Callback
from pellucid.calls import unknown_argument
from pellucid.errors import ArgumentTypeError, nearest_names, shown

METHODS = tuple(name for name in vars(Callback) if not name.startswith("_") and callable(getattr(Callback, name)))
Function = Callable[..., object] | None


class LambdaCallback(Callback):
    """Calls a function at each hook that is given one.

    Args:
        on_epoch_begin, on_epoch_end: called with (epoch, logs).
        on_train_begin, on_train_end: called with (logs).
        on_train_batch_begin, on_train_batch_end: called with (batch, logs).
        methods: functions by the names of the other methods of `Callback`, called with their arguments; under any other
            name a function becomes a method of this callback, for whoever calls it.

    Raises:
        ArgumentError: what is given cannot be called, or there is no such hook (the nearest is told).

    Example:
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
        >>> callback.on_epoch_end(3, {"loss": 0.25})
        3 0.25

    Source: keras.callbacks.LambdaCallback, https://keras.io/api/callbacks/lambda_callback/
    """

    def __init__(
        self,
        on_epoch_begin: Function = None,
        on_epoch_end: Function = None,
        on_train_begin: Function = None,
        on_train_end: Function = None,
        on_train_batch_begin: Function = None,
        on_train_batch_end: Function = None,
        **methods: Function,
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **methods,
        }
        for name, function in given.items():
            if name not in METHODS and (name.startswith("on_") or nearest_names(name, METHODS, most=1)):
                raise unknown_argument("LambdaCallback", name, METHODS)
            if function is None:
                continue
            if not callable(function):
                raise ArgumentTypeError(f"LambdaCallback: {name} must be a function, got {shown(function)}")
            setattr(self, name, function)
