"""What losses and metrics have in common: how far predictions are from targets, or whether they are right.

Each formula stands here once; `losses` and `metrics` both take it from here. Where Keras has a function of that name,
the measure is that function, for tensors of a graph and for arrays. A measure takes targets and predictions, (batch,
...) each, and gives one number per sample, (batch, ...): axes behind the batch stay where the formula works for each
place of a map, or for each output. Nothing is averaged over the batch here, but for overlaps (`dice`, `tversky`).

Example:
    >>> from pellucid.graph import Graph, ops
    >>> graph = Graph()
    >>> target, prediction = (graph.add(ops.Input((8, 3), name)) for name in ("target", "prediction"))
    >>> mean_squared_error(target, prediction).shape, categorical_accuracy(target, prediction).shape
    ((8,), (8,))
"""

from pellucid.measures.accuracy import (
    accuracy,
    binary_accuracy,
    categorical_accuracy,
    sorted_top_k_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_accuracy,
    top_k_accuracy,
)
from pellucid.measures.alignment import ctc, ctc_loss
from pellucid.measures.correlation import concordance_correlation, pearson_correlation
from pellucid.measures.divergence import kl_divergence, poisson
from pellucid.measures.focal import (
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
)
from pellucid.measures.hinges import categorical_hinge, hinge, squared_hinge
from pellucid.measures.probabilistic import (
    binary_crossentropy,
    categorical_crossentropy,
    is_counted,
    sparse_categorical_crossentropy,
)
from pellucid.measures.regression import (
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from pellucid.measures.shapes import check_same, labels_beside, paired, place_of, same_rank, weight_like, without_axis
from pellucid.measures.similarity import circle, cosine, cosine_similarity, dice, tversky

__all__ = [
    "accuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "check_same",
    "circle",
    "concordance_correlation",
    "cosine",
    "cosine_similarity",
    "ctc",
    "ctc_loss",
    "dice",
    "hinge",
    "huber",
    "is_counted",
    "kl_divergence",
    "labels_beside",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "paired",
    "pearson_correlation",
    "place_of",
    "poisson",
    "same_rank",
    "sorted_top_k_accuracy",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_accuracy",
    "squared_hinge",
    "top_k_accuracy",
    "tversky",
    "weight_like",
    "without_axis",
]
