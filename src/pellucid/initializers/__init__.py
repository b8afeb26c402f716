"""Initialisers: where the first values of a layer's weights come from.

An initialiser is called with a shape and returns float32 numbers; arrays and functions of a shape serve as well. One
that draws takes the seed that it is given or else, at its first call, the next one of the sequence that
`pellucid.set_random_seed` restarts. As in Keras, calling it again with the same shape gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.errors import ArgumentError
from pellucid.initializers.base import Initializer
from pellucid.initializers.drawn import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from pellucid.initializers.fixed import ArrayInitializer, Constant, FunctionInitializer, Ones, Zeros
from pellucid.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    fans,
)
from pellucid.registry import Registry

__all__ = [
    "ArrayInitializer",
    "Constant",
    "FunctionInitializer",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "fans",
    "get",
    "serialize",
]

MAX_WRITTEN = 4096  # elements: a larger array is not written into a record

INITIALIZERS: Registry[Initializer] = Registry(
    kind="initializer",
    module="keras.initializers",
    base=Initializer,
    classes={
        "constant": Constant,
        "glorot_normal": GlorotNormal,
        "glorot_uniform": GlorotUniform,
        "he_normal": HeNormal,
        "he_uniform": HeUniform,
        "lecun_normal": LecunNormal,
        "lecun_uniform": LecunUniform,
        "ones": Ones,
        "orthogonal": Orthogonal,
        "random_normal": RandomNormal,
        "random_uniform": RandomUniform,
        "truncated_normal": TruncatedNormal,
        "variance_scaling": VarianceScaling,
        "zeros": Zeros,
    },
    aliases={
        "normal": "random_normal",
        "one": "ones",
        "orthogonalinitializer": "orthogonal",
        "uniform": "random_uniform",
        "zero": "zeros",
    },
)


def get(identifier: str | Mapping[str, Any] | Callable[..., npt.ArrayLike] | npt.ArrayLike) -> Initializer:
    """The initialiser that is meant.

    Args:
        identifier: a name ("he_normal", "HeNormal"), a record as `serialize` or Keras writes it, an initialiser or its
            class, an array of the weight's shape, or a function that takes a shape and returns an array.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.
        DataError: the array holds NaN or infinity.

    Example:
        >>> get("he_normal")
        HeNormal(seed=None)
        >>> get([[0.0, 1.0], [1.0, 0.0]])
        ArrayInitializer(<array of shape (2, 2)>)
    """
    if isinstance(identifier, Mapping):
        array = _written_array(identifier)
        return INITIALIZERS.get(identifier) if array is None else ArrayInitializer(array)
    if isinstance(identifier, str | Initializer | type):
        return INITIALIZERS.get(identifier)
    if callable(identifier):
        return FunctionInitializer(identifier)
    if isinstance(identifier, int | float | np.number):
        raise ArgumentError(f"one number for all weights is written initializers.Constant({identifier!r})")
    if isinstance(identifier, list | tuple) or hasattr(identifier, "__array__"):
        return ArrayInitializer(identifier)
    return INITIALIZERS.get(identifier)


def _written_array(record: Mapping[str, Any]) -> npt.ArrayLike | None:
    """The array in a record of a `Constant` whose value Keras (or `serialize`) wrote as an array."""
    config = record.get("config")
    value = config.get("value") if isinstance(config, Mapping) else None
    if record.get("class_name") != "Constant" or not isinstance(value, Mapping):
        return None
    inner = value.get("config")
    if value.get("class_name") != "__numpy__" or not isinstance(inner, Mapping) or "value" not in inner:
        raise ArgumentError("initializer Constant: its value must be a number or an array as Keras writes it")
    array: npt.ArrayLike = inner["value"]
    return array


def serialize(initializer: Initializer) -> dict[str, Any]:
    """The record of an initialiser, which `get` and Keras read.

    An array of up to 4,096 numbers is written as Keras writes one, as the value of a `Constant`. Larger arrays and
    functions of your own are written as `Zeros`: a record cannot hold them, and a model file needs none, since it
    holds the weights themselves.

    Example:
        >>> serialize(GlorotUniform(seed=1))["class_name"], serialize(GlorotUniform(seed=1))["config"]
        ('GlorotUniform', {'seed': 1})
    """
    match initializer:
        case ArrayInitializer(values=values) if values.size <= MAX_WRITTEN:
            array = {"class_name": "__numpy__", "config": {"value": values.tolist(), "dtype": "float32"}}
            return INITIALIZERS.record("Constant", {"value": array})
        case ArrayInitializer() | FunctionInitializer():
            return INITIALIZERS.record("Zeros", {})
    return INITIALIZERS.serialize(initializer)
