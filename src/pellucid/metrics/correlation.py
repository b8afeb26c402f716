"""Metrics of how closely predictions follow their targets. The formulas stand in `measures`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import measures
from pellucid.checks import axes
from pellucid.graph import Tensor
from pellucid.metrics.means import MeanOverSamples


class _Correlation(MeanOverSamples):
    """What correlations share: they are taken along an axis, and their mean over the samples is told."""

    def __init__(self, name: str | None, dtype: str | None, axis: int | Sequence[int]) -> None:
        super().__init__(name, dtype)
        self.axis = axes(type(self).__name__, "axis", axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


class PearsonCorrelation(_Correlation):
    """The correlation of the outputs of a sample with their targets, the mean over the samples: from -1 to 1.

    NaN from the first sample on whose outputs, or targets, are all equal.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        axis: along which they are compared; several of them in a list.

    Raises:
        ArgumentError: the axis is no whole number, nor several.

    Example:
        >>> targets, predictions = [[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]], [[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]]
        >>> PearsonCorrelation()(targets, predictions).round(3).tolist()
        0.997

    Source: keras.metrics.PearsonCorrelation, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: str | None = None, axis: int | Sequence[int] = -1
    ) -> None:
        super().__init__(name, dtype, axis)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.pearson_correlation(target, prediction, self.axis)


class ConcordanceCorrelation(_Correlation):
    """The agreement of the outputs of a sample with their targets, the mean over the samples: from -1 to 1.

    As Pearson's correlation, but it is 1 only where both are equal, in size and place too.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        axis: along which they are compared; several of them in a list.

    Raises:
        ArgumentError: the axis is no whole number, nor several.

    Example:
        >>> targets, predictions = [[0.0, 1.0, 0.5], [1.0, 1.0, 0.2]], [[0.1, 0.9, 0.5], [1.0, 0.9, 0.2]]
        >>> ConcordanceCorrelation()(targets, predictions).round(3).tolist()
        0.982

    Source: keras.metrics.ConcordanceCorrelation, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: str | None = None, axis: int | Sequence[int] = -1
    ) -> None:
        super().__init__(name, dtype, axis)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.concordance_correlation(target, prediction, self.axis)
