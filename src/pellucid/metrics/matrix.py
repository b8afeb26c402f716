"""Which class was taken for which: the confusion matrix, and what it says of how well regions of classes overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import measures
from pellucid.checks import flag, number, several, whole
from pellucid.config import EPSILON
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.geometry import MAX_SIZE
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import Shape
from pellucid.metrics.base import Kept, Metric, Sums, own_sum
from pellucid.metrics.buckets import counted_pairs
from pellucid.warned import warn

MOST_CLASSES = 10_000  # a matrix of 400 MB
WHOLE = ("int", "int8", "int16", "int32", "int64")
ALMOST_NOTHING = 1e-9  # what covers no more is no region, as in Keras
MATRIX = "total_confusion_matrix"


class ConfusionMatrix(Metric):
    """How often each class was taken for which: row i, column j counts targets of class i predicted to be j.

    Targets and predictions are class numbers, or one number per class, of which the largest is meant. What is no class
    (a number below 0, or too large a one) is not counted. Keras has no such metric.

    Args:
        num_classes: how many there are.
        name: see `Statistic`; "confusion_matrix", ... by default.
        dtype: see `Statistic`.
        ignore_class: a number in the targets that is not counted, 255 say.
        sparse_y_true: whether targets are class numbers; one number per class otherwise.
        sparse_y_pred: whether predictions are class numbers; one number per class otherwise, as a model tells them.
        axis: along which the classes lie.

    Raises:
        ArgumentError: there are no classes or more than 10,000, or a setting is of the wrong type.

    Example:
        >>> ConfusionMatrix(3)([0, 1, 1, 2], [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2], [0, 0, 1]]).tolist()
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    total_cm = own_sum(MATRIX)

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        owner = type(self).__name__
        is_whole = isinstance(dtype, str) and dtype in WHOLE
        super().__init__(name, None if is_whole else dtype)
        self.dtype = "int32" if is_whole else "float32"
        self.num_classes = whole(owner, "num_classes", num_classes, 1, MOST_CLASSES)
        self.ignore_class = (
            None if ignore_class is None else whole(owner, "ignore_class", ignore_class, -MAX_SIZE, MAX_SIZE)
        )
        self.sparse_y_true = flag(owner, "sparse_y_true", sparse_y_true)
        self.sparse_y_pred = flag(owner, "sparse_y_pred", sparse_y_pred)
        self.axis = whole(owner, "axis", axis, -MAX_SIZE, MAX_SIZE)

    def state(self, *shapes: Shape) -> dict[str, Shape]:
        return {MATRIX: (self.num_classes, self.num_classes)}

    def target_shape(self, prediction: Shape) -> Shape:
        """That of the predictions, but for the axis of their classes where one of both has such an axis."""
        if self.sparse_y_true and not self.sparse_y_pred:
            return measures.without_axis(prediction, self.axis)
        if self.sparse_y_pred and not self.sparse_y_true:
            place = self.axis % (len(prediction) + 1)
            return (*prediction[:place], self.num_classes, *prediction[place:])
        return prediction

    def fit_shapes(self, target: Tensor, prediction: Tensor) -> tuple[Tensor, Tensor]:
        if self.sparse_y_true and not self.sparse_y_pred:
            return measures.labels_beside(target, prediction, self.axis), prediction
        return super().fit_shapes(target, prediction) if self.sparse_y_true else (target, prediction)

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        targets = self._numbers(target, is_sparse=self.sparse_y_true)
        predictions = self._numbers(prediction, is_sparse=self.sparse_y_pred)
        shares = None if self.ignore_class is None else measures.is_counted(targets, self.ignore_class)
        if weight is not None:
            each = self._counts(measures.weight_like(weight, targets.shape, self._label))
            shares = builder.broadcast_to(each, targets.shape) if shares is None else shares * each
        row = (1, int(np.prod(targets.shape)))
        flat = [builder.reshape(numbers, row) for numbers in (targets, predictions)]
        weights = None if shares is None else builder.reshape(shares, row)
        pairs = counted_pairs(flat[0], flat[1], self.num_classes, self.num_classes, weights)
        return {MATRIX: builder.reshape(pairs, pairs.shape[1:])}

    def _numbers(self, x: Tensor, *, is_sparse: bool) -> Tensor:
        """Class numbers, from themselves or from one number per class."""
        if is_sparse:
            return builder.towards_zero(x)
        place = measures.place_of(self.axis, x.shape)
        if x.shape[place] != self.num_classes:
            raise ShapeError(
                f"{self._label} has num_classes={self.num_classes}, got shape {x.shape} with {x.shape[place]} "
                f"along axis {self.axis}"
            )
        return builder.arg_max(builder.transpose(x, [*(a for a in range(x.rank) if a != place), place]))

    def _counts(self, weight: Tensor) -> Tensor:
        """Weights as they are counted: whole numbers where the metric's type is one, as in Keras."""
        if self.dtype == "float32":
            return weight
        warn(
            f"metric {self.name!r} counts whole numbers, as its dtype says: weights lose their fractions, and 0.9 "
            "counts as 0; without dtype they count as they are"
        )
        return builder.towards_zero(weight)

    def value(self, sums: Kept) -> float | np.ndarray:
        return np.array(sums[MATRIX], np.float64)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }


