"""Functions and classes of the user's own where something with a name in Keras is expected: how files hold them.

A file holds the name alone, in a record as Keras writes it; whoever reads the file passes what it means as
`custom_objects`. Nothing is imported because a file names it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pellucid.errors import ArgumentError
from pellucid.registry import Configurable, Registry, custom_object

T = TypeVar("T", bound=Configurable)


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
    if name is not None and custom_object(name) is None:
        raise ArgumentError(f"{kind} {name!r} is a function of your own: pass custom_objects={{{name!r}: {name}}}")
    found = custom_object(name or identifier) or identifier
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
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def record(registry: Registry[T], obj: T) -> dict[str, Any]:
    """The record of an object; that of a class of the user's own in the form in which Keras looks for it.

    Raises:
        ArgumentError: `get_config` of such a class leaves out an argument, which would be lost.
    """
    cls, config = type(obj), obj.get_config()
    if cls in registry.classes.values():
        return registry.serialize(obj)
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for name, parameter in inspect.signature(cls).parameters.items():
        if name not in config and parameter.kind not in several:
            raise ArgumentError(
                f"{registry.kind} {cls.__name__} cannot be written down without its {name!r}: let get_config() return "
                "all arguments of __init__, by name"
            )
    return {"module": None, "class_name": cls.__name__, "config": config, "registered_name": cls.__name__}
