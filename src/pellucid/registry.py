"""Named objects with settings: how initialisers, losses, metrics and optimisers are found by name and written to files.

A record is Keras's: {"module": ..., "class_name": ..., "config": {...}, "registered_name": None}. Classes come from the
literal tables that the callers hand in; nothing that a file names is imported or looked up anywhere else. A class of
the user's own is one that is in no table, whatever its name: its record says so (`registered_name`), and it is found
among `custom_objects` and what is registered (`registration`) only.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Generic, Protocol, TypeVar

from pellucid.absent import is_in_keras
from pellucid.checks import object_of
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.registration import CustomObjectScope, custom_object, get_registered_name

__all__ = [
    "SAYS_NOTHING",
    "Configurable",
    "Registry",
    "custom_object",
    "custom_objects",
    "describe",
    "is_of_library",
    "is_of_user",
    "record_of_user",
]


class Configurable(Protocol):
    """Something whose settings can be written down."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that would make an equal object."""
        ...


T = TypeVar("T", bound=Configurable)
SAYS_NOTHING = "dtype"  # an argument that has one value: records need not tell it


class Registry(Frozen, Generic[T]):
    """The classes of one kind, by name.

    Attributes:
        kind: what they are, as it reads in a sentence ("optimizer").
        module: Keras's module of that kind, as records state it ("keras.optimizers").
        base: the class that all of them derive from.
        classes: the name of each, in lower case, to the class; where `exact` is set, as it has to be written.
        aliases: further lower-case names to names in `classes`.
        meant: for words that people use and nobody knows here, the names that they may mean by them.
        absent: settings that Keras writes and Pellucid does not offer, with the value that means "not in use".
        exact: whether only the names in `classes` count, and as they are written there.

    Example:
        >>> from pellucid.optimizers import SGD, Optimizer
        >>> registry = Registry("optimizer", "keras.optimizers", Optimizer, {"sgd": SGD}, absent={"clipnorm": None})
        >>> registry.get({"class_name": "SGD", "config": {"name": "slow", "clipnorm": None}})
        SGD(name='slow', learning_rate=0.01, momentum=0.0, nesterov=False)
    """

    kind: str
    module: str
    base: type[T]
    classes: Mapping[str, type[T]]
    aliases: Mapping[str, str] = field(default_factory=dict)
    meant: Mapping[str, Sequence[str]] = field(default_factory=dict)
    absent: Mapping[str, object] = field(default_factory=dict)
    exact: bool = False

    def knows(self, name: object) -> bool:
        """Whether the library has a class of just this name."""
        return isinstance(name, str) and name in self.classes

    def find(self, name: object) -> type[T]:
        """The class of a name, in any case unless `exact`; raises `ArgumentError` with the nearest known name."""
        return self._own(name) or self._known(name)

    def class_of(self, record: Mapping[str, Any]) -> type[T]:
        """The class that a record names; raises `ArgumentError` for a user's that is not among `custom_objects`."""
        name = record.get("class_name")
        if is_of_library(record):
            return self._known(name)
        if not is_of_user(record):
            return self.find(name)
        found = self._own(record.get("registered_name")) or self._own(name)
        if found is None:
            raise ArgumentError(
                f"{self.kind} {name!r} is a class of the writer's own: pass custom_objects={{{name!r}: {name}}}, or "
                "decorate it with saving.register_keras_serializable()"
            )
        return found

    def holds(self, cls: type) -> bool:
        """Whether a class is one of the library's, itself: not one of that name, nor one that derives from it."""
        if self.exact:
            return self.classes.get(cls.__name__) is cls
        return any(cls is known for known in self.classes.values())

    def _own(self, name: object) -> type[T] | None:
        """The class of the user's own that has this name, or None."""
        own = custom_object(name)
        return own if isinstance(own, type) and issubclass(own, self.base) else None

    def _known(self, name: object) -> type[T]:
        """The class of the library that has this name."""
        key, known = name if isinstance(name, str) else "", self.classes
        if not self.exact:
            by_class_name = {cls.__name__.lower(): cls for cls in known.values()}
            key, known = self.aliases.get(key.lower(), key.lower()), {**by_class_name, **known}
        found = known.get(key)
        if found is None:
            raise self._unknown(name)
        return found

    def _unknown(self, name: object) -> ArgumentError:
        """The error for a name of no class; says so where Keras has one."""
        in_keras = is_in_keras(self.module.removeprefix("keras."), name) if isinstance(name, str) else None
        ours = {word.lower() for key, cls in self.classes.items() for word in (key, cls.__name__)}
        if in_keras is None or in_keras.lower() in ours:
            return unknown_name(self.kind, name, self.classes, self.meant)
        known = ", ".join(sorted(self.classes))
        return ArgumentError(
            f"there is no {self.kind} {name!r}: Keras has {in_keras}, Pellucid has not. Known: {known}"
        )

    def get(self, identifier: object) -> T:
        """An object from what stands for it.

        Args:
            identifier: an object of this kind (returned as it is), its class, its name, or its record.

        Raises:
            ArgumentError: the name, a setting, or the kind of identifier is unknown, or a setting is not supported.
        """
        if isinstance(identifier, self.base):
            return identifier
        if isinstance(identifier, type) and issubclass(identifier, self.base):
            return identifier()
        if isinstance(identifier, str):
            return self.find(identifier)()
        if isinstance(identifier, Mapping):
            return self._from_record(identifier)
        raise ArgumentTypeError(
            f"{self.kind} must be a name, a record with 'class_name' and 'config', or an object of class "
            f"{self.base.__name__}, got {shown(identifier)}"
        )

    def _from_record(self, record: Mapping[str, Any]) -> T:
        cls, config = self.class_of(record), record.get("config") or {}
        if not isinstance(config, Mapping):
            raise ArgumentError(
                f"{self.kind} {cls.__name__}: 'config' must be a mapping of settings, got {shown(config)}"
            )
        settings = {name: value for name, value in config.items() if self._is_setting(cls, name, value)}
        maker = None if self.holds(cls) else getattr(cls, "from_config", None)
        try:
            made: T = cls(**settings) if maker is None else maker(settings)
        except TypeError as error:  # of a class of the user's own
            told = " ".join(f"{settings}".split())  # arrays have several lines
            raise ArgumentError(f"{self.kind} {cls.__name__} cannot be made from {told}: {error}") from error
        return made

    def _is_setting(self, cls: type[T], name: str, value: object) -> bool:
        """Whether a class takes a setting; what only Keras has must mean "not in use"."""
        known = inspect.signature(cls).parameters
        takes_any = any(each.kind is each.VAR_KEYWORD for each in known.values())
        if (name, value) == (SAYS_NOTHING, "float32") and name not in known and not takes_any:
            return False
        if name in known or (name not in self.absent and (takes_any or not self.holds(cls))):
            return True
        if name not in self.absent:
            raise unknown_name(f"setting of {self.kind} {cls.__name__}", name, known)
        if value != self.absent[name]:
            raise ArgumentError(
                f"{self.kind} {cls.__name__}: {name}={shown(value)} is not supported, only {self.absent[name]!r}"
            )
        return False

    def record(self, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
        """The record of one of the library's classes, as Keras writes it."""
        return {"module": self.module, "class_name": class_name, "config": config, "registered_name": None}

    def serialize(self, obj: T) -> dict[str, Any]:
        """The record of an object, from which `get` makes an equal one.

        Raises:
            ArgumentError: `get_config` of a class of the user's own leaves out an argument, which would be lost.
        """
        object_of(f"serialize of a {self.kind}", obj, self.base, f"an object of class {self.base.__name__}")
        cls, config = type(obj), obj.get_config()
        if self.holds(cls):
            return self.record(cls.__name__, config)
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        for name, parameter in inspect.signature(cls).parameters.items():
            if name not in (*config, SAYS_NOTHING) and parameter.kind not in several:
                raise ArgumentError(
                    f"{self.kind} {cls.__name__} cannot be written down without its {name!r}: let get_config() return "
                    "all arguments of __init__, by name"
                )
        return record_of_user(cls, config)


def record_of_user(cls: type, config: dict[str, Any]) -> dict[str, Any]:
    """The record of a class of the user's own, in the form in which Keras looks for it among those that it is told.

    Example:
        >>> class Adam: ...
        >>> is_of_user(record_of_user(Adam, {}))
        True
    """
    name = get_registered_name(cls)
    return {"module": None, "class_name": cls.__name__, "config": config, "registered_name": name}


def is_of_library(record: Mapping[str, Any]) -> bool:
    """Whether a record names a class of Keras or Pellucid itself, which `custom_objects` cannot stand in for.

    Example:
        >>> is_of_library({"module": "keras.optimizers", "class_name": "Adam", "config": {}, "registered_name": None})
        True
    """
    return str(record.get("module") or "").partition(".")[0] in ("keras", "pellucid")


def is_of_user(record: Mapping[str, Any]) -> bool:
    """Whether a record names a class that is none of Keras's or Pellucid's own, though it may have the name of one.

    Records that people write themselves (a class name and settings) say neither.

    Example:
        >>> is_of_user({"module": "my_losses", "class_name": "Huber"}), is_of_user({"class_name": "Huber"})
        (True, False)
    """
    named = record.get("module") is not None or record.get("registered_name") is not None
    return named and not is_of_library(record)


custom_objects = CustomObjectScope
"""What the rooms of the library call it."""


def describe(obj: Configurable) -> str:
    """An object as the call that makes it, for `__repr__`; the one type of numbers goes without saying."""
    settings = [item for item in obj.get_config().items() if item != (SAYS_NOTHING, "float32")]
    return f"{type(obj).__name__}({', '.join(f'{name}={value!r}' for name, value in settings)})"
