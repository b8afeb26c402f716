"""Whether a prediction is right: 1 where it is, else 0."""

from __future__ import annotations

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
