"""Where the `pellucid` command begins: as little as possible, so that Ctrl-C is answered while the rest is loaded."""

import signal
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from pellucid.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("\n" * sys.stderr.isatty() + "interrupted\n")
        code = 130
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is over: Python only tidies up
    sys.exit(code)


if __name__ == "__main__":
    main()
