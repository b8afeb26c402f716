"""One training at a time in a folder: a second one would replace its records and its model, and be replaced by them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pellucid.errors import FileError, escaped

try:
    import fcntl
except ImportError:  # as on Windows, where two trainings are not told apart
    fcntl = None  # type: ignore[assignment]


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a folder while the block runs, as nobody else does.

    The lock is the system's and on the folder itself: nothing is left behind, and it ends with the process, killed or
    not. Where a disk has no locks nobody is kept out.

    Args:
        folder: must be there.

    Raises:
        FileError: another process, or another block of this one, holds it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name, only_writer(Path(name)), only_writer(Path(name)):
        ...     pass
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: another training is writing into ...
    """
    place = None
    with suppress(OSError):  # a folder that may not be read is told of by whoever writes
        place = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None and place is not None:
            _lock(place, folder)
        yield
    finally:
        if place is not None:
            os.close(place)


def _lock(place: int, folder: Path) -> None:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FileError(
            f"another training is writing into {escaped(folder)}: wait for its end, stop it with Ctrl-C, or give this "
            "one another folder with --out"
        ) from None
    except OSError:
        return
