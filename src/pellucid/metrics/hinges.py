"""Metrics of margins. The formulas stand in `measures`."""

from __future__ import annotations

from pellucid import measures
from pellucid.graph import Tensor
from pellucid.metrics.means import MeanOverSamples


class Hinge(MeanOverSamples):
    """max(1 - target * prediction, 0), the mean over the outputs. Targets are -1 or 1, or all of a batch 0 or 1.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> Hinge()([[1.0, -1.0], [0.0, 1.0]], [[0.5, -2.0], [0.0, 0.0]]).tolist()
        0.625

    Source: keras.metrics.Hinge, https://keras.io/api/metrics/hinge_metrics/
    """

    def __init__(self, name: str | None = "hinge", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.hinge(target, prediction)


class SquaredHinge(MeanOverSamples):
    """max(1 - target * prediction, 0)^2, the mean over the outputs. Targets are as for `Hinge`.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> SquaredHinge()([[1.0, -1.0]], [[0.5, -2.0]]).tolist()
        0.125

    Source: keras.metrics.SquaredHinge, https://keras.io/api/metrics/hinge_metrics/
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.squared_hinge(target, prediction)


class CategoricalHinge(MeanOverSamples):
    """max(1 + the largest prediction of a wrong class - that of the right one, 0). Targets are one-hot.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.5, 2.0, 1.5]]).tolist()
        0.5

    Source: keras.metrics.CategoricalHinge, https://keras.io/api/metrics/hinge_metrics/
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.categorical_hinge(target, prediction)
