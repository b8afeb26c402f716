"""Losses between numbers and numbers. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import positive, whole
from pellucid.graph import Tensor
from pellucid.losses.base import PairedLoss
from pellucid.losses.fitting import below_0
from pellucid.losses.reduction import Reduction


class MeanSquaredError(PairedLoss):
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
        return measures.mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(PairedLoss):
    """The mean of |prediction - target| over the outputs: targets far off count less than by their square.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [4.0]]).tolist()
        2.0

    Source: keras.losses.MeanAbsoluteError, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.mean_absolute_error(y_true, y_pred)


class MeanAbsolutePercentageError(PairedLoss):
    """100 times the mean of |prediction - target| / |target| over the outputs [percent].

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]).tolist()
        25.0

    Source: keras.losses.MeanAbsolutePercentageError, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def doubt(self, y: np.ndarray) -> str:
        zeros = int((y == 0).sum())
        return (
            f"{zeros} of {y.size} targets are 0, of which no error is a percentage: {self.name} explodes"
            if zeros
            else ""
        )

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.mean_absolute_percentage_error(y_true, y_pred)


class MeanSquaredLogarithmicError(PairedLoss):
    """The mean of (log(1 + prediction) - log(1 + target))^2 over the outputs; what is below 0 counts as 0.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> round(float(MeanSquaredLogarithmicError()([[0.0]], [[1.0]])), 4)  # (log 2)^2
        0.4805

    Source: keras.losses.MeanSquaredLogarithmicError, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def doubt(self, y: np.ndarray) -> str:
        return below_0(self.name, y)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.mean_squared_logarithmic_error(y_true, y_pred)


class Huber(PairedLoss):
    """e^2 / 2 for errors |e| up to delta, delta |e| - delta^2 / 2 for larger ones; the mean over the outputs.

    Args:
        delta: > 0, where the square ends and the straight line begins.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: delta is not a number > 0.

    Example:
        >>> Huber(delta=1.0)([[0.0], [0.0]], [[0.5], [3.0]]).tolist()
        1.3125

    Source: keras.losses.Huber, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.delta = positive("Huber", "delta", delta)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.huber(y_true, y_pred, self.delta)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "delta": self.delta}


class LogCosh(PairedLoss):
    """The mean of log(cosh(prediction - target)): about e^2 / 2 for small errors, |e| for large ones.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> round(float(LogCosh()([[0.0]], [[1.0]])), 4)
        0.4338

    Source: keras.losses.LogCosh, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.log_cosh(y_true, y_pred)


class CosineSimilarity(PairedLoss):
    """Minus the cosine of the angle between targets and predictions: -1 for the same direction, 1 for the opposite.

    Args:
        axis: along which the components lie.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: `axis` is no whole number.

    Example:
        >>> CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[0.0, 3.0], [1.0, -1.0]]).tolist()
        -0.5

    Source: keras.losses.CosineSimilarity, https://keras.io/api/losses/regression_losses/
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = whole("CosineSimilarity", "axis", axis)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.cosine_similarity(y_true, y_pred, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
