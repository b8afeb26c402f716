"""Normalisation with statistics and factors that are handed in or found on the way, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pellucid import checks
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers.normalization.statistics import moments, reciprocal_root
from pellucid.ops.places import place, places


@anywhere("x", "mean", "variance", "offset", "scale")
def batch_normalization(
    x: Operand,
    mean: Operand,
    variance: Operand,
    axis: int,
    offset: Operand = None,
    scale: Operand = None,
    epsilon: float = 1e-3,
) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, each with a number for each place along an axis.

    Args:
        x: of any shape.
        mean: one number for each place of the axis, as the three others.
        variance: >= 0.
        axis: to which they belong, such as -1 for the channels.
        offset: none by default.
        scale: none by default.
        epsilon: >= 0.

    Raises:
        ShapeError: there is not one number for each place.

    Example:
        >>> batch_normalization([[1.0], [3.0]], [2.0], [1.0], axis=-1, epsilon=0.0).tolist()
        [[-1.0], [1.0]]
    """
    along = [place(axis, x.rank)]
    least = checks.number("", "epsilon", epsilon, 0.0)
    centred = x - _beside(x, mean, along, "mean")
    normalized = centred * reciprocal_root(_beside(x, variance, along, "variance") + least)
    return _affine(x, normalized, along, scale, offset, ("scale", "offset"))


@anywhere("x", "gamma", "beta")
def layer_normalization(
    x: Operand,
    gamma: Operand = None,
    beta: Operand = None,
    axis: int | Sequence[int] = -1,
    epsilon: float | None = None,
) -> Any:
    """x less its mean along the axes, divided by its standard deviation there, times gamma, plus beta.

    Args:
        x: of any shape.
        gamma: factors, of the sizes of the axes; none by default.
        beta: what is added, of the same sizes; nothing by default.
        axis: one or several.
        epsilon: added to the variance, >= 0; 1e-7 by default.

    Raises:
        ShapeError: gamma or beta have other sizes.

    Example:
        >>> layer_normalization([1.0, 3.0]).round(3).tolist()
        [-1.0, 1.0]
    """
    along = sorted(places(axis, x.rank))
    found = moments(x, along)
    normalized = found.deviations * reciprocal_root(found.variance + _least(epsilon))
    return _affine(x, normalized, along, gamma, beta, ("gamma", "beta"))


@anywhere("x", "scale")
def rms_normalization(
    x: Operand, scale: Operand = None, axis: int | Sequence[int] = -1, epsilon: float | None = None
) -> Any:
    """x divided by the root of the mean of its squares along the axes, times a scale.

    Args:
        x: of any shape.
        scale: factors that go with x; none by default.
        axis: one or several.
        epsilon: added to the mean, >= 0; 1e-7 by default.

    Example:
        >>> rms_normalization([3.0, 3.0]).round(3).tolist()
        [1.0, 1.0]
    """
    along = places(axis, x.rank)
    normalized = x * reciprocal_root(builder.reduce_mean(builder.square(x), along, keepdims=True) + _least(epsilon))
    return normalized if scale is None else normalized * scale


def _least(epsilon: float | None) -> float:
    return EPSILON if epsilon is None else checks.number("", "epsilon", epsilon, 0.0)


def _affine(
    x: Tensor, y: Tensor, axes: list[int], factor: Tensor | None, offset: Tensor | None, names: tuple[str, str]
) -> Tensor:
    y = y if factor is None else y * _beside(x, factor, axes, names[0])
    return y if offset is None else y + _beside(x, offset, axes, names[1])


def _beside(x: Tensor, numbers: Tensor, axes: list[int], name: str) -> Tensor:
    """Numbers for each place of some axes, so that they stand beside x element by element."""
    wanted = tuple(x.shape[axis] for axis in axes)
    if math.prod(numbers.shape) != math.prod(wanted):
        raise ShapeError(f"{name} must have the sizes {wanted} of its axes of {x.shape}, got {numbers.shape}")
    return builder.reshape(numbers, tuple(size if axis in axes else 1 for axis, size in enumerate(x.shape)))
