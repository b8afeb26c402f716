"""Metrics that are means, and sums: of values, or of what is measured for each sample."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentTypeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import WHOLE, Kept, Metric, Statistic, Sums, own_sum, share


def _sums_of_mean(values: Tensor, weight: Tensor | None, owner: str) -> Sums:
    """What a batch adds to a mean: each sample counts by its weight, however many values it has.

    Source: keras.src.metrics.reduction_metrics.reduce_to_samplewise_values; a single weight () makes the batch count
    as one value there, and here.
    """
    if weight is not None and not weight.rank:
        values = builder.reduce_mean(values)
    each = math.prod(values.shape[1:])
    if weight is None:
        count = values.graph.constant(float(values.shape[0] if values.rank else 1))
    else:
        weight = measures.weight_like(weight, values.shape, owner)
        values, count = values * weight, builder.reduce_sum(builder.broadcast_to(weight, values.shape)) / float(each)
    return {"total": builder.reduce_sum(values) / float(each), "count": count}


class _Averaging(Statistic):
    """What means share: a total, and how much was added to it."""

    total = own_sum("total")
    count = own_sum("count")
    counts_whole = True

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        return {"total": (), "count": ()}

    def sums_of(self, values: Tensor, weight: Tensor | None) -> Sums:
        """Emit what values add, (batch, ...) or (), with their weights."""
        if self.dtype != WHOLE:
            return _sums_of_mean(values, weight, self._label)
        weight = None if weight is None else builder.towards_zero(weight)
        sums = _sums_of_mean(builder.towards_zero(values), weight, self._label)
        return {name: builder.towards_zero(each) for name, each in sums.items()}

    def value(self, sums: Kept) -> float | np.ndarray:
        return share(sums["total"], sums["count"])


class OfValues(Metric):
    """The base of what is told of values alone, which have no targets: (batch, ...), or one number, ().

    A subclass says in `sums_of` what a batch adds.
    """

    def sums_of(self, values: Tensor, weight: Tensor | None) -> Sums:
        """Emit what a batch adds to each sum (see `update`)."""
        raise ArgumentTypeError(f"{type(self).__name__} has no sums_of(): it must say what it counts")

    def update(  # type: ignore[override]  # there are no targets
        self, state: Mapping[str, Tensor], values: Tensor, weight: Tensor | None = None
    ) -> Sums:
        """Emit the sums after a batch.

        Args:
            state: the sums before it.
            values: (batch, ...), or one number, ().
            weight: one number per sample, or per value; () for a batch that counts as one value of this weight; None
                for 1 each.

        Raises:
            ShapeError: the weights do not fit.
        """
        added = self.sums_of(values, weight)
        return {name: before + added[name] for name, before in state.items()}

    def update_state(self, values: Operand, sample_weight: Operand | None = None) -> None:  # type: ignore[override]
        """Add values to the object's own sums; for arguments and errors see `update`."""
        self._add(dict(zip(self.state(), self._batch(values, sample_weight), strict=True)))

    @anywhere("values", "sample_weight", name="update_state")
    def _batch(self, values: Operand, sample_weight: Operand | None = None) -> Any:  # type: ignore[override]
        return list(self.sums_of(values, sample_weight).values())


class Mean(_Averaging, OfValues):
    """The mean of values: the loss of each batch, say.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> mean = Mean()
        >>> mean.update_state([1.0, 3.0])
        >>> mean.update_state([5.0], sample_weight=[2.0])
        >>> mean.result().tolist()
        3.5

    Source: keras.metrics.Mean, https://keras.io/api/metrics/reduction_metrics/
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(name, dtype)


class Sum(OfValues):
    """The sum of values, each times its weight.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> Sum()([1, 3, 5, 7], sample_weight=[1, 1, 0, 0]).tolist()
        4.0

    Source: keras.metrics.Sum, https://keras.io/api/metrics/reduction_metrics/
    """

    total = own_sum("total")

    def __init__(self, name: str | None = "sum", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        return {"total": ()}

    def sums_of(self, values: Tensor, weight: Tensor | None) -> Sums:
        if weight is not None:
            values = values * (weight if not weight.rank else measures.weight_like(weight, values.shape, self._label))
        return {"total": builder.reduce_sum(values)}

    def value(self, sums: Kept) -> float | np.ndarray:
        return float(sums["total"])


class MeanOverSamples(_Averaging, Metric):
    """The base of metrics that are means over samples. A subclass says in `measure` what is averaged.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> class MeanAbsoluteError(MeanOverSamples):
        ...     def measure(self, target, prediction):
        ...         return builder.absolute(prediction - target)
        >>> MeanAbsoluteError("mae")([1.0, 2.0], [1.5, 3.5]).tolist()
        1.0
    """

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        return self.sums_of(self.measure(target, prediction), weight)

    def fitted(self, target: Tensor, prediction: Tensor) -> Tensor:
        """Emit what is averaged, (batch, ...), for shapes that may differ in a last axis of size 1."""
        target, prediction = self.fit_shapes(target, prediction)
        self.check_targets(target, prediction)
        return self.measure(target, prediction)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        """Emit what is averaged, (batch, ...), for shapes that are known to fit."""
        raise ArgumentTypeError(f"{type(self).__name__} has no measure(): a mean must say of what it is one")
