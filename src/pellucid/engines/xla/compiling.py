"""Compiling in a thread of its own: XLA takes seconds for it, in which nobody else would hear Ctrl-C."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from pellucid import processes
from pellucid.interruption import waiting

SAID_AFTER_S = 3.0


class Compiling:
    """XLA compiles a program; whoever needs it waits, and may leave by Ctrl-C: it is compiled all the same.

    Args:
        function: of JAX, compiled for these arguments; calls of it find what was compiled.
        arguments: arrays, or their shapes.
    """

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._work: Callable[[], Any] = lambda: function.lower(*arguments).compile()
        # no daemon: a process that ended in the middle of XLA's work would crash
        threading.Thread(target=self._run, name="pellucid compiles").start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # whatever it is, it is raised where the program is needed
            self._error = error
        del self._work  # and the arrays with it
        self._done.set()

    def wait(self) -> None:
        """Until it is compiled; says so on a terminal, where that takes long.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        if not waiting(self._done, SAID_AFTER_S):
            if processes.is_terminal(sys.stderr) and processes.is_first():
                sys.stderr.write("XLA compiles a program for this shape of batch; Ctrl-C ends it\n")
            waiting(self._done)
        if self._error is not None:
            raise self._error
