"""Initialisers: where the first values of a layer's weights come from.

An initialiser is called with a shape and returns float32 numbers; arrays and functions of a shape serve as well, and
the names of kernels (see `pellucid.filterbank`). One that draws takes the seed that it is given or else, at its first
call, the next one of the sequence that `pellucid.set_random_seed` restarts. As in Keras, calling it again with the same
shape gives the same numbers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.errors import ArgumentError, ArgumentTypeError, nearest_names, shown, unknown_name
from pellucid.initializers.banks import Filterbank
from pellucid.initializers.base import Initializer
from pellucid.initializers.drawn import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from pellucid.initializers.fixed import (
    ArrayInitializer,
    Constant,
    FunctionInitializer,
    Identity,
    Ones,
    Zeros,
    array_record,
)
from pellucid.initializers.fourier import STFT
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
from pellucid.registration import CustomObjectScope
from pellucid.registry import Registry

if TYPE_CHECKING:
    from pellucid.initializers.dirac import Dirac
    from pellucid.initializers.whitening import PatchWhitening

__all__ = [
    "STFT",
    "ArrayInitializer",
    "Constant",
    "Dirac",
    "Filterbank",
    "FunctionInitializer",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "PatchWhitening",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "fans",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

BANK_KEY = "pellucid"  # in the record of a bank of kernels: what Keras reads over
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
        "identity": Identity,
        "lecun_normal": LecunNormal,
        "lecun_uniform": LecunUniform,
        "ones": Ones,
        "orthogonal": Orthogonal,
        "random_normal": RandomNormal,
        "random_uniform": RandomUniform,
        "stft": STFT,
        "truncated_normal": TruncatedNormal,
        "variance_scaling": VarianceScaling,
        "zeros": Zeros,
    },
    aliases={
        "identityinitializer": "identity",
        "normal": "random_normal",
        "one": "ones",
        "orthogonalinitializer": "orthogonal",
        "stftinitializer": "stft",
        "uniform": "random_uniform",
        "zero": "zeros",
    },
)


_HOMES = {"Dirac": "dirac", "PatchWhitening": "whitening"}
"""The modules of those that are imported at their first use."""

NEED_VALUES = (ArrayInitializer, FunctionInitializer, Filterbank)
"""Classes that cannot be used without arguments."""

# The further names under which Keras has the same classes.
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT
constant, identity, ones, orthogonal, stft, zeros = Constant, Identity, Ones, Orthogonal, STFT, Zeros
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
glorot_normal, he_normal, lecun_normal = GlorotNormal, HeNormal, LecunNormal
glorot_uniform, he_uniform, lecun_uniform = GlorotUniform, HeUniform, LecunUniform
variance_scaling = VarianceScaling


@overload
def get(identifier: None) -> None: ...
@overload
def get(identifier: str | Mapping[str, Any] | Callable[..., npt.ArrayLike] | npt.ArrayLike) -> Initializer: ...
@explained
def get(
    identifier: str | Mapping[str, Any] | Callable[..., npt.ArrayLike] | npt.ArrayLike | None,
) -> Initializer | None:
    """The initialiser that is meant.

    Args:
        identifier: a name ("he_normal", "HeNormal"), the name of a kernel or a family of kernels ("sobel_x", "lines";
            see `filterbank.bank`), a record as `serialize` or Keras writes it, an initialiser or its class, an array of
            the weight's shape, or a function that takes a shape and returns an array; None for none.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.
        DataError: the array holds NaN or infinity.

    Example:
        >>> get("he_normal")
        HeNormal(seed=None)
        >>> get("sobel_x")
        Filterbank('sobel_x')
        >>> get([[0.0, 1.0], [1.0, 0.0]])
        ArrayInitializer(<array of shape (2, 2)>)
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return _named(identifier)
    if isinstance(identifier, Mapping):
        return _beside(identifier[BANK_KEY]) if BANK_KEY in identifier else INITIALIZERS.get(_plain_seed(identifier))
    if isinstance(identifier, type) and issubclass(identifier, NEED_VALUES):
        raise ArgumentError(f"{identifier.__name__} needs its values: write initializers.{identifier.__name__}(...)")
    if isinstance(identifier, Initializer | type):
        return INITIALIZERS.get(identifier)
    if callable(identifier):
        return FunctionInitializer(identifier)
    if isinstance(identifier, int | float | np.number):
        raise ArgumentError(f"one number for all weights is written initializers.Constant({shown(identifier)})")
    if isinstance(identifier, list | tuple) or hasattr(identifier, "__array__"):
        return ArrayInitializer(identifier)
    return INITIALIZERS.get(identifier)


