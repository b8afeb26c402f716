"""`keras.utils.conv_utils`: what layers of third parties compute the shapes of convolutions by.

Source: keras/utils/conv_utils.py of Keras 2.2.4 and keras/utils/np_utils.py of Keras 1.2.2; the formulas are those of
Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, https://arxiv.org/abs/1603.07285.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pellucid.backend import image_data_format
from pellucid.checks import word
from pellucid.errors import ArgumentError, ShapeError, shown

PADDINGS = ("valid", "same", "causal", "full")
DATA_FORMATS = ("channels_last", "channels_first")


def normalize_tuple(value: int | Iterable[int], n: int, name: str) -> tuple[int, ...]:
    """A whole number for each of `n` axes, or one for all of them, as a tuple.

    Args:
        value: a number, or one for each axis.
        n: how many axes there are.
        name: of the argument, for the message.

    Raises:
        ArgumentError: there are more of them, or fewer, or they are no whole numbers.

    Example:
        >>> normalize_tuple(3, 2, "kernel_size"), normalize_tuple([3, 5], 2, "kernel_size")
        ((3, 3), (3, 5))
    """
    try:
        found = (int(value),) * n if isinstance(value, int | np.integer) else tuple(int(each) for each in value)
    except (TypeError, ValueError):
        found = ()
    if len(found) != n:
        raise ArgumentError(f"{name} is a whole number, or {n} of them, got {shown(value)}")
    return found


def normalize_data_format(value: str | None) -> str:
    """Where the channels stand; None for where they stand unless told otherwise.

    Example:
        >>> normalize_data_format("Channels_First")
        'channels_first'
    """
    return image_data_format() if value is None else word("normalize_data_format", "value", value.lower(), DATA_FORMATS)


def normalize_padding(value: str) -> str:
    """A padding's name in small letters.

    Example:
        >>> normalize_padding("SAME")
        'same'
    """
    return word("normalize_padding", "value", value.lower(), ("valid", "same", "causal"))


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """How long the result of a convolution is along an axis; None where the input's length is open.

    Example:
        >>> conv_output_length(28, 5, "valid", 1), conv_output_length(28, 3, "same", 2)
        (24, 14)
    """
    word("conv_output_length", "padding", padding, PADDINGS)
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation  # from the first place that a filter touches to its last
    length = input_length + {"valid": -reach, "full": reach}.get(padding, 0)
    return (length + stride - 1) // stride


def conv_input_length(output_length: int | None, filter_size: int, padding: str, stride: int) -> int | None:
    """How long the shortest input is that gives so long a result.

    Example:
        >>> conv_input_length(24, 5, "valid", 1)
        28
    """
    word("conv_input_length", "padding", padding, ("valid", "same", "full"))
    if output_length is None:
        return None
    pad = {"valid": 0, "same": filter_size // 2, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_length(
    dim_size: int | None,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: int | None = None,
    dilation: int = 1,
) -> int | None:
    """How long the result of a transposed convolution is along an axis.

    Example:
        >>> deconv_length(7, 2, 3, "same", None), deconv_length(7, 2, 3, "valid", None)
        (14, 15)
    """
    word("deconv_length", "padding", padding, ("valid", "same", "full"))
    if dim_size is None:
        return None
    size = kernel_size + (kernel_size - 1) * (dilation - 1)
    if output_padding is not None:
        pad = {"valid": 0, "same": size // 2, "full": size - 1}[padding]
        return (dim_size - 1) * stride_size + size - 2 * pad + output_padding
    more = {"valid": max(size - stride_size, 0), "same": 0, "full": -(stride_size + size - 2)}[padding]
    return dim_size * stride_size + more


def convert_kernel(kernel: Any, dim_ordering: str | None = None) -> np.ndarray:
    """A kernel turned round along its rows and columns: Theano convolved, where TensorFlow and this correlate.

    Args:
        kernel: (rows, columns, channels, filters), or of one or three such axes.
        dim_ordering: "th" where filters and channels stand first, as in kernels of Theano's.

    Example:
        >>> convert_kernel(np.arange(4.0).reshape(2, 2, 1, 1)).ravel().tolist()
        [3.0, 2.0, 1.0, 0.0]
    """
    array = np.asarray(kernel)
    if not 3 <= array.ndim <= 5:
        raise ShapeError(f"convert_kernel: a kernel has 3 to 5 axes, got shape {array.shape}")
    turned = range(2, array.ndim) if dim_ordering == "th" else range(array.ndim - 2)
    return np.flip(array, tuple(turned)).copy()


def probas_to_classes(y_pred: Any) -> np.ndarray:
    """The likeliest class of each sample; of one probability whether it is above 0.5.

    Example:
        >>> probas_to_classes([[0.1, 0.9], [0.7, 0.3]]).tolist(), probas_to_classes([[0.8]]).tolist()
        ([1, 0], [1])
    """
    given = np.asarray(y_pred)
    return categorical_probas_to_classes(given) if given.shape[1:] > (1,) else (given.ravel() > 0.5).astype(np.int64)


def categorical_probas_to_classes(p: Any) -> np.ndarray:
    """The likeliest class of each sample.

    Example:
        >>> categorical_probas_to_classes(np.array([[0.1, 0.9]])).tolist()
        [1]
    """
    return np.argmax(np.asarray(p), axis=1)
