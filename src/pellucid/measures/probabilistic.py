"""Cross-entropies: how improbable the truth was by the predictions.

Where the last layer applied softmax or sigmoid, they are computed from what stood before it (`Tensor.logits`), which
neither overflows nor loses digits. Other probabilities are kept 1e-7 away from 0 and 1, as in Keras, so that there is a
logarithm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import legacy, targets
from pellucid.activations import softplus
from pellucid.checks import flag, number, whole
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere, known_values
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.measures.shapes import check_same, labels_beside, paired, place_of, without_axis
from pellucid.warned import warn

LABELS = (-(2**31), 2**31 - 1)
"""Between which a number lies that targets may hold."""


@anywhere("y_true", "y_pred", name="losses.categorical_crossentropy")
def categorical_crossentropy(
    y_true: Operand, y_pred: Operand, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """-sum over the classes of target * log(probability).

    Args:
        y_true: one share per class, of the shape of the predictions.
        y_pred: (batch, ..., classes), or with the classes along `axis`. Shares are made to sum to 1 first.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.

    Returns:
        (batch, ...): the axis of the classes goes.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.
        ArgumentError: a setting is out of range, or logits are announced where probabilities came.

    Example:
        >>> float(categorical_crossentropy([[0.0, 1.0, 0.0]], [[0.25, 0.5, 0.25]])[0])  # log 2
        0.6931471824645996

    Source: keras.losses.categorical_crossentropy.
    """
    flag("categorical_crossentropy", "from_logits", from_logits)
    target, prediction = paired("losses.categorical_crossentropy", y_true, y_pred)
    target, prediction = axis_last(target, axis), axis_last(prediction, axis)
    target = smoothed("categorical_crossentropy", target, label_smoothing, prediction.shape[-1])
    return -builder.reduce_sum(target * log_probabilities(prediction, from_logits), [-1])


@anywhere("y_true", "y_pred", name="losses.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(
    y_true: Operand, y_pred: Operand, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Any:
    """-log of the probability that is given to the right class.

    Args:
        y_true: class numbers, of the shape of the predictions without their axis of classes, or with size 1 there.
        y_pred: (batch, ..., classes), or with the classes along `axis`.
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a number in the targets, of a class or of none, at which the loss is 0.
        axis: along which the classes lie.

    Returns:
        (batch, ...): the axis of the classes goes.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.
        DataError: a class number is out of range.
        ArgumentError: a setting is out of range, or logits are announced where probabilities came.

    Example:
        >>> float(sparse_categorical_crossentropy([1], [[0.25, 0.5, 0.25]])[0])  # log 2
        0.6931471824645996

    Source: keras.losses.sparse_categorical_crossentropy.
    """
    flag("sparse_categorical_crossentropy", "from_logits", from_logits)
    if ignore_class is not None:
        ignore_class = whole("sparse_categorical_crossentropy", "ignore_class", ignore_class, *LABELS)
    labels = fitting_labels("losses.sparse_categorical_crossentropy", y_true, y_pred, axis, ignore_class)
    prediction = axis_last(y_pred, axis)
    shares = builder.one_hot(labels, prediction.shape[-1])
    if ignore_class is not None:
        shares = shares * builder.reshape(is_counted(labels, ignore_class), (*labels.shape, 1))
    return -builder.reduce_sum(shares * log_probabilities(prediction, from_logits), [-1])


def fitting_labels(
    owner: str, target: Tensor, prediction: Tensor, axis: int = -1, ignore_class: int | None = None
) -> Tensor:
    """Class numbers of the shape of the predictions without their axis of classes; checked where they are known."""
    labels, values = labels_beside(target, prediction, axis), known_values(target)
    check_same(owner, labels, prediction, without_axis(prediction.shape, axis))
    if values is not None:
        counted = np.where(values == ignore_class, 0, values)
        targets.check_labels(counted, prediction.shape[place_of(axis, prediction.shape)], "each prediction")
    return labels


def is_counted(target: Tensor, ignore_class: int) -> Tensor:
    """1 where a class number is not the one that is left out, else 0."""
    return 1.0 - builder.equal(target, float(ignore_class))


@anywhere("y_true", "y_pred", name="losses.binary_crossentropy")
def binary_crossentropy(
    y_true: Operand, y_pred: Operand, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """-(y log(p) + (1 - y) log(1 - p)), the mean over the outputs; from logits x it is softplus(x) - x y.

    Args:
        y_true: from 0 to 1 for each output, of the shape of the predictions.
        y_pred: (batch, ..., outputs).
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        axis: along which the mean is taken.

    Returns:
        (batch, ...): the axis goes.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.
        ArgumentError: a setting is out of range, or logits are announced where probabilities came.

    Example:
        >>> binary_crossentropy([[1.0], [0.0]], [[0.5], [0.75]]).round(3).tolist()
        [0.6930000185966492, 1.3860000371932983]

    Source: keras.losses.binary_crossentropy.
    """
    flag("binary_crossentropy", "from_logits", from_logits)
    target, prediction = paired("losses.binary_crossentropy", y_true, y_pred)
    target = smoothed("binary_crossentropy", target, label_smoothing, 2)
    loss = bitwise_crossentropy(target, prediction, from_logits)
    return builder.reduce_mean(loss, [place_of(axis, loss.shape)])


def bitwise_crossentropy(target: Tensor, prediction: Tensor, from_logits: bool) -> Tensor:
    """-(y log(p) + (1 - y) log(1 - p)) for each output."""
    logits = logits_of(prediction, "sigmoid", from_logits)
    if logits is not None:
        return softplus(logits) - logits * target
    p = clipped(prediction)
    return -(target * builder.log(p) + (1.0 - target) * builder.log(1.0 - p))


def log_probabilities(prediction: Tensor, from_logits: bool) -> Tensor:
    """The logarithm of the probability of each class along the last axis; shares are made to sum to 1 first."""
    logits = logits_of(prediction, "softmax", from_logits)
    if logits is not None:
        return builder.log_softmax(logits)
    return builder.log(clipped(prediction / builder.reduce_sum(prediction, [-1], keepdims=True)))


def logits_of(prediction: Tensor, function: str, from_logits: bool) -> Tensor | None:
    """What `function` ("softmax" or "sigmoid") was applied to in order to get the predictions, where that is known."""
    if not from_logits:
        return prediction.logits if prediction.link == function else None
    if prediction.link == function:
        both = f"from_logits=True, but the last layer applies {function} already"
        if not legacy.are_collected():
            raise ArgumentError(f"{both}; use one of the two")
        warn(f"{both}: the loss is computed from what it is applied to, as TensorFlow does")
        return prediction.logits
    return prediction


def clipped(probabilities: Tensor) -> Tensor:
    """Probabilities at least 1e-7 away from 0 and 1, so that there is a logarithm; as in Keras."""
    return builder.clip(probabilities, EPSILON, 1.0 - EPSILON)


def smoothed(owner: str, target: Tensor, share: float, classes: int) -> Tensor:
    """Targets of which a share is spread evenly over all classes."""
    share = number(owner, "label_smoothing", share, 0.0, 1.0)
    return target * (1.0 - share) + share / classes if share else target


def axis_last(x: Tensor, axis: int) -> Tensor:
    """The axis moved behind all others; where it is the last already, the very tensor, which may know its logits."""
    place = place_of(axis, x.shape)
    if place == x.rank - 1:
        return x
    return builder.transpose(x, [*(other for other in range(x.rank) if other != place), place])
