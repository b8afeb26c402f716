"""Rows for losses, one number per sample each, and for metrics: their sums after a batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cases.rows import CompositionCase, Operand
from pellucid import losses, metrics
from pellucid.graph import Tensor, builder

_SHAPE = (6, 9)
_VALUES, _SHARES, _BITS = Operand(_SHAPE), Operand(_SHAPE, "positive"), Operand(_SHAPE, "binary")
_LABELS, _WEIGHTS = Operand(_SHAPE[:1], "label"), Operand(_SHAPE[:1], "positive")
_MAPS = Operand((2, 3, 4, 5))


def _below_one(x: Tensor) -> Tensor:
    return x * 0.4


def _of_one_length(x: Tensor) -> Tensor:  # below 1, where a cosine cannot be larger
    return 0.9 * x / builder.sqrt(builder.reduce_sum(builder.square(x), [-1], keepdims=True))


def _row(name: str, emit: Callable[..., Tensor], *operands: Operand) -> CompositionCase:
    return CompositionCase(name, "composition", emit, operands)


def _loss(
    loss: losses.Loss, target: Operand, prediction: Operand, of: Callable[[Tensor], Tensor] | None = None
) -> CompositionCase:
    """The loss of each sample; the predictions are what `of` makes of the operand."""

    def emit(y: Tensor, x: Tensor) -> Tensor:
        return loss.per_sample(y, x if of is None else of(x))

    kind = f" of {of.__name__}" if of is not None else ""
    return _row(f"loss {loss!r} on {prediction.kind} {prediction.shape}{kind}", emit, target, prediction)


def _batch_loss(loss: losses.Loss, target: Operand, prediction: Operand, *weight: Operand) -> CompositionCase:
    """The loss of a batch, by its reduction, with weights where there are some."""
    return _row(f"batch by {loss!r}, {len(weight)} weights", loss.batch_loss, target, prediction, *weight)


def _metric(metric: metrics.Metric, target: Operand, prediction: Operand, *weight: Operand) -> CompositionCase:
    """All sums one behind the other, after a batch on top of what there was."""
    shapes = metric.state(target.shape, prediction.shape)

    def emit(*operands: Tensor) -> Tensor:
        state = dict(zip(shapes, operands, strict=False))
        sums = metric.update(state, *operands[len(shapes) :])
        return builder.concatenate([builder.reshape(item, (math.prod(item.shape),)) for item in sums.values()], 0)

    before = [Operand(shape, "positive") for shape in shapes.values()]
    name = f"metric {metric!r} on {prediction.kind} {prediction.shape}, {len(weight)} weights"
    return _row(name, emit, *before, target, prediction, *weight)


def _values(metric: metrics.Metric, *operands: Operand) -> CompositionCase:
    """The sums of a metric of values alone."""
    shapes = metric.state()

    def emit(*given: Tensor) -> Tensor:
        sums = metric.update(dict(zip(shapes, given, strict=False)), *given[len(shapes) :])
        return builder.stack(list(sums.values()), 0)

    return _row(
        f"metric {metric!r}, {len(operands) - 1} weights", emit, *(Operand((), "positive") for _ in shapes), *operands
    )


LOSSES = (
    _loss(losses.SparseCategoricalCrossentropy(), _LABELS, _VALUES, builder.softmax),
    _loss(losses.SparseCategoricalCrossentropy(from_logits=True), _LABELS, _VALUES),
    _loss(losses.SparseCategoricalCrossentropy(), _LABELS, _SHARES),
    _loss(losses.SparseCategoricalCrossentropy(from_logits=True, axis=1), Operand((2, 3), "label"), Operand((2, 5, 3))),
    _loss(losses.SparseCategoricalCrossentropy(ignore_class=1), _LABELS, _SHARES),
    _loss(losses.CategoricalCrossentropy(), _SHARES, _VALUES, builder.softmax),
    _loss(losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), _SHARES, _VALUES),
    _loss(losses.CategoricalCrossentropy(axis=1), Operand((2, 3, 4), "positive"), Operand((2, 3, 4), "positive")),
    _loss(losses.BinaryCrossentropy(), _BITS, _VALUES, builder.sigmoid),
    _loss(losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), _BITS, _VALUES),
    _loss(losses.BinaryCrossentropy(axis=1), Operand((2, 3, 4), "binary"), Operand((2, 3, 4), "positive"), _below_one),
    _loss(losses.MeanSquaredError(), _VALUES, _VALUES),
    _loss(losses.MeanSquaredError(), _MAPS, _MAPS),
    _loss(losses.MeanAbsoluteError(), _VALUES, _VALUES),
    _loss(losses.MeanAbsolutePercentageError(), _VALUES, _VALUES),
    _loss(losses.MeanSquaredLogarithmicError(), _SHARES, _SHARES),
    _loss(losses.Huber(), _VALUES, _VALUES),
    _loss(losses.Huber(0.3), _MAPS, _MAPS),
    _loss(losses.LogCosh(), _VALUES, _VALUES),
    _loss(losses.CosineSimilarity(), _VALUES, _VALUES),
    _loss(losses.CosineSimilarity(axis=1), _MAPS, _MAPS),
    _loss(losses.Hinge(), _BITS, _VALUES),
    _loss(losses.SquaredHinge(), _BITS, _VALUES),
    _loss(losses.Hinge(), _MAPS, _MAPS),
    _loss(losses.CategoricalHinge(), _BITS, _VALUES),
    _loss(losses.KLDivergence(), _SHARES, _SHARES, _below_one),
    _loss(losses.KLDivergence(), _SHARES, _VALUES, builder.softmax),
    _loss(losses.Poisson(), _SHARES, _SHARES),
    _loss(losses.BinaryFocalCrossentropy(), _BITS, _VALUES, builder.sigmoid),
    _loss(losses.BinaryFocalCrossentropy(True, 0.3, 1.5, label_smoothing=0.1), _BITS, _SHARES, _below_one),
    _loss(losses.BinaryFocalCrossentropy(gamma=0.5, from_logits=True), _BITS, _VALUES),
    _loss(losses.CategoricalFocalCrossentropy(), _SHARES, _VALUES, builder.softmax),
    _loss(losses.CategoricalFocalCrossentropy([0.1 * n for n in range(9)], 0.5, label_smoothing=0.1), _BITS, _SHARES),
    _loss(
        losses.CategoricalFocalCrossentropy(from_logits=True, axis=1),
        Operand((2, 3, 4), "positive"),
        Operand((2, 3, 4)),
    ),
    _loss(losses.CategoricalGeneralizedCrossEntropy(), _LABELS, _VALUES, builder.softmax),
    _loss(losses.CategoricalGeneralizedCrossEntropy(0.2), _LABELS, _SHARES, _below_one),
    _loss(losses.Dice(), _BITS, _SHARES),
    _loss(losses.Dice(axis=(1, 2, 3)), Operand((2, 3, 4, 5), "binary"), _MAPS, builder.sigmoid),
    _loss(losses.Tversky(0.3, 0.8, axis=-1), _BITS, _SHARES),
    _loss(losses.Circle(gamma=3.0), _LABELS, Operand((6, 4)), _of_one_length),
    _loss(losses.CTC(), Operand((3, 2), "label"), Operand((3, 5, 4))),
    _batch_loss(losses.CTC(), Operand((2, 3), "label"), Operand((2, 4, 5)), Operand((2,), "positive")),
    _batch_loss(losses.Circle(gamma=3.0, remove_diagonal=False), _LABELS, _SHARES, _WEIGHTS),
    *(
        _batch_loss(
            losses.SparseCategoricalCrossentropy(ignore_class=1, reduction=reduction), _LABELS, _SHARES, *weight
        )
        for reduction in ("sum_over_batch_size", "mean_with_sample_weight")
        for weight in ((), (_WEIGHTS,))
    ),
    *(
        _batch_loss(losses.MeanSquaredError(reduction), _VALUES, _VALUES, *weight)
        for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight")
        for weight in ((), (_WEIGHTS,))
    ),
)

METRIC_ARGUMENTS: dict[str, dict[str, Any]] = {
    "ConfusionMatrix": {"num_classes": 3},
    "IoU": {"num_classes": 3, "target_class_ids": [1]},
    "MeanIoU": {"num_classes": 3},
    "MeanMetricWrapper": {"fn": metrics.mean_squared_error},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [1]},
    "OneHotMeanIoU": {"num_classes": 3},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
"""Values for the arguments of metrics that have no default."""

METRICS = (
    *(
        _metric(count(name="count"), _BITS, _SHARES, _WEIGHTS)
        for count in (metrics.TruePositives, metrics.FalsePositives, metrics.TrueNegatives, metrics.FalseNegatives)
    ),
    _metric(metrics.AUC(num_thresholds=7, name="auc"), _BITS, _SHARES, _WEIGHTS),
    _metric(metrics.AUC(name="auc", from_logits=True, label_weights=[*range(9)]), _BITS, _VALUES),
    _metric(metrics.AUC(name="auc", thresholds=[0.3, 0.9], multi_label=True), _BITS, _VALUES, _WEIGHTS),
    _metric(metrics.SensitivityAtSpecificity(0.5, num_thresholds=8, name="best"), _BITS, _SHARES),
    _metric(metrics.SpecificityAtSensitivity(0.5, num_thresholds=1, name="best"), _BITS, _SHARES, _WEIGHTS),
    _metric(metrics.PrecisionAtRecall(0.5, class_id=2, name="best"), _BITS, _VALUES, _WEIGHTS),
    _metric(metrics.RecallAtPrecision(0.5, num_thresholds=2, name="best"), _BITS, _VALUES),
    _metric(metrics.FBetaScore("micro", 2.0, 0.9), _BITS, _SHARES, _WEIGHTS),
    _metric(metrics.FBetaScore(), _BITS, _VALUES),
    _metric(metrics.F1Score(threshold=0.8), _BITS, _SHARES),
    _metric(metrics.ConfusionMatrix(9, name="matrix", ignore_class=1), _LABELS, _VALUES, _WEIGHTS),
    _metric(metrics.IoU(3, [0, 2], name="iou"), Operand(_SHAPE, "integer"), Operand(_SHAPE, "label"), _WEIGHTS),
    _metric(metrics.IoU(3, [0], name="iou", sparse_y_pred=False, axis=1), Operand((2, 4), "label"), Operand((2, 3, 4))),
    _metric(metrics.BinaryIoU(name="iou", threshold=0.8, dtype="int32"), _BITS, _SHARES, _WEIGHTS),
    _metric(metrics.MeanIoU(4, name="iou", ignore_class=-1), Operand(_SHAPE, "integer"), Operand(_SHAPE, "label")),
    _metric(metrics.OneHotIoU(9, [1, 2], name="iou"), _SHARES, _VALUES, _WEIGHTS),
    _metric(metrics.OneHotMeanIoU(9, name="iou"), _SHARES, _VALUES),
    _metric(metrics.PearsonCorrelation(), _SHARES, _VALUES),
    _metric(metrics.ConcordanceCorrelation(axis=-1), _SHARES, _VALUES, _WEIGHTS),
    _metric(metrics.TopKCategoricalAccuracy(3), _SHARES, _VALUES),
    _metric(metrics.SparseTopKCategoricalAccuracy(2), _LABELS, _VALUES, _WEIGHTS),
    _metric(metrics.SparseTopKCategoricalAccuracy(4, from_sorted_ids=True), _LABELS, Operand(_SHAPE, "integer")),
    _metric(metrics.MeanMetricWrapper(metrics.binary_accuracy, threshold=0.9), _BITS, _SHARES, _WEIGHTS),
    _values(metrics.Mean(), _MAPS, Operand((2, 3), "positive")),
    _values(metrics.Sum(), _MAPS, Operand((2, 3, 4, 5), "positive")),
    _metric(metrics.Accuracy(), Operand(_SHAPE, "integer"), Operand(_SHAPE, "integer")),
    _metric(metrics.BinaryAccuracy(), _BITS, _SHARES),
    _metric(metrics.BinaryAccuracy(threshold=1.1), _BITS, _SHARES, _WEIGHTS),
    _metric(metrics.CategoricalAccuracy(), _SHARES, _VALUES),
    _metric(metrics.SparseCategoricalAccuracy(), _LABELS, _VALUES, _WEIGHTS),
    _metric(metrics.MeanSquaredError(), _VALUES, _VALUES),
    _metric(metrics.MeanSquaredError(), _MAPS, _MAPS, Operand((2, 3), "positive")),
    _metric(metrics.RootMeanSquaredError(), _MAPS, _MAPS, Operand((2, 3), "positive")),
    _metric(metrics.MeanAbsoluteError(), _VALUES, _VALUES, _WEIGHTS),
    _metric(metrics.MeanAbsolutePercentageError(), _VALUES, _VALUES),
    _metric(metrics.MeanSquaredLogarithmicError(), _SHARES, _SHARES),
    _metric(metrics.LogCoshError(), _VALUES, _VALUES),
    _metric(metrics.CosineSimilarity(axis=1), _MAPS, _MAPS),
    _metric(metrics.R2Score(), _VALUES, _VALUES),
    _metric(metrics.R2Score(num_regressors=2), _VALUES, _VALUES, _WEIGHTS),
    _metric(metrics.Hinge(), _BITS, _VALUES),
    _metric(metrics.SquaredHinge(), _BITS, _VALUES, _WEIGHTS),
    _metric(metrics.CategoricalHinge(), _BITS, _VALUES),
    _metric(metrics.KLDivergence(), _SHARES, _SHARES),
    _metric(metrics.Poisson(), _SHARES, _SHARES),
    _metric(metrics.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), _BITS, _VALUES),
    _metric(metrics.CategoricalCrossentropy(from_logits=True), _SHARES, _VALUES, _WEIGHTS),
    _metric(metrics.SparseCategoricalCrossentropy(ignore_class=1), _LABELS, _SHARES, _WEIGHTS),
    _metric(metrics.Precision(name="precision"), _BITS, _SHARES, _WEIGHTS),
    _metric(metrics.Precision([0.2, 0.9], name="precision"), _BITS, _SHARES),
    _metric(metrics.Precision(top_k=3, name="precision"), _BITS, _VALUES),
    _metric(metrics.Recall(0.8, top_k=2, class_id=4, name="recall"), _BITS, _SHARES, _WEIGHTS),
    _metric(
        metrics.Recall([0.6, 0.7, 0.9], name="recall"), Operand((2, 3, 4), "binary"), Operand((2, 3, 4), "positive")
    ),
)
