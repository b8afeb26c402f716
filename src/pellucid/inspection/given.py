"""What callers hand in, checked at the door of each function: what cannot be looked at is said in their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

import numpy as np

from pellucid.command_words import hint
from pellucid.errors import ArgumentError, ArgumentTypeError, shorter, shown, unknown_name
from pellucid.layers import InputLayer, Layer
from pellucid.models import Model
from pellucid.naming import is_ours

_INPUT = "input"


def model_of(given: object, function: str) -> Model:
    """The model; raises `ArgumentTypeError` for anything else.

    Args:
        given: what came.
        function: whose first argument it is, for the message.
    """
    if isinstance(given, Model):
        return given
    if isinstance(given, Layer):
        raise ArgumentTypeError(
            f"{function} looks into a model, got the layer {given.label}; pass the model that it stands in"
        )
    raise ArgumentTypeError(f"{function} looks into a model, got {described(given)}")


def layer_of(given: object, function: str = "filters") -> Layer:
    """The layer whose filters a function shows; raises `ArgumentTypeError` for anything else."""
    if isinstance(given, Model):
        raise ArgumentTypeError(
            f"{function} shows one layer, got the model {given.name}; all_filters(model) shows those of all its layers"
        )
    if isinstance(given, Layer):
        return given
    if isinstance(given, str):
        raise ArgumentTypeError(f"{function} takes the layer itself, got its name: say model.get_layer({shown(given)})")
    raise ArgumentTypeError(f"{function} takes a layer, such as model.layers[0], got {described(given)}")


def path_of(model: Model, layer: object) -> str:
    """The name of a layer of this model, "inner/conv2d" in a model inside; a layer itself is looked for.

    Raises:
        ArgumentTypeError: it is neither a name nor a layer.
        ArgumentError: the layer is not in the model.
    """
    if isinstance(layer, str):
        return layer
    if not isinstance(layer, Layer):
        raise ArgumentTypeError(
            f"the layer is told by its name, or is one of {model.name}.layers, got {described(layer)}"
        )
    model.require_built()
    for path, each in _paths(model):
        if each is layer:
            return path
    known = ", ".join(each.name for each in model.layers)
    raise ArgumentError(f"{layer.label} is no layer of {model.name}, whose layers are: {known}")


def _paths(model: Model, inside: str = "") -> Iterator[tuple[str, Layer]]:
    for layer in model.layers:
        yield inside + layer.name, layer
        if isinstance(layer, Model):
            yield from _paths(layer, f"{inside}{layer.name}/")


def unknown_layer(model: Model, name: object, known: Sequence[str] | None = None) -> ArgumentError:
    """The error for a layer that is not there: what it may be meant for, and what there is.

    Args:
        model: that was asked.
        name: what came.
        known: the paths that would have been accepted; all layers, those of models inside too, by default.

    Example:
        >>> from pellucid import Sequential, layers
        >>> inner = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3, name="edges")], name="inner")
        >>> model = Sequential([inner, layers.Flatten(name="flat")], name="outer")
        >>> print(unknown_layer(model, "edges"))
        unknown layer of outer 'edges'; did you mean 'inner/edges'? Known: flat, inner, inner/edges
    """
    owners = dict(_paths(model))
    names = list(owners) if known is None else list(known)
    if name == _INPUT:
        return ArgumentError(f"{name!r} is what {model.name} is given, no layer: nothing is computed there")
    if known is not None and isinstance(owners.get(str(name)), InputLayer):
        return ArgumentError(f"{owners[str(name)].label} is the input itself; nothing is computed there")
    before, _, last = str(name).rpartition("/")
    owner = owners.get(before)
    if owner is not None and last in [weight.name for weight in owner.weights]:
        return ArgumentError(
            f"{name!r} is a weight; its layer is {before!r}"
            + hint(f", and {last!r} goes into which= where there is one", {"": ""})
        )
    if owner is not None and not is_ours(type(owner)) and last in [part.name for part in owner.sublayers]:
        return ArgumentError(
            f"{owner.label} holds {last!r}, but is looked at as one layer: blocks are opened that have no weights of "
            "their own beside those of their layers, and whose call() takes one tensor and needs no numbers"
        )
    if owner is not None and not isinstance(owner, Model):
        return ArgumentError(f"{owner.label} is no model, so there is no {last!r} inside it")
    return unknown_name(f"layer of {model.name}", name, names)


def place_of(position: object, label: str) -> tuple[int, ...]:
    """The position as whole numbers, one per axis; a number alone is that of one axis.

    Raises:
        ArgumentTypeError: it is something else.
    """
    parts: Sequence[Any] = [position] if is_whole(position) else list(position) if _is_listed(position) else [position]
    if not all(map(is_whole, parts)):
        raise ArgumentTypeError(
            f"{shorter(label)}: position is one whole number for each axis of the feature maps, such as (2, 3), "
            f"got {described(position)}"
        )
    return tuple(int(part) for part in parts)


def no_position(label: str, places: Sequence[int], position: object) -> ArgumentError:
    """The error for a position that is not in the maps of a layer, which have so many places along each axis."""
    if not places:
        return ArgumentError(
            f"{label} gives numbers that have no places, so there is no position {shown(position)}: leave the position "
            "out, and say by the number of the filter or unit which is meant"
        )
    last = shown(tuple(size - 1 for size in places))
    return ArgumentError(
        f"{label} gives feature maps of {tuple(places)}, there is no position {shown(position)}: say one from "
        f"{shown((0,) * len(places))} to {last}"
    )


def no_call(layer: str, count: int, call: object) -> ArgumentError:
    """The error for a use that a layer does not have, which is used so many times."""
    times = "once" if count == 1 else f"{count} times"
    return ArgumentError(f"{layer!r} is used {times}, counted from 0; there is no call {shown(call)}")


def number_of(name: str, given: object, label: str) -> int:
    """A whole number; raises `ArgumentTypeError` for anything else."""
    if not is_whole(given):
        raise ArgumentTypeError(f"{label}: {name} is a whole number, got {described(given)}")
    return int(given)


def words_of(name: str, given: object) -> str:
    """Text; raises `ArgumentTypeError` for anything else."""
    if not isinstance(given, str):
        raise ArgumentTypeError(f"{name} is text, got {described(given)}")
    return given


def one_of(kind: str, given: object, known: Sequence[str]) -> str:
    """One of the known names; raises `ArgumentError` with the nearest for anything else."""
    if not isinstance(given, str) or given not in known:
        raise unknown_name(kind, given if isinstance(given, str) else described(given), known)
    return given


_FROM_KERAS = ": save its model there and open the file with pellucid.load_model"
_OF_OTHERS = {
    **{name: f" of {name}{_FROM_KERAS}" for name in ("keras", "tf_keras", "tensorflow")},
    "torch": " of torch: a model of the same layers here takes its weights from a file, model.load_weights",
}
"""What is said of objects of other libraries, which have the names that ours have."""


def described(given: object) -> str:
    """What came, as a sentence ends: its type, and what it is where that is short.

    Example:
        >>> described(3), described(None), described([1] * 100)
        ('3 (int)', 'None', 'an object of type list')
    """
    if given is None:
        return "None"
    if isinstance(given, type):
        return f"the class {given.__name__} itself"
    is_shown = isinstance(given, str | bytes | int | float | list | tuple | dict)
    is_huge = is_whole(given) and abs(int(given)) >= 10**60  # Python refuses to write numbers of thousands of digits
    text = shown(given) if is_shown and not is_huge else ""
    kind = type(given).__name__
    if 0 < len(text) <= 60:
        return f"{text} ({kind})"
    library = type(given).__module__.partition(".")[0]
    return f"an object of type {kind}{_OF_OTHERS.get(library, '')}"


def is_whole(given: object) -> TypeGuard[int]:
    """Whether it is a whole number; True and False are none."""
    return isinstance(given, int | np.integer) and not isinstance(given, bool)


def _is_listed(given: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(given, list | tuple | range) or (isinstance(given, np.ndarray) and given.ndim == 1)
