"""Checks of what users give, for all rooms: numbers, flags, words, names, lists, objects of a kind.

Each returns the value as it is kept, or raises: `ArgumentTypeError` for a value of a type that cannot be used,
`ArgumentError` for one that is out of range. Messages begin with whose argument it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from pellucid.errors import LONGEST_NAME, ArgumentError, ArgumentTypeError, shown, unknown_name

__all__ = [
    "LARGEST",
    "SMALLEST",
    "axes",
    "counts",
    "flag",
    "fraction",
    "is_number",
    "is_whole",
    "mapping_of",
    "number",
    "number_type",
    "object_of",
    "positive",
    "several",
    "title",
    "verbosity",
    "whole",
    "word",
]

LARGEST, SMALLEST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
"""The largest and the smallest positive number that float32 holds with all its digits."""
T = TypeVar("T")


MOST_BITS = 64  # of a whole number: what is larger counts nothing, and Python may refuse to write it down


def is_whole(value: object) -> bool:
    """Whether it is a whole number of Python's or NumPy's; True and False are none.

    Example:
        >>> is_whole(3), is_whole(np.int8(3)), is_whole(3.0), is_whole(True)
        (True, True, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether it is a real number of Python's or NumPy's.

    Example:
        >>> is_number(3), is_number(np.float16(0.5)), is_number("3"), is_number(3j)
        (True, True, False, False)
    """
    return is_whole(value) or isinstance(value, float | np.floating)


def number(owner: str, name: str, value: Any, minimum: float = -math.inf, maximum: float = math.inf) -> float:
    """Return `value` as a float if it is a finite number within the limits; raise `ArgumentError` otherwise.

    Args:
        owner: whose setting it is, as the message begins ("SGD"); "" where the name says it all.
        name: of the setting.
        value: what came.
        minimum: the least that is accepted.
        maximum: the most that is accepted; what float32 cannot hold is not accepted in any case.

    Example:
        >>> number("SGD", "momentum", 1, 0.0, 1.0)
        1.0
        >>> number("SGD", "momentum", 10**400)
        Traceback (most recent call last):
        pellucid.errors.ArgumentError: SGD: momentum must be a finite number that float32 can hold, got 100...000
    """
    right = is_number(value)
    value = float(value) if isinstance(value, np.floating) else value
    if right and -LARGEST <= value <= LARGEST and minimum <= value <= maximum:
        return float(value)
    limits = [f">= {minimum:g}"] * (minimum > -math.inf) + [f"<= {maximum:g}"] * (maximum < math.inf)
    wanted = " ".join(["a finite number", " and ".join(limits)]).strip()
    if right and minimum <= value <= maximum and abs(value) != math.inf:
        wanted += " that float32 can hold"
    raise _kind(right)(f"{_begin(owner)}{name} must be {wanted}, got {shown(value)}")


def positive(owner: str, name: str, value: Any, why: str = "") -> float:
    """Return `value` as a float if it is a finite number > 0; raise `ArgumentError` otherwise.

    Args:
        owner: see `number`; so are `name` and `value`.
        name: of the setting.
        value: what came.
        why: what would come of 0.

    Example:
        >>> positive("Adam", "epsilon", 1e-7)
        1e-07
    """
    if number(owner, name, value, 0.0) < SMALLEST:
        limit = "" if value == 0 else f" in float32, got {shown(value)}"
        raise ArgumentError(f"{owner}: {name} must be greater than 0{limit}{f'; {why}' if why else ''}")
    return float(value)


def fraction(owner: str, name: str, value: Any) -> float:
    """Return `value` as a float if it is a number from 0 to 1; raise `ArgumentError` otherwise.

    Example:
        >>> fraction("Dropout", "rate", 0.5)
        0.5
    """
    if not is_number(value) or not 0 <= value <= 1:
        raise _kind(is_number(value))(f"{owner}: `{name}` must be in the range [0, 1], got {shown(value)}")
    return float(value)


def whole(owner: str, name: str, value: Any, minimum: int | None = None, maximum: int | None = None) -> int:
    """Return `value` as an int if it is a whole number within the limits; raise `ArgumentError` otherwise.

    Args:
        owner: whose setting it is; "" where the name says it all.
        name: of the setting.
        value: what came.
        minimum: the least that is accepted.
        maximum: the most that is accepted; no more in any case than the machine counts with (64 bits).

    Example:
        >>> whole("", "epochs", np.int64(3), 1)
        3
    """
    if is_whole(value):
        found = int(value)
        is_within = (minimum is None or minimum <= found) and (maximum is None or found <= maximum)
        if is_within and found.bit_length() <= MOST_BITS:
            return found
    if minimum == 1 and maximum is not None:
        raise _no_count(owner, name, value, maximum)
    if maximum is None:
        wanted = "a whole number" if minimum is None else f"a whole number >= {minimum}"
    else:
        wanted = f"a whole number from {minimum} to {maximum}"
    raise _kind(is_whole(value))(f"{_begin(owner)}{name} must be {wanted}, got {shown(value)}")


def counts(owner: str, name: str, value: Any, length: int, maximum: int, *, minimum: int = 1) -> tuple[int, ...]:
    """Return whole numbers from `minimum` to `maximum`, one for each of `length` axes; raise `ArgumentError` otherwise.

    Args:
        owner: see `number`; so is `name`.
        name: of the setting.
        value: what came; one number counts for all axes.
        length: how many axes there are.
        maximum: the most that is accepted.
        minimum: the least that is accepted, 0 or 1.

    Example:
        >>> counts("Conv2D", "strides", (2, 1), 2, 9), counts("Conv2D", "strides", 2, 2, 9)
        ((2, 1), (2, 2))
        >>> counts("Conv2D", "strides", (2, 0), 2, 9)
        Traceback (most recent call last):
        pellucid.errors.ArgumentError: Conv2D: The `strides` argument must be a tuple of 2 integers. Received
            strides=(2, 0), including values {0} that do not satisfy `value > 0`
    """
    several = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    several = several or (isinstance(value, np.ndarray) and value.ndim > 0)
    items = list(value) if several else [value] * length
    if len(items) == length and all(is_whole(item) and minimum <= item <= maximum for item in items):
        return tuple(map(int, items))
    begin = f"{_begin(owner)}The `{name}` argument must be a tuple of {length} integers. Received {name}={shown(value)}"
    if len(items) != length:
        raise ArgumentError(f"{begin}; one number stands for all axes")
    for item in items:
        if not is_whole(item) or item > maximum:
            sign = "positive" if minimum else "non-negative"
            raise _kind(is_whole(item))(f"{begin}, where {shown(item)} is no {sign} integer up to {maximum}")
    low, wanted = ", ".join(shown(item) for item in dict.fromkeys(items) if item < minimum), ">" if minimum else ">="
    raise ArgumentError(f"{begin}, including values {{{low}}} that do not satisfy `value {wanted} 0`")


def flag(owner: str, name: str, value: Any) -> bool:
    """Return `value` if it is True or False, and nothing that merely counts as one; raise `ArgumentError` otherwise.

    Example:
        >>> flag("SGD", "nesterov", np.bool_(True))
        True
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentTypeError(f"{_begin(owner)}{name} must be True or False, got {shown(value)}")
    return bool(value)


def verbosity(owner: str, value: Any) -> int:
    """Return how much is to be shown, 0, 1 or 2; True is 1, False 0; raise `ArgumentError` otherwise.

    Example:
        >>> verbosity("EarlyStopping", True)
        1
    """
    return int(value) if isinstance(value, bool | np.bool_) else whole(owner, "verbose", value, 0, 2)


def word(owner: str, name: str, value: Any, known: Iterable[str], said: str = "") -> str:
    """Return `value` if it is a word of a closed set; raise `ArgumentError` with the nearest one otherwise.

    Args:
        owner: see `number`; so are `name` and `value`.
        name: of the setting.
        value: what came.
        known: the words.
        said: what is wrong, where Keras says it in other words than are usual here: those are what people look for.

    Example:
        >>> word("EarlyStopping", "mode", "min", ("auto", "min", "max"))
        'min'
    """
    words = tuple(known)
    if not isinstance(value, str) or value not in words:
        error = unknown_name(name, value, words)
        raise type(error)(f"{owner}: {said or f'Invalid `{name}` argument'}: {error}")
    return str(value)


def title(owner: str, value: Any) -> str:
    """Return a name that stands in files and messages, of letters that can be seen; raise `ArgumentError` otherwise.

    Example:
        >>> title("Precision", "share of hits")
        'share of hits'
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        wanted = f"text of 1 to {LONGEST_NAME} letters that can be seen"
        raise _kind(isinstance(value, str))(f"{owner}: a name is {wanted}, got {shown(value)}")
    return str(value)


def several(owner: str, name: str, value: Any, what: str) -> list[Any]:
    """The items of a list, a tuple or an array with one axis; raise `ArgumentError` for everything else.

    Args:
        owner: whose setting it is.
        name: of the setting.
        value: what came.
        what: the items are, as it reads behind "a list of".

    Example:
        >>> several("PiecewiseConstantDecay", "values", (0.1, 0.01), "numbers")
        [0.1, 0.01]
    """
    if not isinstance(value, list | tuple | range) and not (isinstance(value, np.ndarray) and value.ndim == 1):
        raise ArgumentTypeError(f"{owner}: {name} must be a list of {what}, got {shown(value)}")
    return list(value)


def axes(owner: str, name: str, value: Any) -> int | list[int]:
    """Return an axis, or a list of different ones, as plain numbers; raise `ArgumentError` otherwise.

    Example:
        >>> axes("MaxNorm", "axis", (0, np.int64(1)))
        [0, 1]
    """
    items = list(value) if isinstance(value, list | tuple) else [value]
    right = all(map(is_whole, items))
    if not right or len(set(items)) < len(items) or not items:
        wanted = "a whole number, a list of different ones, or None"
        raise _kind(right)(f"{owner}: {name} must be {wanted}, got {shown(value)}")
    return [int(item) for item in items] if isinstance(value, list | tuple) else int(items[0])


def number_type(owner: str, dtype: Any) -> np.dtype[Any]:
    """The type of real numbers that a name or NumPy's object for it stands for, float32 for None; or `ArgumentError`.

    Example:
        >>> number_type("constant", "int8"), number_type("constant", None)
        (dtype('int8'), dtype('float32'))
    """
    try:
        found = np.dtype(np.float32 if dtype is None else dtype)
    except Exception:  # whatever NumPy, or an object that it asks, says of what is no type
        found = np.dtype(object)
    if found.kind not in "biuf":
        raise ArgumentError(f"{owner}: dtype must be a type of real numbers such as 'float32', got {shown(dtype)}")
    return found


def mapping_of(owner: str, name: str, value: Any) -> dict[str, Any]:
    """Return a mapping by names, None for an empty one, as a dictionary; raise `ArgumentTypeError` otherwise.

    Example:
        >>> mapping_of("deserialize", "custom_objects", None)
        {}
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ArgumentTypeError(f"{owner}: {name} must be a dictionary by names, got {shown(value)}")
    return dict(value)


WHOLE_TYPES = ("int", "int8", "int16", "int32", "int64", "uint8")


def is_kept_whole(owner: str, dtype: Any, *, whole_too: bool) -> bool:
    """Whether a type of numbers that are kept is one of whole numbers; raises `ArgumentError` where it is not known.

    Example:
        >>> is_kept_whole("v", None, whole_too=True), is_kept_whole("v", "int32", whole_too=True)
        (False, True)
    """
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
    if dtype is None or name == "float32":
        return False
    if whole_too and name in WHOLE_TYPES:
        return True
    raise ArgumentError(f"{owner} holds float32 numbers, got dtype={shown(dtype)}")


def object_of(owner: str, value: Any, kind: type[T] | tuple[type[T], ...], what: str) -> T:
    """Return an object of a class; raise `ArgumentTypeError` otherwise, and say what was expected.

    Example:
        >>> object_of("serialize", 3, int, "a number")
        3
    """
    if not isinstance(value, kind):
        raise ArgumentTypeError(f"{owner} takes {what}, got {shown(value)}")
    return value


def _begin(owner: str) -> str:
    """How a message about somebody's setting begins."""
    return f"{owner}: " if owner else ""


def _no_count(owner: str, name: str, value: Any, maximum: int) -> ArgumentError:
    """The error for what is no whole number from 1 to `maximum`."""
    wanted = f"a positive integer up to {maximum}"
    if not name.isidentifier():
        return _kind(is_whole(value))(f"{_begin(owner)}{name} should be {wanted}, got {shown(value)}")
    begin, came = f"{_begin(owner)}Invalid value for argument `{name}`.", f"Received {name}={shown(value)}"
    if not is_whole(value):
        return ArgumentTypeError(f"{begin} Expected an integer value for `{name}`, {wanted}. {came}")
    if value < 1:
        return ArgumentError(f"{begin} Expected a strictly positive value. {came}; it should be {wanted}")
    return ArgumentError(f"{begin} It should be {wanted}. {came}")


def _kind(is_of_right_type: bool) -> type[ArgumentError]:
    return ArgumentError if is_of_right_type else ArgumentTypeError
