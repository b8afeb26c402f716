"""Metrics: what is told about training besides the loss, as state in the graph.

A metric says what it keeps from batch to batch (`state`), emits what that is after a batch (`update`), and makes a
number of it when somebody asks (`result`). What is kept are sums: they merge by addition, and nothing leaves the engine
before. Nothing is learned from a metric.

Example:
    >>> import numpy as np
    >>> metric = BinaryAccuracy(threshold=0.7)
    >>> metric.state((8, 3), (8, 3))
    {'total': (), 'count': ()}
    >>> metric.result({"total": np.array(6.0), "count": np.array(8.0)})
    0.75
    >>> metric.update_state([[1], [1]], [[0.6], [0.9]])
    >>> metric.result().numpy().tolist()
    0.5

Source: keras.metrics, https://keras.io/api/metrics/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isfunction
from typing import Any, Protocol, cast, overload

from pellucid.absent import absent
from pellucid.calls import explained
from pellucid.custom import function_of, function_record
from pellucid.errors import ArgumentError
from pellucid.graph.ops import Shape
from pellucid.measures import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from pellucid.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    FittingAccuracy,
    SparseCategoricalAccuracy,
)
from pellucid.metrics.auc import AUC
from pellucid.metrics.base import Metric, Statistic
from pellucid.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from pellucid.metrics.correlation import ConcordanceCorrelation, PearsonCorrelation
from pellucid.metrics.curves import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from pellucid.metrics.f_score import F1Score, FBetaScore
from pellucid.metrics.functions import (
    binary_accuracy,
    categorical_accuracy,
    concordance_correlation,
    pearson_correlation,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from pellucid.metrics.hinges import CategoricalHinge, Hinge, SquaredHinge
from pellucid.metrics.matrix import BinaryIoU, ConfusionMatrix, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from pellucid.metrics.means import Mean, MeanOverSamples, Sum
from pellucid.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from pellucid.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    R2Score,
    RootMeanSquaredError,
)
from pellucid.metrics.table import FUNCTIONS, METRICS
from pellucid.metrics.top_k import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
from pellucid.metrics.traced import takes_values, writes
from pellucid.metrics.wrapped import MeanMetricWrapper, of_function
from pellucid.old_modules import register
from pellucid.registry import custom_objects as registry_objects

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "ConfusionMatrix",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanOverSamples",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Statistic",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]


class TakesTargets(Protocol):
    """What a metric must know of a loss: the two see the same targets."""

    name: str

    def target_shape(self, prediction: Shape) -> Shape | None:
        """The shape of the targets for predictions of a shape; both with the batch axis; None where any will do."""
        ...


FITTING = ("accuracy", "acc")
"""The words that mean the kind of accuracy which fits the targets, not the class of that name."""

mse, mae, mape, msle = (
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
)
kld, logcosh = kl_divergence, log_cosh


@overload
def get(identifier: None) -> None: ...
@overload
def get(
    identifier: str | Mapping[str, Any] | Metric | type[Metric] | Callable[..., Any], loss: TakesTargets | None = None
) -> Metric: ...
@explained
def get(
    identifier: str | Mapping[str, Any] | Metric | type[Metric] | Callable[..., Any] | None,
    loss: TakesTargets | None = None,
) -> Metric | None:
    """The metric that is meant, if it takes the same targets as the loss.

    Args:
        identifier: a name, a record, a metric, its class, or a function of targets and predictions (see
            `MeanMetricWrapper`); None for none.
        loss: what the model is trained with; None where the metric stands alone. Beside a loss a metric is told under
            the name as given, and "accuracy" or "acc" is the kind that fits the targets.

    Raises:
        ArgumentError: the name is unknown, or the loss takes other targets than the metric.

    Example:
        >>> from pellucid import losses
        >>> get("acc", losses.MeanSquaredError()), get("mse")
        (FittingAccuracy(name='acc'), MeanSquaredError(name='mean_squared_error'))
    """
    identifier = FUNCTIONS.get(identifier, identifier) if isfunction(identifier) else identifier
    function = None if isinstance(identifier, Metric) else function_of("metric", identifier)
    if loss is None or function is not None:
        return None if identifier is None else METRICS.get(identifier) if function is None else of_function(function)
    metric = _named(identifier) if isinstance(identifier, str) else METRICS.get(identifier)
    if takes_values(metric):
        raise ArgumentError(f"metric {metric.name!r} is one of values and takes no targets; name another")
    several = (1, 2)
    taken = loss.target_shape(several)
    fits = taken is None or metric.takes_any_targets or writes(metric, "update_state")
    if not (fits or isinstance(metric, FittingAccuracy)) and metric.target_shape(several) != taken:
        raise ArgumentError(
            f"metric {metric.name!r} takes other targets than loss {loss.name!r}; 'accuracy' fits itself to the loss"
        )
    return metric


def _named(name: str) -> Metric:
    return FittingAccuracy(name) if name.lower() in FITTING else METRICS.find(name)(name=name)


@explained
def serialize(metric: Metric | Callable[..., Any]) -> str | dict[str, Any]:
    """What stands for a metric in a file, which `get` and Keras read: its record, or the word "accuracy".

    Example:
        >>> serialize(BinaryAccuracy(threshold=0.7))["config"]
        {'name': 'binary_accuracy', 'dtype': 'float32', 'threshold': 0.7}
    """
    if isinstance(metric, FittingAccuracy):
        return metric.name
    if isinstance(metric, MeanMetricWrapper) and metric.is_plain:
        return function_record("metric", metric.fn)
    return function_record("metric", metric) if isfunction(metric) else METRICS.serialize(cast(Metric, metric))


@explained
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Metric:
    """The metric of a record: `get` for records alone.

    Args:
        config: as `serialize` or Keras writes it.
        custom_objects: classes and functions of your own, by the names that records have.

    Raises:
        ArgumentError: a name or a setting is unknown.

    Example:
        >>> deserialize(serialize(BinaryAccuracy(threshold=0.7))).threshold
        0.7

    Source: keras.metrics.deserialize.
    """
    with registry_objects(custom_objects):
        return METRICS.get(config) if config is None else get(config)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)


register("pellucid")  # metrics.metrics, as Keras 1 had it
