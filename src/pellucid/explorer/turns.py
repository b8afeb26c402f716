"""Who may change the model now: one at a time, and nobody waits longer than the one before takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Turns"]


class Turns:
    """A lock that its holder may take again, and that goes to who waits for it before it goes back.

    A training gives it back after each step and wants it again at once; with a plain lock whoever edits a weight would
    wait for a gap that never comes.

    Example:
        >>> turns = Turns()
        >>> with turns.taken(), turns.taken():
        ...     turns.is_mine
        True
    """

    def __init__(self) -> None:
        self._door, self._lock = threading.Lock(), threading.Lock()
        self._owner: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether the thread that asks holds it."""
        return self._owner == threading.get_ident()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Inside, it is the turn of this thread."""
        if self.is_mine:
            yield
            return
        with self._door:  # who waits stands in the door, so that nobody passes by
            self._lock.acquire()
        self._owner = threading.get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._lock.release()
