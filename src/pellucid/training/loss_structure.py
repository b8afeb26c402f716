"""Losses that are arranged as the outputs of a model are, or in lists within: which loss sees which outputs.

A loss may stand at any place of the structure of the outputs: at one output, which it then sees alone, or at a list or
a dictionary of outputs, which it sees as they are arranged. A list where the outputs have none holds several losses of
one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pellucid import losses
from pellucid.checks import number
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.frozen import Frozen
from pellucid.network import Arrangement, leaves


class Term(Frozen, eq=False):
    """One loss among several.

    Attributes:
        loss: what is computed.
        weight: its factor in the sum.
        form: the number of the output that it sees, or several, arranged.
        name: of the place, as it is told.
    """

    loss: losses.Loss
    weight: float
    form: Any
    name: str

    @property
    def numbers(self) -> list[int]:
        """Of the outputs that it sees."""
        return sorted(set(leaves(self.form)))

    def packed(self, row: Sequence[Any]) -> Any:
        """What belongs to these outputs, arranged; `row` has one thing for each output of the model."""
        return row[self.form] if isinstance(self.form, int) else Arrangement(self.form).packed(row)


def holds(value: Any) -> bool:
    """Whether it holds several settings, rather than being one: lists, and dictionaries that are no record."""
    return isinstance(value, list | tuple) or (
        isinstance(value, Mapping) and not {"class_name", "config"} <= set(value)
    )


def is_arranged(value: Any) -> bool:
    """Whether settings lie in each other, so that a row does not say it all.

    Example:
        >>> is_arranged(["mse", "mae"]), is_arranged(["mse", ["mae"]]), is_arranged({"class_name": "A", "config": {}})
        (False, True, False)
    """
    items = value.values() if isinstance(value, Mapping) else value
    return holds(value) and any(holds(item) for item in items)


def terms(model: str, form: Any, names: Sequence[str], layers: Sequence[str], loss: Any, weights: Any) -> list[Term]:
    """The losses of a model, each with the outputs that it sees.

    Args:
        model: its name, for messages.
        form: how its outputs are arranged (see `Arrangement`).
        names: of its outputs, in a row.
        layers: the names of the layers that give them.
        loss: losses in structures; None where there is none.
        weights: factors, arranged as the losses are or in one row; None for 1 each.

    Raises:
        ArgumentError: a loss stands at a place where there is no output, or the weights are not as many.

    Source: keras.src.trainers.compile_utils.CompileLoss.
    """
    if isinstance(loss, Mapping) and not isinstance(form, dict):
        loss, weights = (
            _by_name(model, what, given, names) for what, given in (("loss", loss), ("loss_weights", weights))
        )
    return list(_terms(_Place(model, layers, form, ()), _weighed(model, loss, weights)))


def loss_of(identifier: Any) -> losses.Loss:
    """The loss at one place."""
    return losses.loss_of(identifier)


class _Place(Frozen):
    """A place in the structure of the outputs, and the way there."""

    model: str
    names: Sequence[str]
    form: Any
    path: tuple[Any, ...]

    def at(self, key: Any) -> _Place:
        return _Place(self.model, self.names, self.form[key], (*self.path, key))

    @property
    def name(self) -> str:
        """As Keras calls it: the way there by keys; an output in a list is called by its own name."""
        path = self.path
        if isinstance(self.form, int) and (not path or isinstance(path[-1], int)):
            path = (*path[:-1], self.names[self.form])
        if path:
            return "/".join(map(str, path))
        keys = (
            sorted(self.form) if isinstance(self.form, dict) else [self.names[number] for number in leaves(self.form)]
        )
        return "_".join(map(str, keys))


class _Weighed(Frozen):
    loss: Any
    weight: float


def _by_name(model: str, what: str, given: Any, names: Sequence[str]) -> Any:
    """Settings by the names of outputs, in the order of the outputs."""
    if not isinstance(given, Mapping):
        return given
    for name in given:
        if name not in names:
            raise unknown_name(f"output of {model} in {what}", name, names)
    return [given.get(name) for name in names]


def _weighed(model: str, loss: Any, weights: Any) -> Any:
    """Each loss with its weight, in the structure of the losses; None stays."""
    try:
        row = list(_settings(loss))
    except RecursionError:
        raise ArgumentError(f"{model}: the loss is a list or a dictionary that holds itself") from None
    factors: list[Any] = [None] * len(row) if weights is None else list(_settings(weights))
    if len(factors) != len(row):
        raise ArgumentError(f"{model}: loss_weights has {len(factors)} numbers, there are {len(row)} losses")
    left = iter(factors)

    def weigh(given: Any) -> Any:
        weight = next(left)
        weight = 1.0 if weight is None else number(model, "a loss weight", weight)
        return None if given is None else _Weighed(loss_of(given), weight)

    return mapped(loss, weigh)


def _settings(structure: Any) -> Iterator[Any]:
    """The settings in a structure, those of a dictionary in the order of its keys in the alphabet."""
    if not holds(structure):
        yield structure
    elif isinstance(structure, Mapping):
        for key in sorted(structure, key=str):
            yield from _settings(structure[key])
    else:
        for item in structure:
            yield from _settings(item)


def mapped(structure: Any, function: Callable[[Any], Any]) -> Any:
    """What a function makes of each setting in a structure, arranged likewise; asked in the order of the alphabet."""
    if not holds(structure):
        return function(structure)
    if isinstance(structure, Mapping):
        found = {key: mapped(structure[key], function) for key in sorted(structure, key=str)}
        return {key: found[key] for key in structure}
    items = [mapped(item, function) for item in structure]
    return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)


def _terms(place: _Place, given: Any) -> Iterator[Term]:
    """The losses at a place and in it."""
    if given is None:
        return
    if isinstance(given, _Weighed):
        yield Term(given.loss, given.weight, place.form, place.name)
        return
    form = place.form
    inside = list(leaves(form))
    if isinstance(given, list | tuple) and len(given) == len(inside) and not any(map(holds, given)):
        given = Arrangement(_numbered(form)).packed(given)
        if not holds(given):
            yield from _terms(place, given)
            return
    elif isinstance(given, list | tuple) and not isinstance(form, type(given)):
        for item in given:
            yield from _terms(place, item)
        return
    if isinstance(given, Mapping) is not isinstance(form, dict) or isinstance(form, int):
        raise ArgumentTypeError(
            f"{place.model}: the losses {_where(place)}are arranged otherwise than the outputs, got {shown(given)}"
        )
    keys = given if isinstance(given, Mapping) else range(len(given))
    known = list(form) if isinstance(form, dict) else list(range(len(form)))
    for key in keys:
        if given[key] is not None and key not in known:
            raise unknown_name(f"output of {place.model} in loss", key, list(map(str, known)))
        if given[key] is not None:
            yield from _terms(place.at(key), given[key])


def _numbered(form: Any) -> Any:
    """The form with its places counted from 0."""
    return Arrangement.of(form)[0].form


def _where(place: _Place) -> str:
    return f"at {place.name!r} " if place.path else ""
