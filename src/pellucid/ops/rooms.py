"""Rooms in which Keras has some functions of `keras.ops` a second time, such as `keras.ops.nn`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid import ops
from pellucid.absent import absent


def room_of(names: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """What a module that has these functions of `ops` is asked by: its `__getattr__` and its `__dir__`.

    Example:
        >>> get, names = room_of("relu tanh")
        >>> get("relu") is ops.relu, names()
        (True, ['relu', 'tanh'])
    """
    known = names.split()

    def get(name: str) -> Any:
        if name not in known:
            raise absent(ops.__name__, name)
        return getattr(ops, name)

    return get, lambda: list(known)
