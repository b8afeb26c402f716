"""What all losses share: which targets they take, and how the numbers of a batch become one."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from pellucid import measures, targets
from pellucid.arraylike import floats_of
from pellucid.checks import title
from pellucid.config import check_dtype
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses.reduction import Reduction, checked_reduction, reduced
from pellucid.naming import snake_case, unique_name
from pellucid.registry import describe
from pellucid.settled import Settled


class Loss(Settled):
    """The base of all losses. A subclass says in `call` what is computed, and in `fit_targets` what it accepts.

    Its arguments are fixed once it is made.

    Args:
        name: as it stands in histories and files; made from the class by default.
        reduction: how the numbers of a batch become one: "sum_over_batch_size" (or "mean"): their sum over how many
            there are; "sum"; "mean_with_sample_weight": the sum over the sum of the weights; "none" or None: they stay.
        dtype: None or "float32", the one type that there is.

    Raises:
        ArgumentError: the reduction or the type is unknown.

    Example:
        >>> from pellucid import losses
        >>> losses.MeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
        array(0.5, dtype=float32)

    Source: keras.losses.Loss, https://keras.io/api/losses/
    """

    _instead: ClassVar[str] = "make a new loss with {} and compile the model with it"

    def __init__(
        self, name: str | None = None, reduction: Reduction = "sum_over_batch_size", dtype: str | None = None
    ) -> None:
        check_dtype(type(self).__name__, dtype)
        owner = type(self).__name__
        self.name = unique_name(snake_case(owner)) if name is None else title(owner, name)
        self.reduction = checked_reduction(type(self).__name__, reduction)

    @anywhere("y_true", "y_pred", "sample_weight")
    def __call__(self, y_true: Operand, y_pred: Operand, sample_weight: Operand | None = None) -> Any:
        """The loss of a batch of arrays, or of tensors inside a layer's `call`.

        Args:
            y_true: targets of the shape of the predictions (class numbers: without their last axis). A last axis of
                size 1 may be missing or too much.
            y_pred: (batch, ..., outputs).
            sample_weight: one number per sample, or per value (batch, ...); 1 each by default.

        Returns:
            one number; with the reduction "none" those of all samples, (batch, ...).

        Raises:
            ShapeError: the shapes do not go together; nothing is broadcast but weights.
            DataError: a class number is out of range.
        """
        target, prediction = self.fit_shapes(y_true, y_pred)
        measures.check_same(self.name, target, prediction, self.target_shape(prediction.shape))
        return self._reduced(self.call(target, prediction), target, sample_weight)

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        """Targets and predictions as they came, but for a last axis of size 1 that only one of them has."""
        return measures.same_rank(target, prediction)

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets for predictions of a shape; both with the batch axis."""
        return prediction

    def prepare_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        """Check all targets of a data set and bring them into the form that the graph takes.

        Args:
            y: targets (samples, ...). Where they lack, or have too much, a last axis of size 1, it is added or dropped.
            prediction: shape of one prediction, without the batch axis.
            layer: name of the layer that makes the predictions, for messages.

        Returns:
            float32, or bytes as they came, of shape `target_shape((samples, *prediction))`.

        Raises:
            DataError: the targets are not finite numbers, of the wrong shape, or out of range; names the first.
        """
        checked = self.fit_targets(targets.as_numbers(y), _with_outputs((1, *prediction))[1:], layer)
        return np.ascontiguousarray(checked) if checked.dtype.itemsize == 1 else floats_of(checked)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        """Targets, known to be finite numbers, in the right shape; raises `DataError` where they do not fit."""
        fitting = targets.reshaped(y, prediction)
        if fitting is None:
            raise targets.misfit(y, prediction, prediction, layer, "")
        return fitting

    def batch_loss(self, target: Tensor, prediction: Tensor, weight: Tensor | None = None) -> Tensor:
        """Emit the number that training makes small: the loss of each sample, reduced.

        Args:
            target: see `per_sample`; so are `prediction` and what is raised.
            prediction: (batch, ..., outputs).
            weight: one number per sample; None for 1 each.

        Returns:
            a tensor of shape ().

        Raises:
            ArgumentError: the loss keeps one number per sample.
        """
        if self.reduction in (None, "none"):
            raise ArgumentError(
                f"{self.name}: training makes one number small, reduction={self.reduction!r} keeps one per sample; use "
                "'sum_over_batch_size' or 'sum'"
            )
        return self._reduced(self.per_sample(target, prediction), target, weight)

    def per_sample(self, target: Tensor, prediction: Tensor) -> Tensor:
        """Emit the loss of each sample.

        Args:
            target: of shape `target_shape(prediction.shape)`.
            prediction: (batch, ..., outputs).

        Returns:
            a tensor of shape (batch, ...).

        Raises:
            ShapeError: the shapes do not fit.
        """
        measures.check_same(self.name, target, prediction, self.target_shape(_with_outputs(prediction.shape)))
        return self.call(target, prediction)

    def counted(self, target: Tensor) -> Tensor | None:
        """Emit 1 for targets that count, 0 for those that are left out; None where all count."""
        return None

    def _reduced(self, values: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        return reduced(values, weight, self.reduction, self.name, self.counted(target))

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Emit the loss of each sample, (batch, ...), for shapes that are known to fit."""
        raise ArgumentTypeError(f"{type(self).__name__} has no call(): a loss must say what it computes")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss, in Keras's words."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss with the settings that `get_config` gave."""
        return cls(**config)

    def __repr__(self) -> str:
        return describe(self)


def _with_outputs(prediction: Shape) -> Shape:
    """Return a shape (batch, ..., outputs); raises `ShapeError` if the last axis is missing."""
    if len(prediction) < 2:
        raise ShapeError(f"a loss needs predictions (batch, ..., outputs), got {prediction}; end with a Dense layer")
    return prediction
