"""What is in a file of text, in the encodings that are told apart for certain: UTF-8, and UTF-16 that says so."""

from __future__ import annotations

import codecs
import math

from pellucid.errors import FileError, shown

__all__ = ["number_in", "text_of"]

MARKED = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What files in UTF-16 begin with, as spreadsheets write "Unicode text"."""


def text_of(content: bytes, owner: str) -> str:
    """The text of a file.

    Args:
        content: its bytes, in UTF-8, or in UTF-16 with a mark of the order of bytes in front.
        owner: whose content it is, for messages.

    Raises:
        FileError: it is in another encoding, which nothing in it names.

    Example:
        >>> text_of("café".encode("utf-16"), "menu.csv"), text_of("café".encode("utf-8-sig"), "menu.csv")
        ('café', 'café')
    """
    encoding = "utf-16" if content.startswith(MARKED) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise FileError(f"{owner} is no text in UTF-16: it is cut short or damaged; save it in UTF-8") from error
        line = content.count(b"\n", 0, error.start) + 1
        said = content.splitlines()[line - 1].decode("cp1252", "replace")
        raise FileError(
            f"{owner} is no text in UTF-8: line {line} is {shown(said)} if it is Windows' Latin (cp1252), and "
            "something else in other encodings; save it as text in UTF-8"
        ) from error
    if "\0" in text:
        raise FileError(
            f"{owner} is no text in UTF-8: it has bytes of zero, as UTF-16 without a mark; save it in UTF-8"
        )
    return text


def number_in(cell: str) -> float | None:
    """The finite number that a text says, in the digits and signs that files have; None where it says none.

    Python would read "1_2" as 12, which is a name.

    Example:
        >>> number_in(" 2.5"), number_in("cat"), number_in("inf"), number_in("1_2")
        (2.5, None, None, None)
    """
    try:
        found = float(cell)
    except ValueError:
        return None
    return found if math.isfinite(found) and "_" not in cell else None
