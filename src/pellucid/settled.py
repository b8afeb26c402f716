"""Objects whose settings are settled once they are made, because programs are built from them.

A training step is compiled from what regularisers, constraints, losses, metrics and optimisers say when it is built.
Whoever changed one of their settings later would see it in `get_config`, and nowhere else; so it is refused.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, ParamSpec, TypeVar

from pellucid.absent import check_assigned, names_taken
from pellucid.calls import Explained
from pellucid.errors import ArgumentError, shown
from pellucid.naming import is_ours

__all__ = ["Settled"]

P = ParamSpec("P")
R = TypeVar("R")

MAKING = ("__init__", "__post_init__")
_in_the_making: set[int] = set()  # the ids of objects whose `__init__` has not ended


class Settled(Explained):
    """The base of such objects. Settings are the parameters of `__init__`, where they are kept under their names.

    Until `__init__` has ended they may be set again and again. Other attributes are nobody's business: a subclass may
    keep there what it computes late. What is a parameter of a user's class alone may be filled in late where it is
    None, and change at any time where the base says so.

    Attributes:
        _instead: what is to be done instead, with a place for the setting: "make a new loss with {}".
        _settles_own: whether what is a parameter of a user's class alone is settled too.

    Raises:
        ArgumentError: a setting is changed.

    Example:
        >>> class Scaled(Settled):
        ...     _instead = "make a new one with {}"
        ...     def __init__(self, scale):
        ...         self.scale = scale
        >>> Scaled(2).scale = 3
        Traceback (most recent call last):
        pellucid.errors.ArgumentError: scale of Scaled is fixed once it is made and stays 2; make a new one with scale=3
    """

    _instead: ClassVar[str] = ""
    _settles_own: ClassVar[bool] = True
    _reserved_names: ClassVar[frozenset[str]] = frozenset()  # names that a class of the user's own may not have

    def __init_subclass__(cls, **options: Any) -> None:
        """What makes an object may set its settings; each class has its part in it."""
        super().__init_subclass__(**options)
        cls._reserved_names = names_taken(cls)
        for name in MAKING:
            if name in vars(cls):
                setattr(cls, name, _making(vars(cls)[name]))

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__ and id(self) not in _in_the_making and self._is_settled(name):
            raise ArgumentError(
                f"{name} of {type(self).__name__} is fixed once it is made and stays {shown(self.__dict__[name])}; "
                f"{self._instead.format(f'{name}={shown(value)}')}"
            )
        if name in self._reserved_names:
            check_assigned(self, name)
        super().__setattr__(name, value)

    def _is_settled(self, name: str) -> bool:
        own: type = type(self)  # "type": mypy takes the hash of Settled for one of its instances
        is_of_library = _settings(own).get(name)
        if is_of_library is None:
            return False
        return is_of_library or (self._settles_own and self.__dict__[name] is not None)


def _making(method: Callable[P, R]) -> Callable[P, R]:
    """A method that makes an object, or a part of it: settings may be set until the outermost one has ended."""

    @functools.wraps(method)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        this = id(args[0])
        if this in _in_the_making:
            return method(*args, **kwargs)
        _in_the_making.add(this)
        try:
            return method(*args, **kwargs)
        finally:
            _in_the_making.discard(this)

    return made


@functools.cache
def _settings(cls: type) -> Mapping[str, bool]:
    """The parameters of `__init__` of a class and of its bases, and whether a class of the library's has them."""
    found: dict[str, bool] = {}
    for owner in cls.__mro__[:-1]:
        if "__init__" not in vars(owner):
            continue
        parameters = list(inspect.signature(vars(owner)["__init__"]).parameters.values())[1:]
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        for name in (each.name for each in parameters if each.kind not in several):
            found[name] = is_ours(owner) or found.get(name, False)
    return found
