"""Activation functions, under Keras's names (keras.ops); their formulas stand in `pellucid.activations`."""

from __future__ import annotations

from typing import Any

from pellucid import activations
from pellucid.ops.anywhere import anywhere

Operand = Any  # a tensor, a weight, an array or a number


@anywhere()
def elu(x: Operand) -> Any:
    """x where x > 0, else exp(x) - 1.

    Example:
        >>> elu([0.0, 2.0]).tolist()
        [0.0, 2.0]
    """
    return activations.elu(x)


@anywhere()
def gelu(x: Operand) -> Any:
    """x times the probability that a standard normal number is below x.

    Example:
        >>> gelu([0.0]).tolist()
        [0.0]
    """
    return activations.gelu(x)


@anywhere()
def leaky_relu(x: Operand) -> Any:
    """x where x >= 0, else 0.2 x.

    Example:
        >>> leaky_relu([-1.0, 2.0]).round(1).tolist()
        [-0.20000000298023224, 2.0]
    """
    return activations.leaky_relu(x)


@anywhere()
def log_softmax(x: Operand) -> Any:
    """log(softmax(x)) along the last axis.

    Example:
        >>> log_softmax([[3.0]]).tolist()
        [[0.0]]
    """
    return activations.log_softmax(x)


@anywhere()
def relu(x: Operand) -> Any:
    """max(x, 0).

    Example:
        >>> relu([-1.0, 2.0]).tolist()
        [0.0, 2.0]
    """
    return activations.relu(x)


@anywhere()
def sigmoid(x: Operand) -> Any:
    """1 / (1 + exp(-x)).

    Example:
        >>> sigmoid([0.0]).tolist()
        [0.5]
    """
    return activations.sigmoid(x)


@anywhere()
def silu(x: Operand) -> Any:
    """x * sigmoid(x).

    Example:
        >>> silu([0.0]).tolist()
        [0.0]
    """
    return activations.silu(x)


@anywhere()
def softmax(x: Operand) -> Any:
    """exp(x) / sum of exp(x) along the last axis.

    Example:
        >>> softmax([[1.0, 1.0]]).tolist()
        [[0.5, 0.5]]
    """
    return activations.softmax(x)


@anywhere()
def softplus(x: Operand) -> Any:
    """log(1 + exp(x)).

    Example:
        >>> softplus([0.0]).round(4).tolist()
        [0.6930999755859375]
    """
    return activations.softplus(x)
