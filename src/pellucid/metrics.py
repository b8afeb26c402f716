"""Metrics: what is told about training besides the loss, one number per sample, as operations of the graph.

Nothing is learned from a metric. Means over samples and batches are taken by the training loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.registry import Registry, describe, number

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "get",
]


class TakesTargets(Protocol):
    """What a metric must know of a loss: the two see the same targets."""

    name: str

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets for predictions of a shape; both with the batch axis."""
        ...


class Metric:
    """The base of all metrics. A subclass says in `emit` what is computed.

    Args:
        name: under which it is told and stands in histories.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets that the metric takes for predictions of a shape; both with the batch axis."""
        return prediction

    def per_sample(self, target: Tensor, prediction: Tensor) -> Tensor:
        """Emit the metric of each sample.

        Args:
            target: as the loss takes it.
            prediction: (batch, ..., outputs).

        Returns:
            a tensor of shape (batch, ...).

        Raises:
            ShapeError: the metric takes other targets than the loss.
        """
        expected = self.target_shape(prediction.shape)
        if target.shape != expected:
            raise ShapeError(f"metric {self.name!r} takes targets of shape {expected} here, the loss {target.shape}")
        return self.emit(target, prediction)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        """What `per_sample` returns, for shapes that are known to fit."""
        raise TypeError(f"{type(self).__name__} has no emit(): a metric must say what it computes")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric, in Keras's words."""
        return {"name": self.name}

    def __repr__(self) -> str:
        return describe(self)


class SparseCategoricalAccuracy(Metric):
    """1 where the most probable class is the target's number, else 0.

    Source: keras.metrics.SparseCategoricalAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str = "sparse_categorical_accuracy") -> None:
        super().__init__(name)

    def target_shape(self, prediction: Shape) -> Shape:
        return prediction[:-1]

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        return builder.equal(target, builder.arg_max(prediction))


class CategoricalAccuracy(Metric):
    """1 where the most probable class is the target's largest, else 0.

    Source: keras.metrics.CategoricalAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str = "categorical_accuracy") -> None:
        super().__init__(name)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        return builder.equal(builder.arg_max(target), builder.arg_max(prediction))


class BinaryAccuracy(Metric):
    """The share of outputs that lie on the target's side of the threshold.

    Args:
        name: see `Metric`.
        threshold: predictions above it count as 1; where the model ends in logits, 0 stands for a probability of 0.5.

    Raises:
        ArgumentError: the threshold is not a finite number.

    Source: keras.metrics.BinaryAccuracy, https://keras.io/api/metrics/accuracy_metrics/
    """

    def __init__(self, name: str = "binary_accuracy", threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = number("BinaryAccuracy", "threshold", threshold)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        return builder.reduce_mean(builder.equal(target, builder.greater(prediction, self.threshold)), [-1])

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "threshold": self.threshold}


class Accuracy(Metric):
    """The share of right predictions, whatever form the targets have.

    One output: `BinaryAccuracy`. Several, and one class number per target: `SparseCategoricalAccuracy`. Several, and
    one number per class: `CategoricalAccuracy`.

    Source: keras.Model.compile, on metrics=["accuracy"].
    """

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(name)

    def per_sample(self, target: Tensor, prediction: Tensor) -> Tensor:
        """See `Metric.per_sample`."""
        if prediction.shape[-1] == 1:
            return BinaryAccuracy(self.name).per_sample(builder.reshape(target, prediction.shape), prediction)
        if target.rank < prediction.rank:
            return SparseCategoricalAccuracy(self.name).per_sample(target, prediction)
        return CategoricalAccuracy(self.name).per_sample(target, prediction)


class MeanSquaredError(Metric):
    """The mean of (prediction - target)^2 over the outputs.

    Source: keras.metrics.MeanSquaredError, https://keras.io/api/metrics/regression_metrics/
    """

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        difference = prediction - target
        return builder.reduce_mean(difference * difference, [-1])


METRICS: Registry[Metric] = Registry(
    kind="metric",
    module="keras.metrics",
    base=Metric,
    classes={
        "accuracy": Accuracy,
        "binary_accuracy": BinaryAccuracy,
        "categorical_accuracy": CategoricalAccuracy,
        "mean_squared_error": MeanSquaredError,
        "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    },
    aliases={"acc": "accuracy", "mse": "mean_squared_error"},
    absent={"dtype": "float32"},
)

# Keras 2's spelling: `metrics=[metrics.categorical_accuracy]`.
binary_accuracy = BinaryAccuracy
categorical_accuracy = CategoricalAccuracy
mean_squared_error = mse = MeanSquaredError
sparse_categorical_accuracy = SparseCategoricalAccuracy


def get(identifier: str | Mapping[str, Any] | Metric | type[Metric], loss: TakesTargets) -> Metric:
    """The metric that is meant, if it takes the same targets as the loss.

    Args:
        identifier: a name ("acc", "accuracy": it is told under the name as given), a record, a metric or its class.
        loss: what the model is trained with.

    Raises:
        ArgumentError: the name is unknown, or the loss takes other targets than the metric.

    Example:
        >>> from pellucid import losses
        >>> get("acc", losses.get("mse"))
        Accuracy(name='acc')
    """
    metric = METRICS.find(identifier)(name=identifier) if isinstance(identifier, str) else METRICS.get(identifier)
    several = (1, 2)
    if not isinstance(metric, Accuracy) and metric.target_shape(several) != loss.target_shape(several):
        raise ArgumentError(
            f"metric {metric.name!r} takes other targets than loss {loss.name!r}; 'accuracy' fits itself to the loss"
        )
    return metric
