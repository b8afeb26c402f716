"""Whatever a model's configuration may hold, as plain data in Keras 3's form: the way back is `objects`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import isfunction
from typing import Any

import numpy as np

from pellucid import activations, constraints, initializers, losses, metrics, ops, optimizers, regularizers, schedules
from pellucid.custom import function_record
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.frozen import Frozen
from pellucid.layers import Layer
from pellucid.metrics.table import METRICS
from pellucid.optimizers.table import OPTIMIZERS
from pellucid.registration import GLOBAL_CUSTOM_NAMES
from pellucid.registry import Registry, record_of_user

Config = dict[str, Any]
LayerRecord = Callable[[Layer], Config]

DEEPEST = 64


class Room(Frozen):
    """A room of the library whose objects have records, other than that of layers.

    Attributes:
        registry: its classes.
        get: makes an object from its record.
        serialize: makes the record of an object.
    """

    registry: Registry[Any]
    get: Callable[[Any], Any]
    serialize: Callable[[Any], Any]


ROOMS = (
    Room(losses.LOSSES, losses.get, losses.serialize),
    Room(METRICS, metrics.get, metrics.serialize),
    Room(OPTIMIZERS, optimizers.get, optimizers.serialize),
    Room(schedules.SCHEDULES, lambda record: schedules.get(record, "a record"), schedules.serialize),
    Room(initializers.INITIALIZERS, initializers.get, initializers.serialize),
    Room(regularizers.REGULARIZERS, regularizers.get, regularizers.serialize),
    Room(constraints.CONSTRAINTS, constraints.get, constraints.serialize),
)
MAKERS = ("get", "serialize", "deserialize")


def _functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of the library that a record may name; where two have a name, the last one counts."""
    for room in (ops, losses, metrics, activations):
        for name in {*dir(room), *room.__all__}.difference(MAKERS):
            value = getattr(room, name)
            if isfunction(value) and (name in room.__all__ or value.__module__.startswith(f"{room.__name__}.")):
                yield name, value


FUNCTIONS: dict[str, Callable[..., Any]] = dict(_functions())
"""What a name in a record means."""
_NAMES = {function: name for name, function in sorted(_functions(), key=lambda item: len(item[0]))}
"""The longest name of each: "mean_squared_error", not "mse"."""


def written(value: Any, of_layer: LayerRecord, depth: int = 0) -> Any:
    """A value as plain data: numbers, text, lists and dictionaries as they are, the rest as records.

    Args:
        value: anything.
        of_layer: makes the record of a layer.
        depth: how deep it lies in others.

    Raises:
        ArgumentError: it is nothing that has a record, or lies too deep.
    """
    if depth > DEEPEST:
        raise ArgumentError(
            f"what is written down lies in lists and records, {DEEPEST} deep at most; is one in itself?"
        )
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return type(value)([written(item, of_layer, depth + 1) for item in value])
        case Mapping():
            return {_key(key): written(item, of_layer, depth + 1) for key, item in value.items()}
        case bytes():
            return {"class_name": "__bytes__", "config": {"value": _text(value)}}
        case slice(start=start, stop=stop, step=step):
            ends = {"start": start, "stop": stop, "step": step}
            return {"class_name": "__slice__", "config": written(ends, of_layer, depth + 1)}
        case np.ndarray() if value.ndim and value.dtype.kind in "biuf":
            return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": value.dtype.name}}
        case np.generic() | np.ndarray() if value.dtype.kind in "biufU" and value.size == 1:
            return value.item()
        case SymbolicTensor():
            place = [value.call.layer.name, value.call.number, value.index]
            config = {"shape": list(value.shape), "dtype": "float32", "keras_history": place}
            return {"class_name": "__keras_tensor__", "config": config}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, Layer):
        return of_layer(value)
    return _object_record(value, of_layer, depth)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ArgumentTypeError(f"dictionaries that are written down have text as keys, got {shown(key)}")
    return key


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ArgumentError(f"bytes that are written down are UTF-8, got {shown(value)}") from error


def _object_record(value: Any, of_layer: LayerRecord, depth: int) -> Any:
    """The record of an object with settings, or of a function."""
    if isfunction(value):
        return _function_record(value)
    for room in ROOMS:
        if isinstance(value, room.registry.base):
            return room.serialize(value)
    if isinstance(value, type) or not hasattr(value, "get_config"):
        raise ArgumentTypeError(
            f"{shown(value)} cannot be written down: write plain values, functions with a name, and objects with a "
            "get_config()"
        )
    config = value.get_config()
    if not isinstance(config, Mapping):
        raise ArgumentTypeError(f"{type(value).__name__}: get_config() returns a dictionary, got {shown(config)}")
    return record_of_user(type(value), written(dict(config), of_layer, depth + 1))


def _function_record(function: Callable[..., Any]) -> Config:
    name = _NAMES.get(function)
    if name is not None:
        return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
    if function.__name__ in FUNCTIONS and function not in GLOBAL_CUSTOM_NAMES:
        raise ArgumentError(
            f"the function {function.__name__!r} has the name of one of Pellucid's, which a record of it would mean; "
            "give it another, or decorate it with saving.register_keras_serializable()"
        )
    return function_record("function", function)
