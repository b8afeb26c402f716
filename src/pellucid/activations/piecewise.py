"""Activation functions of straight (and one of curved) pieces: the ReLU family, hard forms and shrinkage.

Where pieces meet, the slope is a matter of definition. Each function says which it takes: Keras's wherever Keras's
backends agree, and otherwise that of one of them. Each is written so that NaN stays NaN wherever it does in Keras.
"""

from __future__ import annotations

from typing import Any

from pellucid.activations.settings import setting
from pellucid.dispatch import Operand, anywhere
from pellucid.graph import builder


@anywhere("x")
def relu(x: Operand, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """max(x, 0); with settings: min(x, `max_value`) above the threshold, else `negative_slope` (x - `threshold`).

    The slope is 0 at the threshold; where `negative_slope` is the only setting, it is 1 at 0 as in Keras on JAX (the
    negative slope on other backends). At the ceiling it is 0 if `max_value` is 6 and there is no threshold (`relu6`),
    else 1, as Keras has it (1/2 on JAX).

    Args:
        x: any shape.
        negative_slope: slope below the threshold.
        max_value: the largest result, >= 0; None for no limit. Nothing above the threshold is less than 0 then.
        threshold: x counts from here on (exclusive).

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: a setting is no finite number, or `max_value` is negative.

    Example:
        >>> relu([-1.0, 2.0]).tolist()
        [0.0, 2.0]
        >>> relu([-1.0, 2.0, 9.0], negative_slope=0.5, max_value=8.0, threshold=2.0).tolist()
        [-1.5, 0.0, 8.0]

    Source: keras.activations.relu; Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, 2010.
    """
    slope, start = setting("relu", "negative_slope", negative_slope), setting("relu", "threshold", threshold)
    ceiling = None if max_value is None else setting("relu", "max_value", max_value, 0.0)
    if slope and start == 0 and ceiling is None:
        return leaky_relu(x, slope)
    if start == 0 and ceiling == 6:
        y = relu6(x)
    else:
        y = builder.where(builder.greater(x, start), x, 0.0) if start else builder.relu(x)
        y = y if ceiling is None else builder.clip(y, 0.0, ceiling)
    return y - slope * builder.relu(start - x) if slope else y


@anywhere("x")
def relu6(x: Operand) -> Any:
    """min(max(x, 0), 6); slope 0 at 0 and at 6.

    Args:
        x: any shape.

    Returns:
        of the shape of x, from 0 to 6.

    Example:
        >>> relu6([-1.0, 2.0, 8.0]).tolist()
        [0.0, 2.0, 6.0]

    Source: keras.activations.relu6; Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010.
    """
    # At a tie the first operand takes the gradient: the constant, so that no slope is left.
    return builder.minimum(x.graph.constant(6.0), builder.relu(x))


@anywhere("x")
def leaky_relu(x: Operand, negative_slope: float = 0.2) -> Any:
    """x where x >= 0, else `negative_slope` x; slope 1 at 0, as in Keras on JAX.

    Args:
        x: any shape.
        negative_slope: slope below 0.

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: the slope is no finite number.

    Example:
        >>> leaky_relu([-10.0, 2.0]).tolist()
        [-2.0, 2.0]

    Source: keras.activations.leaky_relu; Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic
        models, 2013.
    """
    slope = setting("leaky_relu", "negative_slope", negative_slope)
    return builder.where(builder.greater_equal(x, 0.0), x, slope * x)


@anywhere("x")
def hard_sigmoid(x: Operand) -> Any:
    """min(max(x + 3, 0), 6) / 6: a sigmoid of three straight lines; slope 0 at -3 and at 3.

    Args:
        x: any shape.

    Returns:
        of the shape of x, from 0 to 1.

    Example:
        >>> hard_sigmoid([-4.0, 0.0, 4.0]).tolist()
        [0.0, 0.5, 1.0]

    Source: keras.activations.hard_sigmoid; before Keras 3 it was min(max(0.2 x + 0.5, 0), 1).
    """
    return relu6(x + 3.0) / 6.0


@anywhere("x")
def hard_sigmoid_keras2(x: Operand) -> Any:
    """min(max(0.2 x + 0.5, 0), 1): what Keras 1 and 2 called the hard sigmoid; slope 0 at -2.5 and at 2.5.

    Args:
        x: any shape.

    Returns:
        of the shape of x, from 0 to 1.

    Example:
        >>> hard_sigmoid_keras2([-4.0, 0.0, 1.0, 4.0]).tolist()
        [0.0, 0.5, 0.699999988079071, 1.0]

    Source: keras.backend.hard_sigmoid of Keras 1.2.2 and 2.2.4.
    """
    return builder.clip(x * 0.2 + 0.5, 0.0, 1.0)


@anywhere("x")
def hard_silu(x: Operand) -> Any:
    """x `hard_sigmoid`(x), also known as hard swish; slope 0 at -3 and 1 at 3.

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= -3/8.

    Example:
        >>> hard_silu([-1.5, 0.0, 4.0]).tolist()
        [-0.375, 0.0, 4.0]

    Source: keras.activations.hard_silu; Howard et al., Searching for MobileNetV3, arXiv 1905.02244.
    """
    return x * hard_sigmoid(x)


@anywhere("x")
def hard_tanh(x: Operand) -> Any:
    """x, cut off at -1 and 1; slope 1 there, as in Keras on JAX.

    Args:
        x: any shape.

    Returns:
        of the shape of x, from -1 to 1.

    Example:
        >>> hard_tanh([-4.0, 0.5, 4.0]).tolist()
        [-1.0, 0.5, 1.0]

    Source: keras.activations.hard_tanh.
    """
    return builder.clip(x, -1.0, 1.0)


@anywhere("x")
def hard_shrink(x: Operand, threshold: float = 0.5) -> Any:
    """x where |x| > `threshold`, else 0; slope 0 at the threshold.

    Args:
        x: any shape.
        threshold: up to which everything counts as 0.

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: the threshold is no finite number.

    Example:
        >>> hard_shrink([-1.0, 0.25, 1.0]).tolist()
        [-1.0, 0.0, 1.0]

    Source: keras.activations.hard_shrink.
    """
    limit = setting("hard_shrink", "threshold", threshold)
    return builder.where(builder.greater(builder.absolute(x), limit), x, 0.0)


@anywhere("x")
def soft_shrink(x: Operand, threshold: float = 0.5) -> Any:
    """x - `threshold` above it, x + `threshold` below its negative, 0 between; slope 0 at both.

    Args:
        x: any shape.
        threshold: by how much everything moves towards 0.

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: the threshold is no finite number.

    Example:
        >>> soft_shrink([-1.0, 0.25, 1.0]).tolist()
        [-0.5, 0.0, 0.5]

    Source: keras.activations.soft_shrink.
    """
    limit = setting("soft_shrink", "threshold", threshold)
    below = builder.where(builder.greater(-limit, x), x + limit, 0.0)
    return builder.where(builder.greater(x, limit), x - limit, below)


@anywhere("x")
def threshold(x: Operand, threshold: float, default_value: float) -> Any:
    """x where x > `threshold`, else `default_value`; slope 0 at the threshold.

    Args:
        x: any shape.
        threshold: above which x stays.
        default_value: the result everywhere else.

    Returns:
        of the shape of x.

    Raises:
        ArgumentError: a setting is no finite number.

    Example:
        >>> threshold([-1.0, 2.0], 0.5, 7.0).tolist()
        [7.0, 2.0]

    Source: keras.activations.threshold.
    """
    limit, other = (
        setting("threshold", "threshold", threshold),
        setting("threshold", "default_value", default_value),
    )
    return builder.where(builder.greater(x, limit), x, other)


@anywhere("x")
def sparse_plus(x: Operand) -> Any:
    """0 up to -1, (x + 1)² / 4 up to 1, then x: a softplus that reaches 0, without a kink.

    Args:
        x: any shape.

    Returns:
        of the shape of x, >= 0.

    Example:
        >>> sparse_plus([-2.0, 0.0, 2.0]).tolist()
        [0.0, 0.25, 2.0]

    Source: keras.activations.sparse_plus.
    """
    curved = builder.square(x + 1.0) * 0.25
    return builder.where(builder.greater_equal(-1.0, x), 0.0, builder.where(builder.greater_equal(x, 1.0), x, curved))


@anywhere("x")
def sparse_sigmoid(x: Operand) -> Any:
    """(x + 1) / 2, cut off at 0 and 1: the slope of `sparse_plus`.

    Its own slope is 1/2 at -1 and at 1; Keras's backends disagree there (1/4 on JAX, 0 on PyTorch).

    Args:
        x: any shape.

    Returns:
        of the shape of x, from 0 to 1.

    Example:
        >>> sparse_sigmoid([-2.0, 0.0, 2.0]).tolist()
        [0.0, 0.5, 1.0]

    Source: keras.activations.sparse_sigmoid; Blondel, Martins and Niculae, Learning with Fenchel-Young losses, arXiv
        1901.02324.
    """
    return builder.clip(x + 1.0, 0.0, 2.0) * 0.5
