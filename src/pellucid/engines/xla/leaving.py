"""How a process leaves a training by an error of its own, or by Ctrl-C: soon, and so that the others notice.

JAX waits at the exit of a process until the others come to theirs. They are in a step meanwhile, for which they wait in
vain, as long as the watchdog lets them; JAX then ends this process with pages that hide what the error was.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from types import TracebackType

import jax

from pellucid import processes

__all__ = ["leaves_soon_after_errors"]

GRACE_S = 10.0
"""So long the others have to come to their end too, as where all have the same error: the first one ends all [s]."""


def leaves_soon_after_errors() -> None:
    """From now on an error that nobody catches is shown as before, and ends this process soon after."""
    shown = sys.excepthook

    def leave(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        shown(kind, error, trace)
        with suppress(OSError, ValueError, AttributeError):  # a stream may be closed
            sys.stderr.write(
                f"pellucid: process {processes.index()} of {processes.count()} ends by this error, and so do the "
                "others, who cannot make a step without it\n"
            )
        meeting = threading.Thread(target=jax.distributed.shutdown, daemon=True, name="pellucid leaves")
        meeting.start()
        meeting.join(GRACE_S)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(130 if issubclass(kind, KeyboardInterrupt) else 1)

    sys.excepthook = leave
