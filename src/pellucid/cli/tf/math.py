"""`tf.math`: the functions of `pellucid.ops`, and those of `tf` that have other names."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import ops
from pellucid.arraylike import array_of
from pellucid.checks import whole
from pellucid.cli import tf
from pellucid.cli.tf import linalg, nn
from pellucid.cli.tf.arrays import eager, eagerly
from pellucid.cli.tf.selecting import in_top_k as in_top_k
from pellucid.cli.tf.selecting import top_k as top_k
from pellucid.errors import ArgumentError

HERE = (
    *(name for name in tf.__all__ if name.startswith("reduce_")),
    *("add_n", "argmax", "argmin", "cumsum", "floor", "negative", "pow"),
)


def confusion_matrix(labels: Any, predictions: Any, num_classes: int | None = None, name: str | None = None) -> Any:
    """How many samples of each class (rows) were taken for each (columns), whole numbers (classes, classes).

    Args:
        labels: the classes, (samples,), whole numbers from 0.
        predictions: what they were taken for, likewise.
        num_classes: by default as many as occur.
        name: means nothing.

    Raises:
        ArgumentError: the lengths differ, or a class is no whole number below `num_classes`.

    Example:
        >>> confusion_matrix([0, 1, 1], [0, 1, 0]).tolist()
        [[1, 0], [1, 1]]

    Source: tf.math.confusion_matrix.
    """
    rows, columns = (array_of(each) for each in (labels, predictions))
    if rows.ndim != 1 or rows.shape != columns.shape:
        raise ArgumentError(
            "confusion_matrix: labels and predictions must be classes in a row each, (samples,), got shapes "
            f"{rows.shape} and {columns.shape}; of probabilities take tf.argmax(predictions, axis=1)"
        )
    both = np.stack([rows, columns])
    count = (
        1 + int(both.max(initial=-1)) if num_classes is None else whole("confusion_matrix", "num_classes", num_classes)
    )
    if both.size and (both.min() < 0 or both.max() >= count or (both != np.floor(both)).any()):
        raise ArgumentError(f"confusion_matrix: classes must be whole numbers from 0 to {count - 1}, got others")
    found = np.zeros((count, count), np.int32)
    np.add.at(found, tuple(both.astype(np.int64)), 1)
    return eager(found)


reduce_std = tf._reduced("std")
reduce_variance = tf._reduced("var")
reduce_euclidean_norm = linalg.norm
reduce_logsumexp = eagerly(ops.logsumexp)


divide_no_nan = eagerly(ops.divide_no_nan)


def __getattr__(name: str) -> Any:
    if name in HERE:
        return getattr(tf, name)
    if name in ("l2_normalize",):
        return nn.l2_normalize
    found = getattr(ops, name, None)
    if name.startswith("_") or found is None:
        raise AttributeError(name)
    return eagerly(found) if callable(found) else found
