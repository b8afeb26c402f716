"""What takes long to make, such as a report: how far it is, and that it can be broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pellucid.errors import ArgumentError
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
        self._under_way: dict[str, bool] = {}  # whether it is still wanted
        self._count = 0

    @contextmanager
    def of(self, job: str, has_gone: Callable[[], bool] = lambda: False) -> Iterator[Callable[[str, int, int], None]]:
        """Inside, something is made; what is given is to be called before each of its parts.

        It raises `ArgumentError` where the whole was broken off, nobody is left who asked for it, or
        too much is being made already.

        Args:
            job: the word that the page gave it; a job without one, "", is told to nobody.
            has_gone: whether who asked for it has gone.
        """
        with self._lock:
            if self._count >= _MOST:
                raise ArgumentError(f"{_MOST} reports are being made already; wait for one, or break it off")
            self._count += 1
            self._under_way[job] = True

        def tell(what: str, number: int, count: int) -> None:
            if not self._under_way.get(job, True) or has_gone():
                raise ArgumentError(f"It was broken off, with {number - 1} of {count} parts made")
            if job:
                told = {"job": job, "what": what, "number": number, "count": count}
                self._events.tell("making", told, newest="making")

        try:
            yield tell
        finally:
            with self._lock:
                self._count -= 1
                self._under_way.pop(job, None)

    def stop(self, job: str) -> bool:
        """Break something off before its next part; whether it was under way."""
        with self._lock:
            if job not in self._under_way:
                return False
            self._under_way[job] = False
            return True