class IoU(ConfusionMatrix):
    """How well the regions of some classes overlap: intersection over union, the mean over these classes.

    Classes of which there is nothing, neither in the targets nor in the predictions, are left out of the mean. Weights
    count as they are given; Keras cuts them to whole numbers unless it is told `dtype="float32"`.

    Args:
        num_classes: how many classes there are.
        target_class_ids: those that are told of.
        name: see `Statistic`; "io_u", "io_u_1", ... by default, as in Keras.
        dtype: "float32" (or None), or "int32" to count whole weights only, as Keras does by default.
        ignore_class: a number in the targets that is not counted, 255 say.
        sparse_y_true: whether targets are class numbers; one number per class otherwise.
        sparse_y_pred: whether predictions are class numbers; set it to False for what a model tells of each class.
        axis: along which the classes lie.

    Raises:
        ArgumentError: a class does not exist, or a setting is of the wrong type.

    Example:
        >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]).round(3).tolist()
        0.333

    Source: keras.metrics.IoU, https://keras.io/api/metrics/segmentation_metrics/
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)
        owner = type(self).__name__
        chosen = several(owner, "target_class_ids", target_class_ids, "class numbers")
        if not chosen:
            raise ArgumentError(f"{owner}: target_class_ids must name a class at least, got {shown(target_class_ids)}")
        self.target_class_ids = [whole(owner, "target_class_ids", each, 0, self.num_classes - 1) for each in chosen]

    def value(self, sums: Kept) -> float | np.ndarray:
        matrix = np.asarray(sums[MATRIX], np.float64)
        both = np.diag(matrix)
        either = (matrix.sum(0) + matrix.sum(1) - both)[self.target_class_ids]
        exists = either > ALMOST_NOTHING
        overlaps = np.where(exists, both[self.target_class_ids] / np.where(exists, either + EPSILON, 1.0), 0.0)
        return float(overlaps.sum() / (exists.sum() + EPSILON))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_class_ids": self.target_class_ids}


class BinaryIoU(IoU):
    """How well two regions overlap where predictions are one number each: below the threshold 0, from it on 1.

    Args:
        target_class_ids: of which of the two the overlap is told: [0], [1], or the mean of both, [0, 1].
        threshold: predictions from it on count as 1; where the model ends in logits, 0 stands for a probability of 0.5.
        name: see `Statistic`; "binary_io_u", ... by default.
        dtype: see `IoU`.

    Raises:
        ArgumentError: a class is neither 0 nor 1, or the threshold is no number.

    Example:
        >>> BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]).round(3).tolist()
        0.333

    Source: keras.metrics.BinaryIoU, https://keras.io/api/metrics/segmentation_metrics/
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = number("BinaryIoU", "threshold", threshold)

    def sums(self, target: Tensor, prediction: Tensor, weight: Tensor | None) -> Sums:
        return super().sums(target, builder.greater_equal(prediction, self.threshold), weight)

    def get_config(self) -> dict[str, Any]:
        return _only(super().get_config(), "name dtype target_class_ids") | {"threshold": self.threshold}


class MeanIoU(IoU):
    """How well the regions of all classes overlap: intersection over union, the mean over the classes.

    Args:
        num_classes: how many classes there are.
        name: see `Statistic`; "mean_io_u", ... by default.
        dtype: see `IoU`; so are the others.
        ignore_class: a number in the targets that is not counted.
        sparse_y_true: whether targets are class numbers.
        sparse_y_pred: whether predictions are class numbers; set it to False for what a model tells of each class.
        axis: along which the classes lie.

    Raises:
        ArgumentError: see `IoU`.

    Example:
        >>> predictions = [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]
        >>> MeanIoU(num_classes=2, sparse_y_pred=False)([0, 1, 1], predictions).round(3).tolist()
        0.5

    Source: keras.metrics.MeanIoU, https://keras.io/api/metrics/segmentation_metrics/
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        every = _all_of(type(self).__name__, num_classes)
        super().__init__(num_classes, every, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return _only(super().get_config(), "name dtype num_classes ignore_class sparse_y_true sparse_y_pred axis")


class OneHotIoU(IoU):
    """`IoU` where targets have one number per class, as predictions do.

    Args:
        num_classes: how many classes there are.
        target_class_ids: those that are told of.
        name: see `Statistic`; "one_hot_io_u", ... by default.
        dtype: see `IoU`; so are the others.
        ignore_class: the number of a class that is not counted where it is the target.
        sparse_y_pred: whether predictions are class numbers all the same.
        axis: along which the classes lie.

    Raises:
        ArgumentError: see `IoU`.

    Example:
        >>> OneHotIoU(num_classes=2, target_class_ids=[1])([[1, 0], [0, 1]], [[0.4, 0.6], [0.3, 0.7]]).round(3).tolist()
        0.5

    Source: keras.metrics.OneHotIoU, https://keras.io/api/metrics/segmentation_metrics/
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return _only(super().get_config(), "name dtype num_classes target_class_ids ignore_class sparse_y_pred axis")


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` where targets have one number per class, as predictions do.

    Args:
        num_classes: how many classes there are.
        name: see `Statistic`; "one_hot_mean_io_u", ... by default.
        dtype: see `IoU`; so are the others.
        ignore_class: the number of a class that is not counted where it is the target.
        sparse_y_pred: whether predictions are class numbers all the same.
        axis: along which the classes lie.

    Raises:
        ArgumentError: see `IoU`.

    Example:
        >>> OneHotMeanIoU(num_classes=2)([[1, 0], [0, 1]], [[0.4, 0.6], [0.3, 0.7]]).round(3).tolist()
        0.25

    Source: keras.metrics.OneHotMeanIoU, https://keras.io/api/metrics/segmentation_metrics/
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        return _only(super().get_config(), "name dtype num_classes ignore_class sparse_y_pred axis")


def _all_of(owner: str, num_classes: Any) -> range:
    return range(whole(owner, "num_classes", num_classes, 1, MOST_CLASSES))


def _only(config: dict[str, Any], names: str) -> dict[str, Any]:
    """The settings that a class takes, of those of its base."""
    return {name: config[name] for name in names.split()}
