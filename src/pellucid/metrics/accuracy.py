"""The share of right predictions, for each form that targets may have. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

from pellucid import measures
from pellucid.checks import number
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.means import MeanOverSamples


class Accuracy(MeanOverSamples):
    """The share of predictions that equal their targets to the bit: for classes that were chosen, not probabilities.

    The word "accuracy" in `compile` means another: the kind that fits the targets (`FittingAccuracy`).

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> Accuracy()([1, 2, 0, 3], [1, 2, 2, 3]).tolist()
        0.75

    Source: keras.metrics.Accuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.accuracy(target, prediction)


class BinaryAccuracy(MeanOverSamples):
    """The share of outputs that lie on the target's side of the threshold.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        threshold: predictions above it count as 1; where the model ends in logits, 0 stands for a probability of 0.5.

    Raises:
        ArgumentError: the threshold is not a finite number.

    Example:
        >>> BinaryAccuracy(threshold=0.7)([[1.0], [0.0]], [[0.6], [0.6]]).tolist()
        0.5

    Source: keras.metrics.BinaryAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str | None = "binary_accuracy", dtype: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(name, dtype)
        self.threshold = number("BinaryAccuracy", "threshold", threshold)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.binary_accuracy(target, prediction, self.threshold)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "threshold": self.threshold}


class CategoricalAccuracy(MeanOverSamples):
    """The share of samples whose most probable class is the target's largest.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]).tolist()
        0.5

    Source: keras.metrics.CategoricalAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.categorical_accuracy(target, prediction)


class SparseCategoricalAccuracy(MeanOverSamples):
    """The share of samples whose most probable class is the target's number.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]]).tolist()
        0.5

    Source: keras.metrics.SparseCategoricalAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def target_shape(self, prediction: Shape) -> Shape:
        return prediction[:-1]

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        return measures.labels_beside(target, prediction), prediction

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.sparse_categorical_accuracy(target, prediction)


class FittingAccuracy(MeanOverSamples):
    """What "accuracy" means in `compile`: the share of right predictions, whatever form the targets have.

    One output: `BinaryAccuracy`. Several, and one class number per target: `SparseCategoricalAccuracy`. Several, and
    one number per class: `CategoricalAccuracy`.

    Args:
        name: see `Statistic`; "acc" where that was the word.
        dtype: see `Statistic`.

    Source: keras.Model.compile, on metrics=["accuracy"].
    """

    takes_any_targets = True

    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def check_targets(self, target: Tensor, prediction: Tensor) -> None:
        """Raise `ShapeError` unless the targets are of the predictions' shape, or lack their last axis.

        Class numbers may have a last axis of size 1, as columns of tables have it.
        """
        if target.shape not in (prediction.shape, prediction.shape[:-1], (*prediction.shape[:-1], 1)):
            raise ShapeError(
                f"metric {self.name!r} takes targets of shape {prediction.shape} or {prediction.shape[:-1]} for "
                f"predictions of shape {prediction.shape}, got {target.shape}"
            )

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        if prediction.shape[-1] == 1:
            return measures.binary_accuracy(builder.reshape(target, prediction.shape), prediction)
        if target.shape != prediction.shape:
            return measures.sparse_categorical_accuracy(builder.reshape(target, prediction.shape[:-1]), prediction)
        return measures.categorical_accuracy(target, prediction)
