"""Functions of the user's own where something with a name in Keras is expected: how files hold them.

A file holds the name alone, in a record as Keras writes it; whoever reads the file passes what it means as
`custom_objects`. Nothing is imported because a file names it. A lambda expression has no name: in a file it gets one
that no function has, by its number, and whoever writes the file is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.registration import custom_function, custom_object, get_registered_name
from pellucid.warned import warn

MOST_TOLD = 3
"""Names of functions without one that a warning lists."""
_NUMBERED: ContextVar[list[Callable[..., Any]] | None] = ContextVar("functions without a name", default=None)


@contextmanager
def functions_numbered(what: str | None) -> Iterator[None]:
    """Within it a file is written: functions without a name of their own get one by their number.

    Args:
        what: is written, for the warning that tells these names; None where nothing is.

    Example:
        >>> with functions_numbered(None):
        ...     name_in_file(lambda x: x), name_in_file(lambda x: -x)
        ('<function 1>', '<function 2>')
    """
    if _NUMBERED.get() is not None:
        yield
        return
    numbered: list[Callable[..., Any]] = []
    token = _NUMBERED.set(numbered)
    try:
        yield
    finally:
        _NUMBERED.reset(token)
    if numbered and what is not None:
        count = len(numbered)
        some = [f"{_numbered(number)!r}: ..." for number in range(1, min(count, MOST_TOLD) + 1)]
        names = ", ".join([*some, f"... {_numbered(count)!r}: ..."] if count > MOST_TOLD else some)
        warn(
            f"{what} holds names of functions, never their code, and {count} of the model's "
            f"{'has none of its' if count == 1 else 'have none of their'} own, as lambdas have none. To load it, pass "
            f"what {'it was' if count == 1 else 'they were, in the order of the model'}: custom_objects={{{names}}}; "
            f"or define {'it' if count == 1 else 'them'} with def before you save"
        )


def name_in_file(function: Callable[..., Any]) -> str | None:
    """The name by which a file refers to a function; None where it has none and no file is being written.

    Example:
        >>> name_in_file(len), name_in_file(lambda x: x) is None
        ('len', True)
    """
    name = str(getattr(function, "__name__", ""))
    if name.isidentifier():
        return name
    numbered = _NUMBERED.get()
    if numbered is None:
        return None
    known = next((number for number, each in enumerate(numbered, 1) if each is function), None)
    if known is None:
        numbered.append(function)
        known = len(numbered)
    return _numbered(known)


def _numbered(number: int) -> str:
    return f"<function {number}>"


def function_name(identifier: object) -> str | None:
    """The name in a record of a function as Keras writes it; None for everything else.

    Example:
        >>> function_name({"module": "builtins", "class_name": "function", "config": "scaled"})
        'scaled'
    """
    if not isinstance(identifier, Mapping) or identifier.get("class_name") != "function":
        return None
    name = identifier.get("config")
    return name if isinstance(name, str) else None


def function_of(kind: str, identifier: object) -> Callable[..., Any] | None:
    """The callable that is meant, or None where something else is: a class, a name that Pellucid knows.

    Args:
        kind: what it serves as, for the message ("regularizer").
        identifier: a callable, its name among `custom_objects`, or its record.

    Raises:
        ArgumentError: the record of a function that is not among `custom_objects`.

    Example:
        >>> function_of("regularizer", len) is len, function_of("regularizer", "l2")
        (True, None)
    """
    name = function_name(identifier)
    own = None if name is None else custom_function(name)
    if name is not None and own is None:
        raise ArgumentError(f"{kind} {name!r} is a function of your own: pass custom_objects={{{name!r}: {name}}}")
    found = own or custom_object(identifier) or identifier
    return found if callable(found) and not isinstance(found, type) else None


def function_record(kind: str, function: Callable[..., Any]) -> dict[str, Any]:
    """The record of a function, from which `function_of` and Keras find it among `custom_objects`.

    Raises:
        ArgumentError: the function has no name of its own (a lambda, or `functools.partial`), and no file is written.

    Example:
        >>> def scaled(x): ...
        >>> function_record("regularizer", scaled)["config"]
        'scaled'
    """
    name = name_in_file(function)
    if name is None:
        raise ArgumentError(
            f"{kind} {function!r} has no name of its own, by which a file could refer to it; define it with def"
        )
    config = get_registered_name(function) if name.isidentifier() else name
    return {"module": "builtins", "class_name": "function", "config": config, "registered_name": "function"}
