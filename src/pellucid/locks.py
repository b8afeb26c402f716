"""Locks that a forked child finds free: the threads that may have held them stayed behind."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet

_LOCKS: WeakSet[threading.RLock] = WeakSet()


def lock() -> threading.RLock:
    """A lock that the thread which holds it may take again.

    Example:
        >>> with lock():
        ...     pass
    """
    made = threading.RLock()
    _LOCKS.add(made)
    return made


def _free_all() -> None:
    for each in _LOCKS:
        each._at_fork_reinit()  # type: ignore[attr-defined]  # as Python's own modules do


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_all)
