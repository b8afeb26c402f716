"""Metrics as functions of arrays: what is averaged, not the mean. `compile` and `get` take them for the classes."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.metrics.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from pellucid.metrics.correlation import ConcordanceCorrelation, PearsonCorrelation
from pellucid.metrics.top_k import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy


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


@anywhere("y_true", "y_pred")
def top_k_categorical_accuracy(y_true: Operand, y_pred: Operand, k: int = 5) -> Any:
    """1 where the target's largest class is among the k most probable ones, else 0.

    Args:
        y_true: one share per class.
        y_pred: (batch, ..., classes).
        k: how many classes are looked at.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> top_k_categorical_accuracy([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.5, 0.2, 0.3]], k=2).tolist()
        [1.0, 0.0]

    Source: keras.metrics.top_k_categorical_accuracy.
    """
    return TopKCategoricalAccuracy(k).fitted(y_true, y_pred)


@anywhere("y_true", "y_pred")
def sparse_top_k_categorical_accuracy(
    y_true: Operand, y_pred: Operand, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """1 where the target's number is among the k most probable classes, else 0.

    Args:
        y_true: class numbers, (batch, ...).
        y_pred: (batch, ..., classes).
        k: how many classes are looked at.
        from_sorted_ids: whether predictions are class numbers, the most probable first.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> sparse_top_k_categorical_accuracy([2, 1], [[0.1, 0.9, 0.8], [0.5, 0.2, 0.3]], k=2).tolist()
        [1.0, 0.0]

    Source: keras.metrics.sparse_top_k_categorical_accuracy.
    """
    return SparseTopKCategoricalAccuracy(k, from_sorted_ids=from_sorted_ids).fitted(y_true, y_pred)


@anywhere("y_true", "y_pred")
def pearson_correlation(y_true: Operand, y_pred: Operand, axis: int = -1) -> Any:
    """The correlation of predictions with their targets along an axis, from -1 to 1.

    Args:
        y_true: of the shape of the predictions.
        y_pred: (batch, ..., outputs).
        axis: along which they are compared; it goes. Several of them in a list.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> pearson_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]]).round(3).tolist()
        [1.0]

    Source: keras.metrics.pearson_correlation.
    """
    return PearsonCorrelation(axis=axis).fitted(y_true, y_pred)


@anywhere("y_true", "y_pred")
def concordance_correlation(y_true: Operand, y_pred: Operand, axis: int = -1) -> Any:
    """The agreement of predictions with their targets along an axis, in size and place too, from -1 to 1.

    Args:
        y_true: of the shape of the predictions.
        y_pred: (batch, ..., outputs).
        axis: along which they are compared; it goes. Several of them in a list.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> concordance_correlation([[0.0, 1.0, 0.5]], [[0.1, 0.9, 0.5]]).round(3)
        array([0.976], dtype=float32)

    Source: keras.metrics.concordance_correlation.
    """
    return ConcordanceCorrelation(axis=axis).fitted(y_true, y_pred)
