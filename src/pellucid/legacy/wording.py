"""Calls as text that can be pasted into a program."""

from __future__ import annotations

import numbers
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.checks import MOST_BITS
from pellucid.errors import shown

_LONGEST = 120
_A_CALL = re.compile(r"[A-Za-z_][\w.]*\(.*\)", re.DOTALL)


def call_text(name: str, args: Sequence[Any], kwargs: Mapping[str, Any], parameters: Sequence[str] = ()) -> str:
    """A call as one would type it; a value that cannot be typed stands as the name of its parameter.

    Args:
        name: of what is called.
        args: values by position.
        kwargs: values by name.
        parameters: names of the values by position.

    Example:
        >>> call_text("fit", (object(), object()), {"epochs": 3}, ("x", "y"))
        'fit(x, y, epochs=3)'
    """
    names = [*parameters, *(f"value{number}" for number in range(len(parameters), len(args)))]
    by_position = [value_text(value, instead) for value, instead in zip(args, names, strict=False)]
    by_name = [f"{key}={value_text(value, key)}" for key, value in kwargs.items()]
    return f"{name}({', '.join([*by_position, *by_name])})"


def value_text(value: Any, instead: str) -> str:
    """A value as one would type it, or `instead` where that is not possible or too long.

    Example:
        >>> value_text((3, 3), "kernel_size"), value_text(object(), "weights"), value_text(len, "activation")
        ('(3, 3)', 'weights', 'len')
    """
    try:
        text = _typed(value)
    except RecursionError:  # a list in itself
        text = None
    return text if text is not None and len(text) <= _LONGEST else instead


def _typed(value: Any) -> str | None:
    if isinstance(value, tuple | list):
        items = [_typed(item) for item in value]
        if None in items:
            return None
        inside = ", ".join(str(item) for item in items)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(items) == 1 else f"({inside})"
    if type(value) is dict:
        pairs = [(_typed(key), _typed(item)) for key, item in value.items()]
        return None if any(None in pair for pair in pairs) else f"{{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"
    if isinstance(value, numbers.Number) and hasattr(value, "item"):
        value = value.item()  # a number of NumPy's
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    name = getattr(value, "__name__", None)
    if callable(value) and isinstance(name, str):
        return name if name.isidentifier() else None
    if not isinstance(value, dict) and not hasattr(value, "get_config"):
        return None
    text = shown(value, _LONGEST + 1)  # also of an object whose own text fails
    return text if _A_CALL.fullmatch(text) else None
