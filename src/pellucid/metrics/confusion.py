"""Metrics that are made of counts: how many predictions are positive or negative, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from pellucid import measures
from pellucid.checks import is_number, several, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import Kept, Metric, Sums, own_sum, share

Thresholds = float | Sequence[float] | None
Which = Callable[[Tensor, Tensor], Tensor]


def true_positive(label: Tensor, positive: Tensor) -> Tensor:
    """1 where a positive prediction is right; labels are (..., 1), positives (..., thresholds)."""
    return label * positive


def false_positive(label: Tensor, positive: Tensor) -> Tensor:
    """1 where a positive prediction is wrong."""
    return (1.0 - label) * positive


def true_negative(label: Tensor, positive: Tensor) -> Tensor:
    """1 where a negative prediction is right."""
    return (1.0 - label) * (1.0 - positive)


def false_negative(label: Tensor, positive: Tensor) -> Tensor:
    """1 where a negative prediction is wrong."""
    return label * (1.0 - positive)


class _AtThresholds(Metric):
    """What counts at thresholds share: which predictions are positive, and sums of some of the four cases for each.

    Attributes:
        counted: which cases are counted, by the names of their sums.
    """

    counted: ClassVar[dict[str, Which]]

    def __init__(self, thresholds: Thresholds = None, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.thresholds = _thresholds(owner, thresholds)
        is_plain = thresholds is None or isinstance(thresholds, tuple) or is_number(thresholds)
        self._init_thresholds = thresholds if is_plain else list(self.thresholds)

    @property
    def init_thresholds(self) -> Thresholds:
        """The thresholds as they were given; None by default."""
        return self._init_thresholds

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        return dict.fromkeys(self.counted, (len(self.thresholds),))

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        return self.counts(target, builder.greater(_column(prediction), np.array(self.thresholds)), weight)

    def counts(self, target: Tensor, positive: Tensor, weight: Tensor | None) -> Sums:
        """Emit the sums, from targets and from what is positive, (..., thresholds)."""
        label = _column(1.0 - builder.equal(target, 0.0))
        found = {name: which(label, positive) for name, which in self.counted.items()}
        if weight is not None:
            column = _column(measures.weight_like(weight, target.shape, self._label))
            found = {name: of_each * column for name, of_each in found.items()}
        return {name: builder.reduce_sum(of_each, range(of_each.rank - 1)) for name, of_each in found.items()}

    def value(self, sums: Kept) -> float | np.ndarray:
        (counts,) = (np.asarray(sums[name], np.float64) for name in self.counted)
        return self.as_given(counts)

    def as_given(self, values: np.ndarray) -> float | np.ndarray:
        """One number where there is one threshold."""
        return values if len(self.thresholds) > 1 else float(np.ravel(values)[0])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


def _thresholds(owner: str, given: Thresholds) -> list[float]:
    """The thresholds as a list; 0.5 where none are given."""
    if given is None or is_number(given):
        return _in_range(owner, [0.5 if given is None else given])
    limits = several(owner, "thresholds", given, "numbers from 0 to 1")
    if not limits:
        raise ArgumentError(f"{owner}: thresholds must be a number from 0 to 1, or several in a list; got none")
    return _in_range(owner, limits)


def _in_range(owner: str, values: list[Any]) -> list[float]:
    """Numbers from 0 to 1."""
    beyond = [value for value in values if not is_number(value) or not 0 <= value <= 1]
    if beyond:
        kind = ArgumentError if all(map(is_number, beyond)) else ArgumentTypeError
        raise kind(f"{owner}: thresholds: Threshold values must be in [0, 1]. Received: {shown(beyond)}")
    return [float(value) for value in values]


class TruePositives(_AtThresholds):
    """How many positive predictions are right, or the sum of their weights.

    Args:
        thresholds: a prediction is positive above it; a number from 0 to 1, or several for one count each. 0.5 by
            default.
        name: see `Statistic`; "true_positives", "true_positives_1", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a threshold is not from 0 to 1.

    Example:
        >>> TruePositives()([0, 1, 1, 1], [1, 0, 1, 1]).tolist()
        2.0

    Source: keras.metrics.TruePositives, https://keras.io/api/metrics/classification_metrics/
    """

    counted: ClassVar[dict[str, Which]] = {"accumulator": true_positive}
    accumulator = own_sum("accumulator")


class FalsePositives(_AtThresholds):
    """How many positive predictions are wrong, or the sum of their weights.

    Args:
        thresholds: see `TruePositives`.
        name: see `Statistic`; "false_positives", "false_positives_1", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a threshold is not from 0 to 1.

    Example:
        >>> FalsePositives(thresholds=[0.3, 0.8])([0, 0, 1, 1], [0.9, 0.5, 0.4, 0.1]).tolist()
        [2.0, 1.0]

    Source: keras.metrics.FalsePositives, https://keras.io/api/metrics/classification_metrics/
    """

    counted: ClassVar[dict[str, Which]] = {"accumulator": false_positive}
    accumulator = own_sum("accumulator")


class TrueNegatives(_AtThresholds):
    """How many negative predictions are right, or the sum of their weights.

    Args:
        thresholds: see `TruePositives`.
        name: see `Statistic`; "true_negatives", "true_negatives_1", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a threshold is not from 0 to 1.

    Example:
        >>> TrueNegatives()([0, 0, 1, 0], [0.9, 0.5, 0.4, 0.1]).tolist()
        2.0

    Source: keras.metrics.TrueNegatives, https://keras.io/api/metrics/classification_metrics/
    """

    counted: ClassVar[dict[str, Which]] = {"accumulator": true_negative}
    accumulator = own_sum("accumulator")


class FalseNegatives(_AtThresholds):
    """How many negative predictions are wrong, or the sum of their weights.

    Args:
        thresholds: see `TruePositives`.
        name: see `Statistic`; "false_negatives", "false_negatives_1", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a threshold is not from 0 to 1.

    Example:
        >>> FalseNegatives()([0, 1, 1, 1], [0, 1, 0, 0], sample_weight=[0, 0, 1, 0]).tolist()
        1.0

    Source: keras.metrics.FalseNegatives, https://keras.io/api/metrics/classification_metrics/
    """

    counted: ClassVar[dict[str, Which]] = {"accumulator": false_negative}
    accumulator = own_sum("accumulator")


class _ShareOfHits(_AtThresholds):
    """What precision and recall share: true positives and one kind of mistake are counted, for each threshold."""

    true_positives = own_sum("true_positives")

    def __init__(
        self,
        thresholds: Thresholds = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(thresholds, name, dtype)
        owner = type(self).__name__
        self.top_k = None if top_k is None else whole(owner, "top_k", top_k, 1, MAX_SIZE)
        self.class_id = checked_class(owner, class_id)

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        owner = self._label
        chosen = None if self.top_k is None else self._largest(prediction, self.top_k)
        if self.class_id is not None:
            target, prediction = (of_class(x, self.class_id, owner) for x in (target, prediction))
            chosen = None if chosen is None else of_class(chosen, self.class_id, owner)
        return self.counts(target, self._positive(prediction, chosen), weight)

    def value(self, sums: Kept) -> float | np.ndarray:
        hits, mistakes = (np.asarray(sums[name], np.float64) for name in self.counted)
        return self.as_given(np.asarray(share(hits, hits + mistakes)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "top_k": self.top_k, "class_id": self.class_id}

    def _positive(self, prediction: Tensor, chosen: Tensor | None) -> Tensor:
        """1 where a prediction counts as positive: (..., thresholds)."""
        if chosen is not None and self.init_thresholds is None:
            return _column(chosen)
        above = builder.greater(_column(prediction), np.array(self.thresholds))
        return above if chosen is None else above * _column(chosen)

    def _largest(self, prediction: Tensor, count: int) -> Tensor:
        """1 at the so many largest predictions along the last axis, the first of equal ones; 0 elsewhere."""
        classes = prediction.shape[-1]
        if count > classes:
            raise ShapeError(f"{self._label}: top_k={count} is more than the {classes} classes")
        rest, chosen = prediction, []
        for _ in range(count):
            chosen.append(builder.one_hot(builder.arg_max(rest), classes))
            rest = builder.where(chosen[-1], -np.inf, rest)
        return sum(chosen[1:], chosen[0])


def checked_class(owner: str, class_id: int | None) -> int | None:
    """The number of the one class that is looked at, or None for all."""
    return None if class_id is None else whole(owner, "class_id", class_id, 0, MAX_SIZE)


def of_class(x: Tensor, number: int, owner: str) -> Tensor:
    """What stands at a class, (..., 1); raises `ShapeError` where there is no such class."""
    classes = x.shape[-1] if x.rank else 0
    if x.rank < 2 or number >= classes:
        raise ShapeError(
            f"{owner}: When class_id is provided, y_pred must be a 2D array with shape (num_samples, num_classes), "
            f"found shape: {x.shape}; it may have axes between, and class_id={number} needs more than {number} classes"
        )
    return builder.slice_axis(x, -1, number, number + 1)


class Precision(_ShareOfHits):
    """How many of the predictions that are positive are rightly so: true / (true + false positives).

    Args:
        thresholds: a prediction is positive above it; a number from 0 to 1, or several for one result each. 0.5 by
            default; where the model ends in logits, 0 stands for a probability of 0.5.
        top_k: only the so many largest predictions of a sample, along the last axis, are positive; those above the
            thresholds, where some are given, or all of them.
        class_id: look at this class only, the first is 0.
        name: see `Statistic`; "precision", "precision_1", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a threshold is not from 0 to 1, `top_k` no whole number >= 1, or `class_id` none >= 0.

    Example:
        >>> precision = Precision(thresholds=[0.3, 0.7])
        >>> precision([0, 1, 1, 1], [0.5, 0.1, 0.4, 0.9]).round(3).tolist()
        [0.667, 1.0]

    Source: keras.metrics.Precision, https://keras.io/api/metrics/classification_metrics/
    """

    counted: ClassVar[dict[str, Which]] = {"true_positives": true_positive, "false_positives": false_positive}
    false_positives = own_sum("false_positives")


class Recall(_ShareOfHits):
    """How many of the targets that are 1 are found: true positives / (true positives + false negatives).

    Args:
        thresholds: see `Precision`; so are the others.
        top_k: only the so many largest predictions of a sample are positive.
        class_id: look at this class only.
        name: see `Statistic`; "recall", "recall_1", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: see `Precision`.

    Example:
        >>> Recall()([0, 1, 1, 1, 1], [0.6, 0.1, 0.7, 0.8, 0.9]).tolist()
        0.75

    Source: keras.metrics.Recall, https://keras.io/api/metrics/classification_metrics/
    """

    counted: ClassVar[dict[str, Which]] = {"true_positives": true_positive, "false_negatives": false_negative}
    false_negatives = own_sum("false_negatives")


def _column(x: Tensor) -> Tensor:
    """A new last axis of size 1, along which thresholds will stand."""
    return builder.reshape(x, (*x.shape, 1))
