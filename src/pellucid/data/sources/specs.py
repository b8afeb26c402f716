"""Shape and type of what a data set gives, as `tf.data` writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.frozen import Frozen

__all__ = ["TensorSpec", "spec_of"]


class TensorSpec(Frozen):
    """Shape and type of a tensor; arrays say theirs by themselves, so that this is for the reader.

    Source: tf.TensorSpec, https://www.tensorflow.org/api_docs/python/tf/TensorSpec
    """

    shape: Any = None
    dtype: Any = np.dtype("float32")
    name: str | None = None


def spec_of(value: Any, *, is_batched: bool) -> TensorSpec:
    """Of an array; the number of samples of a batch is open, for the last one may have fewer.

    Example:
        >>> spec_of(np.zeros((32, 8, 8, 3), np.uint8), is_batched=True)
        TensorSpec(shape=(None, 8, 8, 3), dtype=dtype('uint8'), name=None)
    """
    array = np.asarray(value)
    return TensorSpec((None, *array.shape[1:]) if is_batched else array.shape, array.dtype)
