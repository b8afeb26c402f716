"""Ctrl-C while a step is computed waits for its end, so that what is counted of a training is what was done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
        if not self.inside or self.pressed:  # whoever presses it again does not want to wait
            signal.default_int_handler(number, frame)
        self.pressed = True
