"""What losses and metrics have in common: how far predictions are from targets, or whether they are right.

Each formula stands here once, as a function of graph tensors; `losses` and `metrics` both take it from here. A measure
takes targets and predictions, (batch, ...) each, and gives one number per sample, (batch, ...): axes behind the batch
stay where the formula works for each place of a map, or for each output. Nothing is averaged over the batch here.

Example:
    >>> from pellucid.graph import Graph, ops
    >>> graph = Graph()
    >>> target, prediction = (graph.add(ops.Input((8, 3), name)) for name in ("target", "prediction"))
    >>> squared_error(target, prediction).shape, categorical_accuracy(target, prediction).shape
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
from pellucid.measures.correlation import concordance_correlation, pearson_correlation
from pellucid.measures.probabilistic import (
    binary_crossentropy,
    categorical_crossentropy,
    is_counted,
    sparse_categorical_crossentropy,
)
from pellucid.measures.regression import squared_error
from pellucid.measures.shapes import check_same, labels_beside, place_of, same_rank, weight_like, without_axis

__all__ = [
    "accuracy",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "check_same",
    "concordance_correlation",
    "is_counted",
    "labels_beside",
    "pearson_correlation",
    "place_of",
    "same_rank",
    "sorted_top_k_accuracy",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_accuracy",
    "squared_error",
    "top_k_accuracy",
    "weight_like",
    "without_axis",
]
