"""What programs are made from, and how whoever keeps a program learns that something of it has changed.

A model looks at each of its layers and weights once, when a program is made. From then on it only asks whether the
`Reliance` that it left with them still holds, so that running a model costs nothing more, however many layers it has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, TypeVar
from weakref import WeakSet

from pellucid.locks import lock

_LEAVING = lock()  # nobody leaves a reliance while those that were left are told


class Reliance:
    """Holds until one of the things that it was left with changes.

    Example:
        >>> thing, reliance = Watched(), Reliance()
        >>> thing.is_relied_on_by(reliance)
        >>> thing.changed()
        >>> reliance.holds
        False
    """

    __slots__ = ("__weakref__", "holds")

    def __init__(self) -> None:
        self.holds = True


class Watched:
    """A layer or a weight: something that programs are made from."""

    def is_relied_on_by(self, reliance: Reliance) -> None:
        """Let it no longer hold as soon as this changes."""
        with _LEAVING:
            self.__dict__.setdefault("_reliances", WeakSet()).add(reliance)

    def changed(self) -> None:
        """Tell all who rely on this that it is not what it was."""
        with _LEAVING:
            for reliance in self.__dict__.pop("_reliances", ()):
                reliance.holds = False

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles are relied on by nobody."""
        return {name: value for name, value in self.__dict__.items() if name != "_reliances"}


class Same:
    """An object as a part of a key: it is itself alone, whatever else compares equal to it or can be hashed.

    Example:
        >>> one = [1.0]
        >>> Same(one) == Same(one), Same(one) == Same([1.0])
        (True, False)
    """

    def __init__(self, thing: object) -> None:
        self._thing = thing  # kept alive, for no other may get its identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._thing is other._thing

    def __hash__(self) -> int:
        return id(self._thing)


class Key:
    """A long key that is looked up again and again: its hash is computed once.

    Args:
        parts: what it is made of; it equals keys of equal parts.

    Example:
        >>> Key((1, ("a", "b"))) == Key((1, ("a", "b")))
        True
    """

    def __init__(self, parts: Hashable) -> None:
        self._parts, self._hash = parts, hash(parts)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Key) and self._parts == other._parts)

    def __hash__(self) -> int:
        return self._hash


_Kind = TypeVar("_Kind")


def found_in(value: Any, kind: type[_Kind]) -> Iterator[_Kind]:
    """What is of a kind in an attribute: itself, in lists, tuples and dictionaries at any depth, each opened once."""
    waiting, entered = [value], set[int]()
    while waiting:
        item = waiting.pop()
        if isinstance(item, kind):
            yield item
        elif isinstance(item, list | tuple | dict) and id(item) not in entered:
            entered.add(id(item))
            waiting += reversed(item.values() if isinstance(item, dict) else item)
