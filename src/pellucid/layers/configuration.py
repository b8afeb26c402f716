"""The configuration of a layer, and the layer that it makes again.

The library's layers keep each option under its name. Of a layer of the user's own it is noted how it was made
(`Given`): its arguments are its configuration, so it needs no `get_config`, whatever it does with them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid import activations, checks, constraints, initializers, regularizers
from pellucid.errors import ArgumentError
from pellucid.layers import arguments
from pellucid.layers.layer_class import given_to, option_names
from pellucid.naming import is_ours

COMMON = ("name", "trainable", "activity_regularizer", "dtype")
"""What every layer has: told where it is not as usual."""
LEFT_OUT = (*COMMON, "weights", "input_shape")
"""With what a layer is told when it is made and a model knows later."""


def configuration(layer: Any) -> dict[str, Any]:
    """The arguments that make such a layer again, as plain data, in Keras's words.

    Raises:
        ArgumentError: an argument is nothing that a configuration can hold, and the layer has no `get_config` itself.
    """
    config: dict[str, Any] = {"name": layer.name, "trainable": layer.trainable}
    if layer.activity_regularizer is not None:
        config["activity_regularizer"] = plain(layer.activity_regularizer)
    if layer.dtype_policy != "float32":
        config["dtype"] = layer.dtype_policy
    if is_ours(_owner(type(layer), "__init__")):
        return config | _kept_options(layer)
    if is_ours(_owner(type(layer), "get_config")):
        return config | _given_options(layer)
    return config | _kept_options(layer)


def _kept_options(layer: Any) -> dict[str, Any]:
    """The options of the library's class that the layer is, or derives from."""
    names = option_names(_of_library(type(layer)))
    told = [name for name in names if name not in (*COMMON, *layer.untold_options) and hasattr(layer, name)]
    return {name: plain(layer.option(name)) for name in told}


def _given_options(layer: Any) -> dict[str, Any]:
    """The arguments with which a layer of the user's own was made."""
    given = given_to(layer)
    if given.unnamed:
        raise ArgumentError(
            f"{layer.label} was made with *arguments, which have no names in a configuration: write get_config()"
        )
    return {
        name: _described(layer, name, value)
        for name, value in given.options.items()
        if name not in (*LEFT_OUT, *layer.untold_options)
    }


def _described(layer: Any, name: str, value: Any) -> Any:
    """An argument in a configuration; a function of the user's own stays one, which a file refuses."""
    if inspect.isroutine(value) and name not in option_names(_of_library(type(layer))):
        return value
    try:
        is_kept = name in vars(layer) and vars(layer)[name] is value
        return plain(layer.option(name) if is_kept else value)
    except ArgumentError as error:
        raise ArgumentError(f"{layer.label} cannot be described, its {name!r}: {error}; write get_config()") from error


def made_again(cls: type[Any], config: Mapping[str, Any]) -> Any:
    """A new layer of a class from a configuration; what its `__init__` does not hand on to its base is set later.

    Raises:
        ArgumentError: the configuration does not have the arguments of `__init__`.
    """
    config = checks.mapping_of(f"{cls.__name__}.from_config", "config", config)
    if is_ours(cls):
        return cls(**config)
    check_arguments(cls, config)
    taken = _parameters(cls)
    later = {} if _hands_on(taken) else {name: value for name, value in config.items() if name not in taken}
    layer = cls(**{name: value for name, value in config.items() if name not in later})
    for name, value in later.items():
        match name:
            case "name":
                layer.name = arguments.layer_name(value)
            case "trainable":
                layer.trainable = value
            case "activity_regularizer":
                layer.activity_regularizer = arguments.regularizer(value, layer.label)
            case "dtype":
                layer.dtype_policy = arguments.dtype_policy(value, layer.label)
    return layer


def check_arguments(cls: type[Any], config: Mapping[str, Any]) -> None:
    """Raise `ArgumentError` unless a class of the user's own can be made from a configuration by `made_again`."""
    if is_ours(cls) or not is_ours(_owner(cls, "from_config")):
        return
    parameters = _parameters(cls)
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and parameter.kind not in _SEVERAL and name not in config
    ]
    if missing:
        raise ArgumentError(
            f"{cls.__name__} cannot be made again without its {missing[0]!r}: let get_config() return all arguments of "
            "__init__, by name"
        )
    strange = [name for name in config if name not in parameters and name not in COMMON]
    if strange and not _hands_on(parameters):
        raise ArgumentError(
            f"{cls.__name__} takes no {strange[0]!r}: let get_config() return the arguments of __init__, or give "
            "__init__ **options that it hands on to its base"
        )


def left_out(layer: Any, config: Mapping[str, Any]) -> list[str]:
    """The arguments of a layer of the user's own that `made_again` would give their defaults, though it had others."""
    cls = type(layer)
    if is_ours(cls) or not is_ours(_owner(cls, "from_config")):
        return []
    parameters = _parameters(cls)
    return [
        name
        for name, value in given_to(layer).options.items()
        if name in parameters and name not in (*config, *LEFT_OUT) and value is not parameters[name].default
    ]


_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _parameters(cls: type[Any]) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(cls.__init__).parameters.items())[1:])


def _hands_on(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())


def _of_library(cls: type[Any]) -> type[Any]:
    """The library's class that a class is, or derives from."""
    return next(owner for owner in cls.__mro__ if is_ours(owner))


def _owner(cls: type[Any], name: str) -> type[Any]:
    """The class that defines a method."""
    return next(owner for owner in cls.__mro__ if name in vars(owner))


def plain(value: Any) -> Any:
    """An option of a layer as data that JSON can hold."""
    if isinstance(value, initializers.Initializer):
        return initializers.serialize(value)
    if isinstance(value, regularizers.Regularizer):
        return regularizers.serialize(value)
    if isinstance(value, constraints.Constraint):
        return constraints.serialize(value)
    if isinstance(value, tuple | list):
        return type(value)(plain(item) for item in value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "compute_output_shape"):
        raise ArgumentError(f"{value!r} is a layer among the options of another")
    if isinstance(value, Callable):  # type: ignore[arg-type]
        return activations.serialize(value)
    return value
