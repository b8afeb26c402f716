"""Metrics as functions of arrays: what is averaged, not the mean. `compile` and `get` take them for the classes."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.metrics.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy


@anywhere("y_true", "y_pred")
def binary_accuracy(y_true: Operand, y_pred: Operand, threshold: float = 0.5) -> Any:
    """1 where a prediction lies on the target's side of the threshold, else 0.

    Args:
        y_true: 0 or 1 for each output.
        y_pred: any shape.
        threshold: predictions above it count as 1.

    Returns:
        of the shape of the predictions.

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> binary_accuracy([[1, 0]], [[0.9, 0.8]]).tolist()
        [[1.0, 0.0]]

    Source: keras.metrics.binary_accuracy.
    """
    return BinaryAccuracy(threshold=threshold).fitted(y_true, y_pred)


@anywhere("y_true", "y_pred")
def categorical_accuracy(y_true: Operand, y_pred: Operand) -> Any:
    """1 where the most probable class is the target's largest, else 0.

    Args:
        y_true: one share per class.
        y_pred: (batch, ..., classes).

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).tolist()
        [1.0, 0.0]

    Source: keras.metrics.categorical_accuracy.
    """
    return CategoricalAccuracy().fitted(y_true, y_pred)


@anywhere("y_true", "y_pred")
def sparse_categorical_accuracy(y_true: Operand, y_pred: Operand) -> Any:
    """1 where the most probable class is the target's number, else 0.

    Args:
        y_true: class numbers, (batch, ...).
        y_pred: (batch, ..., classes).

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.4, 0.6]]).tolist()
        [1.0, 0.0]

    Source: keras.metrics.sparse_categorical_accuracy.
    """
    return SparseCategoricalAccuracy().fitted(y_true, y_pred)
