"""Cross-entropies: how improbable the truth was by the predictions.

Where the last layer applied softmax or sigmoid, they are computed from what stood before it (`Tensor.logits`), which
neither overflows nor loses digits.
"""

from __future__ import annotations

from pellucid.activations import softplus
from pellucid.config import EPSILON
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.measures.shapes import place_of


def categorical_crossentropy(
    target: Tensor, prediction: Tensor, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-sum over the classes of target * log(probability).

    Args:
        target: one share per class, of the shape of the predictions.
        prediction: (batch, ..., classes), or with the classes along `axis`.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.

    Returns:
        (batch, ...): the axis of the classes goes.

    Raises:
        ArgumentError: logits are announced where probabilities came, or there is no such axis.
    """
    target, prediction = _axis_last(target, axis), _axis_last(prediction, axis)
    if label_smoothing:
        target = target * (1.0 - label_smoothing) + label_smoothing / prediction.shape[-1]
    return -builder.reduce_sum(target * _log_probabilities(prediction, from_logits), [-1])


def sparse_categorical_crossentropy(
    target: Tensor, prediction: Tensor, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Tensor:
    """-log of the probability that is given to the right class.

    Args:
        target: class numbers, of the shape of the predictions without their axis of classes.
        prediction: see `categorical_crossentropy`; so is the rest.
        ignore_class: a number in the targets, of a class or of none, at which the loss is 0.
    """
    prediction = _axis_last(prediction, axis)
    shares = builder.one_hot(target, prediction.shape[-1])
    if ignore_class is not None:
        shares = shares * builder.reshape(is_counted(target, ignore_class), (*target.shape, 1))
    return -builder.reduce_sum(shares * _log_probabilities(prediction, from_logits), [-1])


def is_counted(target: Tensor, ignore_class: int) -> Tensor:
    """1 where a class number is not the one that is left out, else 0."""
    return 1.0 - builder.equal(target, float(ignore_class))


def binary_crossentropy(
    target: Tensor, prediction: Tensor, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-(y log(p) + (1 - y) log(1 - p)), the mean over the outputs; from logits x it is softplus(x) - x y.

    Args:
        target: from 0 to 1 for each output, of the shape of the predictions.
        prediction: (batch, ..., outputs).
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        axis: along which the mean is taken.

    Returns:
        (batch, ...): the axis goes.

    Raises:
        ArgumentError: logits are announced where probabilities came.
    """
    if label_smoothing:
        target = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
    logits = _logits(prediction, "sigmoid", from_logits)
    if logits is not None:
        loss = softplus(logits) - logits * target
    else:
        p = _clipped(prediction)
        loss = -(target * builder.log(p) + (1.0 - target) * builder.log(1.0 - p))
    return builder.reduce_mean(loss, [place_of(axis, loss.shape)])


def _log_probabilities(prediction: Tensor, from_logits: bool) -> Tensor:
    """The logarithm of the probability of each class along the last axis; shares are made to sum to 1 first."""
    logits = _logits(prediction, "softmax", from_logits)
    if logits is not None:
        return builder.log_softmax(logits)
    return builder.log(_clipped(prediction / builder.reduce_sum(prediction, [-1], keepdims=True)))


def _logits(prediction: Tensor, function: str, from_logits: bool) -> Tensor | None:
    """What `function` ("softmax" or "sigmoid") was applied to in order to get the predictions, where that is known."""
    if not from_logits:
        return prediction.logits if prediction.link == function else None
    if prediction.link == function:
        raise ArgumentError(f"from_logits=True, but the last layer applies {function} already; use one of the two")
    return prediction


def _clipped(probabilities: Tensor) -> Tensor:
    # Kept this far from 0 and 1 before a logarithm is taken, as in Keras.
    return builder.clip(probabilities, EPSILON, 1.0 - EPSILON)


def _axis_last(x: Tensor, axis: int) -> Tensor:
    """The axis moved behind all others; where it is the last already, the very tensor, which may know its logits."""
    place = place_of(axis, x.shape)
    if place == x.rank - 1:
        return x
    return builder.transpose(x, [*(other for other in range(x.rank) if other != place), place])
