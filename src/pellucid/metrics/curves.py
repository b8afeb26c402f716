"""Metrics that look at many thresholds at once: what can be had of one kind where another is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import fraction, is_whole
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import Kept, Metric, Sums, own_sum, share
from pellucid.metrics.buckets import above_each, sorted_into
from pellucid.metrics.confusion import checked_class, of_class

MOST_THRESHOLDS = 1_000_000
KEPT = ("positives", "negatives")


def checked_count(owner: str, count: Any, above: int) -> int:
    """How many thresholds there are, if that is a whole number above `above`."""
    if is_whole(count) and above < count <= MOST_THRESHOLDS:
        return int(count)
    kind = ArgumentError if is_whole(count) else ArgumentTypeError
    wanted = f"an integer > {above}, {MOST_THRESHOLDS} at most"
    raise kind(f"{owner}: Argument `num_thresholds` must be {wanted}, got {shown(count)}")


class AtManyThresholds(Metric):
    """The base of metrics that know the four cases at many thresholds; what is kept lies between the thresholds.

    Attributes:
        thresholds: in ascending order.
        true_positives: for each threshold, how much of the targets that are 1 lies above it; so are the others.
    """

    true_positives = own_sum("true_positives")
    false_positives = own_sum("false_positives")
    true_negatives = own_sum("true_negatives")
    false_negatives = own_sum("false_negatives")
    thresholds: Sequence[float]
    _is_even: bool

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        return dict.fromkeys(KEPT, (len(self.thresholds) + 1,))

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        label = 1.0 - builder.equal(target, 0.0)
        each = None if weight is None else measures.weight_like(weight, target.shape, self._label)
        weights = None if each is None else self.in_rows(builder.broadcast_to(each, target.shape))
        rows = self.in_rows(prediction), self.in_rows(label)
        found = sorted_into(*rows, weights, self.thresholds, is_even=self._is_even)
        shapes = self.state(target.shape, prediction.shape)
        return {name: builder.reshape(item, shapes[name]) for name, item in zip(KEPT, found, strict=True)}

    def in_rows(self, x: Tensor) -> Tensor:
        """Values in rows that are counted apart from each other: one row of all."""
        return builder.reshape(x, (1, int(np.prod(x.shape))))

    def shown(self, sums: Kept) -> Mapping[str, np.ndarray]:
        """The four cases for each threshold, as Keras keeps them."""
        if not sums:
            return {}
        positives, negatives = (np.asarray(sums[name], np.float64) for name in KEPT)
        hits, mistakes = (np.moveaxis(above_each(item), -1, 0) for item in (positives, negatives))
        return {
            "true_positives": hits,
            "false_positives": mistakes,
            "true_negatives": negatives.sum(-1) - mistakes,
            "false_negatives": positives.sum(-1) - hits,
        }

    def kept_of(self, shown: Kept) -> dict[str, np.ndarray]:
        """The buckets between thresholds, from the four cases at each."""
        pairs = (("true_positives", "false_negatives"), ("false_positives", "true_negatives"))
        found = {}
        for name, (above, below) in zip(KEPT, pairs, strict=True):
            falling = np.concatenate(
                [shown[below][:1] + shown[above][:1], shown[above], np.zeros_like(shown[above][:1])]
            )
            found[name] = np.moveaxis(-np.diff(falling, axis=0), 0, -1)
        return found

    def shares(self, sums: Kept) -> dict[str, np.ndarray]:
        """What people call the shares of the four cases, for each threshold; 0 where there is nothing to share."""
        hits, mistakes, rightly_not, missed = self.shown(sums).values()
        return {
            "recall": np.asarray(share(hits, hits + missed)),
            "precision": np.asarray(share(hits, hits + mistakes)),
            "specificity": np.asarray(share(rightly_not, rightly_not + mistakes)),
            "false_alarms": np.asarray(share(mistakes, mistakes + rightly_not)),
        }


class _BestWhere(AtManyThresholds):
    """The best of one share over the thresholds at which another reaches a value; 0 where none does.

    Attributes:
        told: the share whose best is told.
        held: the one that has to reach the value.
    """

    told: str
    held: str

    def __init__(
        self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: str | None
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        self._value = fraction(owner, self._setting(), value)
        self.num_thresholds = checked_count(owner, num_thresholds, 0)
        self.class_id = checked_class(owner, class_id)
        self._is_even = self.num_thresholds > 1
        last = self.num_thresholds - 1
        self.thresholds = [number / last for number in range(self.num_thresholds)] if last else [0.5]

    def _setting(self) -> str:
        """What the value is called, as an argument."""
        return self.held

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        if self.class_id is not None:
            target, prediction = (of_class(x, self.class_id, self._label) for x in (target, prediction))
        return super().sums(target, prediction, weight)

    def value(self, sums: Kept) -> float | np.ndarray:
        shares = self.shares(sums)
        return float(np.max(shares[self.told], initial=0.0, where=shares[self.held] >= self._value))

    def get_config(self) -> dict[str, Any]:
        settings = {"num_thresholds": self.num_thresholds, self._setting(): self._value}
        return {**super().get_config(), "class_id": self.class_id, **settings}


class SensitivityAtSpecificity(_BestWhere):
    """The best share of targets that are found (sensitivity) where so many of the others are left alone (specificity).

    Args:
        specificity: the least that is accepted, from 0 to 1.
        num_thresholds: how many, from 0 to 1, are looked at; one alone is 0.5.
        class_id: look at this class only, the first is 0.
        name: see `Statistic`; "sensitivity_at_specificity", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]).tolist()
        0.5

    Source: keras.metrics.SensitivityAtSpecificity, https://keras.io/api/metrics/classification_metrics/
    """

    told, held = "recall", "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = self._value


class SpecificityAtSensitivity(_BestWhere):
    """The best share of the other targets that are left alone (specificity) where so many are found (sensitivity).

    Args:
        sensitivity: the least that is accepted, from 0 to 1.
        num_thresholds: see `SensitivityAtSpecificity`; so are the others.
        class_id: look at this class only.
        name: see `Statistic`; "specificity_at_sensitivity", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]).round(3).tolist()
        0.667

    Source: keras.metrics.SpecificityAtSensitivity, https://keras.io/api/metrics/classification_metrics/
    """

    told, held = "specificity", "recall"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = self._value

    def _setting(self) -> str:
        return "sensitivity"


class PrecisionAtRecall(_BestWhere):
    """The best precision where so many of the targets are found.

    Args:
        recall: the least that is accepted, from 0 to 1.
        num_thresholds: see `SensitivityAtSpecificity`; so are the others.
        class_id: look at this class only.
        name: see `Statistic`; "precision_at_recall", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]).tolist()
        0.5

    Source: keras.metrics.PrecisionAtRecall, https://keras.io/api/metrics/classification_metrics/
    """

    told, held = "precision", "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = self._value


class RecallAtPrecision(_BestWhere):
    """The best recall where so many of the positive predictions are right.

    Args:
        precision: the least that is accepted, from 0 to 1.
        num_thresholds: see `SensitivityAtSpecificity`; so are the others.
        class_id: look at this class only.
        name: see `Statistic`; "recall_at_precision", ... by default.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]).tolist()
        0.5

    Source: keras.metrics.RecallAtPrecision, https://keras.io/api/metrics/classification_metrics/
    """

    told, held = "recall", "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = self._value
