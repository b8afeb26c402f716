"""Metrics that are made of counts: how many predictions are positive or negative, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import number, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import Kept, Metric, Sums, own_sum, share

Thresholds = float | Sequence[float] | None


class _ShareOfHits(Metric):
    """What precision and recall share: true positives and one kind of mistake are counted, for each threshold.

    Attributes:
        mistakes: the name under which mistakes are kept.
    """

    mistakes: str
    true_positives = own_sum("true_positives")

    def __init__(
        self,
        thresholds: Thresholds = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        owner = type(self).__name__
        super().__init__(name, dtype)
        limits = thresholds if isinstance(thresholds, list | tuple) else [0.5 if thresholds is None else thresholds]
        if not limits:
            raise ArgumentError(f"{owner}: thresholds must be a number from 0 to 1, or several in a list; got none")
        self._init_thresholds = [*thresholds] if isinstance(thresholds, list) else thresholds
        self.thresholds = [number(owner, "thresholds", value, 0.0, 1.0) for value in limits]
        self.top_k = None if top_k is None else whole(owner, "top_k", top_k, 1, MAX_SIZE)
        self.class_id = None if class_id is None else whole(owner, "class_id", class_id, 0, MAX_SIZE)

    @property
    def init_thresholds(self) -> Thresholds:
        """The thresholds as they were given; None by default."""
        return self._init_thresholds

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        return dict.fromkeys(("true_positives", self.mistakes), (len(self.thresholds),))

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        chosen = None if self.top_k is None else self._largest(prediction, self.top_k)
        if self.class_id is not None:
            target, prediction = self._of_class(target), self._of_class(prediction)
            chosen = None if chosen is None else self._of_class(chosen)
        label, positive = _column(1.0 - builder.equal(target, 0.0)), self._positive(prediction, chosen)
        counted = {"true_positives": label * positive, self.mistakes: self.mistaken(label, positive)}
        if weight is not None:
            column = _column(measures.weight_like(weight, target.shape, f"metric {self.name!r}"))
            counted = {name: of_each * column for name, of_each in counted.items()}
        return {name: builder.reduce_sum(of_each, range(of_each.rank - 1)) for name, of_each in counted.items()}

    def mistaken(self, label: Tensor, positive: Tensor) -> Tensor:
        """Emit 1 where a prediction is a mistake that counts; labels are (..., 1), positives (..., thresholds)."""
        raise ArgumentTypeError(f"{type(self).__name__} has no mistaken()")

    def value(self, sums: Kept) -> float | np.ndarray:
        hits = np.asarray(sums["true_positives"], np.float64)
        shares = share(hits, hits + sums[self.mistakes])
        return shares if len(self.thresholds) > 1 else float(np.ravel(shares)[0])

    def get_config(self) -> dict[str, Any]:
        settings = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **settings}

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
            raise ShapeError(f"metric {self.name!r}: top_k={count} is more than the {classes} classes")
        rest, chosen = prediction, []
        for _ in range(count):
            chosen.append(builder.one_hot(builder.arg_max(rest), classes))
            rest = builder.where(chosen[-1], -np.inf, rest)
        return sum(chosen[1:], chosen[0])

    def _of_class(self, x: Tensor) -> Tensor:
        """What stands at the class, (..., 1)."""
        number, classes = self.class_id or 0, x.shape[-1]
        if x.rank < 2 or number >= classes:
            raise ShapeError(
                f"metric {self.name!r}: class_id={number} needs predictions (batch, ..., classes) with more than "
                f"{number} classes, got shape {x.shape}"
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

    mistakes = "false_positives"
    false_positives = own_sum(mistakes)

    def mistaken(self, label: Tensor, positive: Tensor) -> Tensor:
        return (1.0 - label) * positive


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

    mistakes = "false_negatives"
    false_negatives = own_sum(mistakes)

    def mistaken(self, label: Tensor, positive: Tensor) -> Tensor:
        return label * (1.0 - positive)


def _column(x: Tensor) -> Tensor:
    """A new last axis of size 1, along which thresholds will stand."""
    return builder.reshape(x, (*x.shape, 1))
