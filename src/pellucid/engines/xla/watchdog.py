"""Notices a process that is stuck: JAX's heartbeat tells who is gone, and not who stands still.

A process whose peers wait for something else waits for ever in a sum. So each watches its own steps, and ends, naming
itself and the step, when one takes far longer than steps do. What the first step of a program takes, nobody knows
before it: the others may still read data or compile. It has a limit of its own.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from pellucid import processes

__all__ = ["WATCHDOG", "Watchdog", "ends_after"]

STUCK = 86
"""What a process ends with that was stuck, or that waited in vain."""
MULTIPLE = 20
"""So many times the median of the last steps is far longer than usual."""


class Watchdog:
    """Watches steps, where several processes train together.

    Attributes:
        stuck_s: a step is never called stuck before that [s].
        first_s: the first step of a program, and what is waited for before any step, never before that [s].
    """

    def __init__(self, stuck_s: float = 60.0, first_s: float = 1800.0) -> None:
        self.stuck_s, self.first_s = stuck_s, first_s
        self._lengths: deque[float] = deque(maxlen=64)
        self._began: float | None = None
        self._where = ""
        self._step = 0
        self._first_s: float | None = None
        self._thread: threading.Thread | None = None

    @property
    def patience_s(self) -> float:
        """How long the step that is under way may take [s]."""
        if self._first_s is not None:
            return self._first_s
        usual = statistics.median(self._lengths) if self._lengths else 0.0
        return max(self.stuck_s, MULTIPLE * usual)

    @property
    def is_watching(self) -> bool:
        """Whether a step is under way, or the others are waited for, and how long that takes is looked at."""
        return self._began is not None

    @contextmanager
    def watching(self, step: int, *, first: bool = False) -> Iterator[None]:
        """A step is under way; the first of its program is no measure for others, and compiles it (`compiling`)."""
        self._step = step
        with self._watched(f"in {'the first run of a program, ' if first else ''}step {step}", first):
            began = time.monotonic()
            yield
            if not first:
                self._lengths.append(time.monotonic() - began)

    @contextmanager
    def compiling(self) -> Iterator[None]:
        """Within a first step: nobody is waited for. The others compile the same, so theirs takes about as long."""
        if not self.is_watching:
            yield
            return
        self._began, began = None, time.monotonic()
        yield
        self._first_s = max(self.first_s, MULTIPLE * (time.monotonic() - began))
        self._began = time.monotonic()

    @contextmanager
    def waiting(self, *, patiently: bool = False) -> Iterator[None]:
        """The others are waited for: within a step, which is watched already, before the first, or between steps.

        Args:
            patiently: they may do something that takes as long as it may take before the first step.
        """
        if self.is_watching:
            yield
            return
        first = not self._lengths
        with self._watched("before the first step" if first else f"behind step {self._step}", first or patiently):
            yield

    @contextmanager
    def _watched(self, where: str, first: bool) -> Iterator[None]:
        self._where, self._first_s = where, self.first_s if first else None
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, daemon=True, name="pellucid watchdog")
            self._thread.start()
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._began = None

    def is_stuck(self) -> bool:
        """Whether the step that is under way takes too long."""
        began = self._began
        return began is not None and time.monotonic() - began > self.patience_s

    def _watch(self) -> None:
        while not self.is_stuck():
            time.sleep(min(1.0, self.stuck_s / 4, self.first_s / 4))
        _end(
            f"pellucid: process {processes.index()} of {processes.count()} is stuck {self._where}: it has taken "
            f"more than {self.patience_s:.0f} seconds. Another process may have ended or do something else; start all "
            "of them again, with BackupAndRestore they go on where the last record is\n"
        )


@contextmanager
def ends_after(seconds: float, sentence: str) -> Iterator[None]:
    """What takes longer than so many seconds ends the process, with a sentence: nobody could stop it otherwise."""
    timer = threading.Timer(seconds, _end, [sentence])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(sentence: str) -> None:
    sys.stderr.write(sentence)
    sys.stderr.flush()
    os._exit(STUCK)


WATCHDOG = Watchdog()
"""Of this process: it has one stream of steps that others wait for."""
