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
from pellucid.cli.tf.complex_numbers import angle as angle
from pellucid.cli.tf.complex_numbers import conj as conj
from pellucid.cli.tf.complex_numbers import imag as imag
from pellucid.cli.tf.complex_numbers import real as real
from pellucid.cli.tf.elementwise import acos as acos
from pellucid.cli.tf.elementwise import acosh as acosh
from pellucid.cli.tf.elementwise import asin as asin
from pellucid.cli.tf.elementwise import asinh as asinh
from pellucid.cli.tf.elementwise import atan as atan
from pellucid.cli.tf.elementwise import atan2 as atan2
from pellucid.cli.tf.elementwise import atanh as atanh
from pellucid.cli.tf.elementwise import cosh as cosh
from pellucid.cli.tf.elementwise import cumulative_logsumexp as cumulative_logsumexp
from pellucid.cli.tf.elementwise import floordiv as floordiv
from pellucid.cli.tf.elementwise import floormod as floormod
from pellucid.cli.tf.elementwise import invert_permutation as invert_permutation
from pellucid.cli.tf.elementwise import is_finite as is_finite
from pellucid.cli.tf.elementwise import is_inf as is_inf
from pellucid.cli.tf.elementwise import is_nan as is_nan
from pellucid.cli.tf.elementwise import is_non_decreasing as is_non_decreasing
from pellucid.cli.tf.elementwise import is_strictly_increasing as is_strictly_increasing
from pellucid.cli.tf.elementwise import multiply_no_nan as multiply_no_nan
from pellucid.cli.tf.elementwise import polyval as polyval
from pellucid.cli.tf.elementwise import reciprocal_no_nan as reciprocal_no_nan
from pellucid.cli.tf.elementwise import rint as rint
from pellucid.cli.tf.elementwise import scalar_mul as scalar_mul
from pellucid.cli.tf.elementwise import sinh as sinh
from pellucid.cli.tf.elementwise import squared_difference as squared_difference
from pellucid.cli.tf.elementwise import tan as tan
from pellucid.cli.tf.elementwise import truncatediv as truncatediv
from pellucid.cli.tf.elementwise import xlog1py as xlog1py
from pellucid.cli.tf.elementwise import xlogy as xlogy
from pellucid.cli.tf.selecting import add_n
from pellucid.cli.tf.selecting import in_top_k as in_top_k
from pellucid.cli.tf.selecting import top_k as top_k
from pellucid.errors import ArgumentError

HERE = (
    *(name for name in tf.__all__ if name.startswith("reduce_")),
    *("abs", "add_n", "argmax", "argmin", "cumsum", "floor", "negative", "pow"),
)


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int | None = None, weights: Any = None, dtype: Any = np.int32,
    name: str | None = None,
) -> Any:  # fmt: skip
    """How many samples of each class (rows) were taken for each (columns), (classes, classes).

    Args:
        labels: the classes, (samples,), whole numbers from 0.
        predictions: what they were taken for, likewise.
        num_classes: by default as many as occur.
        weights: what each sample counts, (samples,); 1 by default.
        dtype: of the counts.
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
    found = np.zeros((count, count), dtype)
    np.add.at(found, tuple(both.astype(np.int64)), 1 if weights is None else np.asarray(weights).astype(dtype))
    return eager(found)


reduce_std = tf._reduced("std")
reduce_variance = tf._reduced("var")


def reduce_euclidean_norm(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The length of all, or along axes."""
    return linalg.norm(input_tensor, "euclidean", axis, keepdims)


reduce_logsumexp = eagerly(ops.logsumexp, words="input_tensor")


divide_no_nan = eagerly(ops.divide_no_nan)
truediv = eagerly(ops.true_divide)
accumulate_n, zero_fraction = add_n, nn.zero_fraction


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Any:
    """The mean of each segment, whose numbers ascend."""
    return unsorted_segment_mean(data, segment_ids, 1 + int(np.max(np.asarray(segment_ids), initial=-1)))


def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The sum of each segment, 0 of one without numbers."""
    return eager(ops.segment_sum(data, np.asarray(segment_ids), int(num_segments)))


def unsorted_segment_max(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The largest number of each segment."""
    return eager(ops.segment_max(data, np.asarray(segment_ids), int(num_segments)))


def unsorted_segment_min(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The smallest number of each segment."""
    return eager(ops.negative(unsorted_segment_max(ops.negative(data), segment_ids, num_segments)))


def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
    """The mean of each segment, 0 of one without numbers."""
    counts = np.bincount(np.asarray(segment_ids).ravel(), minlength=int(num_segments)).clip(1)
    sums = unsorted_segment_sum(data, segment_ids, num_segments)
    shape = (len(counts), *(1,) * (len(sums.shape) - 1))
    return eager(ops.divide(sums, counts.reshape(shape).astype(np.float32)))


def __getattr__(name: str) -> Any:
    if name in HERE:
        return getattr(tf, name)
    if name in ("l2_normalize",):
        return nn.l2_normalize
    found = getattr(ops, name, None)
    if name.startswith("_") or found is None:
        raise AttributeError(name)
    return eagerly(found) if callable(found) else found
