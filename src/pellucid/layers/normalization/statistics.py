"""What tensors are normalised by: mean, variance and length along some axes, with the axes kept at size 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pellucid.graph import Tensor, builder


class Moments(NamedTuple):
    """Mean and variance along some axes, and what is left of the tensor without its mean."""

    mean: Tensor
    variance: Tensor
    deviations: Tensor


def moments(x: Tensor, axes: Sequence[int]) -> Moments:
    """The mean, the mean of the squared deviations from it (divided by the count, not by one less), the deviations.

    The mean is taken off before squaring: mean(x^2) - mean(x)^2 loses all digits where the mean is large. The variance
    does not change with the mean that is taken off, to first order: its slope there is -2 mean(x - mean) = 0. So that
    gradient is not followed, which spares a backward pass a round through memory.
    """
    mean = builder.reduce_mean(x, axes, keepdims=True)
    squares = builder.square(x - builder.stop_gradient(mean))
    return Moments(mean, builder.reduce_mean(squares, axes, keepdims=True), x - mean)


def reciprocal_root(x: Tensor) -> Tensor:
    """1 / sqrt(x): made of the few statistics, it spares a division for each element that is normalised."""
    return 1.0 / builder.sqrt(x)


def to_unit_length(x: Tensor, axes: Sequence[int], least: float) -> Tensor:
    """x / max(|x|, least), where |x| is the root of the sum of squares along the axes.

    The maximum is taken before the root, whose slope at 0 is infinite.
    """
    squares = builder.reduce_sum(builder.square(x), axes, keepdims=True)
    return x * reciprocal_root(builder.maximum(squares, least * least))
