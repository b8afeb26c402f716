"""The tables of metrics: which class a name means, and which one a function stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid.measures import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    hinge,
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
    SparseCategoricalAccuracy,
)
from pellucid.metrics.auc import AUC
from pellucid.metrics.base import Metric
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
from pellucid.metrics.means import Mean, Sum
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
from pellucid.metrics.top_k import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
from pellucid.metrics.wrapped import MeanMetricWrapper
from pellucid.registry import Registry

METRICS: Registry[Metric] = Registry(
    kind="metric",
    module="keras.metrics",
    base=Metric,
    classes={
        "accuracy": Accuracy,
        "auc": AUC,
        "binary_accuracy": BinaryAccuracy,
        "binary_io_u": BinaryIoU,
        "categorical_accuracy": CategoricalAccuracy,
        "concordance_correlation": ConcordanceCorrelation,
        "confusion_matrix": ConfusionMatrix,
        "f1_score": F1Score,
        "f_beta_score": FBetaScore,
        "false_negatives": FalseNegatives,
        "false_positives": FalsePositives,
        "io_u": IoU,
        "mean": Mean,
        "mean_io_u": MeanIoU,
        "mean_metric_wrapper": MeanMetricWrapper,
        "mean_squared_error": MeanSquaredError,
        "binary_crossentropy": BinaryCrossentropy,
        "categorical_crossentropy": CategoricalCrossentropy,
        "categorical_hinge": CategoricalHinge,
        "cosine_similarity": CosineSimilarity,
        "hinge": Hinge,
        "kl_divergence": KLDivergence,
        "log_cosh_error": LogCoshError,
        "mean_absolute_error": MeanAbsoluteError,
        "mean_absolute_percentage_error": MeanAbsolutePercentageError,
        "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
        "poisson": Poisson,
        "r2_score": R2Score,
        "root_mean_squared_error": RootMeanSquaredError,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
        "squared_hinge": SquaredHinge,
        "one_hot_io_u": OneHotIoU,
        "one_hot_mean_io_u": OneHotMeanIoU,
        "pearson_correlation": PearsonCorrelation,
        "precision": Precision,
        "precision_at_recall": PrecisionAtRecall,
        "recall": Recall,
        "recall_at_precision": RecallAtPrecision,
        "sensitivity_at_specificity": SensitivityAtSpecificity,
        "sparse_categorical_accuracy": SparseCategoricalAccuracy,
        "sparse_top_k_categorical_accuracy": SparseTopKCategoricalAccuracy,
        "specificity_at_sensitivity": SpecificityAtSensitivity,
        "sum": Sum,
        "top_k_categorical_accuracy": TopKCategoricalAccuracy,
        "true_negatives": TrueNegatives,
        "true_positives": TruePositives,
    },
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

FUNCTIONS: Mapping[Callable[..., Any], type[Metric]] = {
    binary_accuracy: BinaryAccuracy,
    categorical_accuracy: CategoricalAccuracy,
    concordance_correlation: ConcordanceCorrelation,
    mean_squared_error: MeanSquaredError,
    binary_crossentropy: BinaryCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    categorical_hinge: CategoricalHinge,
    hinge: Hinge,
    kl_divergence: KLDivergence,
    mean_absolute_error: MeanAbsoluteError,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    poisson: Poisson,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    squared_hinge: SquaredHinge,
    log_cosh: LogCoshError,
    pearson_correlation: PearsonCorrelation,
    sparse_categorical_accuracy: SparseCategoricalAccuracy,
    sparse_top_k_categorical_accuracy: SparseTopKCategoricalAccuracy,
    top_k_categorical_accuracy: TopKCategoricalAccuracy,
}
"""What a function stands for where a metric is asked for: `metrics=[metrics.categorical_accuracy]`."""
