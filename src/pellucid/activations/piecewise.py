"""Activation functions of straight pieces: the ReLU family, hard forms and shrinkage."""

from __future__ import annotations

from pellucid.graph import Tensor, builder


def sign(x: Tensor) -> Tensor:
    """1, -1 or 0, with no slope."""
    return builder.greater(x, 0.0) - builder.greater(-x, 0.0)


def relu(x: Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """max(x, 0); slope 0 at 0.

    With settings: x from `threshold` up stays; below it becomes `negative_slope` * (x - `threshold`); nothing exceeds
    `max_value`.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(relu)([-1.0, 2.0]).tolist()
        [0.0, 2.0]

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010.
    """
    if threshold == 0 and negative_slope == 0:
        y = builder.relu(x)
    else:
        y = builder.where(builder.greater_equal(x, threshold), x, (x - threshold) * negative_slope)
    return y if max_value is None else builder.minimum(y.graph.constant(max_value), y)


def relu6(x: Tensor) -> Tensor:
    """min(max(x, 0), 6); slope 0 at 0 and at 6.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(relu6)([-1.0, 2.0, 8.0]).tolist()
        [0.0, 2.0, 6.0]
    """
    return relu(x, max_value=6.0)


def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x where x >= 0, else `negative_slope` * x; the slope is from 0 to 1.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(leaky_relu)([-10.0, 2.0]).tolist()
        [-2.0, 2.0]

    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, ICML 2013.
    """
    return builder.maximum(x, x * negative_slope)


def hard_sigmoid(x: Tensor) -> Tensor:
    """min(max(x + 3, 0), 6) / 6: a sigmoid of three straight lines.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(hard_sigmoid)([-4.0, 0.0, 4.0]).tolist()
        [0.0, 0.5, 1.0]
    """
    return relu6(x + 3.0) * (1.0 / 6.0)


def hard_silu(x: Tensor) -> Tensor:
    """x * hard_sigmoid(x), also known as hard swish.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(hard_silu)([-4.0, 0.0, 4.0]).tolist()
        [0.0, 0.0, 4.0]

    Source: Howard et al., Searching for MobileNetV3, arXiv 1905.02244.
    """
    return x * hard_sigmoid(x)


def hard_tanh(x: Tensor) -> Tensor:
    """x, cut off at -1 and 1; the slope is 1 there.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(hard_tanh)([-4.0, 0.5, 4.0]).tolist()
        [-1.0, 0.5, 1.0]
    """
    return builder.where(builder.greater(builder.absolute(x), 1.0), sign(x), x)


def hard_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """x where |x| > `threshold`, else 0.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(hard_shrink)([-1.0, 0.25, 1.0]).tolist()
        [-1.0, 0.0, 1.0]
    """
    return builder.where(builder.greater(builder.absolute(x), threshold), x, 0.0)


def soft_shrink(x: Tensor, threshold: float = 0.5) -> Tensor:
    """x moved towards 0 by `threshold`, and 0 where that would cross it.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(soft_shrink)([-1.0, 0.25, 1.0]).tolist()
        [-0.5, 0.0, 0.5]
    """
    return builder.where(builder.greater(builder.absolute(x), threshold), x - sign(x) * threshold, 0.0)


def threshold(x: Tensor, threshold: float, default_value: float) -> Tensor:
    """x where x > `threshold`, else `default_value`.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(threshold)([-1.0, 2.0], 0.5, 7.0).tolist()
        [7.0, 2.0]
    """
    return builder.where(builder.greater(x, threshold), x, default_value)


def sparse_plus(x: Tensor) -> Tensor:
    """0 up to -1, (x + 1)² / 4 up to 1, then x.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(sparse_plus)([-2.0, 0.0, 2.0]).tolist()
        [0.0, 0.25, 2.0]
    """
    curved = (x + 1.0) * (x + 1.0) * 0.25
    return builder.where(builder.greater_equal(x, 1.0), x, builder.where(builder.greater(x, -1.0), curved, 0.0))


def sparse_sigmoid(x: Tensor) -> Tensor:
    """(x + 1) / 2, cut off at 0 and 1: the slope of `sparse_plus`.

    Example:
        >>> from pellucid.ops.anywhere import anywhere
        >>> anywhere()(sparse_sigmoid)([-2.0, 0.0, 2.0]).tolist()
        [0.0, 0.5, 1.0]
    """
    return builder.where(builder.greater(builder.absolute(x), 1.0), builder.greater(x, 0.0), (x + 1.0) * 0.5)
