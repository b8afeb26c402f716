"""How far numbers are from the numbers that they should be."""

from __future__ import annotations

from pellucid.graph import Tensor, builder


def squared_error(target: Tensor, prediction: Tensor) -> Tensor:
    """The mean of (prediction - target)^2 along the last axis: (batch, ..., outputs) gives (batch, ...)."""
    return builder.reduce_mean(builder.square(prediction - target), [-1])
