"""How far numbers are from the numbers that they should be: the mean of some distance along the last axis."""

from __future__ import annotations

import math
from typing import Any

from pellucid.activations import softplus
from pellucid.checks import positive
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.graph import Tensor, builder
from pellucid.measures.shapes import paired


def _mean(values: Tensor) -> Tensor:
    return builder.reduce_mean(values, [-1])


@anywhere("y_true", "y_pred", name="losses.mean_squared_error")
def mean_squared_error(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of (prediction - target)^2 along the last axis.

    Args:
        y_true: of the shape of the predictions; a last axis of size 1 may be missing or too much.
        y_pred: (batch, ..., outputs).

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together; nothing is broadcast.

    Example:
        >>> mean_squared_error([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [3.0, 0.0]]).tolist()
        [0.5, 4.5]

    Source: keras.losses.mean_squared_error.
    """
    target, prediction = paired("losses.mean_squared_error", y_true, y_pred)
    return _mean(builder.square(prediction - target))


@anywhere("y_true", "y_pred", name="losses.mean_absolute_error")
def mean_absolute_error(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of |prediction - target| along the last axis; the gradient is 0 where they are equal.

    Args:
        y_true: see `mean_squared_error`; so are `y_pred`, what is returned and what is raised.
        y_pred: (batch, ..., outputs).

    Example:
        >>> mean_absolute_error([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [3.0, 0.0]]).tolist()
        [0.5, 1.5]

    Source: keras.losses.mean_absolute_error.
    """
    target, prediction = paired("losses.mean_absolute_error", y_true, y_pred)
    return _mean(builder.absolute(prediction - target))


@anywhere("y_true", "y_pred", name="losses.mean_absolute_percentage_error")
def mean_absolute_percentage_error(y_true: Operand, y_pred: Operand) -> Any:
    """100 times the mean of |prediction - target| / |target| along the last axis [percent].

    |target| counts as 1e-7 at least, so a target of 0 makes a huge number, not an infinite one.

    Args:
        y_true: see `mean_squared_error`; so are `y_pred`, what is returned and what is raised.
        y_pred: (batch, ..., outputs).

    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).tolist()
        [25.0]

    Source: keras.losses.mean_absolute_percentage_error.
    """
    target, prediction = paired("losses.mean_absolute_percentage_error", y_true, y_pred)
    return 100.0 * _mean(builder.absolute((target - prediction) / builder.maximum(builder.absolute(target), EPSILON)))


@anywhere("y_true", "y_pred", name="losses.mean_squared_logarithmic_error")
def mean_squared_logarithmic_error(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of (log(1 + prediction) - log(1 + target))^2 along the last axis; what is below 0 counts as 0.

    Args:
        y_true: see `mean_squared_error`; so are `y_pred`, what is returned and what is raised.
        y_pred: (batch, ..., outputs).

    Example:
        >>> round(float(mean_squared_logarithmic_error([[0.0]], [[1.0]])[0]), 4)  # (log 2)^2
        0.4805

    Source: keras.losses.mean_squared_logarithmic_error, where 0 is 1e-7.
    """
    target, prediction = paired("losses.mean_squared_logarithmic_error", y_true, y_pred)
    logs = [builder.log1p(builder.maximum(each, EPSILON)) for each in (prediction, target)]
    return _mean(builder.square(logs[0] - logs[1]))


@anywhere("y_true", "y_pred", name="losses.huber")
def huber(y_true: Operand, y_pred: Operand, delta: float = 1.0) -> Any:
    """The mean, along the last axis, of e^2 / 2 for errors |e| up to delta, of delta |e| - delta^2 / 2 for larger ones.

    Args:
        y_true: see `mean_squared_error`; so are `y_pred` and what is returned.
        y_pred: (batch, ..., outputs).
        delta: > 0, where the square ends and the straight line begins.

    Raises:
        ShapeError: the shapes do not go together.
        ArgumentError: delta is not a number > 0.

    Example:
        >>> huber([[0.0], [0.0]], [[0.5], [3.0]]).tolist()
        [0.125, 2.5]

    Source: keras.losses.huber; P. J. Huber, Robust Estimation of a Location Parameter, Ann. Math. Stat. 35 (1964).
    """
    delta = positive("huber", "delta", delta)
    target, prediction = paired("losses.huber", y_true, y_pred)
    error = prediction - target
    size = builder.absolute(error)
    near, far = 0.5 * builder.square(error), delta * size - 0.5 * delta * delta
    return _mean(builder.where(builder.greater(size, delta), far, near))


@anywhere("y_true", "y_pred", name="losses.log_cosh")
def log_cosh(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of log(cosh(prediction - target)) along the last axis: about e^2 / 2 for small errors, |e| for large.

    It is computed as e + softplus(-2 e) - log 2, which does not overflow.

    Args:
        y_true: see `mean_squared_error`; so are `y_pred`, what is returned and what is raised.
        y_pred: (batch, ..., outputs).

    Example:
        >>> round(float(log_cosh([[0.0]], [[1.0]])[0]), 4)
        0.4338

    Source: keras.losses.log_cosh.
    """
    target, prediction = paired("losses.log_cosh", y_true, y_pred)
    error = prediction - target
    return _mean(error + softplus(-2.0 * error) - math.log(2.0))
