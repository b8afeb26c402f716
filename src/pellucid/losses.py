"""Losses: how far predictions are from their targets, one number per sample, as operations of the graph.

A loss also says which targets it takes and checks them (`prepare_targets`). Where the last layer applied softmax or
sigmoid, cross-entropies are computed from what stood before it (`Tensor.logits`), which neither overflows nor loses
digits. The mean over the samples is taken by the training loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid import targets
from pellucid.activations import softplus
from pellucid.config import EPSILON
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.registry import Registry, describe, number

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
    "serialize",
]


class Loss:
    """The base of all losses. A subclass says in `emit` what is computed, and in `fit_targets` what it accepts.

    Args:
        name: as it stands in histories and files.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def target_shape(self, prediction: Shape) -> Shape:
        """The shape of the targets for predictions of a shape; both with the batch axis."""
        return _with_outputs(prediction)

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
        expected = self.target_shape(prediction.shape)
        if target.shape != expected:
            raise ShapeError(f"{self.name} takes targets of shape {expected} here, got {target.shape}")
        return self.emit(target, prediction)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        """What `per_sample` returns, for shapes that are known to fit."""
        raise TypeError(f"{type(self).__name__} has no emit(): a loss must say what it computes")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss, in Keras's words."""
        return {"name": self.name}

    def __repr__(self) -> str:
        return describe(self)


def _with_outputs(prediction: Shape) -> Shape:
    """Return a shape (batch, ..., outputs); raises `ShapeError` if the last axis is missing."""
    if len(prediction) < 2:
        raise ShapeError(f"a loss needs predictions (batch, ..., outputs), got {prediction}; end with a Dense layer")
    return prediction


def _logits(prediction: Tensor, function: str, from_logits: bool) -> Tensor | None:
    """What `function` ("softmax" or "sigmoid") was applied to in order to get the predictions, where that is known."""
    if not from_logits:
        return prediction.logits if prediction.link == function else None
    if prediction.link == function:
        raise ArgumentError(f"from_logits=True, but the last layer applies {function} already; use one of the two")
    return prediction


def _clipped(probabilities: Tensor) -> Tensor:
    # Kept this far from 0 and 1 before a logarithm is taken, as in Keras.
    return builder.minimum(builder.maximum(probabilities, EPSILON), 1.0 - EPSILON)


def _categorical(shares: Tensor, prediction: Tensor, from_logits: bool) -> Tensor:
    """-sum of shares * log(probabilities) along the last axis; `shares` are the target's, one per class."""
    logits = _logits(prediction, "softmax", from_logits)
    if logits is not None:
        logarithms = builder.log_softmax(logits)
    else:
        logarithms = builder.log(_clipped(prediction / builder.reduce_sum(prediction, [-1], keepdims=True)))
    return -builder.reduce_sum(shares * logarithms, [-1])


class SparseCategoricalCrossentropy(Loss):
    """-log of the probability that is given to the right class. Targets are class numbers, (batch, ...).

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        name: see `Loss`.

    Example:
        >>> SparseCategoricalCrossentropy().prepare_targets(np.array([[0], [2]]), (3,), "dense").tolist()
        [0.0, 2.0]

    Source: keras.losses.SparseCategoricalCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    def __init__(self, from_logits: bool = False, name: str = "sparse_categorical_crossentropy") -> None:
        super().__init__(name)
        self.from_logits = bool(from_logits)

    def target_shape(self, prediction: Shape) -> Shape:
        return _with_outputs(prediction)[:-1]

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        labels, classes = targets.reshaped(y, prediction[:-1]), prediction[-1]
        if labels is None:
            hint = ""
            if y.shape[1:] == prediction:
                hint = (
                    f"; {classes} numbers per target look one-hot: use loss='categorical_crossentropy', or pass "
                    "y.argmax(axis=-1)"
                )
            raise targets.misfit(y, prediction[:-1], prediction, layer, hint)
        targets.check_labels(labels, classes, layer)
        return labels

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        return _categorical(builder.one_hot(target, prediction.shape[-1]), prediction, self.from_logits)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "from_logits": self.from_logits}


class CategoricalCrossentropy(Loss):
    """-sum over the classes of target * log(probability). Targets are one-hot or shares, (batch, ..., classes).

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: this share of each target is spread evenly over all classes.
        name: see `Loss`.

    Raises:
        ArgumentError: `label_smoothing` is out of range.

    Example:
        >>> CategoricalCrossentropy().prepare_targets(np.eye(3)[[0, 2]], (3,), "dense").tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]

    Source: keras.losses.CategoricalCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, name: str = "categorical_crossentropy"
    ) -> None:
        super().__init__(name)
        self.from_logits = bool(from_logits)
        self.label_smoothing = number("CategoricalCrossentropy", "label_smoothing", label_smoothing, 0.0, 1.0)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        if y.shape[1:] != prediction:
            hint = ""
            if targets.reshaped(y, prediction[:-1]) is not None:
                hint = (
                    "; for one class number per sample use loss='sparse_categorical_crossentropy', or pass one-hot "
                    f"targets: np.eye({prediction[-1]})[y]"
                )
            raise targets.misfit(y, prediction, prediction, layer, hint)
        targets.check_probabilities(y, layer, "; categorical_crossentropy takes one share per class")
        return y

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        if self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + self.label_smoothing / prediction.shape[-1]
        return _categorical(target, prediction, self.from_logits)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "from_logits": self.from_logits, "label_smoothing": self.label_smoothing}


