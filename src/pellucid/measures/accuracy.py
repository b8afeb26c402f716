"""Whether a prediction is right: 1 where it is, else 0."""

from __future__ import annotations

import math

from pellucid.graph import Tensor, builder


def accuracy(target: Tensor, prediction: Tensor) -> Tensor:
    """1 where a prediction is the target to the bit, for each output: for predicted classes, not for probabilities."""
    return builder.equal(target, prediction)


def binary_accuracy(target: Tensor, prediction: Tensor, threshold: float = 0.5) -> Tensor:
    """1 where a prediction is above the threshold and the target 1, or neither, for each output."""
    return builder.equal(target, builder.greater(prediction, threshold))


def categorical_accuracy(target: Tensor, prediction: Tensor) -> Tensor:
    """1 where the most probable class is the target's largest: (batch, ..., classes) gives (batch, ...)."""
    return builder.equal(builder.arg_max(target), builder.arg_max(prediction))


def sparse_categorical_accuracy(target: Tensor, prediction: Tensor) -> Tensor:
    """1 where the most probable class is the target's number: targets (batch, ...), predictions (batch, ..., classes).

    Of several classes that are equally probable the first counts.
    """
    return builder.equal(target, builder.arg_max(prediction))


def top_k_accuracy(target: Tensor, prediction: Tensor, k: int) -> Tensor:
    """1 where fewer than k classes are more probable than the target's largest, along the last axis, which goes."""
    return sparse_top_k_accuracy(builder.arg_max(target), prediction, k)


def sparse_top_k_accuracy(target: Tensor, prediction: Tensor, k: int) -> Tensor:
    """1 where fewer than k classes are more probable than the one of the target's number; 0 where that is no class."""
    of_target = builder.one_hot(target, prediction.shape[-1])
    own = builder.reduce_max(builder.where(of_target, prediction, -math.inf), [-1], keepdims=True)
    own = builder.where(builder.equal(own, own), own, -math.inf)  # NaN is no high probability
    above = builder.reduce_sum(builder.greater(prediction, own), [-1])
    return builder.greater(float(k), above) * builder.reduce_sum(of_target, [-1])


def sorted_top_k_accuracy(target: Tensor, ranked: Tensor, k: int) -> Tensor:
    """1 where the target's number is among the first k of ranked class numbers, (batch, ..., numbers)."""
    first = builder.slice_axis(ranked, -1, 0, min(k, ranked.shape[-1]))
    return builder.reduce_max(builder.equal(first, builder.reshape(target, (*target.shape, 1))), [-1])
