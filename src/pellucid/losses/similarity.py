"""Losses of overlaps and of pairs: one number for several values at once. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import axes, flag, number, positive
from pellucid.graph import Tensor
from pellucid.losses.base import PairedLoss
from pellucid.losses.probabilistic import LabelledLoss
from pellucid.losses.reduction import Reduction
from pellucid.measures.similarity import Axes


class _Overlap(PairedLoss):
    """What losses of overlaps share: the axes along which is summed."""

    _wants = "probabilities"

    def __init__(self, axis: Axes, reduction: Reduction, name: str | None, dtype: str | None) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = None if axis is None else axes(type(self).__name__, "axis", axis)

    def doubt(self, y: np.ndarray) -> str:
        low, high = float(y.min()), float(y.max())
        is_mask = low >= 0.0 and high <= 1.0
        return "" if is_mask else f"targets are from {low:g} to {high:g}; {self.name} compares masks of 0 and 1"

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


class Dice(_Overlap):
    """1 - 2 * sum(target * prediction) / (sum(target) + sum(prediction)), for masks of what is in an image.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        axis: along which is summed: an axis, or several; (1, 2, 3) for one number for each image. None for all, those
            of the batch too: then weights of samples mean nothing.
        dtype: see `Loss`.

    Raises:
        ArgumentError: `axis` is no axis, nor several.

    Example:
        >>> round(float(Dice(axis=1)([[1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]])), 4)
        0.1667

    Source: keras.losses.Dice.
    """

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Axes = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, reduction, name, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.dice(y_true, y_pred, self.axis)


class Tversky(_Overlap):
    """1 - both / (both + alpha * missed + beta * wrong), of sums: `Dice` where alpha and beta are 1/2.

    Args:
        alpha: weight of what is in the target alone.
        beta: weight of what is in the prediction alone.
        reduction: see `Loss`.
        name: see `Loss`.
        axis: see `Dice`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: a setting is no number, or no axis.

    Example:
        >>> round(float(Tversky(alpha=1.0, beta=0.0)([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])), 4)
        0.5

    Source: keras.losses.Tversky.
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axes = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, reduction, name, dtype)
        self.alpha, self.beta = number("Tversky", "alpha", alpha), number("Tversky", "beta", beta)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.tversky(y_true, y_pred, self.alpha, self.beta, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha, "beta": self.beta}


class Circle(LabelledLoss):
    """Embeddings of one class shall be near each other, those of different classes far, by the cosines between them.

    Targets are class numbers, predictions embeddings of length 1 (end with a `UnitNormalization`), (batch, components).
    A sample that has nothing of its own class in the batch, or nothing of another, does not count.

    Args:
        gamma: scale of the loss.
        margin: how far similarities may be from 1 or 0 before they cost.
        remove_diagonal: whether a sample is not compared with itself.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> round(float(Circle(gamma=1.0)([0, 0, 1], [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])), 3)
        0.789

    Source: keras.losses.Circle.
    """

    _wants = "directions"

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.gamma, self.margin = positive("Circle", "gamma", gamma), number("Circle", "margin", margin)
        self.remove_diagonal = flag("Circle", "remove_diagonal", remove_diagonal)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        settings = self.remove_diagonal, self.gamma, self.margin
        return measures.circle(y_true, y_pred, None, None, *settings)

    def counted(self, target: Tensor, values: Tensor) -> Tensor | None:
        return values > 0.0

    def get_config(self) -> dict[str, Any]:
        settings = {"gamma": self.gamma, "margin": self.margin, "remove_diagonal": self.remove_diagonal}
        return {**super().get_config(), **settings}
