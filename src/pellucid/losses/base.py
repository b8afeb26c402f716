"""What all losses share: which targets they take, and how the numbers of a batch become one."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import measures, targets
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses.reduction import Reduction, checked_reduction, reduced
from pellucid.registry import describe


class Loss:
    """The base of all losses. A subclass says in `emit` what is computed, and in `fit_targets` what it accepts.

    Args:
        name: as it stands in histories and files.
        reduction: how the numbers of a batch become one: "sum_over_batch_size" (or "mean"): their sum over how many
            there are; "sum"; "mean_with_sample_weight": the sum over the sum of the weights; "none" or None: they stay.

    Raises:
        ArgumentError: the reduction is unknown.

    Example:
        >>> MeanSquaredError(reduction="sum")
        MeanSquaredError(name='mean_squared_error', reduction='sum')

    Source: keras.losses.Loss, https://keras.io/api/losses/
    """

    def __init__(self, name: str, reduction: Reduction = "sum_over_batch_size") -> None:
        self.name = name
        self.reduction = checked_reduction(type(self).__name__, reduction)

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
            float32, of shape `target_shape((samples, *prediction))`.

        Raises:
            DataError: the targets are not finite numbers, of the wrong shape, or out of range; names the first.
        """
        checked = self.fit_targets(targets.as_numbers(np.asarray(y)), _with_outputs((1, *prediction))[1:], layer)
        return np.ascontiguousarray(checked, np.float32)

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
        return reduced(self.per_sample(target, prediction), weight, self.reduction, self.name)

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
        return self.emit(target, prediction)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        """What `per_sample` returns, for shapes that are known to fit."""
        raise TypeError(f"{type(self).__name__} has no emit(): a loss must say what it computes")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss, in Keras's words."""
        return {"name": self.name, "reduction": self.reduction}

    def __repr__(self) -> str:
        return describe(self)


def _with_outputs(prediction: Shape) -> Shape:
    """Return a shape (batch, ..., outputs); raises `ShapeError` if the last axis is missing."""
    if len(prediction) < 2:
        raise ShapeError(f"a loss needs predictions (batch, ..., outputs), got {prediction}; end with a Dense layer")
    return prediction
