"""What takes long to make, such as a report: how far it is, and that it can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pellucid.errors import ArgumentError, shown
from pellucid.explorer.events import Events

__all__ = ["Making"]

_MOST = 4  # at a time, so that threads and memory are left for what people touch


class Making:
    """What is being made, by the words that the pages gave it.

    Args:
        events: by which pages hear how far it is.

    Example:
        >>> events = Events()
        >>> page, making = events.subscribe(), Making(events)
        >>> with making.of("r1") as tell:
        ...     tell("Layers", 1, 5)
        >>> page.waiting()
        ['event: making\\ndata: {"job": "r1", "what": "Layers", "number": 1, "count": 5}\\n\\n']
        >>> making.stop("r1")  # it is made already
        False
    """

    def __init__(self, events: Events) -> None:
        self._events, self._lock = events, threading.Lock()
        self._under_way: dict[object, bool] = {}  # by its word, or by itself without one: whether it is still wanted

    @contextmanager
    def of(self, job: str, has_gone: Callable[[], bool] = lambda: False) -> Iterator[Callable[[str, int, int], None]]:
        """Inside, something is made; what is given is to be called before each of its parts.

        It raises `ArgumentError` where the whole was broken off, nobody is left who asked for it, or
        too much is being made already.

        Args:
            job: the word that the page gave it; a job without one, "", is told to nobody.
            has_gone: whether who asked for it has gone.
        """
        key: object = job or object()
        with self._lock:
            if len(self._under_way) >= _MOST:
                raise ArgumentError(f"{_MOST} reports are being made already; wait for one, or break it off")
            if key in self._under_way:
                raise ArgumentError(f"something is being made as {shown(job)} already; give it another word")
            self._under_way[key] = True

        def tell(what: str, number: int, count: int) -> None:
            if not self._under_way[key] or has_gone():
                raise ArgumentError(f"It was broken off, with {number - 1} of {count} parts made")
            if job:
                told = {"job": job, "what": what, "number": number, "count": count}
                self._events.tell("making", told, newest="making")

        try:
            yield tell
        finally:
            with self._lock:
                del self._under_way[key]

    def stop(self, job: str) -> bool:
        """Break something off before its next part; whether it was under way."""
        with self._lock:
            if job not in self._under_way:
                return False
            self._under_way[job] = False
            return True
