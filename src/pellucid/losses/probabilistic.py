"""Losses between classes and their probabilities. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import measures, targets
from pellucid.checks import flag, number, whole
from pellucid.dispatch import known_values
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses.base import Loss
from pellucid.losses.reduction import Reduction

LABELS = (-(2**31), 2**31 - 1)
"""Between which a number lies that targets may hold."""


class _Crossentropy(Loss):
    """What cross-entropies share: predictions may be logits, and classes or outputs lie along an axis."""

    def __init__(self, from_logits: bool, axis: int, reduction: Reduction, name: str | None, dtype: str | None) -> None:
        super().__init__(name, reduction, dtype)
        owner = type(self).__name__
        self.axis = whole(owner, "axis", axis)
        self.from_logits = flag(owner, "from_logits", from_logits)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "from_logits": self.from_logits, "axis": self.axis}


class _Smoothed(_Crossentropy):
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


class SparseCategoricalCrossentropy(_Crossentropy):
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

    def target_shape(self, prediction: Shape) -> Shape:
        return measures.without_axis(prediction, self.axis)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        one = self.target_shape((1, *prediction))[1:]
        labels, classes = targets.reshaped(y, one), (1, *prediction)[self.axis]
        if labels is None:
            hint = ""
            if y.shape[1:] == prediction:
                hint = (
                    f"; {classes} numbers per target look one-hot: use loss='categorical_crossentropy', or pass "
                    f"y.argmax(axis={self.axis})"
                )
            raise targets.misfit(y, one, prediction, layer, hint)
        self._check_labels(labels, classes, f"the last layer {layer!r}")
        return labels

    def _check_labels(self, labels: np.ndarray, classes: int, origin: str) -> None:
        """Raise `DataError` unless those that count are numbers of classes."""
        targets.check_labels(np.where(labels == self.ignore_class, 0, labels), classes, origin)

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        place, labels = measures.place_of(self.axis, prediction.shape), known_values(target)
        if labels is not None:
            self._check_labels(labels, prediction.shape[place], "each prediction")
        return measures.labels_beside(target, prediction, self.axis), prediction

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        settings = self.from_logits, self.ignore_class, self.axis
        return measures.sparse_categorical_crossentropy(y_true, y_pred, *settings)

    def counted(self, target: Tensor) -> Tensor | None:
        return None if self.ignore_class is None else measures.is_counted(target, self.ignore_class)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "ignore_class": self.ignore_class}


class CategoricalCrossentropy(_Smoothed):
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
        if y.shape[1:] != prediction:
            hint = ""
            if targets.reshaped(y, measures.without_axis((1, *prediction), self.axis)[1:]) is not None:
                hint = (
                    "; for one class number per sample use loss='sparse_categorical_crossentropy', or pass one-hot "
                    f"targets: np.eye({(1, *prediction)[self.axis]})[y]"
                )
            raise targets.misfit(y, prediction, prediction, layer, hint)
        targets.check_probabilities(y, layer, "; categorical_crossentropy takes one share per class")
        return y

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        settings = self.from_logits, self.label_smoothing, self.axis
        return measures.categorical_crossentropy(y_true, y_pred, *settings)


class BinaryCrossentropy(_Smoothed):
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
        fitting = targets.reshaped(y, prediction)
        if fitting is None:
            hint = "; for one class out of several use loss='sparse_categorical_crossentropy' with a softmax"
            is_label = targets.reshaped(y, prediction[:-1]) is not None
            raise targets.misfit(y, prediction, prediction, layer, hint if is_label else "")
        targets.check_probabilities(fitting, layer, "; binary_crossentropy takes 0 or 1 for each output")
        return fitting

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return measures.binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)
