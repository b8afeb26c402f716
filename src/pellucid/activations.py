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

from pellucid.errors import ArgumentError, unknown_name
from pellucid.graph import Tensor, builder

Activation = Callable[[Tensor], Tensor]

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "elu",
    "exponential",
    "get",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log_softmax",
    "relu",
    "relu6",
    "serialize",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def linear(x: Tensor) -> Tensor:
    """x itself: no activation."""
    return x


def relu(x: Tensor) -> Tensor:
    """max(x, 0); slope 0 at 0.

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010.
    """
    return builder.relu(x)


def relu6(x: Tensor) -> Tensor:
    """min(max(x, 0), 6); slope 0 at 0 and at 6."""
    return builder.minimum(x.graph.constant(6.0), builder.relu(x))  # at a tie the first operand takes the gradient


def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x where x >= 0, else `negative_slope` * x; the slope is from 0 to 1.

    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, ICML 2013.
    """
    return builder.maximum(x, x * negative_slope)


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """x where x > 0, else `alpha` * (exp(x) - 1).

    exp(x) - 1 is computed as tanh(x / 2) * (exp(x) + 1), which keeps its digits where x is small.

    Source: Clevert, Unterthiner and Hochreiter, arXiv 1511.07289, equation 15.
    """
    below = builder.minimum(x, 0.0)
    return builder.relu(x) + builder.tanh(below * 0.5) * (builder.exp(below) + 1.0) * alpha


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), from 0 to 1: a probability. Losses find x again as the result's `logits`."""
    return builder.sigmoid(x)


def hard_sigmoid(x: Tensor) -> Tensor:
    """min(max(x + 3, 0), 6) / 6: a sigmoid of three straight lines."""
    return relu6(x + 3.0) * (1.0 / 6.0)


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x), also known as swish.

    Source: Ramachandran, Zoph and Le, Searching for activation functions, arXiv 1710.05941.
    """
    return x * builder.sigmoid(x)


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent, from -1 to 1."""
    return builder.tanh(x)


def softsign(x: Tensor) -> Tensor:
    """x / (|x| + 1), from -1 to 1."""
    return x / (builder.absolute(x) + 1.0)


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), computed as max(x, 0) + log(1 + exp(-|x|)) so that exp cannot overflow.

    -|x| is written min(-x, x): at x = 0 the first operands of max and min take the gradient, and the slopes 1 and -1/2
    add up to the true 1/2. In float32 the error is below 1e-7 (absolute).
    """
    return builder.maximum(x, 0.0) + builder.log(builder.exp(builder.minimum(-x, x)) + 1.0)


def exponential(x: Tensor) -> Tensor:
    """exp(x)."""
    return builder.exp(x)


def softmax(x: Tensor) -> Tensor:
    """exp(x) / sum of exp(x) along the last axis: one probability per class.

    Losses find x again as the result's `logits`. Raises `ShapeError` where there is no class axis behind the batch.
    """
    return builder.softmax(x)


def log_softmax(x: Tensor) -> Tensor:
    """The logarithm of `softmax`, computed in one go so that it neither overflows nor loses digits."""
    return builder.log_softmax(x)


ACTIVATIONS: dict[str, Activation] = {
    "elu": elu,
    "exponential": exponential,
    "hard_sigmoid": hard_sigmoid,
    "leaky_relu": leaky_relu,
    "linear": linear,
    "log_softmax": log_softmax,
    "relu": relu,
    "relu6": relu6,
    "sigmoid": sigmoid,
    "silu": silu,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": softsign,
    "swish": silu,
    "tanh": tanh,
}
"""Every activation by its name in Keras."""


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
        if identifier not in ACTIVATIONS:
            raise unknown_name("activation", identifier, ACTIVATIONS)
        return ACTIVATIONS[identifier]
    if not callable(identifier) or isinstance(identifier, type):
        raise ArgumentError(f"activation must be a name such as 'relu' or a function of a tensor, got {identifier!r}")
    return identifier


def serialize(activation: Activation) -> str:
    """The name under which `get` finds an activation again.

    Raises:
        ArgumentError: it is a function of your own, which a file cannot hold.

    Example:
        >>> serialize(silu)
        'silu'
    """
    for name, known in ACTIVATIONS.items():
        if known is activation:
            return name
    raise ArgumentError(
        f"activation {getattr(activation, '__name__', activation)!r} is a function of your own, which a file cannot "
        f"hold; to save the model use one of: {', '.join(ACTIVATIONS)}"
    )
