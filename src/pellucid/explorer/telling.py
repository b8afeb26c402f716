"""What pages are told of an error: the library's words, without the folders that files of this machine lie in."""

from __future__ import annotations

import re

__all__ = ["without_folders"]

_FOLDERS = re.compile(r"(?<![\w.~:/\\-])(?:[A-Za-z]:)?[/\\](?:[^/\\\s'\":;,()]+[/\\])+")


def without_folders(sentence: str) -> str:
    """A sentence in which files are called by their names alone.

    Example:
        >>> without_folders("/home/ada/nets/a.keras: no such file; and/or 'block/conv'")
        "a.keras: no such file; and/or 'block/conv'"
    """
    return _FOLDERS.sub("", sentence)
