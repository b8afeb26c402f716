"""What all metrics share: sums that are kept over batches, as state of the graph, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.registry import describe

Sums = dict[str, Tensor]


class Statistic:
    """The base of all that is told about batches: sums that begin at 0, and a result that is made of them.

    Sums are only ever added to. So batches, devices and halves of an epoch merge by addition, and what a float32 state
    holds can be moved into float64 from time to time, before a count reaches 2^24, from where on it no longer grows.

    Args:
        name: under which it is told and stands in histories.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def result(self, arrays: Mapping[str, np.ndarray]) -> float | np.ndarray:
        """What the sums say, in float64.

        Args:
            arrays: the sums by name, as `state` names them.

        Returns:
            a number, or an array of several; 0.0 where nothing was counted, as in Keras.
        """
        raise TypeError(f"{type(self).__name__} has no result(): a metric must say what its sums mean")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric, in Keras's words."""
        return {"name": self.name}

    def __repr__(self) -> str:
        return describe(self)


class Metric(Statistic):
    """The base of all metrics of targets and predictions. A subclass says in `sums` what a batch adds.

    Args:
        name: see `Statistic`.

    Source: keras.metrics.Metric, https://keras.io/api/metrics/base_metric/
    """

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets that the metric takes for predictions of a shape; both with the batch axis."""
        return prediction

    def state(self, target: Shape, prediction: Shape) -> dict[str, Shape]:
        """What is kept from batch to batch: the shape of each sum by its name; all begin at 0.

        Args:
            target: shape of the targets, with the batch axis.
            prediction: shape of the predictions, with the batch axis.
        """
        raise TypeError(f"{type(self).__name__} has no state(): a metric must say what it keeps")

    def update(
        self, state: Mapping[str, Tensor], target: Tensor, prediction: Tensor, weight: Tensor | None = None
    ) -> Sums:
        """Emit the sums after a batch.

        Args:
            state: the sums before it, of the shapes that `state` says.
            target: as the loss takes it.
            prediction: (batch, ..., outputs).
            weight: one number per sample, (batch,), or one for each value that is averaged or counted; None for 1 each.

        Raises:
            ShapeError: the metric takes other targets than the loss, or the weights do not fit.
        """
        self.check_targets(target, prediction)
        added = self.sums(target, prediction, weight)
        return {name: before + added[name] for name, before in state.items()}

    def check_targets(self, target: Tensor, prediction: Tensor) -> None:
        """Raise `ShapeError` unless the targets have the shape that the metric takes for these predictions."""
        measures.check_same(f"metric {self.name!r}", target, prediction, self.target_shape(prediction.shape))

    def per_sample(self, target: Tensor, prediction: Tensor) -> Tensor:
        """Emit the metric of each sample; raises `ArgumentError` where it is no mean of such numbers."""
        raise ArgumentError(f"metric {self.name!r} is no mean over samples; {type(self).__name__} counts over batches")

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        """Emit what a batch adds to each sum; the shapes are known to fit."""
        raise TypeError(f"{type(self).__name__} has no sums(): a metric must say what it counts")


def share(part: np.ndarray, whole: np.ndarray) -> float | np.ndarray:
    """part / whole in float64, 0 where the whole is 0; a number where they are numbers.

    Example:
        >>> share(np.float32(1), np.float32(4)), share(np.zeros(2), np.array([0.0, 2.0])).tolist()
        (0.25, [0.0, 0.0])
    """
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    shares = np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)
    return shares if shares.ndim else float(shares)
