"""How a model is compiled, as records tell it: by the library, or by a class of the user's own.

A class that writes `compile` with arguments of its own says by `get_compile_config` what a file is to hold of them, and
by `compile_from_config` what to do with it, as in Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.calls import called
from pellucid.checks import mapping_of
from pellucid.errors import ArgumentError
from pellucid.models.config import compile_arguments
from pellucid.models.model import Model
from pellucid.models.own_methods import writes
from pellucid.warned import warn


def compile_as_told(model: Model, record: Mapping[str, Any]) -> bool:
    """Compile a model as its record says, if it says so; whether it is compiled now.

    Raises:
        ArgumentError: what the record names is unknown, or the user's own method fails.
    """
    told = record.get("compile_config")
    if told and writes(model, "compile_from_config"):
        given = mapping_of(model.label, "compile_config", told)
        owner = f"compile_from_config of {model.label}"
        try:
            called(owner, model.compile_from_config, dict(given))
        except Exception as error:
            raise ArgumentError(f"{owner} fails with {type(error).__name__}: {error}") from error
        return model.stepper is not None
    arguments = compile_arguments(dict(record))
    if arguments is None:
        return False
    if writes(model, "compile"):
        warn(
            "`compile()` was not called as part of model loading because the model's `compile()` method is custom. "
            f"{model.name} is not compiled: call its compile() yourself, with what it takes, or write "
            "get_compile_config() and compile_from_config(config) in its class"
        )
        return False
    model.compile(**arguments)
    return True
