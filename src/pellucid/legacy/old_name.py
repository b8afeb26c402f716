"""Names of classes that are called otherwise today."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pellucid.legacy.calls import by_position, translate

T = TypeVar("T")


class OldName(Generic[T]):
    """A class under a name that an older Keras gave it: call it, subclass it and ask `isinstance` as ever.

    What it makes is of today's class. A call may be in today's words too; which of the two the words by position are
    in, the tables say for each name.

    Args:
        name: the old one.
        today: the class.
        doc: its docstring.

    Example:
        >>> from pellucid import layers
        >>> Convolution2D = OldName("Convolution2D", layers.Conv2D)
        >>> type(Convolution2D(8, (3, 3))) is layers.Conv2D, isinstance(layers.Conv2D(8, 3), Convolution2D)
        (True, True)
    """

    def __init__(self, name: str, today: type[T], doc: str | None = None) -> None:
        self.__name__, self.today = name, today
        self.__doc__ = doc or f"{today.__name__}, as an older Keras called it.\n\n{today.__doc__}"

    def __call__(self, *args: Any, **kwargs: Any) -> T:
        names = by_position(self.today.__init__)[1:]
        later, named = translate(self.__name__, names, args, kwargs)
        return self.today(*later, **named)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self.today)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self.today)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self.today,)

    def __getattr__(self, name: str) -> Any:
        """What is public of the class; the rest is asked of objects that are none."""
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {name!r}")
        return getattr(self.today, name)

    def __repr__(self) -> str:
        return f"<{self.__name__}, today {self.today.__module__}.{self.today.__qualname__}>"
