"""Cross-entropies that count some samples less. The formulas stand in `measures`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import flag, number
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses import fitting
from pellucid.losses.probabilistic import LabelledLoss, SmoothedCrossentropy
from pellucid.losses.reduction import Reduction
from pellucid.measures.focal import between_0_and_1, factors


class BinaryFocalCrossentropy(SmoothedCrossentropy):
    """The binary cross-entropy, where outputs that are right already count less: times (1 - q)^gamma, q of the truth.

    Args:
        apply_class_balancing: whether ones count by alpha, zeros by 1 - alpha.
        alpha: from 0 to 1.
        gamma: >= 0; the larger, the less count outputs that are right already.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        axis: along which the mean is taken.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0], [1.0]], [[0.5], [0.99]])), 4)
        0.0866

    Source: keras.losses.BinaryFocalCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    _wants = "bits"

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        owner = type(self).__name__
        self.apply_class_balancing = flag(owner, "apply_class_balancing", apply_class_balancing)
        self.alpha = number(owner, "alpha", alpha, 0.0, 1.0)
        self.gamma = number(owner, "gamma", gamma, 0.0)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.bits(y, prediction, layer, "binary_focal_crossentropy")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.binary_focal_crossentropy(
            y_true,
            y_pred,
            self.apply_class_balancing,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )

    def get_config(self) -> dict[str, Any]:
        balancing = {"apply_class_balancing": self.apply_class_balancing, "alpha": self.alpha, "gamma": self.gamma}
        return {**super().get_config(), **balancing}


class CategoricalFocalCrossentropy(SmoothedCrossentropy):
    """The categorical cross-entropy, where samples that are right already count less.

    Args:
        alpha: >= 0: a factor for all classes, or a list with one for each.
        gamma: >= 0; the larger, the less count samples that are right already.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> loss = CategoricalFocalCrossentropy(alpha=[1.0, 0.5])
        >>> round(float(loss([[0.0, 1.0], [1.0, 0.0]], [[0.5, 0.5], [0.99, 0.01]])), 4)
        0.0433

    Source: keras.losses.CategoricalFocalCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        owner = type(self).__name__
        self.alpha = factors(owner, alpha)
        self.gamma = number(owner, "gamma", gamma, 0.0)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.shares(y, prediction, layer, self.axis, "categorical_focal_crossentropy")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        settings = self.alpha, self.gamma, self.from_logits, self.label_smoothing, self.axis
        return measures.categorical_focal_crossentropy(y_true, y_pred, *settings)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha, "gamma": self.gamma}


class CategoricalGeneralizedCrossEntropy(LabelledLoss):
    """(1 - p^q) / q, where p is the probability of the right class: labels that are wrong do less harm.

    Targets are class numbers, (batch, ...).

    Args:
        q: between 0, which would be the cross-entropy, and 1, which would be the mean absolute error.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: q is not between 0 and 1.

    Example:
        >>> CategoricalGeneralizedCrossEntropy()([1, 0], [[0.75, 0.25], [1.0, 0.0]]).tolist()
        0.5

    Source: keras.losses.CategoricalGeneralizedCrossEntropy, https://keras.io/api/losses/probabilistic_losses/
    """

    _wants = "probabilities"

    def __init__(
        self,
        q: float = 0.5,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.q = between_0_and_1(type(self).__name__, q)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.categorical_generalized_cross_entropy(y_true, y_pred, self.q)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "q": self.q}
