"""Metrics between numbers and numbers."""

from __future__ import annotations

from pellucid import measures
from pellucid.graph import Tensor
from pellucid.metrics.means import MeanOverSamples


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
