"""Metrics between classes and their probabilities. The formulas stand in `measures`."""

from __future__ import annotations

from typing import Any

from pellucid import measures
from pellucid.checks import flag, number, whole
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.measures.probabilistic import LABELS
from pellucid.metrics.base import Sums
from pellucid.metrics.means import MeanOverSamples


class KLDivergence(MeanOverSamples):
    """The Kullback-Leibler divergence, the sum of target * log(target / prediction) over the classes.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).round(4).tolist()
        0.1438

    Source: keras.metrics.KLDivergence, https://keras.io/api/metrics/probabilistic_metrics/
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.kl_divergence(target, prediction)


class Poisson(MeanOverSamples):
    """prediction - target * log(prediction), the mean over the outputs.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> Poisson()([[3.0], [1.0]], [[1.0], [2.0]]).round(4).tolist()
        1.1534

    Source: keras.metrics.Poisson, https://keras.io/api/metrics/probabilistic_metrics/
    """

    def __init__(self, name: str | None = "poisson", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.poisson(target, prediction)


class BinaryCrossentropy(MeanOverSamples):
    """-(y log(p) + (1 - y) log(1 - p)), the mean over the outputs.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.75]]).round(4).tolist()
        1.0397

    Source: keras.metrics.BinaryCrossentropy, https://keras.io/api/metrics/probabilistic_metrics/
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = flag("BinaryCrossentropy", "from_logits", from_logits)
        self.label_smoothing = number("BinaryCrossentropy", "label_smoothing", label_smoothing, 0.0, 1.0)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        return measures.binary_crossentropy(target, prediction, self.from_logits, self.label_smoothing)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "from_logits": self.from_logits, "label_smoothing": self.label_smoothing}


class CategoricalCrossentropy(MeanOverSamples):
    """-sum over the classes of target * log(probability).

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        axis: along which the classes lie.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> CategoricalCrossentropy()([[0.0, 1.0, 0.0]], [[0.25, 0.5, 0.25]]).round(4).tolist()
        0.6931

    Source: keras.metrics.CategoricalCrossentropy, https://keras.io/api/metrics/probabilistic_metrics/
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        self.from_logits = flag("CategoricalCrossentropy", "from_logits", from_logits)
        self.label_smoothing = number("CategoricalCrossentropy", "label_smoothing", label_smoothing, 0.0, 1.0)
        self.axis = whole("CategoricalCrossentropy", "axis", axis)

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        settings = self.from_logits, self.label_smoothing, self.axis
        return measures.categorical_crossentropy(target, prediction, *settings)

    def get_config(self) -> dict[str, Any]:
        settings = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing, "axis": self.axis}
        return {**super().get_config(), **settings}


class SparseCategoricalCrossentropy(MeanOverSamples):
    """-log of the probability that is given to the right class. Targets are class numbers.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.
        from_logits: whether predictions are logits rather than probabilities.
        ignore_class: a number in the targets that stands for none. As in Keras such places count as 0, and not at all
            where there are weights.
        axis: along which the predictions of the classes lie.

    Raises:
        ArgumentError: a setting is out of range.

    Example:
        >>> SparseCategoricalCrossentropy()([1, 0], [[0.25, 0.5, 0.25], [1.0, 0.0, 0.0]]).round(4).tolist()
        0.3466

    Source: keras.metrics.SparseCategoricalCrossentropy, https://keras.io/api/metrics/probabilistic_metrics/
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name, dtype)
        owner = "SparseCategoricalCrossentropy"
        self.from_logits = flag(owner, "from_logits", from_logits)
        self.ignore_class = None if ignore_class is None else whole(owner, "ignore_class", ignore_class, *LABELS)
        self.axis = whole(owner, "axis", axis)

    def target_shape(self, prediction: Shape) -> Shape:
        return measures.without_axis(prediction, self.axis)

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        return measures.labels_beside(target, prediction, self.axis), prediction

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        settings = self.from_logits, self.ignore_class, self.axis
        return measures.sparse_categorical_crossentropy(target, prediction, *settings)

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        if weight is not None and self.ignore_class is not None:
            each = measures.weight_like(weight, target.shape, f"metric {self.name!r}")
            weight = each * measures.is_counted(target, self.ignore_class)
        return super().sums(target, prediction, weight)

    def get_config(self) -> dict[str, Any]:
        settings = {"from_logits": self.from_logits, "ignore_class": self.ignore_class, "axis": self.axis}
        return {**super().get_config(), **settings}
