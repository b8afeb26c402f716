"""Activation functions: what a layer applies to each of its sums, by Keras's names.

Each takes a tensor of a graph and returns one, composed of the graph's elementwise operations, so gradient and engines
follow. Names stand for functions with Keras's defaults; to change a setting, write a function of your own
(`def steep(x): return leaky_relu(x, negative_slope=0.3)`) or take the layer of that name.

Example:
    >>> from pellucid.engines.reference import ReferenceEngine
    >>> from pellucid.graph import Graph, ops
    >>> graph = Graph()
    >>> graph.outputs["y"] = leaky_relu(graph.add(ops.Input((3,), "x")))
    >>> ReferenceEngine().prepare(graph).run({"x": [-1.0, 0.0, 2.0]}, {})["y"].tolist()
    [-0.2, 0.0, 2.0]

Source: keras.activations, https://keras.io/api/layers/activations/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid import registry
from pellucid.absent import absent
from pellucid.activations.normalising import glu, log_softmax, softmax, sparsemax
from pellucid.activations.piecewise import (
    hard_shrink,
    hard_sigmoid,
    hard_sigmoid_keras2,
    hard_silu,
    hard_tanh,
    leaky_relu,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from pellucid.activations.smooth import (
    celu,
    elu,
    exponential,
    gelu,
    linear,
    log_sigmoid,
    mish,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    tanh,
    tanh_shrink,
)
from pellucid.calls import explained
from pellucid.custom import function_name, function_of, name_in_file
from pellucid.errors import ArgumentError, ArgumentTypeError, shown, unknown_name
from pellucid.graph import Tensor
from pellucid.registration import custom_function, get_registered_name

Activation = Callable[[Tensor], Tensor]

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_sigmoid_keras2",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

hard_swish, swish = hard_silu, silu

_SAMPLES = np.linspace(-4.0, 4.0, 18, dtype=np.float32).reshape(3, 6)
ACTIVATIONS: dict[str, Activation] = {
    "celu": celu,
    "elu": elu,
    "exponential": exponential,
    "gelu": gelu,
    "glu": glu,
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_sigmoid_keras2": hard_sigmoid_keras2,
    "hard_silu": hard_silu,
    "hard_swish": hard_swish,
    "hard_tanh": hard_tanh,
    "leaky_relu": leaky_relu,
    "linear": linear,
    "log_sigmoid": log_sigmoid,
    "log_softmax": log_softmax,
    "mish": mish,
    "relu": relu,
    "relu6": relu6,
    "selu": selu,
    "sigmoid": sigmoid,
    "silu": silu,
    "soft_shrink": soft_shrink,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": softsign,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": sparse_sigmoid,
    "sparsemax": sparsemax,
    "squareplus": squareplus,
    "swish": swish,
    "tanh": tanh,
    "tanh_shrink": tanh_shrink,
}
"""Every activation by its name in Keras; `threshold` has no name, since it has no defaults."""
_ALONG_AN_AXIS = (glu, log_softmax, softmax, sparsemax)


def is_elementwise(function: object) -> bool:
    """Whether a function is one of the library's that look at each element by itself.

    Example:
        >>> is_elementwise(relu), is_elementwise(softmax), is_elementwise(abs)
        (True, False, False)
    """
    known = any(function is each for each in ACTIVATIONS.values())
    return known and not any(function is each for each in _ALONG_AN_AXIS)


@explained
def get(identifier: str | Mapping[str, Any] | Activation | None) -> Activation:
    """The activation that is meant.

    Args:
        identifier: a name in `ACTIVATIONS`, a function of a tensor (returned as it is), the record of a function as
            Keras writes it, or None for `linear`.

    Returns:
        a function of a tensor.

    Raises:
        ArgumentError: the name is unknown, or the identifier is none of these.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)

    Source: keras.activations.get.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, Mapping):
        identifier = _in_record(identifier)
    if isinstance(identifier, str):
        own = custom_function(identifier) if ">" in identifier else registry.custom_object(identifier)
        if own is None and identifier == "threshold":
            raise ArgumentError(
                "activation 'threshold' needs its settings; define a function that gives them: "
                "def cut(x): return activations.threshold(x, 1.0, 0.0)"
            )
        if own is None and identifier not in ACTIVATIONS:
            raise unknown_name("activation", identifier, ACTIVATIONS)
        return own or ACTIVATIONS[identifier]
    if not callable(identifier) or isinstance(identifier, type):
        raise ArgumentError(
            f"activation must be a name such as 'relu' or a function of a tensor, got {shown(identifier)}"
        )
    return identifier


