"""Labels and vectors as `keras.utils` takes them: arrays, or the tensors of a loss or a layer."""

from __future__ import annotations

from typing import Any

from pellucid import ops
from pellucid.data import labels
from pellucid.dispatch.anywhere import Symbolic
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.legacy import accepts_old_spelling


@accepts_old_spelling("to_categorical")
def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Labels as rows of zeros with a one at the label's place ("one-hot"), for categorical_crossentropy.

    Args:
        x: whole numbers 0..num_classes - 1, of any shape; a last axis of size 1 is left out. Or a tensor of them.
        num_classes: length of a row; one more than the largest label of an array by default.

    Returns:
        float32 array of the labels' shape, with `num_classes` numbers for each; of a tensor a tensor.

    Raises:
        DataError: a label is not a whole number, negative or too large, or there are none.
        ArgumentError: `num_classes` is not a whole number >= 1, or missing for a tensor.

    Example:
        >>> to_categorical([0, 2], num_classes=3).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]

    Source: keras.utils.to_categorical, https://keras.io/api/utils/python_utils/
    """
    if not isinstance(x, Tensor | Symbolic):
        return labels.to_categorical(x, num_classes)
    if num_classes is None:
        raise ArgumentError("to_categorical: num_classes must be given for a tensor, whose values are not known")
    shape = tuple(x.shape)  # type: ignore[union-attr]
    return ops.one_hot(ops.squeeze(x, -1) if len(shape) > 1 and shape[-1] == 1 else x, num_classes)


@accepts_old_spelling("normalize")
def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    """Vectors divided by their length; one of length 0 stays as it is.

    Args:
        x: numbers, or a tensor.
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
    if isinstance(x, Tensor | Symbolic):
        return ops.normalize(x, axis, order)  # type: ignore[arg-type]
    return labels.normalize(x, axis, order)
