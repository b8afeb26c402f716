"""Who is told of what happens: every page that is open, each from a queue of its own."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.inspection.record import plain_data

__all__ = ["Events", "Subscription"]

_MOST_WAITING = 256
"""A page that reads no faster than this misses events, and is told so: it asks anew for all that it shows."""


class Subscription:
    """What one page is yet to be told, as it is asked for.

    Args:
        wake: called, by whatever thread, when there is something.

    Example:
        >>> events = Events()
        >>> page = events.subscribe()
        >>> events.tell("changed", {"what": "input"})
        >>> page.waiting()
        ['event: changed\\ndata: {"what": "input"}\\n\\n']
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._lines: deque[str] = deque()
        self._newest: dict[str, str] = {}
        self._wake = wake
        self._lock = threading.Lock()

    def add(self, line: str, newest: str = "") -> None:
        """Put an event into the queue; of those that share a word in `newest` the last alone stays."""
        with self._lock:
            if newest:
                self._newest[newest] = line
                self._wake()
                return
            if len(self._lines) >= _MOST_WAITING:
                self._lines.clear()
                line = "event: missed\ndata: {}\n\n"
            self._lines.append(line)
        self._wake()

    def waiting(self) -> list[str]:
        """All that is waiting, in the form of server-sent events; it is taken out."""
        with self._lock:
            lines, self._lines = [*self._lines, *self._newest.values()], deque()
            self._newest = {}
        return lines


class Events:
    """All subscriptions of a study; telling never waits for a reader."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._lock = threading.Lock()

    @property
    def are_heard(self) -> bool:
        """Whether a page listens."""
        return bool(self._subscriptions)

    def subscribe(self, wake: Callable[[], None] = lambda: None) -> Subscription:
        """A queue for one more page; `wake` is called, by whatever thread, when something is put into it."""
        subscription = Subscription(wake)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """A page has gone."""
        with self._lock:
            self._subscriptions.remove(subscription)

    def tell(self, kind: str, data: Mapping[str, Any], newest: str = "") -> None:
        """Tell every page of an event.

        Args:
            kind: "changed", "trained" and so on, a word.
            data: what is told of it, small: a page asks for the rest.
            newest: a word for what each such event replaces: who reads slowly gets the last one alone; "" where none
                may be left out.
        """
        line = f"event: {kind}\ndata: {json.dumps(plain_data(data), allow_nan=False)}\n\n"
        with self._lock:
            subscriptions = list(self._subscriptions)
        for each in subscriptions:
            each.add(line, newest)
