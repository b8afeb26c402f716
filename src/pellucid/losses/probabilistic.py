"""Losses between classes and their probabilities. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import measures, targets
from pellucid.checks import flag, number, whole
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses import fitting
from pellucid.losses.base import Loss, PairedLoss
from pellucid.losses.reduction import Reduction
from pellucid.measures.probabilistic import LABELS


class Crossentropy(PairedLoss):
    """What cross-entropies share: predictions may be logits, and classes or outputs lie along an axis."""

    _wants = "shares"

    def __init__(self, from_logits: bool, axis: int, reduction: Reduction, name: str | None, dtype: str | None) -> None:
        super().__init__(name, reduction, dtype)
        owner = type(self).__name__
        self.axis = whole(owner, "axis", axis)
        self.from_logits = flag(owner, "from_logits", from_logits)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "from_logits": self.from_logits, "axis": self.axis}


class SmoothedCrossentropy(Crossentropy):
    """What cross-entropies share whose targets are shares, which can be drawn away from 0 and 1."""

    def __init__(
        self,
        from_logits: bool,
        label_smoothing: float,
        axis: int,
        reduction: Reduction,
        name: str | None,
        dtype: str | None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = number(type(self).__name__, "label_smoothing", label_smoothing, 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


class LabelledLoss(Loss):
    """What losses share whose targets are class numbers: they lack the axis of the classes."""

    axis: int = -1

    def target_shape(self, prediction: Shape) -> Shape | None:
        return measures.without_axis(prediction, self.axis)

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        return measures.labels_beside(target, prediction, self.axis), prediction

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.labels(y, prediction, layer, self.axis)


class SparseCategoricalCrossentropy(LabelledLoss, Crossentropy):
    """-log of the probability that is given to the right class. Targets are class numbers, (batch, ...).

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a number in the targets that stands for none (255 for the void of a picture, say): such places
            have no loss, and a mean is taken over the others.
        reduction: see `Loss`.
        axis: along which the predictions of the classes lie.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: `ignore_class` or `axis` is no whole number.

    Example:
        >>> SparseCategoricalCrossentropy().prepare_targets(np.array([[0], [2]]), (3,), "dense").tolist()
        [0.0, 2.0]

    Source: keras.losses.SparseCategoricalCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: Reduction = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        owner = type(self).__name__
        self.ignore_class = None if ignore_class is None else whole(owner, "ignore_class", ignore_class, *LABELS)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.labels(y, prediction, layer, self.axis, self.ignore_class)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        settings = self.from_logits, self.ignore_class, self.axis
        return measures.sparse_categorical_crossentropy(y_true, y_pred, *settings)

    def counted(self, target: Tensor, values: Tensor) -> Tensor | None:
        return None if self.ignore_class is None else measures.is_counted(target, self.ignore_class)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "ignore_class": self.ignore_class}


class CategoricalCrossentropy(SmoothedCrossentropy):
    """-sum over the classes of target * log(probability). Targets are one-hot or shares, (batch, ..., classes).

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: `label_smoothing` is out of range, `axis` no whole number.

    Example:
        >>> CategoricalCrossentropy().prepare_targets(np.eye(3)[[0, 2]], (3,), "dense").tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]

    Source: keras.losses.CategoricalCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.shares(y, prediction, layer, self.axis, "categorical_crossentropy")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        settings = self.from_logits, self.label_smoothing, self.axis
        return measures.categorical_crossentropy(y_true, y_pred, *settings)


class BinaryCrossentropy(SmoothedCrossentropy):
    """-(y log(p) + (1 - y) log(1 - p)), the mean over the outputs. Targets are 0 or 1 for each output.

    From logits x it is computed as softplus(x) - x y.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        axis: along which the mean is taken.
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Raises:
        ArgumentError: `label_smoothing` is out of range, `axis` no whole number.

    Example:
        >>> BinaryCrossentropy().prepare_targets(np.array([0, 1]), (1,), "dense").tolist()
        [[0.0], [1.0]]

    Source: keras.losses.BinaryCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    _wants = "bits"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.bits(y, prediction, layer, "binary_crossentropy")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


class KLDivergence(PairedLoss):
    """The Kullback-Leibler divergence, the sum of target * log(target / prediction). Targets are shares of classes.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> round(float(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
        0.1438

    Source: keras.losses.KLDivergence, https://keras.io/api/losses/probabilistic_losses/
    """

    _wants = "probabilities"

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        return fitting.shares(y, prediction, layer, -1, "kl_divergence")

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.kl_divergence(y_true, y_pred)


class Poisson(PairedLoss):
    """prediction - target * log(prediction), the mean over the outputs. Targets are counts, predictions rates.

    Args:
        reduction: see `Loss`.
        name: see `Loss`.
        dtype: see `Loss`.

    Example:
        >>> round(float(Poisson()([[3.0], [1.0]], [[1.0], [2.0]])), 4)
        1.1534

    Source: keras.losses.Poisson, https://keras.io/api/losses/probabilistic_losses/
    """

    _wants = "rates"

    def __init__(
        self, reduction: Reduction = "sum_over_batch_size", name: str | None = "poisson", dtype: str | None = None
    ) -> None:
        super().__init__(name, reduction, dtype)

    def doubt(self, y: np.ndarray) -> str:
        return fitting.below_0(self.name, y)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.poisson(y_true, y_pred)


class FittingCrossentropy(Loss):
    """What "crossentropy" or "ce" means in `compile`: the cross-entropy of the form that the targets have.

    One output: `BinaryCrossentropy`. Several, and one class number per target: `SparseCategoricalCrossentropy`.
    Several, and one number per class: `CategoricalCrossentropy`.

    Args:
        name: the word.

    Source: keras.Model.compile, on loss="crossentropy".
    """

    _wants = "shares"

    def __init__(self, name: str = "crossentropy") -> None:
        super().__init__(name)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        if prediction[-1:] == (1,):
            return fitting.bits(y, prediction, layer, self.name)
        if targets.reshaped(y, prediction[:-1]) is not None:
            return fitting.labels(y, prediction, layer)
        return fitting.shares(y, prediction, layer, -1, self.name)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if y_pred.shape[-1:] == (1,):
            return measures.binary_crossentropy(y_true, y_pred)
        if measures.labels_beside(y_true, y_pred).rank < y_pred.rank:
            return measures.sparse_categorical_crossentropy(y_true, y_pred)
        return measures.categorical_crossentropy(y_true, y_pred)
