"""How the ends of a model are arranged: one tensor, or lists, tuples and dictionaries of them, in any nesting; and what
a layer is called on, where it is more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pellucid.arraylike import shape_told
from pellucid.errors import ArgumentError, unknown_name
from pellucid.frozen import Frozen


class Arrangement(Frozen, eq=False):
    """The form in which several things are handed in or out; the things themselves stand in a row.

    Those of a dictionary stand in the order of its keys in the alphabet, as in Keras.

    Args:
        form: the place of each in the row, arranged: 0 for one alone, [0, 1] for a list of two, {"a": 0, "b": [1, 2]}.

    Example:
        >>> arrangement, row = Arrangement.of({"left": "L", "both": ["a", "b"]})
        >>> row, arrangement.packed([1, 2, 3])
        (['a', 'b', 'L'], {'left': 3, 'both': [1, 2]})
    """

    form: Any = 0

    @classmethod
    def of(cls, structure: Any) -> tuple[Arrangement, list[Any]]:
        """The form of a structure, and what is in it in a row."""
        row: list[Any] = []
        return cls(_form(structure, row)), row

    @property
    def is_single(self) -> bool:
        """Whether it is one thing alone."""
        return isinstance(self.form, int)

    @property
    def is_plain(self) -> bool:
        """Whether it is one thing alone, or a list of single things: a row says it all."""
        return self.is_single or (isinstance(self.form, list | tuple) and not self.is_nested)

    @property
    def is_nested(self) -> bool:
        """Whether structures lie in each other."""
        items = self.form.values() if isinstance(self.form, dict) else self.form
        return not self.is_single and not all(isinstance(item, int) for item in items)

    @property
    def keys(self) -> list[Any]:
        """Those of all dictionaries in it."""
        return [key for form in _dictionaries(self.form) for key in form]

    def packed(self, row: Sequence[Any]) -> Any:
        """Things of a row, arranged."""
        if self.form == 0:
            return row[0]
        return list(row) if self.form == list(range(len(row))) else _mapped(self.form, lambda place: row[place])

    def unpacked(self, given: Any, what: str) -> list[Any]:
        """The things in a structure of this form, in a row.

        Raises:
            ArgumentError: it has another form; `what` is what it is called there.
        """
        return list(_unpacked(self.form, given, what))

    def spread(self, setting: Any) -> Any:
        """A setting for each thing in a row, where it is arranged as they are; else the setting."""
        try:
            return self.unpacked(setting, "")
        except ArgumentError:
            return setting

    def names(self, names: Sequence[str]) -> list[str]:
        """The names of the things in a row: those that lie in a dictionary are called as there."""
        found = list(names)
        for form in _dictionaries(self.form):
            for key, place in form.items():
                if isinstance(place, int):
                    found[place] = str(key)
        return found


ONE = Arrangement()
"""One thing alone."""


DEEPEST = 64


def _deeper(depth: int) -> int:
    """One level more; raises `ArgumentError` where that is too many."""
    if depth >= DEEPEST:
        raise ArgumentError(f"structures lie in each other {DEEPEST} deep at most; is one in itself?")
    return depth + 1


def leaves(structure: Any, depth: int = 0) -> Iterator[Any]:
    """What is in a structure, one after the other; it lies `depth` deep in others.

    Example:
        >>> list(leaves({"b": [1, (2,)], "a": 3}))
        [1, 2, 3]
    """
    if isinstance(structure, list | tuple | Mapping):
        for item in structure.values() if isinstance(structure, Mapping) else structure:
            yield from leaves(item, _deeper(depth))
    else:
        yield structure


def in_a_row(structure: Any, count: int) -> Any:
    """Lists in lists of so many tensors or arrays as one list; all else, such as lists of numbers, as it came.

    Example:
        >>> import numpy as np
        >>> a, b, c = np.eye(3)
        >>> [each is other for each, other in zip(in_a_row([a, (b, c)], 3), [a, b, c])], in_a_row([[1, 2], [3]], 3)
        ([True, True, True], [[1, 2], [3]])
    """
    if not isinstance(structure, list | tuple) or not any(isinstance(item, list | tuple) for item in structure):
        return structure
    row = list(leaves(structure))
    return row if len(row) == count and all(map(shape_told, row)) else structure


def _form(structure: Any, row: list[Any], depth: int = 0) -> Any:
    match structure:
        case Mapping():
            places = {key: _form(structure[key], row, _deeper(depth)) for key in sorted(structure, key=str)}
            return {key: places[key] for key in structure}
        case tuple():
            return _tuple_like(structure, (_form(item, row, _deeper(depth)) for item in structure))
        case list():
            return [_form(item, row, _deeper(depth)) for item in structure]
    row.append(structure)
    return len(row) - 1


def _mapped(form: Any, function: Callable[[int], Any]) -> Any:
    match form:
        case dict():
            return {key: _mapped(item, function) for key, item in form.items()}
        case tuple():
            return _tuple_like(form, (_mapped(item, function) for item in form))
        case list():
            return [_mapped(item, function) for item in form]
    return function(form)


def _tuple_like(example: tuple[Any, ...], items: Iterable[Any]) -> tuple[Any, ...]:
    """A tuple of these, with names where the example has some."""
    return type(example)(*items) if hasattr(example, "_fields") else tuple(items)


def _unpacked(form: Any, given: Any, what: str) -> Iterator[Any]:
    match form:
        case dict():
            if not isinstance(given, Mapping):
                raise ArgumentError(f"{what} is a dictionary with {_listed(form)}, got {_what_came(given)}")
            for key in given:
                if key not in form:
                    raise unknown_name(f"entry of {what}", key, form)
            for key in sorted(form, key=str):
                if key not in given:
                    raise ArgumentError(f"{what} is a dictionary with {_listed(form)}; {key!r} is missing")
                yield from _unpacked(form[key], given[key], f"{what}, {key!r}")
        case list() | tuple():
            if not isinstance(given, list | tuple) or len(given) != len(form):
                raise ArgumentError(f"{what} is a list of {len(form)}, got {_what_came(given)}")
            for number, (inner, item) in enumerate(zip(form, given, strict=True)):
                yield from _unpacked(inner, item, f"{what}, number {number}")
        case _:
            yield given


def _dictionaries(form: Any) -> Iterator[dict[Any, Any]]:
    if isinstance(form, dict):
        yield form
    if not isinstance(form, int):
        for item in form.values() if isinstance(form, dict) else form:
            yield from _dictionaries(item)


def _listed(form: Mapping[str, Any]) -> str:
    return ", ".join(map(repr, form))


def _what_came(given: Any) -> str:
    if isinstance(given, Mapping):
        return f"a dictionary with {_listed(given)}"
    return f"a list of {len(given)}" if isinstance(given, list | tuple) else type(given).__name__


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
