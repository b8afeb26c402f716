"""Replacing a file in one step: whoever reads it sees the old content or the new, never a part.

The new content goes to a temporary file in the same folder, is flushed to the disk, and takes the old file's name in
one atomic rename; the folder is flushed too, so the rename survives a power cut (Pillai and others, "All File Systems
Are Not Created Equal", OSDI 2014). If anything fails on the way, the old file is untouched.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pellucid import processes
from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["append_whole", "atomic_write", "is_disk_full", "put_in_place", "remove_temporaries", "write_together"]

MOST_TOGETHER = 200
_STALE_AFTER_S = 3600.0
_YOUNG_S = 1.0
_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def atomic_write(path: str | os.PathLike[str], *, by_each: bool = False) -> Iterator[BinaryIO]:
    """Write a file so that it is either complete or not there.

    A file that was there keeps its permissions; a symbolic link keeps pointing where it did and its target is
    replaced. Leaving the block by any exception, Ctrl-C included, discards what was written. Of several processes of
    one training the first alone writes; what the others write goes nowhere.

    Args:
        path: the file to create or to replace; its folder must exist.
        by_each: each process writes a file of its own, under another name.

    Yields:
        a binary file, open for writing.

    Raises:
        ArgumentTypeError: the path is neither text nor a path.
        FileError: the folder is missing or may not be written to, the path is a folder or the file is protected,
            or the disk is full.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     target = Path(folder) / "numbers.bin"
        ...     with atomic_write(target) as file:
        ...         count = file.write(bytes([1, 2, 3]))
        ...     print(target.read_bytes())
        b'\\x01\\x02\\x03'
    """
    if not (processes.is_first() or by_each):
        with tempfile.TemporaryFile() as nowhere:
            yield nowhere
        return
    # The real path is fixed now, so that neither a link nor a change of folder in the block moves the target.
    target = Path(os.path.realpath(checked_path(path, "a file")))
    _check_target(target)
    if not by_each:  # others may be writing, on machines whose locks are not seen here
        remove_temporaries(target, _STALE_AFTER_S)
    temporary, file = _open_temporary(target)
    try:
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                mark = os.dup(file.fileno())  # the lock goes with the last of them, once the file is in its place
        except FileError:
            raise  # of another file that is written within the block
        except OSError as error:
            if is_disk_full(error):
                raise FileError(
                    f"could not write {escaped(target)}: {error.strerror}. "
                    "Free some space or choose another folder; nothing that was there before is lost"
                ) from error
            raise
        try:
            put_in_place(temporary, target)
        finally:
            os.close(mark)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_together(files: Iterable[tuple[Path, bytes]]) -> None:
    """Write files that belong together: where one cannot be written, all stay as they were.

    Of more than 200 that holds for each 200, for a process may not open as many files as it likes.

    Args:
        files: where each goes, and what is in it; asked for one after the other.

    Raises:
        FileError: see `atomic_write`.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_together([(Path(folder, "a"), b"1"), (Path(folder, "b"), b"2")])
        ...     sorted(os.listdir(folder))
        ['a', 'b']
    """
    waiting = iter(files)
    for first in waiting:
        with ExitStack() as stack:
            for path, content in itertools.chain([first], itertools.islice(waiting, MOST_TOGETHER - 1)):
                file = stack.enter_context(atomic_write(path))
                file.write(content)
                file.flush()  # what is kept back would say only at the end that there is no room


def make_folder(folder: Path) -> None:
    """Make a folder where it is not there; raises `FileError` where it cannot be made."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FileError(f"{escaped(folder)} cannot be made: {error.strerror}") from error


def append_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Add to the end of a file, all or nothing: where it cannot be written whole the file stays as it was.

    Raises:
        OSError: it cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for line in (b"one ", b"two"):
        ...         append_whole(Path(folder, "a.txt"), line)
        ...     Path(folder, "a.txt").read_bytes()
        b'one two'
    """
    if not processes.is_first():
        return
    with open(path, "ab", buffering=0) as file:
        size, written = file.tell(), 0
        try:
            while written < len(content):  # a system may take a part, and say at the next one why
                written += file.write(content[written:])
        except BaseException:
            file.truncate(size)
            raise


def is_disk_full(error: BaseException) -> bool:
    """Whether an error, or the one that it came from, says that there is no room for a file.

    Example:
        >>> is_disk_full(OSError(errno.ENOSPC, "no space")), is_disk_full(OSError(errno.EACCES, "not yours"))
        (True, False)
    """
    causes = (error, error.__cause__, error.__context__)
    return any(isinstance(each, OSError) and each.errno in _DISK_FULL for each in causes)


def _check_target(target: Path) -> None:
    """Refuse what can be refused before a byte is written."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise FileError(
                f"cannot write {escaped(target)}: there is no folder {escaped(target.parent)}; create it first"
            ) from None
        return
    except OSError as error:
        raise FileError(f"cannot write {escaped(target)}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise FileError(f"cannot write {escaped(target)}: it is a folder; give the name of a file in it")
    if not stat.S_ISREG(mode):
        raise FileError(f"cannot write {escaped(target)}: it is a pipe or a device; give the name of a regular file")
    if not os.access(target, os.W_OK):
        raise FileError(
            f"cannot write {escaped(target)}: the file is read-only; choose another name or allow writing to it"
        )


def _temporary_prefix(target: Path) -> str:
    return f".{target.name[:50]}."


def remove_temporaries(target: Path, seconds: float) -> None:
    """Clean up after processes that were killed while they wrote to the folder of a file.

    Where the system knows locks, those are removed that nobody who lives is writing, of whatever file; elsewhere those
    of this very file that are old.

    Args:
        target: that file.
        seconds: what is not older may belong to somebody who is writing now, and stays; 0 where there is nobody else.
    """
    prefix, oldest = _temporary_prefix(target), time.time() - seconds
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            of_this = entry.name.startswith(prefix) and entry.name.endswith(".tmp")
            with suppress(OSError):
                if _is_left_behind(entry) or (of_this and (not seconds or entry.stat().st_mtime < oldest)):
                    os.unlink(entry.path)


_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp", re.DOTALL)
"""The names that `_open_temporary` gives."""


def _is_left_behind(entry: os.DirEntry[str]) -> bool:
    """Whether it is a temporary file whose writer is gone: who writes holds its lock, which ends with the process."""
    if fcntl is None or not _TEMPORARY.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
        return False
    if entry.stat().st_mtime > time.time() - _YOUNG_S:
        return False  # its writer may be about to lock it
    try:
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Take the lock of an open file unless another has it; False where that is so, or there are no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _open_temporary(target: Path) -> tuple[Path, BinaryIO]:
    """A new file beside the target, made with the user's default permissions (the umask)."""
    temporary = target.with_name(f"{_temporary_prefix(target)}{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        file = os.fdopen(os.open(temporary, flags, 0o666), "wb")
    except OSError as error:
        raise FileError(
            f"cannot write {escaped(target)}: no file can be created in {escaped(target.parent)} ({error.strerror}); "
            "choose a folder that can be written to"
        ) from error
    _locked(file.fileno())
    return temporary, file


def put_in_place(temporary: Path, target: Path) -> None:
    """Let a file that is complete take another's name; raises `FileError` where it cannot."""
    try:
        with suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except OSError as error:
        raise FileError(f"could not replace {escaped(target)}: {error.strerror}; the old file is untouched") from error
    # The file is in place; a system that cannot flush a folder (Windows, some network drives) takes nothing away.
    with suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
