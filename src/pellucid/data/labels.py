"""Class labels and vectors as arrays that a loss can use."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pellucid.arraylike import NoNumbers, array_of
from pellucid.checks import is_number, number, whole
from pellucid.errors import ArgumentError, DataError, shown
from pellucid.geometry import MAX_SIZE

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: npt.ArrayLike, num_classes: int | None = None) -> np.ndarray:
    """Labels as rows of zeros with a one at the label's place ("one-hot"), for categorical_crossentropy.

    Args:
        x: whole numbers 0..num_classes - 1, of any shape; a last axis of size 1 is left out.
        num_classes: length of a row; one more than the largest label by default.

    Returns:
        float32 array of the labels' shape, with `num_classes` numbers for each.

    Raises:
        DataError: a label is not a whole number, negative or too large, or there are none.
        ArgumentError: `num_classes` is not a whole number >= 1.

    Example:
        >>> to_categorical([0, 2], num_classes=3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]

    Source: keras.utils.to_categorical, https://keras.io/api/utils/python_utils/
    """
    labels = _numbers(x, "to_categorical takes whole numbers")
    if labels.size == 0:
        raise DataError(f"to_categorical takes whole numbers, got {labels.size} of type {labels.dtype}")
    if labels.dtype.kind == "f" and not np.array_equal(labels, np.floor(labels)):
        raise DataError(f"to_categorical takes whole numbers, got {labels[labels != np.floor(labels)][0]}")
    if not (np.abs(labels.astype(np.float64)) <= MAX_SIZE).all():
        raise DataError(f"to_categorical: labels are numbers of classes, from 0 up to {MAX_SIZE}, got {shown(labels)}")
    labels = labels.astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    largest = max(int(labels.max()) + 1, 1)
    classes = largest if num_classes is None else whole("to_categorical", "num_classes", num_classes, 1, MAX_SIZE)
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        hint = "; do the labels count from 1? Then give x - 1" if outside.max() == classes and labels.min() == 1 else ""
        raise DataError(f"to_categorical: label {outside[0]} is outside 0..{classes - 1}{hint}")
    try:
        result = np.zeros((*labels.shape, classes), np.float32)
    except MemoryError:
        raise ArgumentError(
            f"to_categorical: {labels.size} labels of {classes} classes do not fit into memory; use them as they are, "
            "with a sparse loss"
        ) from None
    np.put_along_axis(result, labels[..., np.newaxis], 1, axis=-1)
    return result


def normalize(x: npt.ArrayLike, axis: int = -1, order: float = 2) -> np.ndarray:
    """Vectors divided by their length; one of length 0 stays as it is.

    Args:
        x: numbers.
        axis: along which the vectors lie.
        order: of the norm, from 1 to 64: 1 for the sum of magnitudes, 2 for the root of the sum of squares; or
            infinity, for the largest.

    Raises:
        ArgumentError: a setting is out of range.
        DataError: there is no such axis, or something that is no number.

    Example:
        >>> normalize([[3.0, 4.0], [0.0, 0.0]]).tolist()
        [[0.6, 0.8], [0.0, 0.0]]

    Source: keras.utils.normalize, https://keras.io/api/utils/python_utils/
    """
    values = _numbers(x, f"normalize takes numbers with an axis {shown(axis)}")
    axis = whole("normalize", "axis", axis)
    norm = math.inf if is_number(order) and order == math.inf else number("normalize", "order", order, 1.0, 64.0)
    if not -values.ndim <= axis < values.ndim:
        raise DataError(
            f"normalize takes numbers with an axis {shown(axis)}, got {values.dtype} of shape {values.shape}"
        )
    with np.errstate(
        invalid="ignore", over="ignore"
    ):  # what is infinite has no direction: NaN, without a word of NumPy's
        lengths = np.linalg.norm(values, norm, axis, keepdims=True)
        return values / np.where(lengths == 0, 1, lengths)


def _numbers(x: npt.ArrayLike, wanted: str) -> np.ndarray:
    try:
        return array_of(x)
    except NoNumbers as error:
        raise DataError(f"{wanted}, got {error}") from error
