"""Where the `pellucid` command begins: as little as possible, so that Ctrl-C is answered while the rest is loaded."""

import signal
import sys
from types import FrameType


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """Who ends the command politely (`kill`, a batch system) is answered as Ctrl-C is: the work is kept."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)  # for whoever listens to it: a training, at the end of a step
    else:
        raise KeyboardInterrupt  # Ctrl-C is ignored, as in the background of a shell


def _is_ctrl_c(error: BaseException) -> bool:
    """Whether it was Ctrl-C: Python makes another error of it where a class is being made, while modules are loaded."""
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)


def main() -> None:
    """Run the command line and exit with its code."""
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        from pellucid.cli.main import run

        code = run(sys.argv[1:])
    except (KeyboardInterrupt, RuntimeError) as error:
        if not _is_ctrl_c(error):
            raise
        sys.stderr.write("\n" * sys.stderr.isatty() + "interrupted\n")
        code = 130
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it is over: Python only tidies up
    sys.exit(code)


if __name__ == "__main__":
    main()
