"""Which of the processes of one training this is: the only one, unless `pellucid.distributed` said otherwise.

Files are written and progress is shown by the first alone; what is read for that is read by all, since weights that are
shared out can only be put together by everybody.
"""

from __future__ import annotations

from typing import TextIO

__all__ = ["count", "index", "is_first", "is_terminal", "join"]

_here = [0, 1]


def index() -> int:
    """The number of this process, from 0."""
    return _here[0]


def count() -> int:
    """How many processes train together."""
    return _here[1]


def is_first() -> bool:
    """Whether this process is the one that writes and speaks.

    Example:
        >>> is_first()
        True
    """
    return _here[0] == 0


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits before a stream: it is a terminal; one that was closed when Python began is None.

    Example:
        >>> is_terminal(None)
        False
    """
    return stream is not None and not stream.closed and stream.isatty()


def join(number: int, together: int) -> None:
    """Note that this process is one of several; `distributed.initialize` does that."""
    _here[:] = [number, together]
