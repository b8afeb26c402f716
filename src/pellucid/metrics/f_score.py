"""The harmonic mean of precision and recall, for classes or labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import is_number, positive, word
from pellucid.config import EPSILON
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, bare, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import Kept, Metric, Sums, own_sum

AVERAGES = ("micro", "macro", "weighted")
NAMES = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")
ALMOST_ZERO = 1e-9  # what is no larger is never the prediction of a class, as in Keras


class FBetaScore(Metric):
    """(1 + beta^2) precision recall / (beta^2 precision + recall), for each class: beta > 1 favours recall.

    Args:
        average: None for the score of each class; "micro" for that of all counts together; "macro" for the mean over
            the classes; "weighted" for the mean by how often each class is a target.
        beta: how many times recall is as important as precision.
        threshold: predictions above it count as 1; None for the largest of each sample.
        name: see `Statistic`.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: the word is unknown, `beta` not above 0, or the threshold not above 0 and at most 1.

    Example:
        >>> targets = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
        >>> predictions = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]
        >>> FBetaScore(beta=2.0, threshold=0.5)(targets, predictions).round(3).tolist()
        [0.385, 0.909, 0.833]

    Source: keras.metrics.FBetaScore, https://keras.io/api/metrics/classification_metrics/
    """

    true_positives = own_sum("true_positives")
    false_positives = own_sum("false_positives")
    false_negatives = own_sum("false_negatives")
    intermediate_weights = own_sum("intermediate_weights")

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        words = ", ".join(map(repr, (None, *AVERAGES)))
        said = f"Invalid `average` argument value. Expected one of: {{{words}}}. Received: average={bare(average)}"
        self.average = None if average is None else word(owner, "average", average, AVERAGES, said)
        self.beta = _above_0(owner, "beta", beta)
        self.threshold = None if threshold is None else _above_0(owner, "threshold", threshold, 1.0)

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        if self.average == "micro":
            return dict.fromkeys(NAMES, ())
        return dict.fromkeys(NAMES, shapes[-1][-1:]) if shapes else {}

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        if prediction.rank != 2:
            raise ShapeError(
                f"{self._label} takes predictions (batch, classes), got shape {prediction.shape}; flatten maps first"
            )
        chosen = self._chosen(prediction)
        counted = [chosen * target, chosen * (1.0 - target), (1.0 - chosen) * target, target]
        if weight is not None:
            each = measures.weight_like(weight, target.shape, self._label)
            counted = [item * each for item in counted]
        axes = None if self.average == "micro" else [0]
        return {name: builder.reduce_sum(item, axes) for name, item in zip(NAMES, counted, strict=True)}

    def _chosen(self, prediction: Tensor) -> Tensor:
        """1 for what is predicted, else 0."""
        if self.threshold is not None:
            return builder.greater(prediction, self.threshold)
        is_largest = builder.greater_equal(prediction, builder.reduce_max(prediction, [-1], keepdims=True))
        return is_largest * builder.greater(builder.absolute(prediction), ALMOST_ZERO)

    def value(self, sums: Kept) -> float | np.ndarray:
        if not sums:
            return 0.0
        hits, mistakes, missed, targets = (np.asarray(sums[name], np.float64) for name in NAMES)
        precision, recall = hits / (hits + mistakes + EPSILON), hits / (hits + missed + EPSILON)
        squared = self.beta**2
        scores = (1.0 + squared) * precision * recall / (squared * precision + recall + EPSILON)
        if self.average == "weighted":
            return float((scores * targets).sum() / (targets.sum() + EPSILON))
        return scores if self.average is None else float(scores.mean())

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, 2 precision recall / (precision + recall), for each class.

    Args:
        average: see `FBetaScore`; so are the others.
        threshold: predictions above it count as 1; None for the largest of each sample.
        name: see `Statistic`.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: see `FBetaScore`.

    Example:
        >>> targets = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
        >>> predictions = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]
        >>> F1Score(threshold=0.5)(targets, predictions).round(3).tolist()
        [0.5, 0.8, 0.667]

    Source: keras.metrics.F1Score, https://keras.io/api/metrics/classification_metrics/
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return {name: value for name, value in super().get_config().items() if name != "beta"}


def _above_0(owner: str, name: str, value: Any, most: float = math.inf) -> float:
    """A number above 0, and at most `most`."""
    begin = f"{owner}: Invalid `{name}` argument value. It should"
    if not is_number(value):
        raise ArgumentTypeError(f"{begin} be a Python float. Received: {name}={bare(value)} of type '{type(value)}'")
    if not 0 < value <= most:
        wanted = "be > 0" if most == math.inf else f"verify 0 < {name} <= {most:g}"
        raise ArgumentError(f"{begin} {wanted}. Received: {name}={shown(value)}")
    return positive(owner, name, value)
