"""Functions of Keras 1's backend module that no later one has, or has under other names.

Source: keras/backend/tensorflow_backend.py and common.py of Keras 1.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pellucid import checks, naming, ops
from pellucid.backend.computing import batch_normalization
from pellucid.backend.given import rank_of, shape_of, variable_of
from pellucid.backend.pairs import less, less_equal
from pellucid.backend.renamed import int_shape
from pellucid.backend.values import update
from pellucid.backend.windows import conv2d, conv2d_transpose, spatial_2d_padding, temporal_padding
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.ops.places import places

Operand = Any
Numbers = Any


def lesser(x: Operand, y: Operand) -> Any:
    """See `less`.

    Example:
        >>> lesser([1.0, 3.0], 2.0).tolist()
        [1.0, 0.0]
    """
    return less(x, y)


def lesser_equal(x: Operand, y: Operand) -> Any:
    """See `less_equal`.

    Example:
        >>> lesser_equal([1.0, 3.0], 1.0).tolist()
        [1.0, 0.0]
    """
    return less_equal(x, y)


def get_variable_shape(x: Any) -> tuple[int | None, ...]:
    """See `int_shape`.

    Example:
        >>> import numpy as np
        >>> get_variable_shape(np.ones((2, 3)))
        (2, 3)
    """
    return int_shape(x)


def asymmetric_temporal_padding(x: Operand, left_pad: int = 1, right_pad: int = 1) -> Any:
    """See `temporal_padding`.

    Example:
        >>> import numpy as np
        >>> asymmetric_temporal_padding(np.ones((1, 2, 1)), 1, 0)[0, :, 0].tolist()
        [0.0, 1.0, 1.0]
    """
    return temporal_padding(x, (left_pad, right_pad))


def asymmetric_spatial_2d_padding(
    x: Operand,
    top_pad: int = 1,
    bottom_pad: int = 1,
    left_pad: int = 1,
    right_pad: int = 1,
    dim_ordering: str | None = None,
) -> Any:
    """See `spatial_2d_padding`.

    Example:
        >>> import numpy as np
        >>> asymmetric_spatial_2d_padding(np.ones((1, 2, 2, 1)), 1, 0, 2, 0, "tf").shape
        (1, 3, 4, 1)
    """
    return spatial_2d_padding(x, ((top_pad, bottom_pad), (left_pad, right_pad)), dim_ordering)


def atrous_conv2d(
    x: Operand, kernel: Operand, rate: int = 1, padding: str = "valid", data_format: str | None = None
) -> Any:
    """See `conv2d`, whose dilation is the rate.

    Example:
        >>> import numpy as np
        >>> atrous_conv2d(np.ones((1, 5, 5, 1)), np.ones((3, 3, 1, 1)), 2).shape
        (1, 1, 1, 1)
    """
    return conv2d(x, kernel, (1, 1), padding, data_format, (rate, rate))


def deconv2d(
    x: Operand,
    kernel: Operand,
    output_shape: Sequence[Any],
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """See `conv2d_transpose`.

    Example:
        >>> import numpy as np
        >>> deconv2d(np.ones((1, 2, 2, 1)), np.ones((2, 2, 3, 1)), (1, 4, 4, 3), (2, 2)).shape
        (1, 4, 4, 3)
    """
    return conv2d_transpose(x, kernel, output_shape, strides, padding, data_format)


def normalize_batch_in_training(
    x: Operand, gamma: Operand, beta: Operand, reduction_axes: Sequence[int], epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """x less its mean, over the root of its variance, along axes; times gamma, plus beta.

    Returns:
        that, the mean and the variance.

    Example:
        >>> normal, mean, variance = normalize_batch_in_training([[1.0], [3.0]], [1.0], [0.0], [0], 0.0)
        >>> normal.tolist(), mean.tolist(), variance.tolist()
        ([[-1.0], [1.0]], [2.0], [1.0])
    """
    rank = rank_of("normalize_batch_in_training", x)
    axes = places(list(checks.several("normalize_batch_in_training", "reduction_axes", reduction_axes, "axes")), rank)
    mean, variance = ops.moments(x, axes)
    shape = [1 if axis in axes else -1 for axis in range(rank)]
    if shape.count(-1) != 1:
        raise ArgumentError("normalize_batch_in_training: reduction_axes are all axes but one")
    wide = [ops.reshape(each, shape) for each in (mean, variance)]
    shift, scale = (None if each is None else ops.reshape(each, shape) for each in (beta, gamma))
    return batch_normalization(x, wide[0], wide[1], shift, scale, epsilon=epsilon), mean, variance


def moving_average_update(x: Any, value: Operand, momentum: float) -> Any:
    """Let a variable become momentum times itself plus (1 - momentum) times a value.

    Example:
        >>> from pellucid.backend import get_value, variable
        >>> get_value(moving_average_update(variable([1.0]), [3.0], 0.5)).tolist()
        [2.0]
    """
    kept = checks.fraction("moving_average_update", "momentum", momentum)
    variable = variable_of("moving_average_update", x)
    if isinstance(value, SymbolicTensor):  # what its values were is known when a function runs
        return update(variable, ops.add(variable, ops.multiply(ops.subtract(value, variable), 1.0 - kept)))
    return variable.assign(ops.add(ops.multiply(variable, kept), ops.multiply(value, 1.0 - kept)))


def name_scope(name: str) -> AbstractContextManager[None]:
    """Does nothing: it named operations of TensorFlow's graphs, never layers.

    Example:
        >>> with name_scope("loss"):
        ...     pass

    Source: keras.backend.name_scope of Keras 2.
    """
    checks.title("name_scope", name)
    return nullcontext()


def get_uid(prefix: str = "") -> int:
    """The number of the next thing of such a name, from 1.

    Example:
        >>> get_uid("example_of_get_uid"), get_uid("example_of_get_uid")
        (1, 2)
    """
    title = "uid" if isinstance(prefix, str) and not prefix else checks.title("get_uid", prefix)
    with naming.numbered_from_one():
        return int(naming.unique_name(title).rpartition("_")[2])


def is_sparse(tensor: Any) -> bool:
    """False: there are no sparse tensors here.

    Example:
        >>> is_sparse([1.0])
        False
    """
    shape_of("is_sparse", tensor)
    return False


def to_dense(tensor: Any) -> Any:
    """The tensor itself, which is dense.

    Example:
        >>> to_dense([1.0])
        [1.0]
    """
    shape_of("to_dense", tensor)
    return tensor
