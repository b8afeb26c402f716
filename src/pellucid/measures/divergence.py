"""How far one distribution is from another, and counts from the rates that were predicted for them."""

from __future__ import annotations

from typing import Any

from pellucid.config import EPSILON
from pellucid.dispatch import Operand, anywhere
from pellucid.graph import builder
from pellucid.measures.shapes import paired


@anywhere("y_true", "y_pred", name="losses.kl_divergence")
def kl_divergence(y_true: Operand, y_pred: Operand) -> Any:
    """The Kullback-Leibler divergence: the sum of target * log(target / prediction) along the last axis.

    Where the last layer applied softmax, it is computed from what stood before it; otherwise both are kept between 1e-7
    and 1, as in Keras.

    Args:
        y_true: probabilities, of the shape of the predictions.
        y_pred: probabilities (batch, ..., classes).

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> round(float(kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])[0]), 4)
        0.1438

    Source: keras.losses.kl_divergence.
    """
    target, prediction = paired("losses.kl_divergence", y_true, y_pred)
    target = builder.clip(target, EPSILON, 1.0)
    if prediction.link == "softmax" and prediction.logits is not None:
        logs = builder.log_softmax(prediction.logits)
    else:
        logs = builder.log(builder.clip(prediction, EPSILON, 1.0))
    return builder.reduce_sum(target * (builder.log(target) - logs), [-1])


@anywhere("y_true", "y_pred", name="losses.poisson")
def poisson(y_true: Operand, y_pred: Operand) -> Any:
    """The mean of prediction - target * log(prediction) along the last axis; 1e-7 is added before the logarithm.

    Args:
        y_true: counts >= 0, of the shape of the predictions.
        y_pred: rates > 0, (batch, ..., outputs).

    Returns:
        (batch, ...).

    Raises:
        ShapeError: the shapes do not go together.

    Example:
        >>> poisson([[3.0, 0.0]], [[1.0, 2.0]]).tolist()
        [1.499999...]

    Source: keras.losses.poisson.
    """
    target, prediction = paired("losses.poisson", y_true, y_pred)
    return builder.reduce_mean(prediction - target * builder.log(prediction + EPSILON), [-1])
