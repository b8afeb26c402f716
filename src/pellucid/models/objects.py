"""Any object of a model as plain data, and back: what `saving.serialize_keras_object` and its inverse do.

Classes and functions are looked up in closed tables: those of the library, and those of the user's own that are in a
scope or registered. Nothing is imported because a record names it, and no code in a record is ever run.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isroutine
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.checks import flag, mapping_of
from pellucid.config import policy_name
from pellucid.custom import function_of
from pellucid.errors import ArgumentError, ArgumentTypeError, FileError, shown
from pellucid.layers import Layer
from pellucid.models.config import layer_record, whole_record
from pellucid.models.model import Model
from pellucid.models.own_compile import compile_as_told
from pellucid.models.reading import ModelReader
from pellucid.models.written import DEEPEST, FUNCTIONS, ROOMS, written
from pellucid.naming import snake_case, unique_name
from pellucid.registration import CustomObjectScope, custom_object
from pellucid.registry import is_of_library

_NUMBERS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
_OF_PYTORCH = "keras.src.backend.torch.optimizers."
"""Where records that Keras writes on PyTorch have optimisers from: there each has a class of its own."""
_NO_CODE = "code in records and files is never run, whatever safe_mode says"


@explained
def serialize_keras_object(obj: Any) -> Any:
    """An object as plain data in Keras's form, from which `deserialize_keras_object` makes an equal one.

    Args:
        obj: a layer or model (with the shape that it was built for, and how it was compiled), a loss, metric,
            optimiser, schedule, initialiser, regulariser or constraint; a function of the library's or of your own (by
            its name); an object of your own with `get_config`; None, text, numbers, bytes, slices, `...` and arrays;
            and lists, tuples and dictionaries of all these.

    Returns:
        what JSON can hold.

    Raises:
        ArgumentError: it is nothing of these; a lambda has no name by which it could be found again.

    Example:
        >>> serialize_keras_object(slice(1, None))
        {'class_name': '__slice__', 'config': {'start': 1, 'stop': None, 'step': None}}

    Source: keras.saving.serialize_keras_object.
    """
    return written(obj, _record)


def _record(layer: Layer) -> dict[str, Any]:
    """The record of a layer; of a model with how it was compiled."""
    return whole_record(layer, layer.stepper) if isinstance(layer, Model) else layer_record(layer)


@explained
def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object of a record that `serialize_keras_object` or Keras wrote.

    Args:
        config: the record; plain values stand for themselves, lists and dictionaries may hold records.
        custom_objects: classes and functions of your own that it names, by those names; what is registered is known.
        safe_mode: for Keras's sake. Code in a record is never run, with False neither.

    Returns:
        a new object. Tuples come back as lists, as from JSON.

    Raises:
        ArgumentError: the record names something unknown, is damaged, or holds code.

    Example:
        >>> from pellucid import layers
        >>> record = serialize_keras_object([layers.Dense(3, name="out"), ...])
        >>> deserialize_keras_object(record)
        [<Dense out>, Ellipsis]

    Source: keras.saving.deserialize_keras_object.
    """
    flag("deserialize_keras_object", "safe_mode", safe_mode)
    with CustomObjectScope(mapping_of("deserialize_keras_object", "custom_objects", custom_objects)):
        try:
            return _read(config)
        except FileError as error:
            raise ArgumentError(str(error)) from error


