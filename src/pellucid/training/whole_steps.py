"""Ctrl-C while a step is computed waits for its end, so that what is counted of a training is what was done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class WholeSteps:
    """Inside `with steps:` Ctrl-C is noted, and raised as `KeyboardInterrupt` at the end; elsewhere at once.

    Without it Python would raise it as soon as the engine has changed the weights, before the step is counted.

    Example:
        >>> steps = WholeSteps()
        >>> with steps.watched(), steps:
        ...     pass
    """

    def __init__(self) -> None:
        self._inside = self._pressed = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen to Ctrl-C, where Python does: in the main thread, unless the program listens itself."""
        is_ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if not is_ours:
            yield
            return
        signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGINT) == self._note:  # unless a callback listens now
                signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self._inside or self._pressed:  # whoever presses it again does not want to wait
            signal.default_int_handler(number, frame)
        self._pressed = True

    def __enter__(self) -> None:
        self._inside = True

    def __exit__(self, *error: object) -> None:
        self._inside = False
        if self._pressed:
            self._pressed = False
            raise KeyboardInterrupt
