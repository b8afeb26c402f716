"""Classes and functions of the user's own by name: those of a `with` block, and those that are registered for good.

Records of models hold names. A name that is none of the library's is looked up here and nowhere else: in the scopes
around the reading, then in the table that `register_keras_serializable` fills. That table belongs to the process, as in
Keras: a decorator at a class runs once, when the class is defined, and whoever reads later, in any thread, finds it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, TypeVar

from pellucid.checks import mapping_of
from pellucid.errors import LONGEST_NAME, ArgumentError, ArgumentTypeError, shown

__all__ = [
    "CustomObjectScope",
    "custom_object",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]

T = TypeVar("T")

GLOBAL_CUSTOM_OBJECTS: dict[str, Any] = {}
"""What is registered, by its name."""
GLOBAL_CUSTOM_NAMES: dict[Any, str] = {}
"""The name of each class and function that was registered by the decorator."""

_scope: ContextVar[Mapping[str, Any]] = ContextVar("custom_objects", default={})  # noqa: B039 (never changed)


class CustomObjectScope:
    """Inside, names that a record uses may also mean these classes and functions of the user's own.

    Scopes add up; the innermost that has a name counts. Other threads see nothing of it.

    Args:
        custom_objects: classes and functions, by the names that records use; None for none.

    Raises:
        ArgumentTypeError: it is no dictionary by names.

    Example:
        >>> with CustomObjectScope({"double": lambda x: x * 2}):
        ...     get_registered_object("double")(4)
        8

    Source: keras.saving.CustomObjectScope.
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        self.custom_objects = mapping_of("custom objects", "custom_objects", custom_objects)
        self._tokens: list[Token[Mapping[str, Any]]] = []

    def __enter__(self) -> CustomObjectScope:
        self._tokens.append(_scope.set({**_scope.get(), **self.custom_objects}))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _scope.reset(self._tokens.pop())


custom_object_scope = CustomObjectScope


def custom_object(name: object) -> Any:
    """The object of the user's own that has this name, or None.

    Example:
        >>> with CustomObjectScope({"half": 0.5}):
        ...     custom_object("half"), custom_object("third")
        (0.5, None)
    """
    if not isinstance(name, str):
        return None
    found = _scope.get().get(name)
    return GLOBAL_CUSTOM_OBJECTS.get(name) if found is None else found


def custom_function(name: str) -> Any:
    """The function of the user's own that a record means: its package may be left out on either side.

    Keras up to 3.6 wrote the names of registered functions without their packages.

    Example:
        >>> with CustomObjectScope({"half": 0.5}):
        ...     custom_function("maths>half")
        0.5
    """
    found = custom_object(name)
    if found is not None:
        return found
    package, _, last = name.rpartition(">")
    if package:
        return _scope.get().get(last)
    named = [item for known, item in GLOBAL_CUSTOM_OBJECTS.items() if known.endswith(f">{name}")]
    return named[0] if len(named) == 1 else None


def get_custom_objects() -> dict[str, Any]:
    """The table of what is registered, itself: what is put into it counts everywhere from now on.

    Example:
        >>> get_custom_objects()["third"] = 1 / 3
        >>> get_registered_object("third")
        0.3333333333333333
        >>> del get_custom_objects()["third"]

    Source: keras.saving.get_custom_objects.
    """
    return GLOBAL_CUSTOM_OBJECTS


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[T], T]:
    """A decorator: files may name this class or function from now on, without `custom_objects`, as "package>name".

    Args:
        package: whose it is; the same in all programs that read the files.
        name: of the class or function in files; its own by default.

    Returns:
        the decorator, which gives back what it decorates.

    Raises:
        ArgumentError: a name is none, or a class has no `get_config`, without which nothing can be written down.

    Example:
        >>> from pellucid import layers
        >>> @register_keras_serializable("shop")
        ... class Discount(layers.Layer):
        ...     def call(self, inputs):
        ...         return inputs * 0.9
        >>> get_registered_name(Discount), get_registered_object("shop>Discount") is Discount
        ('shop>Discount', True)
        >>> del get_custom_objects()["shop>Discount"]

    Source: keras.saving.register_keras_serializable.
    """
    for what, word in (("package", package), ("name", name)):
        is_default = what == "name" and word is None
        if not is_default and not (isinstance(word, str) and word.isprintable() and 0 < len(word) <= LONGEST_NAME):
            raise ArgumentError(
                f"register_keras_serializable: {what} is text of 1 to {LONGEST_NAME} letters, got {shown(word)}"
            )

    def register(item: T) -> T:
        own = getattr(item, "__name__", None)
        if not callable(item) or not isinstance(own, str):
            raise ArgumentTypeError(f"register_keras_serializable decorates a class or a function, got {shown(item)}")
        if inspect.isclass(item) and not hasattr(item, "get_config"):
            raise ArgumentError(
                f"Cannot register a class that does not have a get_config method, {own}: in files that method says "
                "which arguments make it again; write it"
            )
        full = f"{package}>{own if name is None else name}"
        GLOBAL_CUSTOM_OBJECTS[full] = item
        GLOBAL_CUSTOM_NAMES[item] = full
        return item

    return register


def get_registered_name(obj: Any) -> str:
    """The name under which a class or a function was registered; its own where it was not.

    Raises:
        ArgumentTypeError: it has no name.

    Example:
        >>> get_registered_name(len)
        'len'

    Source: keras.saving.get_registered_name.
    """
    own = getattr(obj, "__name__", None)
    if not isinstance(own, str):
        raise ArgumentTypeError(f"get_registered_name takes a class or a function, got {shown(obj)}")
    return _registered_name(obj) or own


def _registered_name(obj: Any) -> str | None:
    try:
        name = GLOBAL_CUSTOM_NAMES.get(obj)
    except TypeError:  # what cannot be looked up was never put there
        return None
    return name if name is not None and GLOBAL_CUSTOM_OBJECTS.get(name) is obj else None


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """What a name means: in the scopes around, among what is registered, in one of two dictionaries; None for nothing.

    Args:
        name: "package>name", or as it stands in a dictionary.
        custom_objects: classes and functions by name.
        module_objects: further ones, which come last.

    Raises:
        ArgumentTypeError: the name is no text, or an argument no dictionary.

    Example:
        >>> get_registered_object("third", {"third": 1 / 3}), get_registered_object("fourth")
        (0.3333333333333333, None)

    Source: keras.saving.get_registered_object.
    """
    if not isinstance(name, str):
        raise ArgumentTypeError(f"get_registered_object: name is text, got {shown(name)}")
    owner = "get_registered_object"
    given = [mapping_of(owner, "custom_objects", custom_objects), mapping_of(owner, "module_objects", module_objects)]
    found = custom_object(name)
    return next((items[name] for items in given if name in items), None) if found is None else found
