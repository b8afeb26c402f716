"""Losses between numbers and numbers."""

from __future__ import annotations

from pellucid import measures
from pellucid.graph import Tensor
from pellucid.losses.base import Loss
from pellucid.losses.reduction import Reduction


class MeanSquaredError(Loss):
    """The mean of (prediction - target)^2 over the outputs; the quadratic cost, without the factor 1/2.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> import numpy as np
        >>> MeanSquaredError().prepare_targets(np.array([0.5, 1.5]), (1,), "dense").tolist()
        [[0.5], [1.5]]

    Source: keras.losses.MeanSquaredError, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.squared_error(y_true, y_pred)
