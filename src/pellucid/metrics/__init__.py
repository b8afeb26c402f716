"""Metrics: what is told about training besides the loss, as state in the graph.

A metric says what it keeps from batch to batch (`state`), emits what that is after a batch (`update`), and makes a
number of it when somebody asks (`result`). What is kept are sums: they merge by addition, and nothing leaves the engine
before. Nothing is learned from a metric.

Example:
    >>> metric = BinaryAccuracy(threshold=0.7)
    >>> metric.state((8, 3), (8, 3))
    {'total': (), 'count': ()}
    >>> metric.result({"total": 6.0, "count": 8.0})
    0.75

Source: keras.metrics, https://keras.io/api/metrics/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pellucid.errors import ArgumentError
from pellucid.graph.ops import Shape
from pellucid.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    FittingAccuracy,
    SparseCategoricalAccuracy,
)
from pellucid.metrics.base import Metric, Statistic
from pellucid.metrics.confusion import Precision, Recall
from pellucid.metrics.means import Mean, MeanOverSamples
from pellucid.metrics.regression import MeanSquaredError
from pellucid.registry import Registry

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "Mean",
    "MeanOverSamples",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "Recall",
    "SparseCategoricalAccuracy",
    "Statistic",
    "get",
    "serialize",
]


class TakesTargets(Protocol):
    """What a metric must know of a loss: the two see the same targets."""

    name: str

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets for predictions of a shape; both with the batch axis."""
        ...


METRICS: Registry[Metric] = Registry(
    kind="metric",
    module="keras.metrics",
    base=Metric,
    classes={
        "accuracy": Accuracy,
        "binary_accuracy": BinaryAccuracy,
        "categorical_accuracy": CategoricalAccuracy,
        "mean_squared_error": MeanSquaredError,
        "precision": Precision,
        "recall": Recall,
        "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    },
    aliases={"acc": "accuracy", "mse": "mean_squared_error"},
    absent={"dtype": "float32"},
)
FITTING = ("accuracy", "acc")
"""The words that mean the kind of accuracy which fits the targets, not the class of that name."""

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
        FittingAccuracy(name='acc')
    """
    if isinstance(identifier, Mean):
        raise ArgumentError(f"metric {identifier.name!r} is a mean of values and takes no targets; name another")
    metric = _named(identifier) if isinstance(identifier, str) else METRICS.get(identifier)
    several = (1, 2)
    if not isinstance(metric, FittingAccuracy) and metric.target_shape(several) != loss.target_shape(several):
        raise ArgumentError(
            f"metric {metric.name!r} takes other targets than loss {loss.name!r}; 'accuracy' fits itself to the loss"
        )
    return metric


def _named(name: str) -> Metric:
    return FittingAccuracy(name) if name.lower() in FITTING else METRICS.find(name)(name=name)


def serialize(metric: Metric) -> str | dict[str, Any]:
    """What stands for a metric in a file, which `get` and Keras read: its record, or the word "accuracy".

    Example:
        >>> serialize(BinaryAccuracy(threshold=0.7))["config"]
        {'name': 'binary_accuracy', 'threshold': 0.7}
    """
    return metric.name if isinstance(metric, FittingAccuracy) else METRICS.serialize(metric)
