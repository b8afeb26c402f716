"""Ctrl-C while a step is computed waits for its end, so that what is counted of a training is what was done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pellucid.interruption import BetweenImports, is_waiting


class WholeSteps:
    """While `inside` is set, Ctrl-C is noted in `pressed`, for whoever makes the steps to raise; else it is raised.

    Without it Python would raise `KeyboardInterrupt` as soon as the engine has changed the weights, before the step is
    counted. These are plain attributes, since they are set in every step.

    Attributes:
        inside: whether a step is under way.
        pressed: whether Ctrl-C has been pressed in it.

    Example:
        >>> steps = WholeSteps()
        >>> with steps.watched():
        ...     steps.inside = True
        ...     signal.raise_signal(signal.SIGINT)
        ...     steps.inside = False
        >>> steps.pressed
        True
    """

    def __init__(self) -> None:
        self.inside = self.pressed = False
        self._raise: Any = signal.default_int_handler

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen to Ctrl-C, where Python does: in the main thread, unless the program listens itself."""
        before = signal.getsignal(signal.SIGINT)
        raises = before is signal.default_int_handler or isinstance(before, BetweenImports)
        if threading.current_thread() is not threading.main_thread() or not raises:
            yield
            return
        self._raise = before
        signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGINT) == self._note:  # unless a callback listens now
                signal.signal(signal.SIGINT, before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        # whoever presses it again does not want to wait; and while a program is compiled, no step has begun
        if not self.inside or self.pressed or is_waiting(frame):
            self._raise(number, frame)
            return
        self.pressed = True
