"""What all metrics share: sums that are kept over batches, as state of the graph, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, overload

import numpy as np

from pellucid import measures
from pellucid.checks import mapping_of, title
from pellucid.config import check_dtype
from pellucid.dispatch import Array, Operand, anywhere
from pellucid.errors import ArgumentTypeError, shown
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.metrics.keeping import WHOLE, Keeping, Kept, own_sum, type_name
from pellucid.naming import snake_case, unique_name
from pellucid.registry import describe

__all__ = ["WHOLE", "Kept", "Metric", "Statistic", "Sums", "own_sum", "share"]

Sums = dict[str, Tensor]


class Statistic(Keeping):
    """The base of all that is told about batches: sums that begin at 0, and a value that is made of them.

    Sums are only ever added to. So batches, devices and halves of an epoch merge by addition, and what a float32 state
    holds can be moved into float64 from time to time, before a count reaches 2^24, from where on it no longer grows.

    In a graph, `state` says what is kept and `update` emits it for a batch; the object itself stays as it is. On
    arrays, `update_state` adds a batch to sums of the object's own, in float64. `result` tells either.

    The library's settings are fixed once a metric is made. What a subclass has of its own may change, since `value` and
    `update_state` see it; a model that was compiled before counts batches as it did.

    Args:
        name: under which it is told and stands in histories.
        dtype: None or "float32"; for means of values "int32" too, in which values, weights and sums lose their
            fractions, as they do in Keras.

    Raises:
        ArgumentError: the type is another one.

    Attributes:
        counts_whole: whether "int32" is taken.

    Example:
        >>> from pellucid import metrics
        >>> first, second = metrics.Mean(), metrics.Mean()
        >>> first.update_state([1.0, 2.0]), second.update_state([6.0])
        (None, None)
        >>> first.result({"total": first.total + second.total, "count": first.count + second.count})
        3.0
    """

    _instead: ClassVar[str] = "make a new metric with {} and compile the model with it"
    _settles_own: ClassVar[bool] = False
    counts_whole: ClassVar[bool] = False

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        owner, is_whole = type(self).__name__, self.counts_whole and type_name(dtype) == WHOLE
        if not is_whole:
            check_dtype(owner, dtype)
        self.name = unique_name(snake_case(owner)) if name is None else title(owner, name)
        self.dtype = WHOLE if is_whole else "float32"
        self._begin_keeping()

    def value(self, sums: Kept) -> float | np.ndarray:
        """What sums of these names say, in float64; 0.0 where nothing was counted."""
        raise ArgumentTypeError(f"{type(self).__name__} has no value(): a metric must say what its sums mean")

    @overload
    def result(self) -> Array: ...

    @overload
    def result(self, arrays: Kept) -> float | np.ndarray: ...

    def result(self, arrays: Kept | None = None) -> float | np.ndarray:
        """What the sums say, in float64.

        Args:
            arrays: sums by name, as `state` names them; those that `update_state` kept by default.

        Returns:
            a number, or an array of several; 0.0 where nothing was counted, as in Keras.
        """
        return np.asarray(self.value(self._own())).view(Array) if arrays is None else self.value(arrays)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric, in Keras's words."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A metric with the settings that `get_config` gave."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))

    def __repr__(self) -> str:
        return describe(self)


class Metric(Statistic):
    """The base of all metrics of targets and predictions. A subclass says in `sums` what a batch adds.

    Args:
        name: see `Statistic`.
        dtype: see `Statistic`.

    Example:
        >>> from pellucid.graph import builder
        >>> class Hits(Metric):
        ...     def state(self, *shapes):
        ...         return {"hits": ()}
        ...     def sums(self, target, prediction, weight):
        ...         return {"hits": builder.reduce_sum(builder.equal(target, prediction))}
        ...     def value(self, sums):
        ...         return float(sums["hits"])
        >>> Hits("hits")([1, 2, 3, 4], [1, 2, 0, 4]).tolist()
        3.0

    Or it is written as the guides of Keras write one: variables are made in `__init__` by `add_variable`, changed in
    `update_state` with `pellucid.ops`, and told of in `result`. In training `update_state` is a part of the graph of a
    step, where its arguments are tensors without values: it cannot use NumPy, nor decide by `if`.

    Example:
        >>> from pellucid import ops
        >>> class LargestError(Metric):
        ...     def __init__(self, name="largest_error"):
        ...         super().__init__(name)
        ...         self.largest = self.add_weight(name="largest", shape=(), initializer="zeros")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(ops.maximum(self.largest, ops.max(ops.abs(y_true - y_pred))))
        ...     def result(self):
        ...         return self.largest
        >>> y_true, y_pred = np.array([[1.0], [2.0]]), np.array([[1.5], [4.0]])
        >>> LargestError()(y_true, y_pred).numpy().tolist()
        2.0

    Attributes:
        takes_any_targets: whether targets may have any shape, whatever the predictions'.

    Source: keras.metrics.Metric, https://keras.io/api/metrics/base_metric/
    """

    takes_any_targets: ClassVar[bool] = False

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets that the metric takes for predictions of a shape; both with the batch axis."""
        return prediction

    def update(
        self, state: Mapping[str, Tensor], target: Tensor, prediction: Tensor, weight: Tensor | None = None
    ) -> Sums:
        """Emit the sums after a batch.

        Args:
            state: the sums before it, of the shapes that `state` says.
            target: as the loss takes it.
            prediction: (batch, ..., outputs).
            weight: one number per sample, (batch,), or one for each value that is averaged or counted; None for 1 each.

        Raises:
            ShapeError: the metric takes other targets than the loss, or the weights do not fit.
        """
        self.check_targets(target, prediction)
        added = self.sums(target, prediction, weight)
        return {name: before + added[name] for name, before in state.items()}

    def update_state(self, y_true: Operand, y_pred: Operand, sample_weight: Operand | None = None) -> None:
        """Add a batch of arrays to the object's own sums.

        Args:
            y_true: targets of the shape that the metric takes. A last axis of size 1 may be missing or too much.
            y_pred: (batch, ..., outputs).
            sample_weight: one number per sample, or one for each value that is averaged or counted; 1 by default.

        Raises:
            ShapeError: the shapes do not go together.
        """
        shapes = self._shape_of("y_true", y_true), self._shape_of("y_pred", y_pred)
        self._add(dict(zip(self.state(*shapes), self._batch(y_true, y_pred, sample_weight), strict=True)), *shapes)

    def _shape_of(self, what: str, value: Any) -> tuple[int, ...]:
        """The shape of targets or predictions; raises `ArgumentTypeError` where they form no array."""
        try:
            shape = np.shape(value)
        except Exception as error:  # whatever NumPy, or a foreign array, says of what forms none
            raise ArgumentTypeError(f"{self.name}: {what} forms no array: {shown(value)}") from error
        if not isinstance(shape, tuple):
            raise ArgumentTypeError(f"{self.name}: {what} is an array of numbers, got {shown(value)}")
        return shape

    @anywhere("y_true", "y_pred", "sample_weight", name="update_state")
    def _batch(self, y_true: Operand, y_pred: Operand, sample_weight: Operand | None = None) -> Any:
        """What a batch adds to each sum, in the order of `state`."""
        target, prediction = self.fit_shapes(y_true, y_pred)
        self.check_targets(target, prediction)
        added = self.sums(target, prediction, sample_weight)
        return [added[name] for name in self.state(target.shape, prediction.shape)]

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        """Targets and predictions as they came, but for a last axis of size 1 that only one of them has."""
        return measures.same_rank(target, prediction)

    def check_targets(self, target: Tensor, prediction: Tensor) -> None:
        """Raise `ShapeError` unless the targets have the shape that the metric takes for these predictions."""
        measures.check_same(self._label, target, prediction, self.target_shape(prediction.shape))

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        """Emit what a batch adds to each sum (see `update`), for shapes that are known to fit."""
        raise ArgumentTypeError(f"{type(self).__name__} has no sums(): a metric must say what it counts")


def share(part: np.ndarray, whole: np.ndarray) -> float | np.ndarray:
    """part / whole in float64, 0 where the whole is 0; a number where they are numbers.

    Example:
        >>> share(np.float32(1), np.float32(4)), share(np.zeros(2), np.array([0.0, 2.0])).tolist()
        (0.25, [0.0, 0.0])
    """
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    shares = np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)
    return shares if shares.ndim else float(shares)
