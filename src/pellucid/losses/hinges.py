"""Losses of margins: predictions shall lie clearly on the right side. The formulas stand in `measures`."""

from __future__ import annotations

import numpy as np

from pellucid import measures
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses import fitting
from pellucid.losses.base import PairedLoss
from pellucid.losses.reduction import Reduction


class Hinge(PairedLoss):
    """max(1 - target * prediction, 0), the mean over the outputs. Targets are -1 or 1, or all of them 0 or 1.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> Hinge()([[1.0, -1.0], [0.0, 1.0]], [[0.5, -2.0], [0.0, 0.0]]).tolist()
        0.625

    Source: keras.losses.Hinge, https://keras.io/api/losses/hinge_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def doubt(self, y: np.ndarray) -> str:
        return fitting.no_signs(self.name, y)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.hinge(y_true, y_pred)


class SquaredHinge(PairedLoss):
    """max(1 - target * prediction, 0)^2, the mean over the outputs. Targets are as for `Hinge`.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> SquaredHinge()([[1.0, -1.0]], [[0.5, -2.0]]).tolist()
        0.125

    Source: keras.losses.SquaredHinge, https://keras.io/api/losses/hinge_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def doubt(self, y: np.ndarray) -> str:
        return fitting.no_signs(self.name, y)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.squared_hinge(y_true, y_pred)


class CategoricalHinge(PairedLoss):
    """max(1 + the largest prediction of a wrong class - that of the right one, 0). Targets are one-hot.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.5, 2.0, 1.5]]).tolist()
        0.5

    Source: keras.losses.CategoricalHinge, https://keras.io/api/losses/hinge_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.shares(y, prediction, layer, -1, "categorical_hinge")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.categorical_hinge(y_true, y_pred)
