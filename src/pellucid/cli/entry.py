"""Where the `pellucid` command begins: as little as possible, so that Ctrl-C is answered while the rest is loaded."""

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

from pellucid.collecting import Paused


def _leave(number: int, frame: FrameType | None) -> None:
    """Ctrl-C while the command is loaded: nothing has been done yet, and half a module cannot be unwound."""
    os.write(2, b"\n" * os.isatty(2) + b"interrupted\n")
    os._exit(130)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Who ends the command politely (`kill`, a batch system) is answered as Ctrl-C is: the work is kept."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)  # for whoever listens to it: a training, at the end of a step
    else:
        raise KeyboardInterrupt  # Ctrl-C is ignored, as in the background of a shell


def _leave_at_once() -> None:
    """Wait for no thread: one of a library's that was interrupted as it began may stay for a minute (JAX's does, which
    looks for TPUs)."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(130)


def main() -> None:
    """Run the command line and exit with its code."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not so in the background of a shell
    if is_heard:
        signal.signal(signal.SIGINT, _leave)
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    with Paused():
        from pellucid.cli.commands import load
        from pellucid.cli.main import run
        from pellucid.interruption import INTERRUPTED, BetweenImports

        load(sys.argv[1:])
        gc.freeze()  # what has been loaded stays: nobody need look through it again

    if is_heard:
        signal.signal(signal.SIGINT, BetweenImports())
    code = run(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it is over: Python only tidies up
    if code == INTERRUPTED:
        _leave_at_once()
    sys.exit(code)


if __name__ == "__main__":
    main()