class BinaryCrossentropy(Loss):
    """-(y log(p) + (1 - y) log(1 - p)), the mean over the outputs. Targets are 0 or 1 for each output.

    From logits x it is computed as softplus(x) - x y.

    Args:
        from_logits: whether predictions are logits rather than probabilities.
        label_smoothing: from 0 to 1: targets are drawn towards 1/2 by this share.
        name: see `Loss`.

    Raises:
        ArgumentError: `label_smoothing` is out of range.

    Example:
        >>> BinaryCrossentropy().prepare_targets(np.array([0, 1]), (1,), "dense").tolist()
        [[0.0], [1.0]]

    Source: keras.losses.BinaryCrossentropy, https://keras.io/api/losses/probabilistic_losses/
    """

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, name: str = "binary_crossentropy"
    ) -> None:
        super().__init__(name)
        self.from_logits = bool(from_logits)
        self.label_smoothing = number("BinaryCrossentropy", "label_smoothing", label_smoothing, 0.0, 1.0)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        fitting = targets.reshaped(y, prediction)
        if fitting is None:
            hint = "; for one class out of several use loss='sparse_categorical_crossentropy' with a softmax"
            is_label = targets.reshaped(y, prediction[:-1]) is not None
            raise targets.misfit(y, prediction, prediction, layer, hint if is_label else "")
        targets.check_probabilities(fitting, layer, "; binary_crossentropy takes 0 or 1 for each output")
        return fitting

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        if self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        logits = _logits(prediction, "sigmoid", self.from_logits)
        if logits is not None:
            loss = softplus(logits) - logits * target
        else:
            p = _clipped(prediction)
            loss = -(target * builder.log(p) + (1.0 - target) * builder.log(1.0 - p))
        return builder.reduce_mean(loss, [-1])

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "from_logits": self.from_logits, "label_smoothing": self.label_smoothing}


class MeanSquaredError(Loss):
    """The mean of (prediction - target)^2 over the outputs; the quadratic cost, without the factor 1/2.

    Args:
        name: see `Loss`.

    Example:
        >>> MeanSquaredError().prepare_targets(np.array([0.5, 1.5]), (1,), "dense").tolist()
        [[0.5], [1.5]]

    Source: keras.losses.MeanSquaredError, https://keras.io/api/losses/regression_losses/
    """

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)

    def emit(self, target: Tensor, prediction: Tensor) -> Tensor:
        difference = prediction - target
        return builder.reduce_mean(difference * difference, [-1])


LOSSES: Registry[Loss] = Registry(
    kind="loss",
    module="keras.losses",
    base=Loss,
    classes={
        "binary_crossentropy": BinaryCrossentropy,
        "categorical_crossentropy": CategoricalCrossentropy,
        "mean_squared_error": MeanSquaredError,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    },
    aliases={"bce": "binary_crossentropy", "mse": "mean_squared_error"},
    absent={"reduction": "sum_over_batch_size", "axis": -1, "ignore_class": None},
)

# Keras 2's spelling: `loss=losses.categorical_crossentropy`.
binary_crossentropy = BinaryCrossentropy
categorical_crossentropy = CategoricalCrossentropy
mean_squared_error = mse = MeanSquaredError
sparse_categorical_crossentropy = SparseCategoricalCrossentropy


def get(identifier: str | Mapping[str, Any] | Loss | type[Loss]) -> Loss:
    """The loss that is meant.

    Args:
        identifier: a name ("mse", "mean_squared_error", "MeanSquaredError"), a record as `serialize` or Keras writes
            it, a loss or its class.

    Raises:
        ArgumentError: the name or a setting is unknown, or the identifier is none of these.

    Example:
        >>> get("mse")
        MeanSquaredError(name='mean_squared_error')
    """
    return LOSSES.get(identifier)


def serialize(loss: Loss) -> dict[str, Any]:
    """The record of a loss, which `get` and Keras read.

    Example:
        >>> serialize(get("mse"))["class_name"]
        'MeanSquaredError'
    """
    return LOSSES.serialize(loss)
