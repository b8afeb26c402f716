"""The share of targets that are among the most probable classes. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

from pellucid import measures
from pellucid.checks import flag, whole
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.metrics.means import MeanOverSamples


class TopKCategoricalAccuracy(MeanOverSamples):
    """The share of samples whose target's largest class is among the k most probable ones.

    It is where fewer than k classes are more probable; equally probable ones do not count against it.

    Args:
        k: how many classes are looked at.
        name: see `Statistic`.
        dtype: see `Statistic`.

    Raises:
        ArgumentError: k is not a whole number >= 1.

    Example:
        >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.5, 0.2, 0.3]]).tolist()
        0.5

    Source: keras.metrics.TopKCategoricalAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(name, dtype)
        self.k = whole("TopKCategoricalAccuracy", "k", k, 1, MAX_SIZE)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.top_k_accuracy(target, prediction, self.k)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "k": self.k}


class SparseTopKCategoricalAccuracy(MeanOverSamples):
    """The share of samples whose target's number is among the k most probable classes.

    Args:
        k: how many classes are looked at.
        name: see `Statistic`.
        dtype: see `Statistic`.
        from_sorted_ids: whether predictions are class numbers, the most probable first, rather than a number per class.

    Raises:
        ArgumentError: k is not a whole number >= 1.

    Example:
        >>> SparseTopKCategoricalAccuracy(k=2)([2, 1], [[0.1, 0.9, 0.8], [0.5, 0.2, 0.3]]).tolist()
        0.5

    Source: keras.metrics.SparseTopKCategoricalAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.k = whole("SparseTopKCategoricalAccuracy", "k", k, 1, MAX_SIZE)
        self.from_sorted_ids = flag("SparseTopKCategoricalAccuracy", "from_sorted_ids", from_sorted_ids)

    def target_shape(self, prediction: Shape) -> Shape:
        return prediction[:-1]

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        return measures.labels_beside(target, prediction), prediction

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        hits = measures.sorted_top_k_accuracy if self.from_sorted_ids else measures.sparse_top_k_accuracy
        return hits(target, prediction, self.k)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "k": self.k, "from_sorted_ids": self.from_sorted_ids}