def _in_record(record: Mapping[str, Any]) -> str | Activation | None:
    """The name or the function that a record stands for."""
    name = function_name(record)
    if name is None:
        return _of_own_class(record)
    return name if name in ACTIVATIONS else function_of("activation", record)


def _of_own_class(record: Mapping[str, Any]) -> Activation:
    """The object of a class of the user's own that a record stands for."""
    name, config = record.get("class_name"), record.get("config")
    found = registry.custom_object(record.get("registered_name")) or registry.custom_object(name)
    if found is None or not isinstance(config, Mapping):
        raise ArgumentError(
            f"activation must be a name, or the record of a function, got a record of {shown(name)}; a class of your "
            "own is passed in custom_objects, or decorated with saving.register_keras_serializable()"
        )
    if not hasattr(found, "from_config"):
        raise ArgumentTypeError(f"activation {name} has no from_config(cls, config), which makes it from a record")
    made: Activation = found.from_config(dict(config))
    return made


@explained
def serialize(activation: Activation) -> str | dict[str, Any]:
    """The name under which `get` finds an activation again; for a function of your own with `custom_objects`.

    Args:
        activation: one of `ACTIVATIONS`, a function that was defined with def, or an object of a class of your own that
            has `get_config`.

    Returns:
        its name; the record of an object.

    Raises:
        ArgumentError: the function has no name of its own: a lambda, `functools.partial`, or a name that means another
            activation.

    Example:
        >>> serialize(silu)
        'silu'

    Source: keras.activations.serialize, which writes functions of one's own as a record.
    """
    for name, known in ACTIVATIONS.items():
        if known is activation:
            return name
    if not isinstance(activation, type) and hasattr(activation, "get_config"):
        return registry.record_of_user(type(activation), dict(activation.get_config()))
    own = name_in_file(activation) if callable(activation) else None
    if own is None or (own in ACTIVATIONS and not _computes_the_same(activation, ACTIVATIONS[own])):
        raise ArgumentError(
            f"activation {getattr(activation, '__name__', shown(activation))} has no name of its own, by which a file "
            "could refer to it; define it with def, as in 'def steep(x): return activations.leaky_relu(x, 0.3)', take "
            f"the layer of that name, or use one of: {', '.join(ACTIVATIONS)}"
        )
    return get_registered_name(activation) if own.isidentifier() else own


def _computes_the_same(activation: Callable[[Any], Any], known: Callable[[Any], Any]) -> bool:
    """Whether a function of a user's own is the one of that name, as is many a `swish` older than Keras's."""
    try:
        found = np.asarray(activation(_SAMPLES), np.float64)
    except Exception:  # a user's function may raise anything
        return False
    return found.shape == _SAMPLES.shape and np.allclose(found, np.asarray(known(_SAMPLES)), 1e-5, 1e-6)


@explained
def deserialize(config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Activation:
    """The activation of a name or record from a file; `get` under Keras's other name.

    Args:
        config: a name, or the record of a function.
        custom_objects: functions of your own, by the names that the file uses.

    Returns:
        a function of a tensor.

    Raises:
        ArgumentError: see `get`.

    Example:
        >>> deserialize("gelu") is gelu
        True

    Source: keras.activations.deserialize.
    """
    with registry.custom_objects(custom_objects):
        return get(config)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
