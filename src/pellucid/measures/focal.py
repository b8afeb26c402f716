"""Cross-entropies that count some samples less: those that are right already, and those that are hopeless."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checks import SMALLEST, flag, number, several
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.measures.probabilistic import (
    axis_last,
    bitwise_crossentropy,
    fitting_labels,
    log_probabilities,
    smoothed,
)
from pellucid.measures.shapes import paired, place_of


@anywhere("y_true", "y_pred", name="losses.binary_focal_crossentropy")
def binary_focal_crossentropy(
    y_true: Operand,
    y_pred: Operand,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """(1 - q)^gamma times the binary cross-entropy, where q is the probability of the truth; the mean over the outputs.

    Args:
        y_true: from 0 to 1 for each output, of the shape of the predictions.
        y_pred: (batch, ..., outputs).
        apply_class_balancing: whether ones count by alpha, zeros by 1 - alpha.
        alpha: from 0 to 1.
        gamma: >= 0; the larger, the less count outputs that are right already.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        axis: along which the mean is taken.

    Returns:
        (batch, ...): the axis goes.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.
        ArgumentError: a setting is out of range, or logits are announced where probabilities came.

    Example:
        >>> round(float(binary_focal_crossentropy([[1.0]], [[0.5]])[0]), 4)  # log 2 / 4
        0.1733

    Source: keras.losses.binary_focal_crossentropy; T. Lin and others, Focal Loss, arXiv 1708.02002 (2017).
    """
    owner = "binary_focal_crossentropy"
    alpha, gamma = number(owner, "alpha", alpha, 0.0, 1.0), number(owner, "gamma", gamma, 0.0)
    flag(owner, "from_logits", from_logits)
    target, prediction = paired(f"losses.{owner}", y_true, y_pred)
    target = smoothed(owner, target, label_smoothing, 2)
    loss = bitwise_crossentropy(target, prediction, from_logits)
    p = builder.sigmoid(prediction) if from_logits else prediction
    if gamma:
        loss = loss * _what_is_missing(target * p + (1.0 - target) * (1.0 - p), gamma)
    if flag(owner, "apply_class_balancing", apply_class_balancing):
        loss = loss * (target * alpha + (1.0 - target) * (1.0 - alpha))
    return builder.reduce_mean(loss, [place_of(axis, loss.shape)])


@anywhere("y_true", "y_pred", name="losses.categorical_focal_crossentropy")
def categorical_focal_crossentropy(
    y_true: Operand,
    y_pred: Operand,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """-sum over the classes of alpha * (1 - probability)^gamma * target * log(probability).

    Args:
        y_true: one share per class, of the shape of the predictions.
        y_pred: (batch, ..., classes), or with the classes along `axis`. Shares are made to sum to 1 first.
        alpha: >= 0: a factor for all classes, or a list with one for each.
        gamma: >= 0; the larger, the less count samples that are right already.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.

    Returns:
        (batch, ...): the axis of the classes goes.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.
        ArgumentError: a setting is out of range, or logits are announced where probabilities came.

    Example:
        >>> round(float(categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]], alpha=1.0)[0]), 4)  # log 2 / 4
        0.1733

    Source: keras.losses.categorical_focal_crossentropy.
    """
    owner = "categorical_focal_crossentropy"
    alpha, gamma = factors(owner, alpha), number(owner, "gamma", gamma, 0.0)
    flag(owner, "from_logits", from_logits)
    target, prediction = paired(f"losses.{owner}", y_true, y_pred)
    target, prediction = axis_last(target, axis), axis_last(prediction, axis)
    target = smoothed(owner, target, label_smoothing, prediction.shape[-1])
    if isinstance(alpha, list) and len(alpha) not in (1, prediction.shape[-1]):
        raise ShapeError(f"{owner}: alpha has {len(alpha)} numbers, the predictions {prediction.shape[-1]} classes")
    logs = log_probabilities(prediction, from_logits)
    loss = -target * logs * np.asarray(alpha, np.float32)
    if gamma:
        loss = loss * _what_is_missing(builder.exp(logs), gamma)
    return builder.reduce_sum(loss, [-1])


@anywhere("y_true", "y_pred", name="losses.categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(y_true: Operand, y_pred: Operand, q: float = 0.5) -> Any:
    """(1 - p^q) / q, where p is the probability of the right class: labels that are wrong do less harm.

    Args:
        y_true: class numbers, of the shape of the predictions without their last axis.
        y_pred: probabilities (batch, ..., classes).
        q: between 0, which would be the cross-entropy, and 1, which would be the mean absolute error.

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.
        DataError: a class number is out of range.
        ArgumentError: q is not between 0 and 1.

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]]).tolist()
        [1.0]

    Source: keras.losses.categorical_generalized_cross_entropy; Z. Zhang, M. Sabuncu, arXiv 1805.07836 (2018).
    """
    q = between_0_and_1("categorical_generalized_cross_entropy", q)
    labels = fitting_labels("losses.categorical_generalized_cross_entropy", y_true, y_pred)
    shares = builder.one_hot(labels, y_pred.shape[-1])
    if y_pred.link == "softmax":  # p^q by its logarithm: then its gradient is finite where p is 0
        powers = builder.exp(q * builder.reduce_sum(shares * log_probabilities(y_pred, False), [-1]))
    else:
        p = builder.reduce_sum(shares * y_pred, [-1])
        powers = builder.where(builder.greater(p, 0.0), builder.power(builder.maximum(p, SMALLEST), q), 0.0)
    return (1.0 - powers) / q


def factors(owner: str, alpha: Any) -> float | list[float]:
    """The weight of all classes, or a list with one for each, as plain numbers >= 0."""
    if isinstance(alpha, list | tuple | np.ndarray):
        return [number(owner, "alpha", each, 0.0) for each in several(owner, "alpha", alpha, "numbers")]
    return number(owner, "alpha", alpha, 0.0)


def between_0_and_1(owner: str, q: Any) -> float:
    """q as a float, if it is between 0 and 1 and neither."""
    if not 0.0 < number(owner, "q", q, 0.0, 1.0) < 1.0:
        raise ArgumentError(f"{owner}: q must be between 0 and 1, got {q}")
    return float(q)


def _what_is_missing(probability: Tensor, gamma: float) -> Tensor:
    """(1 - p)^gamma; 1 - p is kept from 0, where a power below 1 has no finite gradient."""
    return builder.power(builder.maximum(1.0 - probability, EPSILON), gamma)
