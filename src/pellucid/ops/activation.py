"""Activation functions, under Keras's names (keras.ops); their formulas stand in `pellucid.activations`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pellucid import activations
from pellucid.dispatch import Operand, anywhere


def _offered(function: Callable[..., Any]) -> Callable[..., Any]:
    """An activation under the name that it has here, by which its errors call it."""
    offered = anywhere("x", name=f"ops.{function.__name__}")(inspect.unwrap(function))
    offered.__module__ = __name__
    return offered


celu = _offered(activations.celu)
elu = _offered(activations.elu)
glu = _offered(activations.glu)
hard_shrink = _offered(activations.hard_shrink)
hard_sigmoid = _offered(activations.hard_sigmoid)
hard_silu = _offered(activations.hard_silu)
hard_tanh = _offered(activations.hard_tanh)
leaky_relu = _offered(activations.leaky_relu)
log_sigmoid = _offered(activations.log_sigmoid)
log_softmax = _offered(activations.log_softmax)
relu = _offered(activations.relu)
relu6 = _offered(activations.relu6)
selu = _offered(activations.selu)
sigmoid = _offered(activations.sigmoid)
silu = _offered(activations.silu)
soft_shrink = _offered(activations.soft_shrink)
softmax = _offered(activations.softmax)
softplus = _offered(activations.softplus)
softsign = _offered(activations.softsign)
sparse_plus = _offered(activations.sparse_plus)
sparse_sigmoid = _offered(activations.sparse_sigmoid)
sparsemax = _offered(activations.sparsemax)
squareplus = _offered(activations.squareplus)
tanh_shrink = _offered(activations.tanh_shrink)
threshold = _offered(activations.threshold)


@anywhere("x")
def gelu(x: Operand, approximate: bool = True) -> Any:
    """x times the probability that a standard normal number is below x; by default with tanh in place of erf.

    As in Keras this function approximates by default, while the activation "gelu" does not.

    Example:
        >>> gelu([0.0, 100.0]).tolist()
        [0.0, 100.0]

    Source: Hendrycks and Gimpel, Gaussian error linear units, arXiv 1606.08415.
    """
    return inspect.unwrap(activations.gelu)(x, approximate)


swish, hard_swish = silu, hard_silu
