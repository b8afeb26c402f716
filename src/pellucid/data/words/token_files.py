"""A vocabulary as a file of text: a token in each line, as Keras's files have it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pellucid.errors import DataError, FileError, shorter, shown
from pellucid.formats.texts import text_of

__all__ = ["read_tokens", "write_tokens"]


def read_tokens(path: Path, owner: str) -> list[str]:
    """The tokens of a file, one in each line; behind the last line break there is one too, if only an empty one.

    Args:
        path: of the file, in UTF-8 or UTF-16.
        owner: whose vocabulary it is, for messages.

    Raises:
        FileError: it cannot be read, or is no text.
    """
    what = f"{owner}: the vocabulary {shown(str(path))}"
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or shorter(str(error))  # without the path once more
        raise FileError(f"{what} cannot be read: {why}") from error
    # Line breaks are those of Unix or Windows; what else Unicode calls so may be in a token.
    return [line.removesuffix("\r") for line in text_of(content, what).split("\n")]


def write_tokens(path: Path, tokens: Sequence[str], owner: str) -> None:
    """Write a vocabulary such that the same tokens are read.

    Args:
        path: of the file.
        tokens: one for each line.
        owner: whose they are, for messages.

    Raises:
        DataError: there is one that a line cannot hold: it would be read as others, with other numbers.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as name:
        ...     path = Path(name, "vocabulary.txt")
        ...     write_tokens(path, ["", "cat", "a\\u2028b", ""], "words")
        ...     print(read_tokens(path, "words"))
        ...     write_tokens(path, ["two\\nlines"], "words")
        Traceback (most recent call last):
            ...
        pellucid.errors.DataError: words: the token 'two\\nlines' fits into no line of a file, ...
    """
    for token in tokens:
        if "\n" in token or "\0" in token or token.endswith("\r") or token.startswith("\ufeff"):
            raise DataError(
                f"{owner}: the token {shown(token)} fits into no line of a file, in which vocabularies are kept; take "
                "line breaks and marks of encodings out of the data before adapt()"
            )
    path.write_bytes("\n".join(tokens).encode())
