"""A function is a metric: its mean over the samples is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from pellucid.arraylike import array_that
from pellucid.checks import is_number, mapping_of
from pellucid.custom import function_of, function_record
from pellucid.dispatch import Array, Operand, anywhere
from pellucid.errors import ArgumentError, ArgumentTypeError, PellucidError, ShapeError, shorter, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.ops import Elementwise, Input, Shape
from pellucid.metrics.means import MeanOverSamples
from pellucid.naming import snake_case
from pellucid.warned import warn


class MeanMetricWrapper(MeanOverSamples):
    """The mean over the samples of what a function of targets and predictions gives.

    The function is written with `pellucid.ops` or arithmetic. Inside training it is a part of the graph of a step, so
    what it is given are tensors, which have no values: it cannot use NumPy, nor decide by `if`. Numbers (batch,) are
    one for each sample; further axes are averaged first; one number alone, (), counts as one value for its batch.
    A number of Python's is that of each sample.

    Args:
        fn: takes targets and predictions, in this order.
        name: see `Statistic`; "mean_metric_wrapper" by default, in `compile` the function's own name.
        dtype: see `Statistic`.
        kwargs: further arguments of the function.

    Raises:
        ArgumentError: `fn` is no function.

    Example:
        >>> from pellucid import ops
        >>> largest = MeanMetricWrapper(lambda y_true, y_pred: ops.max(ops.abs(y_true - y_pred), axis=-1), "largest")
        >>> largest([[1.0, 2.0], [3.0, 4.0]], [[1.0, 4.0], [3.0, 5.0]]).tolist()
        1.5

    Source: keras.metrics.MeanMetricWrapper, https://keras.io/api/metrics/base_metric/
    """

    takes_any_targets = True

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name, dtype)
        found = function_of("metric", fn)
        if found is None:
            raise ArgumentTypeError(
                f"MeanMetricWrapper: fn must be a function of targets and predictions, got {shown(fn)}"
            )
        self.fn, self._further = found, dict(kwargs)

    @property
    def is_plain(self) -> bool:
        """Whether the function alone says all: it has no further arguments, and the metric has its name."""
        return not self._further and self.name == name_of(self.fn)

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        """See `Statistic.state`; where shapes are known, the function is tried with tensors of these shapes first."""
        if len(shapes) == 2:
            graph = Graph()
            graph.described = lambda each: graph.add(Input(_standing(each.shape, shapes[1][0]), "described"))
            with graph.scope(self.name):
                target, prediction = (graph.add(Input(shape, name)) for shape, name in zip(shapes, "yp", strict=True))
                self.measure(target, prediction)
        return super().state(*shapes)

    def check_targets(self, target: Tensor, prediction: Tensor) -> None:
        """Whatever the function takes."""

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        return target, prediction

    def measure(self, target: Tensor, prediction: Tensor) -> Tensor:
        called = f"{self._label}: {name_of(self.fn)}()"
        before = len(prediction.graph.nodes)
        result = emitted(called, lambda: self.fn(target, prediction, **self._further))
        hint_at_pairs(called, prediction.graph, before, prediction.shape[0])
        if is_number(result):  # the same for each sample
            result = builder.broadcast_to(prediction.graph.lift(float(result)), prediction.shape[:1])
        if not isinstance(result, Tensor) or result.graph is not prediction.graph:
            raise ArgumentError(
                f"{called} must return what it computes of its arguments with pellucid.ops, got {shown(result)}"
            )
        return result

    def update_state(self, y_true: Operand, y_pred: Operand, sample_weight: Operand | None = None) -> None:
        """See `Metric.update_state`; on arrays the function may be any, since it is called with arrays."""
        if any(isinstance(item, Tensor) for item in (y_true, y_pred)):
            super().update_state(y_true, y_pred, sample_weight)
            return
        given = {"y_true": y_true, "y_pred": y_pred}
        arrays = [array_that(f"{self._label}: {name}", each).astype(np.float32) for name, each in given.items()]
        values = self.fn(*(each.view(Array) for each in arrays), **self._further)
        self._add(dict(zip(self.state(), self._of_values(values, sample_weight), strict=True)))

    @anywhere("values", "sample_weight", name="update_state")
    def _of_values(self, values: Operand, sample_weight: Operand | None = None) -> Any:
        return list(self.sums_of(values, sample_weight).values())

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fn": function_record("metric", self.fn), **self._further}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A metric with the settings that `get_config` gave; the function is found among `custom_objects`."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))


def _standing(shape: Sequence[int | None], samples: int) -> Shape:
    """For trial, the shape of what a tensor of the model has, which a function may use too; 1 for what is open."""
    return (samples, *(size or 1 for size in shape[1:])) if shape else ()


def of_function(function: Callable[..., Any]) -> MeanMetricWrapper:
    """The metric that a function is, under its own name.

    Example:
        >>> def error(y_true, y_pred):
        ...     return y_pred - y_true
        >>> of_function(error).name
        'error'
    """
    return MeanMetricWrapper(function, name_of(function))


def name_of(function: Callable[..., Any]) -> str:
    """How a function is called where it is not given another name, as in Keras.

    Example:
        >>> name_of(len), name_of(lambda y_true, y_pred: y_pred)
        ('len', 'lambda')
    """
    own = getattr(function, "name", None)
    if isinstance(own, str) and own:
        return own
    name = getattr(function, "__name__", None)
    return snake_case(name if isinstance(name, str) else type(function).__name__)


def emitted(called: str, function: Callable[[], Any]) -> Any:
    """What code of the user's own emits into a graph; where it cannot be emitted, the error says why and what helps.

    Args:
        called: the code, as the message begins: "metric 'mine': update_state()".
        function: calls it.

    Raises:
        ArgumentError: it wants values, or it goes wrong in some other way.
    """
    try:
        return function()
    except ShapeError:
        raise
    except Exception as error:
        if isinstance(error, PellucidError) and str(error).startswith(called.partition(":")[0]):
            raise
        raise ArgumentError(
            f"{called} cannot become a part of a step, which is a graph of tensors without values: {_told(error)}. "
            "Write it with pellucid.ops (no NumPy, no numpy(), float() or if on values; choose by ops.where)"
        ) from error


def hint_at_pairs(called: str, graph: Graph, before: int, samples: int) -> None:
    """Warn where code of the user's own combines each sample with each other, as (16,) and (16, 1) give (16, 16).

    Args:
        called: the code, as the message begins.
        graph: that it was emitted into.
        before: how many nodes were there before.
        samples: of the batch.
    """
    pair = {(samples,), (samples, 1)}
    nodes = graph.nodes[before:]
    if samples > 1 and any(isinstance(n.op, Elementwise) and pair <= {each.shape for each in n.inputs} for n in nodes):
        warn(
            f"{called} combines each of {samples} samples with each other: of shapes ({samples},) and ({samples}, 1) "
            f"comes ({samples}, {samples}); give both the same, as by ops.reshape(y_true, (-1, 1))"
        )


def _told(error: Exception) -> str:
    kind = "" if isinstance(error, PellucidError) else f"{type(error).__name__}: "
    return f"{kind}{shorter(str(error).rstrip('.'))}"