def _named(name: str) -> Initializer:
    """An initialiser by its name; Keras's names come before those of kernels."""
    try:
        found = INITIALIZERS.find(name)
    except ArgumentError:
        from pellucid import filterbank  # only now: few layers begin with named kernels

        kernels = {*filterbank.families(), *filterbank.names()}
        if name.lower() in kernels:
            return Filterbank(name)
        near = nearest_names(name, kernels)
        problem = unknown_name("initializer", name, [*INITIALIZERS.classes, *near])
        raise ArgumentError(f"{problem}; further, the kernels that filterbank.names() tells") from None
    return found()


def _ours() -> Registry[Initializer]:
    """Those that Keras has not."""
    classes = {"filterbank": Filterbank, **{name.lower(): _brought(name) for name in _HOMES}}
    return Registry("initializer", "pellucid.initializers", Initializer, classes)


def _brought(name: str) -> Any:
    """A class that is imported at its first use."""
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def _beside(record: object) -> Initializer:
    """What stands beside a record for Keras."""
    config = record.get("config") if isinstance(record, Mapping) else None
    if not isinstance(record, Mapping) or not isinstance(config, Mapping):
        raise ArgumentError(
            f"the record of an initializer that Keras has not has 'class_name' and 'config', got {shown(record)}"
        )
    registry = _ours()
    if registry.class_of(record) is Filterbank and "kernels" not in config:
        raise ArgumentError(
            f"the record of a Filterbank has 'class_name' and a 'config' with 'kernels', got {shown(record)}"
        )
    return registry.get(record)


def _plain_seed(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with the number of the seed where Keras wrote down a generator of seeds."""
    config = record.get("config")
    seed = config.get("seed") if isinstance(config, Mapping) else None
    inner = seed.get("config") if isinstance(seed, Mapping) else None
    if config is None or not isinstance(inner, Mapping) or "seed" not in inner:
        return record
    return {**record, "config": {**config, "seed": inner["seed"]}}


@explained
def serialize(initializer: Initializer) -> dict[str, Any]:
    """The record of an initialiser, which `get` and Keras read.

    An array of up to 4,096 numbers is written as Keras writes one, as the value of a `Constant`. Larger arrays and
    functions of your own are written as `Zeros`: a record cannot hold them, and a model file needs none, since it
    holds the weights themselves. So are `Filterbank`, `Dirac` and `PatchWhitening`, with what Pellucid needs to restore
    them beside it.

    Example:
        >>> serialize(GlorotUniform(seed=1))["class_name"], serialize(GlorotUniform(seed=1))["config"]
        ('GlorotUniform', {'seed': 1})
        >>> get(serialize(Filterbank("lines")))
        Filterbank('lines')
    """
    match initializer:
        case ArrayInitializer(values=values) if values.size <= MAX_WRITTEN:
            return INITIALIZERS.record("Constant", {"value": array_record(values)})
        case Filterbank(kernels=kernels) if isinstance(kernels, str) or sum(map(np.size, kernels)) <= MAX_WRITTEN:
            return {**INITIALIZERS.record("Zeros", {}), BANK_KEY: _ours().serialize(initializer)}
        case Initializer(in_keras=False) if _ours().holds(type(initializer)):
            return {**INITIALIZERS.record("Zeros", {}), BANK_KEY: _ours().serialize(initializer)}
        case ArrayInitializer() | Filterbank() | FunctionInitializer():
            return INITIALIZERS.record("Zeros", {})
        case Constant(value=np.ndarray() as values) if values.size > MAX_WRITTEN:
            return INITIALIZERS.record("Zeros", {})
    return INITIALIZERS.serialize(initializer)


@explained
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Initializer:
    """The initialiser of a record; `get` under Keras's other name, for records alone.

    Args:
        config: the record.
        custom_objects: classes of your own, by the names that the record uses.

    Raises:
        ArgumentError: it is no record, or not one of an initialiser.

    Example:
        >>> deserialize({"class_name": "Ones", "config": {}})
        Ones()
    """
    if not isinstance(config, Mapping):
        raise ArgumentTypeError(f"a record of an initializer has 'class_name' and 'config', got {shown(config)}")
    with CustomObjectScope(custom_objects):
        return get(config)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise absent(__name__, name)
    value = globals()[name] = _brought(name)
    return value
