"""The arguments of a call of a layer, where they are more than one tensor or one list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid.errors import ArgumentError
from pellucid.frozen import Frozen

DEEPEST = 64


class Slot(Frozen):
    """The place of a tensor among the arguments of a function: it gets input `number`."""

    number: int


class Arguments(Frozen, eq=False):
    """What a layer is called on; tensors may lie in lists and dictionaries, beside values that are none.

    Attributes:
        args: in order.
        kwargs: by name.

    Example:
        >>> arguments, row = Arguments((1.5, {"b": "B"}), {"mode": None}).emptied(lambda item: item == "B")
        >>> row, arguments.filled(["C"]).args
        (['B'], (1.5, {'b': 'C'}))
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def emptied(self, is_tensor: Callable[[Any], bool]) -> tuple[Arguments, list[Any]]:
        """These arguments with slots in the places of tensors, and the tensors in a row."""
        row: list[Any] = []

        def empty(item: Any) -> Any:
            if not is_tensor(item):
                return item
            row.append(item)
            return Slot(len(row) - 1)

        return self.mapped(empty), row

    def filled(self, row: Sequence[Any]) -> Arguments:
        """Emptied arguments with these in the places of tensors."""
        return self.mapped(lambda item: row[item.number] if isinstance(item, Slot) else item)

    def mapped(self, function: Callable[[Any], Any]) -> Arguments:
        """Arguments with what a function makes of each value in them."""
        args = tuple(mapped(item, function) for item in self.args)
        return Arguments(args, {name: mapped(item, function) for name, item in self.kwargs.items()})

    def named(self, names: Sequence[str]) -> dict[str, Any]:
        """All of them by name, those in order by the names of parameters."""
        return {**dict(zip(names, self.args, strict=False)), **self.kwargs}


def mapped(value: Any, function: Callable[[Any], Any], depth: int = 0) -> Any:
    """A structure of tuples, lists and dictionaries with each leaf changed by a function."""
    if depth > DEEPEST:
        raise ArgumentError(f"arguments are lists within lists, {DEEPEST} deep at most; is one in itself?")
    if isinstance(value, dict):
        return {key: mapped(item, function, depth + 1) for key, item in value.items()}
    if type(value) in (list, tuple) or hasattr(value, "_fields"):
        items = [mapped(item, function, depth + 1) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return function(value)
