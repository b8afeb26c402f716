"""Running the `pellucid` command as a user does: as a process, with pipes or on a terminal of its own.

Every process gets a session of its own, so that a signal that is sent to it reaches nobody else.
"""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("pellucid"))
TIMEOUT_S = 120

# Makes standard input the terminal that the new session obeys, so that Ctrl-C typed there is a signal; then becomes
# the command.
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True)
class Outcome:
    """How a process ended: exit code (negative for a signal), standard output and error, and how long it took to end
    since somebody waited for it [s]."""

    code: int
    out: str
    err: str = ""
    seconds: float = 0.0


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The environment of the tests without what would change the output, and with some variables set or removed."""
    unset = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "PELLUCID_ISA", "PELLUCID_THREADS")
    result = {name: value for name, value in os.environ.items() if name not in unset}
    for name, value in (changes or {}).items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def start(
    *arguments: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
) -> subprocess.Popen[str]:
    """Start the command with pipes; the caller reads them and waits."""
    return subprocess.Popen(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def run(*arguments: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None) -> Outcome:
    """Run the command to its end, with pipes."""
    process = start(*arguments, cwd=cwd, env=env)
    try:
        out, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    return Outcome(process.returncode, out, err)


def in_a_shell(line: str, *, cwd: Path) -> Outcome:
    """Run a command line that was printed, as somebody does who copies it."""
    done = subprocess.run(
        line, shell=True, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def run_on_terminal(
    *arguments: str,
    columns: int = 80,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    ctrl_c_at: str | None = None,
) -> Outcome:
    """Run the command to its end on a pseudo-terminal of that width; standard error goes there too.

    Ctrl-C is typed on it as soon as the text `ctrl_c_at` has been shown.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, COMMAND, *arguments],
        cwd=cwd,
        env=environment({"TERM": "xterm-256color", **(env or {})}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    try:
        while part := _read(ours):
            written += part
            if ctrl_c_at is not None and ctrl_c_at.encode() in written:
                os.write(ours, b"\x03")
                ctrl_c_at = None
        return Outcome(process.wait(TIMEOUT_S), written.decode("utf-8").replace("\r\n", "\n"))
    finally:
        process.kill()
        os.close(ours)


def _read(terminal: int) -> bytes:
    """What has been written; nothing once the other side is closed (Linux reports an error then)."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
