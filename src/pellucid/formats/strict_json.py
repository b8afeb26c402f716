"""JSON from a file that nobody vouches for: standard JSON only, of bounded size and depth.

Python's parser also takes NaN and Infinity, lets the last of two equal keys win, and turns 1e999 into infinity. Each of
these lets two programs read one file differently, so they are refused here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from pellucid.errors import ArgumentError, FileError

__all__ = ["MAX_JSON_BYTES", "encode_json_object", "parse_json_object"]

MAX_JSON_BYTES = 16 * 2**20
_MAX_DEPTH = 500


def parse_json_object(content: bytes, *, name: str) -> dict[str, Any]:
    """Parse JSON text that holds one object.

    Args:
        content: UTF-8 text, at most `MAX_JSON_BYTES`.
        name: how errors call it.

    Raises:
        FileError: the text is too long, not UTF-8, not standard JSON, nested more than 500 deep, has a key twice in
            one object, or holds something other than an object.

    Example:
        >>> parse_json_object(b'{"filters": 32}', name="config.json")
        {'filters': 32}
        >>> parse_json_object(b'{"rate": NaN}', name="config.json")
        Traceback (most recent call last):
            ...
        pellucid.errors.FileError: config.json is not valid JSON: NaN is not a JSON number
    """
    if len(content) > MAX_JSON_BYTES:
        raise FileError(f"{name} has {len(content):,} bytes; at most {MAX_JSON_BYTES:,} are accepted")
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_float=_finite_float,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_duplicates,
        )
        _check_depth(value)
    except RecursionError as error:
        raise FileError(f"{name} is nested more than {_MAX_DEPTH} levels deep") from error
    except ValueError as error:
        raise FileError(f"{name} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise FileError(f"{name} holds a JSON {type(value).__name__}; expected an object in braces")
    return value


def encode_json_object(value: Mapping[str, Any], *, name: str) -> bytes:
    """The JSON text of one object, which `parse_json_object` takes: whoever writes keeps the rules of whoever reads.

    Args:
        value: of what JSON can say. Tuples become lists.
        name: how errors call it.

    Raises:
        ArgumentError: it holds something else, a key that is no text, a number that is not finite, or it is too long or
            nested too deep to be read again.

    Example:
        >>> encode_json_object({"strides": (2, 2)}, name="config.json")
        b'{"strides": [2, 2]}'
    """
    try:
        _check_keys(value)
        content = json.dumps(value, allow_nan=False).encode()
        parse_json_object(content, name=name)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{name} cannot be written as JSON: {str(error).removeprefix(f'{name} ')}") from error
    return content


def _check_keys(value: Any) -> None:
    """JSON has text as keys, and would turn others into it."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            strange = [key for key in item if not isinstance(key, str)]
            if strange:
                raise TypeError(f"the key {strange[0]!r} of a dictionary is not text")
            waiting += item.values()
        elif isinstance(item, list | tuple):
            waiting += item


def _finite_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:100]!r} stands twice in one object")
    return result


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    raise ValueError(f"nested more than {_MAX_DEPTH} levels deep")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
