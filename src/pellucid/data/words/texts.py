"""Texts as arrays of Python's text, and what is done with them before they are looked up: cleaned, taken apart.

Only letters of ASCII are made small and only its spaces separate, as in TensorFlow, which works on bytes.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import of_objects
from pellucid.errors import ArgumentError, DataError, shown

__all__ = ["characters", "encoding_of", "grams", "is_text", "lower", "texts_of", "without_punctuation", "words_in"]

PUNCTUATION = string.punctuation.encode()


def texts_of(label: str, value: Any, encoding: str = "utf-8") -> np.ndarray:
    """An array of text (`object` holding `str`), of the shape of what came.

    Args:
        label: whoever asks, for messages.
        value: a text, lists of them, an array of NumPy's, a column of a table.
        encoding: of bytes among them.

    Raises:
        DataError: it is no text, or lists of several lengths.

    Example:
        >>> texts_of("layer", ["one", b"two"]).tolist(), texts_of("layer", "one").shape
        (['one', 'two'], ())
    """
    try:
        array = np.asarray(value, object if isinstance(value, list | tuple) else None)
        flat = [_text(each, encoding) for each in array.ravel().tolist()]
    except (TypeError, ValueError) as error:
        raise DataError(f"{label} takes text, or an array of it, got {shown(value)}: {error}") from error
    return of_objects(flat, array.shape)


def encoding_of(label: str, name: Any) -> str:
    """The name of an encoding that Python knows; raises `ArgumentError` for another.

    Example:
        >>> encoding_of("layer", "latin-1")
        'latin-1'
    """
    if isinstance(name, str):
        try:
            "a".encode(name)
            return name
        except (LookupError, ValueError):  # unknown, none of text, or a name with a zero in it
            pass
    raise ArgumentError(f"{label}: encoding is the name of one, such as 'utf-8', got {shown(name)}")


def is_text(value: Any) -> bool:
    """Whether it is text, or an array or lists of it.

    Example:
        >>> is_text([["a"], ["b"]]), is_text(np.array(["a"])), is_text([[1.0]]), is_text([])
        (True, True, False, False)
    """
    while isinstance(value, list | tuple) and value:
        value = value[0]
    if isinstance(value, str | bytes):
        return True
    array = value if isinstance(value, np.ndarray) or not hasattr(value, "__array__") else np.asarray(value)
    kind = getattr(getattr(array, "dtype", None), "kind", "")
    return kind in ("U", "S") or (kind == "O" and array.size > 0 and isinstance(array.flat[0], str | bytes))


def _text(value: Any, encoding: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(encoding)
    if isinstance(value, list | tuple):
        raise ValueError("the lists in it have several lengths; join the words of each: ' '.join(words)")
    raise TypeError(f"{shown(value)} is a {type(value).__name__}")


def lower(text: str) -> str:
    """With the letters of ASCII made small.

    Example:
        >>> lower("THE ÉLAN")
        'the Élan'
    """
    return text.encode().lower().decode()


def without_punctuation(text: str) -> str:
    """Without the punctuation of ASCII.

    Example:
        >>> without_punctuation("it's a-b <br />")
        'its ab br '
    """
    return text.encode().translate(None, PUNCTUATION).decode()


def words_in(text: str) -> list[str]:
    """The parts of a text between spaces of ASCII, however many.

    Example:
        >>> words_in(" one\\ttwo ")
        ['one', 'two']
    """
    return [part.decode() for part in text.encode().split()]


def characters(text: str) -> list[str]:
    """Each character of a text.

    Example:
        >>> characters("né")
        ['n', 'é']
    """
    return list(text)


def grams(words: Sequence[str], sizes: Iterable[int], between: str = " ") -> list[str]:
    """So many neighbours each joined, by default by spaces: first all of the first size, then those of the next.

    Example:
        >>> grams(["a", "b", "c"], (1, 2))
        ['a', 'b', 'c', 'a b', 'b c']
    """
    return [between.join(words[start : start + size]) for size in sizes for start in range(len(words) - size + 1)]
