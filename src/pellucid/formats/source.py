"""The one door through which bytes from outside come in: a path or bytes, opened as a plain readable file.

Readers of every format start here, so that a missing file, a folder or a pipe gives the same clear error everywhere.
Not for writing: see `atomic`.
"""

from __future__ import annotations

import io
import os
import stat
from typing import Any, BinaryIO, TypeAlias

from pellucid.errors import FileError, escaped
from pellucid.formats.paths import checked_path

__all__ = ["Source", "open_source", "read_source", "source_name"]

Source: TypeAlias = str | os.PathLike[str] | bytes


def source_name(source: Source) -> str:
    """How errors call a source: its path on one line, or `<bytes>` when it came without one."""
    return "<bytes>" if isinstance(source, bytes) else escaped(source)


def open_source(source: Source, *, what: str) -> BinaryIO:
    """Open a source for reading; close it with `with`.

    Only regular files are opened: a pipe or a device could wait for ever or never end.

    Args:
        source: the path of a file, or what it holds.
        what: what was expected, as it reads in a sentence ("a .keras file").

    Raises:
        ArgumentTypeError: it is neither.
        FileError: there is no such file, it is not a regular file, or it may not be read.

    Example:
        >>> with open_source(b"abc", what="some text") as file:
        ...     file.read()
        b'abc'
    """
    if isinstance(source, bytes):
        return io.BytesIO(source)
    path = checked_path(source, what)
    name = escaped(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise FileError(f"{name} is a folder; expected {what}")
        if not stat.S_ISREG(mode):
            raise FileError(f"{name} is a pipe or a device; expected {what} in a regular file")
        return io.BufferedReader(_Told(path, what))
    except FileError:
        raise
    except FileNotFoundError as error:
        raise FileError(
            f"{name}: there is no such file; expected {what}. File not found: check the path and the spelling"
        ) from error
    except OSError as error:
        raise _unreadable(name, error, what) from error


class _Told(io.FileIO):
    """A file whose disk may fail while it is read, which is told as all that is wrong with it."""

    def __init__(self, path: os.PathLike[str], what: str) -> None:
        super().__init__(path, "rb")
        self.what = what

    def readinto(self, buffer: Any) -> int | None:
        """As files do it."""
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _unreadable(escaped(self.name), error, self.what) from error

    def readall(self) -> bytes:
        """As files do it."""
        try:
            return super().readall()
        except OSError as error:
            raise _unreadable(escaped(self.name), error, self.what) from error


def _unreadable(name: str, error: OSError, what: str) -> FileError:
    return FileError(f"{name} cannot be read: {error.strerror or error}; expected {what}")


def read_source(source: Source, *, what: str, max_bytes: int) -> bytes:
    """Everything a source holds.

    Args:
        source: the path of a file, or what it holds.
        what: what was expected, as it reads in a sentence.
        max_bytes: the largest size that is accepted [bytes].

    Raises:
        FileError: as `open_source`, or the file is larger than `max_bytes` or fails while it is read.

    Example:
        >>> read_source(b"abc", what="a short text", max_bytes=2)
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: <bytes> is larger than 2 bytes, too large for a short text
    """
    with open_source(source, what=what) as file:
        end = file.seek(0, os.SEEK_END)  # reading takes as much memory as it is asked for, whatever there is
        file.seek(0)
        content = file.read(min(end, max_bytes) + 1)
    if len(content) > max_bytes:
        raise FileError(f"{source_name(source)} is larger than {max_bytes:,} bytes, too large for {what}")
    return content
