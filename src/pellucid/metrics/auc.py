"""The area under a curve over all thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import flag, number, several, whole, word
from pellucid.config import EPSILON
from pellucid.errors import ArgumentError, ShapeError, bare
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import Kept, Sums, share
from pellucid.metrics.buckets import are_even
from pellucid.metrics.curves import KEPT, AtManyThresholds, checked_count

CURVES = ("ROC", "PR", "PRGAIN")
METHODS = ("interpolation", "majoring", "minoring")


class AUC(AtManyThresholds):
    """The area under the curve that a classifier draws while its threshold goes from 0 to 1.

    Predictions are sorted into the buckets between the thresholds, and the areas of the pieces are added. Two hundred
    thresholds cost about as much as a dozen comparisons of each prediction (see `metrics.buckets`); thresholds of your
    own that are not evenly spaced cost a comparison each.

    Args:
        num_thresholds: how many, evenly spaced from 0 to 1; the more, the nearer to the area under the true curve.
        curve: "ROC": true over false positives; "PR": precision over recall; "PRGAIN": the gains of both.
        summation_method: how a piece is measured: "interpolation" between its ends, or by the larger ("majoring") or
            the smaller ("minoring") of its two heights. For "PR" what is interpolated are the counts.
        name: see `Statistic`; "auc", "auc_1", ... by default.
        dtype: see `Statistic`.
        thresholds: those between 0 and 1 to be looked at in the place of `num_thresholds`; both ends are added.
        multi_label: whether there is one curve for each output, whose areas are averaged, rather than one for all.
        num_labels: how many outputs there are, where `multi_label` is set; from the data by default.
        label_weights: of the outputs: of their areas where `multi_label` is set, else of their predictions.
        from_logits: whether predictions are logits, to which a sigmoid is applied first.

    Raises:
        ArgumentError: a word is unknown, a setting out of range, or `num_labels` is given without `multi_label`.

    Example:
        >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]).tolist()
        0.75

    Source: keras.metrics.AUC, https://keras.io/api/metrics/classification_metrics/; for "PR" Davis and Goadrich, The
    relationship between precision-recall and ROC curves, ICML 2006; for "PRGAIN" Flach and Kull, Precision-recall-gain
    curves, NeurIPS 2015.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        inner, self._are_given, self._is_even = _inner(num_thresholds, thresholds)
        self._thresholds = [-EPSILON, *inner, 1.0 + EPSILON]
        self.num_thresholds = len(self._thresholds)
        method = summation_method.lower() if isinstance(summation_method, str) else summation_method
        said = (
            f'Invalid AUC curve value: "{bare(curve)}"',
            f'Invalid AUC summation method value: "{bare(summation_method)}"',
        )
        self.curve = word("AUC", "curve", curve.upper() if isinstance(curve, str) else curve, CURVES, said[0])
        self.summation_method = word("AUC", "summation_method", method, METHODS, said[1])
        self.multi_label = flag("AUC", "multi_label", multi_label)
        self.num_labels = None if num_labels is None else whole("AUC", "num_labels", num_labels, 1, MAX_SIZE)
        if self.num_labels is not None and not self.multi_label:
            raise ArgumentError("AUC: num_labels is needed only where multi_label=True")
        self.label_weights = _weights(label_weights)
        self.from_logits = flag("AUC", "from_logits", from_logits)

    @property
    def thresholds(self) -> list[float]:  # type: ignore[override]
        """All thresholds, with one just below 0 and one just above 1."""
        return list(self._thresholds)

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        labels = shapes[-1][-1] if shapes and shapes[-1] else self.num_labels
        if not self.multi_label:
            return super().state(*shapes)
        return {} if labels is None else dict.fromkeys(KEPT, (labels, self.num_thresholds + 1))

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        owner = self._label
        if self.multi_label and prediction.rank != 2:
            raise ShapeError(f"{owner}: multi_label=True needs predictions (batch, labels), got {prediction.shape}")
        if self.num_labels not in (None, prediction.shape[-1]):
            raise ShapeError(f"{owner}: num_labels={self.num_labels}, got predictions of shape {prediction.shape}")
        if self.label_weights is not None and len(self.label_weights) != prediction.shape[-1]:
            raise ShapeError(
                f"{owner}: label_weights has {len(self.label_weights)} numbers, the predictions have shape "
                f"{prediction.shape}"
            )
        if self.from_logits:
            if prediction.link == "sigmoid":
                raise ArgumentError(f"{owner}: from_logits=True, but the last layer applies sigmoid already")
            prediction = builder.sigmoid(prediction)
        return super().sums(target, prediction, self._with_label_weights(prediction, weight))

    def _with_label_weights(self, prediction: Tensor, weight: Tensor | None) -> Tensor | None:
        """The weight of each prediction, where outputs have their own and are counted together."""
        if self.label_weights is None or self.multi_label:
            return weight
        each = builder.broadcast_to(builder.literal(prediction.graph, self.label_weights), prediction.shape)
        return each if weight is None else each * measures.weight_like(weight, prediction.shape, self._label)

    def in_rows(self, x: Tensor) -> Tensor:
        """One row for each output where there is a curve for each."""
        return builder.transpose(x, (1, 0)) if self.multi_label else super().in_rows(x)

    def value(self, sums: Kept) -> float | np.ndarray:
        if not sums:
            return 0.0
        is_of_counts = self.curve == "PR" and self.summation_method == "interpolation"
        pieces = self._pieces_between_counts(sums) if is_of_counts else self._pieces(sums)
        areas = pieces.sum(0)
        if not self.multi_label:
            return float(areas)
        weights = np.ones(len(areas)) if self.label_weights is None else np.array(self.label_weights)
        return float(share((areas * weights).sum(), weights.sum()))

    def _pieces(self, sums: Kept) -> np.ndarray:
        """The area of each piece by its width and height, (thresholds - 1, ...)."""
        shares = self.shares(sums)
        if self.curve == "ROC":
            x, y = shares["false_alarms"], shares["recall"]
        elif self.curve == "PR":
            x, y = shares["recall"], shares["precision"]
        else:
            x, y = self._gains(sums)
        left, right = y[:-1], y[1:]
        heights = {"interpolation": (left + right) / 2, "majoring": np.maximum(left, right)}
        return (x[:-1] - x[1:]) * heights.get(self.summation_method, np.minimum(left, right))

    def _gains(self, sums: Kept) -> tuple[np.ndarray, np.ndarray]:
        """Gains of recall and of precision over a classifier that calls everything positive.

        Where nothing is found there is no gain of recall, and one of precision by definition.
        """
        hits, mistakes, rightly_not, missed = self.shown(sums).values()
        odds = np.asarray(share(hits + missed, rightly_not + mistakes))
        recall, precision = (1.0 - odds * np.asarray(share(wrong, hits)) for wrong in (missed, mistakes))
        return np.maximum(np.where(hits == 0, 0.0, recall), 0.0), np.where(hits == 0, 1.0, precision)

    def _pieces_between_counts(self, sums: Kept) -> np.ndarray:
        """The area of each piece under the curve of precision over recall, where both counts grow evenly within it.

        With P = TP + FP, slope = dTP / dP and intercept = TP - slope P, the integral of (intercept + slope P) / P over
        dTP is slope (dTP + intercept log(P_left / P_right)).
        """
        hits, mistakes, _, missed = self.shown(sums).values()
        positive = hits + mistakes
        left, right = positive[:-1], positive[1:]
        gained = hits[:-1] - hits[1:]
        slope = np.asarray(share(gained, np.maximum(left - right, 0.0)))
        intercept = hits[1:] - slope * right
        ratio = np.where((left > 0) & (right > 0), np.asarray(share(left, np.maximum(right, 0.0))), 1.0)
        pieces = slope * (gained + intercept * np.log(ratio))
        return np.asarray(share(pieces, np.maximum(hits[1:] + missed[1:], 0.0)))

    def get_config(self) -> dict[str, Any]:
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if self.label_weights is None else list(self.label_weights),
            "from_logits": self.from_logits,
        }
        return config | ({"thresholds": self._thresholds[1:-1]} if self._are_given else {})


def _inner(count: int, given: Sequence[float] | None) -> tuple[list[float], bool, bool]:
    """The thresholds between both ends, whether they were given, and whether they are evenly spaced."""
    if given is None:
        last = checked_count("AUC", count, 1) - 1
        return [place / last for place in range(1, last)], False, True
    limits = several("AUC", "thresholds", given, "numbers from 0 to 1")
    inner = sorted(number("AUC", "thresholds", limit, 0.0, 1.0) for limit in limits)
    return inner, True, are_even([0.0, *inner, 1.0])


def _weights(given: Any) -> tuple[float, ...] | None:
    if given is None:
        return None
    if isinstance(given, Mapping):  # as Keras writes an array into a file
        inner = given.get("config")
        given = inner.get("value") if isinstance(inner, Mapping) else given
    limits = several("AUC", "label_weights", given, "numbers >= 0")
    return tuple(number("AUC", "label_weights", weight, 0.0) for weight in limits)
