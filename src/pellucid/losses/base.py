"""What all losses share: which targets they take, and how the numbers of a batch become one."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from pellucid import measures, targets
from pellucid.arraylike import floats_of
from pellucid.checks import mapping_of, title
from pellucid.config import check_dtype
from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError
from pellucid.graph import Tensor
from pellucid.graph.ops import Shape
from pellucid.losses.reduction import Reduction, checked_reduction, reduced
from pellucid.losses.tracing import traced
from pellucid.naming import is_ours, snake_case, unique_name
from pellucid.registry import describe
from pellucid.settled import Settled


class Loss(Settled):
    """The base of all losses. A subclass says in `call` what is computed, by `pellucid.ops` and arithmetic.

    It is traced into the graph of a step, so gradient, engines and files follow. Its targets may have any shape
    (batch, ...); whatever `call` gives, () or (batch, ...), is reduced to one number. Its arguments are fixed once it
    is made.

    Args:
        name: as it stands in histories and files; made from the class by default.
        reduction: how the numbers of a batch become one: "sum_over_batch_size" (or "mean"): their sum over how many
            there are; "sum"; "mean_with_sample_weight": the sum over the sum of the weights; "none" or None: they stay.
        dtype: None or "float32", the one type that there is.

    Raises:
        ArgumentError: the reduction or the type is unknown.

    Example:
        >>> from pellucid import ops
        >>> class Cubed(Loss):
        ...     def call(self, y_true, y_pred):
        ...         return ops.mean(ops.abs(y_true - y_pred) ** 3.0, axis=-1)
        >>> Cubed()([[0.0, 1.0], [0.0, 0.0]], [[2.0, 1.0], [0.0, 0.0]]).tolist()
        2.0

    Source: keras.losses.Loss, https://keras.io/api/losses/
    """

    _instead: ClassVar[str] = "make a new loss with {} and compile the model with it"
    _wants: ClassVar[str] = ""

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
            y_true: targets, for most losses of the shape of the predictions (class numbers: without their last axis).
                A last axis of size 1 may be missing or too much.
            y_pred: (batch, ..., outputs).
            sample_weight: one number per sample, or per value (batch, ...); 1 each by default.

        Returns:
            one number; with the reduction "none" those of all samples, (batch, ...).

        Raises:
            ShapeError: the shapes do not go together; nothing is broadcast but weights.
            DataError: a class number is out of range.
            ArgumentError: weights of samples come to a loss that gives one number for the whole batch.
        """
        target, prediction = self.fit_shapes(y_true, y_pred)
        self._check_shapes(target, prediction)
        return self._reduced(self._values(target, prediction), target, sample_weight)

    @property
    def dtype(self) -> str:
        """ "float32", the one type that there is."""
        return "float32"

    @property
    def wants(self) -> str:
        """What predictions must be: "bits", "shares", "probabilities", "rates", "directions"; "" for any numbers."""
        return "" if getattr(self, "from_logits", False) else self._wants

    @property
    def takes_any_targets(self) -> bool:
        """Whether targets may have any shape, of which only the loss itself knows what it means."""
        return self.target_shape((1, 1)) is None

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        """Targets and predictions as they came, but for a last axis of size 1 that only one of them has."""
        return measures.same_rank(target, prediction)

    def target_shape(self, prediction: Shape) -> Shape | None:
        """The shape of the targets for predictions of a shape, both with the batch axis; None where any will do."""
        return None

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
        shape = prediction if self.takes_any_targets else _with_outputs((1, *prediction))[1:]
        checked = self.fit_targets(targets.as_numbers(y), shape, layer)
        return np.ascontiguousarray(checked) if checked.dtype.itemsize == 1 else floats_of(checked)

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        """Targets, known to be finite numbers, in the right shape; raises `DataError` where they do not fit."""
        fitting = targets.reshaped(y, prediction)
        return y if fitting is None else fitting

    def doubt(self, y: np.ndarray) -> str:
        """What looks wrong with targets that can be used; "" where nothing does. Asked once, before a training."""
        return ""

    def batch_loss(self, target: Tensor, prediction: Tensor, weight: Tensor | None = None) -> Tensor:
        """Emit the number that training makes small: the loss of each sample, reduced.

        Args:
            target: see `per_sample`; so are `prediction` and what is raised. Or several, arranged as the outputs are.
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
        if self._has_own_call:
            return self._called(target, prediction, weight)
        if not isinstance(prediction, Tensor):
            return self._reduced(self._of_structures(target, prediction), target, weight)
        return self._reduced(self.per_sample(target, prediction), target, weight)

    @property
    def _has_own_call(self) -> bool:
        """Whether the whole of it, reduction and all, is the user's own, as Keras's trainer calls it."""
        return not is_ours(next(cls for cls in type(self).__mro__ if "__call__" in vars(cls)))

    def _called(self, target: Any, prediction: Any, weight: Tensor | None) -> Tensor:
        """The number that `__call__` of the user's own makes of a batch."""
        weights = {} if weight is None else {"sample_weight": weight}
        owner = f"loss {self.name!r}"
        value = traced(owner, self.__call__, target, prediction, **weights)
        if value.shape != ():
            raise ShapeError(f"{owner}: its __call__() must return one number for the batch, got {value.shape}")
        return value

    def _of_structures(self, target: Any, prediction: Any) -> Tensor:
        """What a loss of the user's own makes of several outputs, arranged as they are."""
        if not self.takes_any_targets:
            raise ArgumentError(f"loss {self.name!r} sees one output; name a loss for each, or a function of all")
        return self._values(target, prediction)

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
        if not self.takes_any_targets:
            _with_outputs(prediction.shape)
        self._check_shapes(target, prediction)
        return self._values(target, prediction)

    def counted(self, target: Tensor, values: Tensor) -> Tensor | None:
        """Emit 1 for what counts in a mean, 0 for what is left out (its loss is 0); None where all counts.

        Args:
            target: as `call` takes it.
            values: what `call` gave.
        """
        return None

    def _check_shapes(self, target: Tensor, prediction: Tensor) -> None:
        expected = self.target_shape(prediction.shape)
        if expected is not None:
            measures.check_same(self.name, target, prediction, expected)

    def _values(self, target: Tensor, prediction: Tensor) -> Tensor:
        """What `call` gives; what a class of the user's own gives is looked at."""
        if is_ours(type(self)):
            return self.call(target, prediction)
        return traced(f"loss {self.name!r}", self.call, target, prediction)

    def _reduced(self, values: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
        return reduced(values, weight, self.reduction, self.name, self.counted(target, values))

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Emit the loss of each sample, (batch, ...), or one number for the batch."""
        raise ArgumentTypeError(f"{type(self).__name__} has no call(): a loss must say what it computes")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss, in Keras's words."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss with the settings that `get_config` gave."""
        return cls(**mapping_of(f"{cls.__name__}.from_config", "config", config))

    def __repr__(self) -> str:
        return describe(self)


class PairedLoss(Loss):
    """The base of the losses whose targets have the shape of the predictions."""

    def target_shape(self, prediction: Shape) -> Shape | None:
        return prediction

    def fit_targets(self, y: np.ndarray, prediction: Shape, layer: str) -> np.ndarray:
        fitting = targets.reshaped(y, prediction)
        if fitting is None:
            one, hint = targets.reshaped(y, prediction[:-1]), ""
            if one is not None and (one[:1024] == np.floor(one[:1024])).all():
                hint = (
                    "; class numbers go with loss='sparse_categorical_crossentropy', or pass one-hot targets: "
                    f"np.eye({prediction[-1]})[y]"
                )
            raise targets.misfit(y, prediction, prediction, layer, hint)
        return fitting


def _with_outputs(prediction: Shape) -> Shape:
    """Return a shape (batch, ..., outputs); raises `ShapeError` if the last axis is missing."""
    if len(prediction) < 2:
        raise ShapeError(f"a loss needs predictions (batch, ..., outputs), got {prediction}; end with a Dense layer")
    return prediction
