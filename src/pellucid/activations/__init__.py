"""Activation functions: what a layer applies to each of its sums, by Keras's names.

Each takes a tensor of a graph and returns one, composed of the graph's elementwise operations, so gradient and engines
follow. Functions with settings (the slope of a leaky ReLU) have Keras's defaults here; layers offer the settings.

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

from collections.abc import Callable

from pellucid.activations.normalising import glu, log_softmax, softmax, sparsemax
from pellucid.activations.piecewise import (
    hard_shrink,
    hard_sigmoid,
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
from pellucid.errors import ArgumentError, unknown_name
from pellucid.graph import Tensor
from pellucid.registry import custom_object

Activation = Callable[[Tensor], Tensor]

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "celu",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
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
    "tanh",
    "tanh_shrink",
    "threshold",
]


ACTIVATIONS: dict[str, Activation] = {
    "celu": celu,
    "elu": elu,
    "exponential": exponential,
    "gelu": gelu,
    "glu": glu,
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_swish": hard_silu,
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
    "swish": silu,
    "tanh": tanh,
    "tanh_shrink": tanh_shrink,
}
"""Every activation by its name in Keras; `threshold` has no name, since it has no defaults."""


def get(identifier: str | Activation | None) -> Activation:
    """The activation that is meant.

    Args:
        identifier: a name in `ACTIVATIONS`, a function of a tensor (returned as it is), or None for `linear`.

    Raises:
        ArgumentError: the name is unknown, or the identifier is neither name nor function.

    Example:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        own = custom_object(identifier)
        if own is None and identifier not in ACTIVATIONS:
            raise unknown_name("activation", identifier, ACTIVATIONS)
        return own or ACTIVATIONS[identifier]
    if not callable(identifier) or isinstance(identifier, type):
        raise ArgumentError(f"activation must be a name such as 'relu' or a function of a tensor, got {identifier!r}")
    return identifier


def serialize(activation: Activation) -> str:
    """The name under which `get` finds an activation again; for a function of your own with `custom_objects`.

    Raises:
        ArgumentError: the function has no name of its own: a lambda, or a name that means another activation.

    Example:
        >>> serialize(silu)
        'silu'
    """
    for name, known in ACTIVATIONS.items():
        if known is activation:
            return name
    own = getattr(activation, "__name__", "")
    if not own.isidentifier() or own in ACTIVATIONS:
        raise ArgumentError(
            f"activation {own or activation!r} has no name of its own, by which a file could refer to it; define it "
            f"with def, or use one of: {', '.join(ACTIVATIONS)}"
        )
    return str(own)
