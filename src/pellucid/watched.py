"""What programs are made from, and how whoever keeps a program learns that something of it has changed.

A model looks at each of its layers and weights once, when a program is made. From then on it only asks whether the
`Reliance` that it left with them still holds, so that running a model costs nothing more, however many layers it has.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet


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

    _reliances: WeakSet[Reliance] | None = None

    def is_relied_on_by(self, reliance: Reliance) -> None:
        """Let it no longer hold as soon as this changes."""
        if self._reliances is None:
            self.__dict__["_reliances"] = WeakSet()
        assert self._reliances is not None
        self._reliances.add(reliance)

    def changed(self) -> None:
        """Tell all who rely on this that it is not what it was."""
        reliances = self.__dict__.pop("_reliances", None)
        for reliance in reliances or ():
            reliance.holds = False

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles are relied on by nobody."""
        return {name: value for name, value in self.__dict__.items() if name != "_reliances"}
