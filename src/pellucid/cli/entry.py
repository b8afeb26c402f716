"""Where the `pellucid` command begins: as little as possible, so that Ctrl-C is answered while the rest is loaded."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from pellucid.cli.main import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
