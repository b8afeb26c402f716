"""`StringIO` and `cStringIO` of Python 2: files in memory whose text was bytes, so that both could be written there."""

from __future__ import annotations

import io
from typing import Any

__all__ = ["InputType", "OutputType", "StringIO"]


class StringIO:
    """A file in memory, of bytes or of text: what it is given first, or what is first written, decides.

    Args:
        buffer: what is in it, read from its beginning.

    Example:
        >>> file = StringIO()
        >>> file.write(b"GIF89a")
        6
        >>> file.getvalue(), StringIO("a line").read()
        (b'GIF89a', 'a line')
    """

    def __init__(self, buffer: bytes | str = "") -> None:
        text = isinstance(buffer, str)
        self._file: Any = io.StringIO(buffer) if isinstance(buffer, str) else io.BytesIO(buffer)
        self._is_open = text and not buffer

    def write(self, text: bytes | str) -> int:
        """Write bytes or text; returns how much it was.

        Raises:
            TypeError: it is text where bytes are already, or bytes where text is.
        """
        if self._is_open and text:
            self._file = io.StringIO() if isinstance(text, str) else io.BytesIO()
            self._is_open = False
        return int(self._file.write(text))

    def __iter__(self) -> Any:
        return iter(self._file)

    def __enter__(self) -> StringIO:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


InputType = OutputType = StringIO
