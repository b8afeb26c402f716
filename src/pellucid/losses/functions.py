"""Losses as functions of arrays: one number per sample. `compile` and `get` take them for the classes.

They are the classes without a reduction, so nothing is computed in two ways.
"""

from __future__ import annotations

from typing import Any

from pellucid.calls import explained
from pellucid.dispatch import Operand
from pellucid.losses.probabilistic import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from pellucid.losses.regression import MeanSquaredError


@explained
def mean_squared_error(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of (prediction - target)^2 over the outputs.

    Args:
        y_true: of the shape of the predictions.
        y_pred: (batch, ..., outputs).

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> mean_squared_error([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [3.0, 0.0]]).tolist()
        [0.5, 4.5]

    Source: keras.losses.mean_squared_error.
    """
    return MeanSquaredError(None)(y_true, y_pred)


@explained
def binary_crossentropy(
    y_true: Operand, y_pred: Operand, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """-(y log(p) + (1 - y) log(1 - p)), the mean over the outputs.

    Args:
        y_true: 0 or 1 for each output.
        y_pred: (batch, ..., outputs).
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        axis: along which the mean is taken.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.
        ArgumentError: a setting is out of range.

    Example:
        >>> binary_crossentropy([[1.0], [0.0]], [[0.5], [0.75]]).round(3).tolist()
        [0.6930000185966492, 1.3860000371932983]

    Source: keras.losses.binary_crossentropy.
    """
    return BinaryCrossentropy(from_logits, label_smoothing, axis, None)(y_true, y_pred)


@explained
def categorical_crossentropy(
    y_true: Operand, y_pred: Operand, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """-sum over the classes of target * log(probability).

    Args:
        y_true: one share per class.
        y_pred: (batch, ..., classes).
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.
        ArgumentError: a setting is out of range.

    Example:
        >>> float(categorical_crossentropy([[0.0, 1.0, 0.0]], [[0.25, 0.5, 0.25]])[0])  # log 2
        0.6931471824645996

    Source: keras.losses.categorical_crossentropy.
    """
    return CategoricalCrossentropy(from_logits, label_smoothing, axis, None)(y_true, y_pred)


@explained
def sparse_categorical_crossentropy(
    y_true: Operand, y_pred: Operand, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """-log of the probability that is given to the right class.

    Args:
        y_true: class numbers, of the shape of the predictions without their axis of classes.
        y_pred: (batch, ..., classes).
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a number in the targets that stands for none: the loss is 0 there.
        axis: along which the classes lie.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.
        DataError: a class number is out of range.

    Example:
        >>> float(sparse_categorical_crossentropy([1], [[0.25, 0.5, 0.25]])[0])  # log 2
        0.6931471824645996

    Source: keras.losses.sparse_categorical_crossentropy.
    """
    return SparseCategoricalCrossentropy(from_logits, ignore_class, None, axis)(y_true, y_pred)
