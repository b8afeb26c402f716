"""Metrics between numbers and numbers. The formulas stand in `measures`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import is_whole, whole, word
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import WHOLE, Kept, Metric, Sums
from pellucid.metrics.means import MeanOverSamples
from pellucid.warned import warn


class MeanSquaredError(MeanOverSamples):
    """The mean of (prediction - target)^2 over the outputs.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> MeanSquaredError()([[0.0], [1.0]], [[1.0], [4.0]]).tolist()
        5.0

    Source: keras.metrics.MeanSquaredError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.mean_squared_error(target, prediction)


class RootMeanSquaredError(MeanOverSamples):
    """The root of the mean of (prediction - target)^2 over outputs and samples; the mean is over the whole epoch.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> RootMeanSquaredError()([[0.0], [1.0]], [[3.0], [1.0]]).round(4).tolist()
        2.1213

    Source: keras.metrics.RootMeanSquaredError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        if self.dtype == WHOLE:
            target, prediction = builder.towards_zero(target), builder.towards_zero(prediction)
        return builder.square(prediction - target)

    def value(self, sums: Kept) -> float | np.ndarray:
        return math.sqrt(super().value(sums))


class MeanAbsoluteError(MeanOverSamples):
    """The mean of |prediction - target| over the outputs.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [4.0]]).tolist()
        2.0

    Source: keras.metrics.MeanAbsoluteError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.mean_absolute_error(target, prediction)


class MeanAbsolutePercentageError(MeanOverSamples):
    """100 times the mean of |prediction - target| / |target| over the outputs [percent].

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]).tolist()
        25.0

    Source: keras.metrics.MeanAbsolutePercentageError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.mean_absolute_percentage_error(target, prediction)


class MeanSquaredLogarithmicError(MeanOverSamples):
    """The mean of (log(1 + prediction) - log(1 + target))^2 over the outputs; what is below 0 counts as 0.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> MeanSquaredLogarithmicError()([[0.0]], [[1.0]]).round(4).tolist()
        0.4805

    Source: keras.metrics.MeanSquaredLogarithmicError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.mean_squared_logarithmic_error(target, prediction)


class LogCoshError(MeanOverSamples):
    """The mean of log(cosh(prediction - target)) over the outputs.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> LogCoshError()([[0.0]], [[1.0]]).round(4).tolist()
        0.4338

    Source: keras.metrics.LogCoshError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "logcosh", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.log_cosh(target, prediction)


class CosineSimilarity(MeanOverSamples):
    """The cosine of the angle between targets and predictions: 1 for the same direction, the loss with the other sign.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        axis: along which the components lie.

    Raises:
        ArgumentError: `axis` is no whole number.

    Example:
        >>> CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[0.0, 3.0], [1.0, -1.0]]).tolist()
        0.5

    Source: keras.metrics.CosineSimilarity, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str | None = "cosine_similarity", dtype: str | None = None, axis: int = -1) -> None:
        super().__init__(name, dtype)
        self.axis = whole("CosineSimilarity", "axis", axis)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.cosine(target, prediction, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


AGGREGATIONS = ("uniform_average", "variance_weighted_average")
MOST_REGRESSORS = 2**31 - 1
FEWEST_DIGITS = 1e-6
"""Where the spread of targets is a smaller part of their size, float32 has no digits of it left."""


class R2Score(Metric):
    """1 - (sum of squared errors) / (sum of squared deviations from the mean target): 1 is perfect, 0 is the mean.

    Targets and predictions are (batch, outputs).

    Args:
        class_aggregation: how the scores of several outputs become one: "uniform_average", their mean;
            "variance_weighted_average", by the spread of the targets; None: they stay.
        num_regressors: of how many inputs a linear model is made, for the adjusted score; 0 for the plain one.
        name: see `Statistic`.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.0]]).tolist()
        0.5

    Source: keras.metrics.R2Score, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, dtype)
        said, given = "Invalid value for argument `class_aggregation`", class_aggregation
        self.class_aggregation = (
            None if given is None else word("R2Score", "class_aggregation", given, AGGREGATIONS, said)
        )
        if is_whole(num_regressors) and num_regressors < 0:
            raise ArgumentError(
                "R2Score: Invalid value for argument `num_regressors`. Expected a value >= 0. Received: "
                f"num_regressors={shown(num_regressors)}"
            )
        self.num_regressors = whole("R2Score", "num_regressors", num_regressors, 0, MOST_REGRESSORS)

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        outputs = shapes[-1][-1:] if shapes and len(shapes[-1]) > 1 else (1,)
        return {"num_samples": (), **dict.fromkeys(("squared_sum", "sum", "residual", "count"), outputs)}

    def check_targets(self, target: Tensor, prediction: Tensor) -> None:
        """Raise `ShapeError` unless both are (batch, outputs)."""
        super().check_targets(target, prediction)
        if prediction.rank != 2:
            wanted = "expects 2D inputs with shape (batch, outputs)"
            raise ShapeError(f"metric {self.name!r} {wanted}, got {prediction.shape}")

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        weights = target.graph.constant(1.0) if weight is None else weight
        weights = measures.weight_like(weights, target.shape, f"metric {self.name!r}")
        values = {
            "squared_sum": target * target * weights,
            "sum": target * weights,
            "residual": builder.square(target - prediction) * weights,
            "count": builder.broadcast_to(weights, target.shape),
        }
        numbers = target.graph.constant(float(math.prod(target.shape)))  # Keras counts the outputs too
        return {"num_samples": numbers, **{name: builder.reduce_sum(value, [0]) for name, value in values.items()}}

    def value(self, sums: Kept) -> float | np.ndarray:
        count = np.where(sums["count"] == 0, 1.0, sums["count"])
        spread = sums["squared_sum"] - sums["sum"] ** 2 / count
        is_flat = spread <= FEWEST_DIGITS * sums["squared_sum"]
        if np.any(is_flat & (sums["count"] != 0)):
            warn(f"metric {self.name!r}: the targets hardly differ, so there is nothing to explain; it is told as 0")
        scores = np.where(is_flat, 0.0, 1.0 - sums["residual"] / np.where(is_flat, 1.0, spread))
        if self.class_aggregation is None:
            return self._adjusted(scores, sums)
        by_spread = self.class_aggregation == "variance_weighted_average" and spread.sum() > 0
        return float(self._adjusted(np.average(scores, weights=spread if by_spread else None), sums))

    def _adjusted(self, scores: Any, sums: Mapping[str, np.ndarray]) -> Any:
        """The scores, less what so many regressors would explain by chance."""
        samples, regressors = float(sums["num_samples"]), self.num_regressors
        if not regressors or not samples:
            return scores
        if regressors >= samples - 1:
            warn(f"metric {self.name!r}: {regressors} regressors need more samples than {samples:g}; not adjusted")
            return scores
        return 1.0 - (1.0 - scores) * (samples - 1) / (samples - regressors - 1)

    def get_config(self) -> dict[str, Any]:
        settings = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **settings}
