"""Another process, with limits, for who reads foreign bytes: it has nothing to lose there.

`run_apart` starts it and gives back what it writes; in it `give_back` computes that, within so much memory and time,
and with no file that is written. Where the system has no limits for processes (Windows) it is a process of its own all
the same.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pellucid.errors import FileError, PellucidError, shorter

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

__all__ = ["give_back", "run_apart"]

REFUSED = 3
"""What the process ends with where it has said why something is refused."""
_SAYS = "\0"
"""Stands before why: libraries write to standard error too, and their warnings are for nobody here."""
START = """import sys
sys.path.insert(0, sys.argv[1])  # the same package as here, wherever it was found
from importlib import import_module
sys.exit(import_module(sys.argv[2]).parse(*sys.argv[3:]))"""


def run_apart(
    module: str, *arguments: str, sent: bytes = b"", seconds: int, slow: str, died: Callable[[int], str]
) -> bytes:
    """What the function `parse` of a module gives back, called in another process.

    Args:
        module: of the package; its `parse` returns what `give_back` does.
        arguments: for it.
        sent: what it finds on standard input.
        seconds: how long it may take.
        slow: what is said where it takes longer.
        died: what is said where it dies, of what it ended with.

    Raises:
        FileError: `parse` refused what it was given, in its words; or the process took too long, or died.
    """
    # -P: nothing is imported from the folder that somebody happens to be in, where a file may have brought it.
    command = [sys.executable, "-P", "-c", START, str(Path(__file__).parents[2]), module, *arguments]
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise FileError(slow) from error
    if done.returncode == REFUSED:
        raise FileError(shorter(done.stderr.decode("utf-8", "replace").rpartition(_SAYS)[2], 2000))
    if done.returncode:
        raise FileError(died(done.returncode))
    return done.stdout


def give_back(read: Callable[[], bytes], *, memory: int, seconds: int, too_large: str) -> int:
    """What is read, to standard output; or why it is refused, to standard error.

    Args:
        read: reads, once this process has limits.
        memory: what this process may take from now on [bytes].
        seconds: how long it may compute.
        too_large: what is said where that memory is not enough.

    Returns:
        what the process is to end with.
    """
    _limit(memory, seconds)
    try:
        content = read()
    except (PellucidError, MemoryError) as error:
        sys.stderr.write(_SAYS + (str(error) if isinstance(error, PellucidError) else too_large))
        return REFUSED
    sys.stdout.buffer.write(content)
    return 0


def _limit(memory: int, seconds: int) -> None:
    """Let this process take no more memory and time than that, and write no file, for good."""
    if resource is None:
        return
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0)):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
