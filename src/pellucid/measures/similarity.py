"""Measures of directions, of overlaps and of pairs: what is compared is not one number with one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.activations import softplus
from pellucid.checks import axes, flag, number, positive
from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.measures.shapes import labels_beside, paired, place_of

NEVER = -1e30
"""What stands for -infinity in a sum of exponentials: nothing is added by it, and its gradient is 0, not NaN."""


def cosine(target: Tensor, prediction: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between two directions, along an axis; 0 where one of them has no length."""
    place = place_of(axis, prediction.shape)
    # Keras takes no square of a length for less than epsilon squared.
    lengths = [
        builder.sqrt(builder.maximum(builder.reduce_sum(builder.square(each), [place], keepdims=True), EPSILON**2))
        for each in (target, prediction)
    ]
    return builder.reduce_sum((target / lengths[0]) * (prediction / lengths[1]), [place])


@anywhere("y_true", "y_pred", name="losses.cosine_similarity")
def cosine_similarity(y_true: Operand, y_pred: Operand, axis: int = -1) -> Any:
    """Minus the cosine of the angle between targets and predictions: -1 for the same direction, 1 for the opposite.

    Args:
        y_true: of the shape of the predictions.
        y_pred: (batch, ..., outputs).
        axis: along which the components lie.

    Returns:
        (batch, ...): the axis goes.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.

    Example:
        >>> cosine_similarity([[0.0, 1.0], [1.0, 1.0]], [[0.0, 3.0], [-1.0, -1.0]]).round(6).tolist()
        [-1.0, 1.0]

    Source: keras.losses.cosine_similarity.
    """
    return -cosine(*paired("losses.cosine_similarity", y_true, y_pred), axis)


Axes = int | list[int] | tuple[int, ...] | None


@anywhere("y_true", "y_pred", name="losses.dice")
def dice(y_true: Operand, y_pred: Operand, axis: Axes = None) -> Any:
    """1 - 2 * sum(target * prediction) / (sum(target) + sum(prediction)): 0 for a perfect overlap, 1 for none.

    Args:
        y_true: from 0 to 1, of the shape of the predictions.
        y_pred: probabilities (batch, ..., outputs).
        axis: along which is summed: an axis, or several; (1, 2, 3) for one number for each image. None for all, those
            of the batch too.

    Returns:
        the axes that are left; a single number, (), by default.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.

    Example:
        >>> round(float(dice([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])), 4)
        0.3333

    Source: keras.losses.dice; F. Milletari and others, V-Net, arXiv 1606.04797 (2016).
    """
    target, prediction = paired("losses.dice", y_true, y_pred)
    along = _places("dice", axis, prediction.shape)
    both, each = (builder.reduce_sum(x, along) for x in (target * prediction, target + prediction))
    return 1.0 - 2.0 * both / (each + EPSILON)


@anywhere("y_true", "y_pred", name="losses.tversky")
def tversky(y_true: Operand, y_pred: Operand, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None) -> Any:
    """1 - both / (both + alpha * missed + beta * wrong), of sums: `dice` where alpha and beta are 1/2.

    Args:
        y_true: see `dice`; so are `y_pred`, `axis` and what is returned.
        y_pred: probabilities (batch, ..., outputs).
        alpha: weight of what is in the target alone.
        beta: weight of what is in the prediction alone.
        axis: along which is summed.

    Raises:
        ShapeError: the shapes do not go together, or there is no such axis.
        ArgumentError: alpha or beta is no finite number.

    Example:
        >>> round(float(tversky([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]], alpha=1.0, beta=0.0)), 4)
        0.5

    Source: keras.losses.tversky; S. Salehi and others, arXiv 1706.05721 (2017).
    """
    alpha, beta = number("tversky", "alpha", alpha), number("tversky", "beta", beta)
    target, prediction = paired("losses.tversky", y_true, y_pred)
    along = _places("tversky", axis, prediction.shape)
    parts = target * prediction, (1.0 - prediction) * target, prediction * (1.0 - target)
    both, missed, wrong = (builder.reduce_sum(part, along) for part in parts)
    return 1.0 - both / (both + missed * alpha + wrong * beta + EPSILON)


@anywhere("y_true", "y_pred", "ref_labels", "ref_embeddings", name="losses.circle")
def circle(
    y_true: Operand,
    y_pred: Operand,
    ref_labels: Operand | None = None,
    ref_embeddings: Operand | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> Any:
    """The circle loss: embeddings of one class shall be near each other, those of different classes far, by cosines.

    Args:
        y_true: class numbers, (batch,) or (batch, 1).
        y_pred: embeddings of length 1, (batch, components).
        ref_labels: class numbers of what is compared with; the batch itself by default.
        ref_embeddings: their embeddings, (others, components); the batch itself by default.
        remove_diagonal: whether the sample of the same number is left out, which is the sample itself.
        gamma: scale of the loss.
        margin: how far similarities may be from 1 or 0 before they cost.

    Returns:
        (batch,); 0 for a sample that nothing of its own class, or of another, is compared with.

    Raises:
        ShapeError: the shapes do not go together.
        ArgumentError: a setting is out of range.

    Example:
        >>> circle([0, 0, 1], [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], gamma=1.0).round(3).tolist()
        [0.6159999966621399, 0.9620000123977661, 0.0]

    Source: keras.losses.circle; Y. Sun and others, Circle Loss, arXiv 2002.10857 (2020).
    """
    gamma, margin = positive("circle", "gamma", gamma), number("circle", "margin", margin)
    labels, others = _labels(y_true, y_pred), ref_labels if ref_labels is not None else y_true
    compared = ref_embeddings if ref_embeddings is not None else y_pred
    distance = builder.maximum(1.0 - builder.matmul(y_pred, compared, transpose_b=True), 0.0)
    same = builder.equal(labels, builder.transpose(_labels(others, compared), (1, 0)))
    near = same
    if flag("circle", "remove_diagonal", remove_diagonal):
        near = same * (1.0 - np.eye(*distance.shape, dtype=np.float32))
    # The weights say how far each similarity still is from where it should be: margin below 0, and above 1.
    attraction = gamma * builder.maximum(distance + margin, 0.0) * (distance - margin)
    repulsion = gamma * builder.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    return softplus(_log_sum_exp(attraction, near) + _log_sum_exp(repulsion, 1.0 - same))


def _labels(labels: Tensor, embeddings: Tensor) -> Tensor:
    """Class numbers as a column, (samples, 1)."""
    found = labels_beside(labels, embeddings)
    if embeddings.rank != 2 or found.shape != embeddings.shape[:1]:
        raise ShapeError(
            f"losses.circle takes embeddings (samples, components) and a class number for each, got shapes "
            f"{embeddings.shape} and {labels.shape}"
        )
    return builder.reshape(found, (found.shape[0], 1))


def _log_sum_exp(values: Tensor, is_counted: Tensor) -> Tensor:
    """log(sum of exp(value)) along the last axis, of those that count."""
    counted = builder.where(is_counted, values, NEVER)
    largest = builder.stop_gradient(builder.reduce_max(counted, [-1], keepdims=True))
    total = builder.log(builder.reduce_sum(builder.exp(counted - largest), [-1]))
    return total + builder.reshape(largest, total.shape)


def _places(owner: str, axis: Axes, shape: Shape) -> list[int] | None:
    """Axes, counted from 0; None for all."""
    if axis is None:
        return None
    found = axes(owner, "axis", axis)
    return [place_of(each, shape) for each in (found if isinstance(found, list) else [found])]
