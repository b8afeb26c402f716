"""`tf.strings`: what scripts do with names of files and with texts: clean them, take them apart, put them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.checks import word
from pellucid.cli.tf.arrays import Words, eager
from pellucid.cli.tf.rows import Rows
from pellucid.data.words.texts import grams, texts_of, words_in
from pellucid.data.words.texts import lower as lower_in_ascii
from pellucid.errors import ArgumentError, shown

BYTES, CHARACTERS = "BYTE", "UTF8_CHAR"


def _each(function: Callable[[str], Any], text: Any, kind: Any = None) -> Any:
    """A function of each text of an array, or of rows of several lengths."""
    if isinstance(text, Rows):
        return Rows([list(map(function, row)) for row in text.to_list()])
    texts = words(text)
    found = [function(each) for each in texts.ravel().tolist()]
    return eager(np.array(found, str if not found and kind is None else kind).reshape(texts.shape))


def words(text: Any) -> np.ndarray:
    """Text of any kind as an array of it."""
    array = texts_of("tf.strings", text)
    return np.array(array.ravel().tolist(), str).reshape(array.shape)


def _in_rows(function: Callable[[str], list[Any]], text: Any) -> Any:
    """What a function makes of a text; of several texts a row each."""
    texts = words(text)
    if not texts.ndim:
        found = function(texts.item())
        return eager(np.array(found, None if found else str))
    if texts.ndim > 1:
        raise ArgumentError(f"tf.strings takes texts in one axis apart, got shape {texts.shape}: tf.squeeze(texts, -1)")
    return Rows([function(each) for each in texts.tolist()])


def split(input: Any, sep: str | None = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """The parts of a text between separators, or between spaces; of several texts a row each."""
    between = str(words(sep)) if sep is not None else None
    if between:
        return _in_rows(lambda text: text.split(between, maxsplit), input)
    if maxsplit != -1:
        return _in_rows(lambda text: text.split(None, maxsplit), input)
    return _in_rows(words_in, input)


def unicode_split(input: Any, input_encoding: str, errors: str = "replace", name: str | None = None) -> Any:
    """The characters of a text."""
    word("tf.strings.unicode_split", "input_encoding", input_encoding, ("UTF-8",))
    return _in_rows(list, input)


def bytes_split(input: Any, name: str | None = None) -> Any:
    """The bytes of a text; of ASCII alone, where each is a character."""
    if not all(each.isascii() for each in words(input).ravel().tolist()):
        raise ArgumentError("tf.strings.bytes_split: single bytes of letters beyond ASCII are no text: unicode_split")
    return _in_rows(list, input)


def unicode_decode(input: Any, input_encoding: str, errors: str = "replace", name: str | None = None) -> Any:
    """The number of each character."""
    word("tf.strings.unicode_decode", "input_encoding", input_encoding, ("UTF-8",))
    return _in_rows(lambda text: list(map(ord, text)), input)


def ngrams(data: Any, ngram_width: int | Sequence[int], separator: str = " ", name: str | None = None) -> Any:
    """Neighbours joined: of one row, or of rows."""
    sizes = [ngram_width] if isinstance(ngram_width, int) else list(ngram_width)
    if isinstance(data, Rows) or words(data).ndim > 1:
        rows = data.to_list() if isinstance(data, Rows) else words(data).tolist()
        return Rows([grams(row, sizes, separator) for row in rows])
    return eager(np.array(grams(words(data).tolist(), sizes, separator), str))


def join(inputs: Any, separator: str = "", name: str | None = None) -> Any:
    """Texts one behind the other."""
    row = np.broadcast_arrays(*(words(each) for each in inputs))
    found = [separator.join(each) for each in zip(*(array.ravel().tolist() for array in row), strict=True)]
    return np.array(found).reshape(row[0].shape).view(Words)


def reduce_join(inputs: Any, axis: int | None = None, keepdims: bool = False, separator: str = "") -> Any:
    """The texts along an axis, or all of them, in one."""
    if isinstance(inputs, Rows):
        return eager(np.array([separator.join(row) for row in inputs.to_list()], str))
    array = words(inputs)
    if axis is None:
        return eager(np.array(separator.join(array.ravel().tolist())))
    moved = np.moveaxis(array, axis, -1)
    found = [separator.join(row) for row in moved.reshape(-1, moved.shape[-1]).tolist()]
    joined = np.array(found, str).reshape(moved.shape[:-1])
    return eager(np.expand_dims(joined, axis) if keepdims else joined)


def regex_replace(input: Any, pattern: str, rewrite: str, replace_global: bool = True, name: str | None = None) -> Any:
    """With what fits a pattern replaced; \\1 is what its first group found, \\0 all of it."""
    found, put = _compiled(pattern), re.sub(r"\\0", r"\\g<0>", str(words(rewrite)))
    return _each(lambda text: found.sub(put, text, 0 if replace_global else 1), input)


def regex_full_match(input: Any, pattern: str, name: str | None = None) -> Any:
    """Whether all of a text fits a pattern."""
    found = _compiled(pattern)
    return _each(lambda text: found.fullmatch(text) is not None, input, bool)


def _compiled(pattern: Any) -> re.Pattern[str]:
    """A pattern, whose words, digits and spaces are those of ASCII, as in RE2."""
    text = str(words(pattern))
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise ArgumentError(f"tf.strings: {shown(text)} is no regular expression: {error}") from error


def to_number(input: Any, out_type: Any = np.float32, name: str | None = None) -> Any:
    """The number that a text is."""
    kind = np.dtype(out_type)
    return _each(int if kind.kind in "iu" else float, input, kind)


def as_string(input: Any, precision: int = -1, name: str | None = None) -> Any:
    """A number as text; with six digits behind the point, unless told otherwise."""
    array = np.asarray(input)
    digits = 6 if precision < 0 else precision
    flat = [f"{each:.{digits}f}" if isinstance(each, float) else str(each) for each in array.ravel().tolist()]
    return np.array(flat, str).reshape(array.shape).view(Words)


def length(input: Any, unit: str = BYTES, name: str | None = None) -> Any:
    """How many bytes a text has, or how many characters."""
    counted = len if _is_of_characters("length", unit) else lambda text: len(text.encode())
    return _each(counted, input, np.int32)


def substr(input: Any, pos: int, len: int, unit: str = BYTES, name: str | None = None) -> Any:
    """So many bytes, or characters, from a place on; a character that is cut in the middle is left out."""
    start, count = int(pos), int(len)
    if _is_of_characters("substr", unit):
        return _each(lambda text: text[start:][:count], input)
    return _each(lambda text: text.encode()[start:][:count].decode(errors="ignore"), input)


def _is_of_characters(function: str, unit: str) -> bool:
    return word(f"tf.strings.{function}", "unit", unit, (BYTES, CHARACTERS)) == CHARACTERS


def lower(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """In small letters: those of ASCII, or all with `encoding="utf-8"`."""
    return _each(str.lower if encoding else lower_in_ascii, input)


def upper(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """In capital letters, likewise."""
    return _each(str.upper if encoding else lambda text: text.encode().upper().decode(), input)


def strip(input: Any, name: str | None = None) -> Any:
    """Without spaces around it."""
    return _each(lambda text: text.strip(" \t\n\r\v\f"), input)
