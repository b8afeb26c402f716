"""Named objects with settings: how initialisers, losses, metrics and optimisers are found by name and written to files.

A record is Keras's: {"module": ..., "class_name": ..., "config": {...}, "registered_name": None}. Classes come from the
literal tables that the callers hand in; nothing that a file names is imported or looked up anywhere else.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from pellucid.errors import ArgumentError, unknown_name
from pellucid.frozen import Frozen


class Configurable(Protocol):
    """Something whose settings can be written down."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that would make an equal object."""
        ...


T = TypeVar("T", bound=Configurable)


class Registry(Frozen, Generic[T]):
    """The classes of one kind, by name.

    Attributes:
        kind: what they are, as it reads in a sentence ("optimizer").
        module: Keras's module of that kind, as records state it ("keras.optimizers").
        base: the class that all of them derive from.
        classes: the name of each, in lower case, to the class.
        aliases: further lower-case names to names in `classes`.
        absent: settings that Keras writes and Pellucid does not offer, with the value that means "not in use".

    Example:
        >>> from pellucid.optimizers import SGD, Optimizer
        >>> registry = Registry("optimizer", "keras.optimizers", Optimizer, {"sgd": SGD}, absent={"clipnorm": None})
        >>> registry.get({"class_name": "SGD", "config": {"learning_rate": 0.5, "clipnorm": None}})
        SGD(name='sgd', learning_rate=0.5, momentum=0.0, nesterov=False)
    """

    kind: str
    module: str
    base: type[T]
    classes: Mapping[str, type[T]]
    aliases: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, object] = field(default_factory=dict)

    def find(self, name: object) -> type[T]:
        """The class of a name or class name, in any case; raises `ArgumentError` with the nearest known name."""
        key = name.lower() if isinstance(name, str) else ""
        own = custom_object(name)
        if isinstance(own, type) and issubclass(own, self.base):
            return own
        by_class_name = {cls.__name__.lower(): cls for cls in self.classes.values()}
        found = self.classes.get(self.aliases.get(key, key)) or by_class_name.get(key)
        if found is None:
            raise unknown_name(self.kind, name, self.classes)
        return found

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
        raise ArgumentError(
            f"{self.kind} must be a name, a record with 'class_name' and 'config', or an object of class "
            f"{self.base.__name__}, got {identifier!r}"
        )

    def _from_record(self, record: Mapping[str, Any]) -> T:
        cls, config = self.find(record.get("class_name")), record.get("config") or {}
        if not isinstance(config, Mapping):
            raise ArgumentError(f"{self.kind} {cls.__name__}: 'config' must be a mapping of settings, got {config!r}")
        settings, known = {}, inspect.signature(cls).parameters
        for name, value in config.items():
            if name in known:
                settings[name] = value
            elif name not in self.absent:
                raise unknown_name(f"setting of {self.kind} {cls.__name__}", name, known)
            elif value != self.absent[name]:
                raise ArgumentError(
                    f"{self.kind} {cls.__name__}: {name}={value!r} is not supported, only {self.absent[name]!r}"
                )
        return cls(**settings)

    def record(self, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
        """A record as Keras writes it."""
        return {"module": self.module, "class_name": class_name, "config": config, "registered_name": None}

    def serialize(self, obj: T) -> dict[str, Any]:
        """The record of an object, from which `get` makes an equal one."""
        return self.record(type(obj).__name__, obj.get_config())


_custom_objects: ContextVar[Mapping[str, Any]] = ContextVar("custom_objects", default={})  # noqa: B039 (never changed)


@contextmanager
def custom_objects(objects: Mapping[str, Any]) -> Iterator[None]:
    """Inside, names that a record uses may also mean these classes and functions of the user's own.

    Example:
        >>> with custom_objects({"double": lambda x: x * 2}):
        ...     custom_object("double")(4)
        8
    """
    token = _custom_objects.set({**_custom_objects.get(), **objects})
    try:
        yield
    finally:
        _custom_objects.reset(token)


def custom_object(name: object) -> Any:
    """The object of the user's own that has this name, or None."""
    return _custom_objects.get().get(name) if isinstance(name, str) else None


def describe(obj: Configurable) -> str:
    """An object as the call that makes it, for `__repr__`."""
    return f"{type(obj).__name__}({', '.join(f'{name}={value!r}' for name, value in obj.get_config().items())})"


def number(owner: str, name: str, value: Any, minimum: float = -math.inf, maximum: float = math.inf) -> float:
    """Return `value` as a float if it is a finite number within the limits; raise `ArgumentError` otherwise.

    Args:
        owner: whose setting it is, as the message begins ("SGD").
        name: of the setting.
        value: what came.
        minimum: the least that is accepted.
        maximum: the most that is accepted.

    Example:
        >>> number("SGD", "momentum", 1, 0.0, 1.0)
        1.0
    """
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not minimum <= value <= maximum:
        limits = [f">= {minimum:g}"] * (minimum > -math.inf) + [f"<= {maximum:g}"] * (maximum < math.inf)
        wanted = " ".join(["a finite number", " and ".join(limits)]).strip()
        raise ArgumentError(f"{owner}: {name} must be {wanted}, got {value!r}")
    return float(value)