def _read(config: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ArgumentError(f"records lie in each other, {DEEPEST} deep at most; is one in itself?")
    match config:
        case str():
            own = custom_object(config)
            return config if own is None else own
        case None | bool() | int() | float():
            return config
        case list() | tuple():
            return [_read(item, depth + 1) for item in config]
        case Mapping() if "class_name" in config and "config" in config:
            return _made(config, depth)
        case Mapping():
            return {key: _read(item, depth + 1) for key, item in config.items()}
    raise ArgumentTypeError(f"a record is made of text, numbers, lists and dictionaries, got {shown(config)}")


def _made(record: Mapping[str, Any], depth: int) -> Any:
    name, config = record["class_name"], {} if record["config"] is None else record["config"]
    if name == "function":
        return _function(record)
    if isinstance(name, str) and name.startswith("__"):
        return _plain(name, config, depth)
    if not isinstance(name, str) or not isinstance(config, Mapping):
        raise ArgumentTypeError(
            f"a record has text as its 'class_name' and options as its 'config', got {shown(name)} and "
            f"{shown(config)}. Expected 'config' to be a dict"
        )
    return _of_library(record) if is_of_library(record) else _of_user(record)


def _plain(name: str, config: Any, depth: int) -> Any:
    """What has a record without being an object of a class."""
    if name == "__lambda__":
        raise ArgumentError(
            f"the record holds a lambda as code: {_NO_CODE}. Define the function with def and pass it as "
            "custom_objects={name: function}"
        )
    try:
        match name:
            case "__ellipsis__":
                return ...
            case "__bytes__":
                return config["value"].encode()
            case "__slice__":
                return slice(*(_read(config[end], depth + 1) for end in ("start", "stop", "step")))
            case "__numpy__" | "__tensor__" if config["dtype"] in _NUMBERS:
                return np.array(config["value"], config["dtype"])
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"the record of {name} is damaged: {shown(config)}") from error
    raise ArgumentTypeError(f"records of {name} are not known here, or not with {shown(config)}")


def _function(record: Mapping[str, Any]) -> Any:
    name = record["config"]
    if not isinstance(name, str):
        raise ArgumentTypeError(
            f"the record of a function has its name as 'config', got {shown(name)}. Expected 'config' to be a "
            "non-null str"
        )
    if name in FUNCTIONS and custom_object(name) is None:
        _check_name(record, name)
        return FUNCTIONS[name]
    return function_of("function", record)


def _check_name(record: Mapping[str, Any], name: object) -> None:
    """Refuse a record of the library's that claims to be registered as something else."""
    registered = record.get("registered_name")
    if registered and registered not in (name, record["class_name"]):
        raise ArgumentError(
            f"{name!r} resolved to a Keras built-in, which is Pellucid's own, but the record says "
            f"registered_name={shown(registered)}; remove that entry"
        )


def _of_library(record: Mapping[str, Any]) -> Any:
    module, name = str(record["module"]), record["class_name"]
    if module.startswith(_OF_PYTORCH):
        module = "keras.optimizers"
    _check_name(record, name)
    if name in ("DTypePolicy", "FloatDTypePolicy"):
        return policy_name(dict(record))
    for room in ROOMS:
        if module == room.registry.module:
            return room.get(record)
    return _layer(record)


def _layer(record: Mapping[str, Any]) -> Layer:
    config = record["config"] or {}
    if record["class_name"] == "Sequential" and not {"name", "layers"} <= set(config):
        raise ArgumentError(
            "A Sequential model configuration must be a dictionary containing the 'name' and 'layers' keys, got "
            f"{shown(list(config))}"
        )
    if "layers" not in config and "name" not in config:  # a record that somebody wrote by hand
        record = {**record, "config": {**config, "name": unique_name(snake_case(record["class_name"]))}}
    layer = ModelReader().read(record)
    if isinstance(layer, Model):
        compile_as_told(layer, record)
    return layer


def _of_user(record: Mapping[str, Any]) -> Any:
    name = record["class_name"]
    found = custom_object(record.get("registered_name")) or custom_object(name)
    if found is None:
        raise ArgumentTypeError(
            f"nothing is known of the class {shown(name)}: pass custom_objects={{{name!r}: {name}}}, or decorate it "
            "with saving.register_keras_serializable(); a class of the library's has its 'module' in the record"
        )
    if isroutine(found):
        return found
    if isinstance(found, type) and issubclass(found, Layer):
        return _layer(record)
    for room in ROOMS:
        if isinstance(found, type) and issubclass(found, room.registry.base):
            return room.get(record)
    if not hasattr(found, "from_config"):
        raise ArgumentTypeError(
            f"{name} has no from_config(cls, config), which would make such an object from a record"
        )
    return found.from_config(dict(record["config"] or {}))
