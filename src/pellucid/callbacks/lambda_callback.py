"""A callback made of functions, for when a class would be too much."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.callbacks.base import HOOKS, Callback
from pellucid.calls import unknown_argument
from pellucid.errors import ArgumentTypeError, shown


class LambdaCallback(Callback):
    """Calls a function at each hook that is given one.

    Args:
        hooks: functions by the names of hooks (`on_epoch_end=...`). They are called with the hook's arguments:
            (epoch, logs), (batch, logs) or (logs).

    Raises:
        ArgumentError: there is no such hook (the nearest is told), or what is given cannot be called.

    Example:
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
        >>> callback.on_epoch_end(3, {"loss": 0.25})
        3 0.25

    Source: keras.callbacks.LambdaCallback, https://keras.io/api/callbacks/lambda_callback/
    """

    def __init__(self, **hooks: Callable[..., object] | None) -> None:
        super().__init__()
        for name, function in hooks.items():
            if name not in HOOKS:
                raise unknown_argument("LambdaCallback", name, HOOKS)
            if function is None:
                continue
            if not callable(function):
                raise ArgumentTypeError(f"LambdaCallback: {name} must be a function, got {shown(function)}")
            setattr(self, name, function)
