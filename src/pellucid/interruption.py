"""Ctrl-C that never falls into the middle of an import."""

from __future__ import annotations

import math
import signal
import threading
import time
from types import FrameType

INTERRUPTED = 130  # what the command exits with, as a shell says of what Ctrl-C ended
_AGAIN_AFTER_S = 0.002
_HEARD_AFTER_S = 0.1
_AT_MOST = 1500  # times: after three seconds of importing nobody wants to wait any longer


class BetweenImports:
    """A handler of Ctrl-C that raises `KeyboardInterrupt`, but waits for the end of an import that is under way.

    A module of C that is interrupted while it sets itself up may crash, and one of Python may be left half made, or
    make another error of it: libraries are not written to be interrupted there. Pressed again, it is raised at once.

    Example:
        >>> before = signal.signal(signal.SIGINT, BetweenImports())
        >>> try:
        ...     signal.raise_signal(signal.SIGINT)
        ... except KeyboardInterrupt:
        ...     print("interrupted")
        interrupted
        >>> _ = signal.signal(signal.SIGINT, before)
    """

    def __init__(self) -> None:
        self._waited = 0
        self._asks_again = False  # whether the next signal is our own

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Raise, or come back a little later."""
        is_first = self._waited == 0
        if is_importing(frame) and (is_first or self._asks_again) and self._waited < _AT_MOST:
            self._waited += 1
            self._asks_again = False
            threading.Thread(target=self._press_again, args=[number], daemon=True).start()
            return
        self._waited = 0
        signal.default_int_handler(number, frame)

    def _press_again(self, number: int) -> None:
        time.sleep(_AGAIN_AFTER_S)
        if self._waited:
            self._asks_again = True
            signal.raise_signal(number)


def waiting(done: threading.Event, seconds: float = math.inf) -> bool:
    """Wait until it is set, but no longer than so many seconds, and tell whether it is; Ctrl-C is heard in between.

    Example:
        >>> waiting(threading.Event(), 0.01)
        False
    """
    until = time.monotonic() + seconds
    while not done.wait(max(0.0, min(_HEARD_AFTER_S, until - time.monotonic()))):
        if time.monotonic() >= until:
            return False
    return True


def is_waiting(frame: FrameType | None) -> bool:
    """Whether a frame belongs to `waiting`, in which nothing is half done.

    Example:
        >>> import inspect
        >>> is_waiting(inspect.currentframe())
        False
    """
    while frame is not None and frame.f_code is not waiting.__code__:
        frame = frame.f_back
    return frame is not None


def is_importing(frame: FrameType | None) -> bool:
    """Whether a frame belongs to an import: it, or one that has called it, is of Python's own import machinery.

    Example:
        >>> import inspect
        >>> is_importing(inspect.currentframe())
        False
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
