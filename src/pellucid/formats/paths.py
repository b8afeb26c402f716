"""Paths as users give them: looked at once, before anything is opened, made or left behind."""

from __future__ import annotations

import os
from pathlib import Path

from pellucid.errors import ArgumentTypeError, FileError, escaped, shown

__all__ = ["checked_path", "made_folder"]

MOST_BYTES = 255
"""The longest name of a file that common systems take [bytes]."""
MOST_BYTES_IN_ALL = 4095
"""The longest path that they take, with all folders."""


def checked_path(path: object, what: str) -> Path:
    """A path from what a user gave for it.

    Args:
        path: text, or a `pathlib.Path`.
        what: the file that it is to name, as it reads in a sentence ("a .keras file").

    Raises:
        ArgumentTypeError: it is neither.
        FileError: no file can have that name.

    Example:
        >>> checked_path("models/digits.keras", "a .keras file").name
        'digits.keras'
        >>> checked_path(None, "a .keras file")
        Traceback (most recent call last):
            ...
        pellucid.errors.ArgumentTypeError: the path of a .keras file is text or a pathlib.Path, got None
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise ArgumentTypeError(f"the path of {what} is text or a pathlib.Path, got {shown(path)}")
    problem = _problem(text)
    if problem is not None:
        raise FileError(f"{shown(text)} cannot name {what}: {problem}")
    return Path(text)


def made_folder(path: Path, advice: str = "give another place") -> Path:
    """The folder, made with those above it where there is none.

    Args:
        path: of the folder.
        advice: what to do where it cannot be made.

    Raises:
        FileError: something else has its name, or nothing may be made there.

    Example:
        >>> made_folder(Path("/dev/null/pictures"))
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: the folder /dev/null/pictures cannot be made: Not a directory; give another place
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"the folder {escaped(path)} cannot be made: {error.strerror or error}; {advice}") from error
    return path


def _problem(text: str) -> str | None:
    """Why no file can have that name."""
    if not text:
        return "it is empty"
    if "\0" in text:
        return "it has a NUL character in it"
    try:
        parts = [os.fsencode(part) for part in Path(text).parts]
    except UnicodeEncodeError as error:
        return f"the system cannot write its character {text[error.start]!r}"
    longest, whole = max(map(len, parts), default=0), len(os.fsencode(text))
    if longest > MOST_BYTES:
        return f"a name takes {MOST_BYTES} bytes, and it has one of {longest}"
    return f"a path takes {MOST_BYTES_IN_ALL} bytes, and it has {whole}" if whole > MOST_BYTES_IN_ALL else None
