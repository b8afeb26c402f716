"""The names that Keras has: in its rooms, and as arguments of what Pellucid has too."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import pellucid
from pellucid.callbacks import LambdaCallback
from pellucid.layers.layer_options import LayerOptions

ROOMS = (
    "",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "ops.image",
    "optimizers",
    "optimizers.schedules",
    "regularizers",
    "utils",
)
"""Modules that both have."""
METHODS = (
    "compile",
    "fit",
    "evaluate",
    "predict",
    "train_on_batch",
    "summary",
    "save",
    "get_layer",
)
OF_ALL_LAYERS, OF_CALLS = {"autocast"}, {"mask"}


def _module(library: str, room: str) -> ModuleType:
    return importlib.import_module(f"{library}.{room}" if room else library)


def names() -> dict[str, set[str]]:
    """Per room the public names of Keras, modules left out but for those that it has under its own name."""
    found = {}
    for room in ROOMS:
        module = _module("keras", room)
        found[room] = {name for name in dir(module) if not name.startswith("_")}
    return {**found, "schedules": found["optimizers.schedules"]}


def arguments() -> dict[str, set[str]]:
    """Per class, function or method the arguments that Keras has and Pellucid has not."""
    found: dict[str, set[str]] = {}
    for owner, theirs, ours in _pairs():
        more = set(_parameters(theirs)) - set(_parameters(ours)) - {"kwargs", "args", *OF_ALL_LAYERS}
        if more:
            found.setdefault(owner, set()).update(more)
    return {**found, "": OF_ALL_LAYERS, "__call__": OF_CALLS}


def _pairs() -> Iterator[tuple[str, Callable[..., Any], Callable[..., Any]]]:
    """What both have under one name, as messages call it."""
    for room in ROOMS:
        theirs, ours = _module("keras", room), _module("pellucid", room)
        for name in sorted(names()[room]):
            mine = vars(ours).get(name)
            if isinstance(mine, FunctionType | type) and callable(getattr(theirs, name)) and mine is not LambdaCallback:
                called = (
                    f"{room}.{name}" if room == "ops" or (room == "activations" and inspect.isfunction(mine)) else name
                )
                yield called, getattr(theirs, name), mine
    for method in METHODS:
        yield method, getattr(importlib.import_module("keras").Model, method), getattr(pellucid.Model, method)


def _parameters(made: Callable[..., Any]) -> list[str]:
    """The names of all arguments; a layer of the library takes those of every layer too."""
    found = [name for name in inspect.signature(made).parameters if name != "self"]
    if inspect.isclass(made) and issubclass(made, pellucid.layers.Layer):
        found += LayerOptions.__annotations__
    return found
