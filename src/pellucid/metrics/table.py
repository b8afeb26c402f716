"""How metrics are found, by name or by function, and written down. The room's `__init__` fills the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isfunction
from typing import Any, Protocol, cast, overload

from pellucid import legacy
from pellucid.calls import explained
from pellucid.custom import function_of, function_record
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph.ops import Shape
from pellucid.metrics.accuracy import FittingAccuracy
from pellucid.metrics.base import Metric
from pellucid.metrics.traced import takes_values, writes
from pellucid.metrics.wrapped import MeanMetricWrapper, of_function
from pellucid.registry import Registry
from pellucid.registry import custom_objects as registry_objects

__all__ = ["METRICS", "deserialize", "get", "serialize"]

CLASSES: dict[str, type[Metric]] = {}

METRICS: Registry[Metric] = Registry(
    kind="metric",
    module="keras.metrics",
    base=Metric,
    classes=CLASSES,
    aliases={
        "acc": "accuracy",
        "bce": "binary_crossentropy",
        "kld": "kl_divergence",
        "log_cosh": "log_cosh_error",
        "logcosh": "log_cosh_error",
        "mae": "mean_absolute_error",
        "mape": "mean_absolute_percentage_error",
        "mse": "mean_squared_error",
        "msle": "mean_squared_logarithmic_error",
        "rmse": "root_mean_squared_error",
        "r2": "r2_score",
    },
    meant={
        **dict.fromkeys(("l2",), ("mean_squared_error", "root_mean_squared_error")),
        **dict.fromkeys(("prec", "ppv"), ("precision",)),
        **dict.fromkeys(("rec", "sensitivity", "tpr"), ("recall",)),
        **dict.fromkeys(("f1", "f_score", "fbeta_score", "fmeasure", "dice"), ("f1_score", "f_beta_score")),
        "binary": ("binary_accuracy",),
        "categorical": ("categorical_accuracy", "sparse_categorical_accuracy"),
        "sparse_accuracy": ("sparse_categorical_accuracy",),
        **dict.fromkeys(("iou", "jaccard", "miou"), ("mean_io_u",)),
        **dict.fromkeys(("top_k", "top5", "top_5"), ("top_k_categorical_accuracy",)),
        **dict.fromkeys(("roc", "roc_auc"), ("auc",)),
    },
)

FUNCTIONS: dict[Callable[..., Any], type[Metric]] = {}
"""What a function stands for where a metric is asked for: `metrics=[metrics.categorical_accuracy]`."""

BINARY = "binary_crossentropy"
FITTING = ("accuracy", "acc")
"""The words that mean the kind of accuracy which fits the targets, not the class of that name."""


class TakesTargets(Protocol):
    """What a metric must know of a loss: the two see the same targets."""

    name: str

    def target_shape(self, prediction: Shape) -> Shape | None:
        """The shape of the targets for predictions of a shape; both with the batch axis; None where any will do."""
        ...


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
    if not hasattr(loss, "target_shape"):
        raise ArgumentTypeError(f"metrics.get: loss is what a model is trained with, got {shown(loss)}")
    metric = _named(identifier, loss.name) if isinstance(identifier, str) else METRICS.get(identifier)
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


def _named(name: str, loss: str) -> Metric:
    if name.lower() not in FITTING:
        return METRICS.find(name)(name=name)
    if loss == BINARY and legacy.is_old():  # of each output by itself, how many there may be
        legacy.tell_default(f"metrics=[{name!r}]", "binary_accuracy", "categorical_accuracy with several outputs")
        return METRICS.find("binary_accuracy")(name=name)
    return FittingAccuracy(name)


@explained
def serialize(metric: Metric | Callable[..., Any]) -> str | dict[str, Any]:
    """What stands for a metric in a file, which `get` and Keras read: its record, or the word "accuracy".

    Example:
        >>> from pellucid.metrics import BinaryAccuracy
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
        >>> from pellucid.metrics import BinaryAccuracy
        >>> deserialize(serialize(BinaryAccuracy(threshold=0.7))).threshold
        0.7

    Source: keras.metrics.deserialize.
    """
    with registry_objects(custom_objects):
        return METRICS.get(config) if config is None else get(config)
