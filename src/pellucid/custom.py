"""Functions of the user's own where something with a name in Keras is expected: how files hold them.

A file holds the name alone, in a record as Keras writes it; whoever reads the file passes what it means as
`custom_objects`. Nothing is imported because a file names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.registration import custom_function, custom_object, get_registered_name


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
        ArgumentError: the function has no name of its own: a lambda, or `functools.partial`.

    Example:
        >>> def scaled(x): ...
        >>> function_record("regularizer", scaled)["config"]
        'scaled'
    """
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        raise ArgumentError(
            f"{kind} {function!r} has no name of its own, by which a file could refer to it; define it with def"
        )
    config = get_registered_name(function)
    return {"module": "builtins", "class_name": "function", "config": config, "registered_name": "function"}
