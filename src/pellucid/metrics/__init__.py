"""Metrics: what is told about training besides the loss, as state in the graph.

A metric says what it keeps from batch to batch (`state`), emits what that is after a batch (`update`), and makes a
number of it when somebody asks (`result`). What is kept are sums: they merge by addition, and nothing leaves the engine
before. Nothing is learned from a metric.

Example:
    >>> import numpy as np
    >>> metric = BinaryAccuracy(threshold=0.7)
    >>> metric.state((8, 3), (8, 3))
    {'total': (), 'count': ()}
    >>> metric.result({"total": np.array(6.0), "count": np.array(8.0)})
    0.75
    >>> metric.update_state([[1], [1]], [[0.6], [0.9]])
    >>> metric.result().numpy().tolist()
    0.5

Source: keras.metrics, https://keras.io/api/metrics/
"""

from __future__ import annotations

from typing import Any

from pellucid.absent import absent
from pellucid.measures import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
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
from pellucid.metrics.base import Metric, Statistic
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
from pellucid.metrics.means import Mean, MeanOverSamples, Sum
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
from pellucid.metrics.table import CLASSES, FUNCTIONS, deserialize, get, serialize
from pellucid.metrics.table import METRICS as METRICS
from pellucid.metrics.top_k import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
from pellucid.metrics.wrapped import MeanMetricWrapper
from pellucid.old_modules import register

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "ConfusionMatrix",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanOverSamples",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Statistic",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

CLASSES.update(
    accuracy=Accuracy,
    auc=AUC,
    binary_accuracy=BinaryAccuracy,
    binary_io_u=BinaryIoU,
    categorical_accuracy=CategoricalAccuracy,
    concordance_correlation=ConcordanceCorrelation,
    confusion_matrix=ConfusionMatrix,
    f1_score=F1Score,
    f_beta_score=FBetaScore,
    false_negatives=FalseNegatives,
    false_positives=FalsePositives,
    io_u=IoU,
    mean=Mean,
    mean_io_u=MeanIoU,
    mean_metric_wrapper=MeanMetricWrapper,
    mean_squared_error=MeanSquaredError,
    binary_crossentropy=BinaryCrossentropy,
    categorical_crossentropy=CategoricalCrossentropy,
    categorical_hinge=CategoricalHinge,
    cosine_similarity=CosineSimilarity,
    hinge=Hinge,
    kl_divergence=KLDivergence,
    log_cosh_error=LogCoshError,
    mean_absolute_error=MeanAbsoluteError,
    mean_absolute_percentage_error=MeanAbsolutePercentageError,
    mean_squared_logarithmic_error=MeanSquaredLogarithmicError,
    poisson=Poisson,
    r2_score=R2Score,
    root_mean_squared_error=RootMeanSquaredError,
    sparse_categorical_crossentropy=SparseCategoricalCrossentropy,
    squared_hinge=SquaredHinge,
    one_hot_io_u=OneHotIoU,
    one_hot_mean_io_u=OneHotMeanIoU,
    pearson_correlation=PearsonCorrelation,
    precision=Precision,
    precision_at_recall=PrecisionAtRecall,
    recall=Recall,
    recall_at_precision=RecallAtPrecision,
    sensitivity_at_specificity=SensitivityAtSpecificity,
    sparse_categorical_accuracy=SparseCategoricalAccuracy,
    sparse_top_k_categorical_accuracy=SparseTopKCategoricalAccuracy,
    specificity_at_sensitivity=SpecificityAtSensitivity,
    sum=Sum,
    top_k_categorical_accuracy=TopKCategoricalAccuracy,
    true_negatives=TrueNegatives,
    true_positives=TruePositives,
)

mse, mae, mape, msle = (
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
)
kld, logcosh = kl_divergence, log_cosh
FUNCTIONS.update(
    {
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
)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)


register("pellucid")  # metrics.metrics, as Keras 1 had it
