"""`tf.strings`: what scripts do with the names of files: take them apart, put them together, read a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.cli.tf.arrays import Words, eager


def _each(function: Callable[[str], Any], text: Any, kind: Any = None) -> Any:
    """A function of each text of an array."""
    texts = words(text)
    found = [function(each) for each in texts.ravel().tolist()]
    return eager(np.array(found, kind).reshape(texts.shape))


def words(text: Any) -> np.ndarray:
    """Text of any kind as an array of it."""
    array = np.asarray(text)
    if array.dtype.kind in "SO":
        flat = [each.decode() if isinstance(each, bytes) else str(each) for each in array.ravel().tolist()]
        array = np.array(flat, str).reshape(array.shape)
    return array.view(np.ndarray)


def split(input: Any, sep: str | None = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """The parts of a text between separators; of several texts, where all have as many."""
    texts, between = words(input), str(words(sep)) if sep is not None else None
    parts = [each.split(between or None, maxsplit) for each in texts.ravel().tolist()]
    return np.array(parts).reshape(*texts.shape, -1).view(Words)


def join(inputs: Any, separator: str = "", name: str | None = None) -> Any:
    """Texts one behind the other."""
    row = np.broadcast_arrays(*(words(each) for each in inputs))
    found = [separator.join(each) for each in zip(*(array.ravel().tolist() for array in row), strict=True)]
    return np.array(found).reshape(row[0].shape).view(Words)


def regex_replace(input: Any, pattern: str, rewrite: str, replace_global: bool = True, name: str | None = None) -> Any:
    """With what fits a pattern replaced."""
    found = re.compile(pattern)
    return _each(lambda text: found.sub(rewrite, text, 0 if replace_global else 1), input)


def regex_full_match(input: Any, pattern: str, name: str | None = None) -> Any:
    """Whether all of a text fits a pattern."""
    found = re.compile(pattern)
    return _each(lambda text: found.fullmatch(text) is not None, input, bool)


def to_number(input: Any, out_type: Any = np.float32, name: str | None = None) -> Any:
    """The number that a text is."""
    kind = np.dtype(out_type)
    return _each(int if kind.kind in "iu" else float, input, kind)


def as_string(input: Any, name: str | None = None) -> Any:
    """A number as text."""
    array = np.asarray(input)
    return np.array([str(each) for each in array.ravel().tolist()]).reshape(array.shape).view(Words)


def length(input: Any, name: str | None = None) -> Any:
    """How many bytes a text has."""
    return _each(lambda text: len(text.encode()), input, np.int32)


def substr(input: Any, pos: int, len: int, name: str | None = None) -> Any:
    """So many characters from a place on."""
    return _each(lambda text: text[int(pos) :][: int(len)], input)


def lower(input: Any, name: str | None = None) -> Any:
    """In small letters."""
    return _each(str.lower, input)


def upper(input: Any, name: str | None = None) -> Any:
    """In capital letters."""
    return _each(str.upper, input)


def strip(input: Any, name: str | None = None) -> Any:
    """Without spaces around it."""
    return _each(str.strip, input)
