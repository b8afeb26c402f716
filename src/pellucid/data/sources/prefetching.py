"""Work that threads do ahead, in order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["prefetched", "processors"]


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Task:
    """The making of one batch: done, or failed, once `is_done` is set."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_done = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def do(self, make: Callable[[int], Any]) -> None:
        try:
            self.value = make(self.number)
        except BaseException as error:  # whatever it is, it is raised where the value is asked for
            self.error = error
        self.is_done.set()

    def wait(self) -> Any:
        while not self.is_done.wait(0.2):  # with a limit, so that Ctrl-C is heard on every system
            pass
        if self.error is not None:
            raise self.error
        return self.value


class _Pool:
    """Threads that do tasks in their order, until it is closed."""

    def __init__(self, make: Callable[[int], Any], workers: int) -> None:
        self._make = make
        self._waiting: list[_Task] = []
        self._changed = threading.Condition()
        self._is_open = True
        for _ in range(workers):
            threading.Thread(target=self._work, daemon=True).start()

    def add(self, number: int) -> _Task:
        task = _Task(number)
        with self._changed:
            self._waiting.append(task)
            self._changed.notify()
        return task

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._is_open and not self._waiting:
                    self._changed.wait()
                if not self._is_open:
                    return
                task = self._waiting.pop(0)
            task.do(self._make)


def prefetched(
    make: Callable[[int], Any], numbers: Iterator[int], workers: int, ahead: int
) -> Iterator[tuple[int, Any]]:
    """What a function makes of numbers, each with its number, in their order; threads are ahead of whoever takes it.

    What the function raises is raised where its value would have come. Who stops taking lets the threads end.

    Args:
        make: is called in several threads at once.
        numbers: may have no end.
        workers: how many threads.
        ahead: how many values are made, or being made, before they are taken.

    Example:
        >>> list(prefetched(lambda number: number**2, iter([3, 1, 2]), workers=2, ahead=4))
        [(3, 9), (1, 1), (2, 4)]
    """
    pool = _Pool(make, workers)
    tasks: list[_Task] = []
    try:
        for number in numbers:
            tasks.append(pool.add(number))
            if len(tasks) >= ahead:
                task = tasks.pop(0)
                yield task.number, task.wait()
        for task in tasks:
            yield task.number, task.wait()
    finally:
        pool.close()
