"""Convolutions of the backend module that few scripts use.

Source: keras/backend/tensorflow_backend.py of Keras 2.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import checks, ops
from pellucid.backend.given import data_format_of, rank_of
from pellucid.backend.windows import MOST, transposed
from pellucid.config import image_data_format
from pellucid.errors import ArgumentError

Operand = Any
Numbers = Any


def separable_conv1d(
    x: Operand,
    depthwise_kernel: Operand,
    pointwise_kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """See `ops.separable_conv`.

    Example:
        >>> import numpy as np
        >>> separable_conv1d(np.ones((1, 2, 1)), np.ones((2, 1, 1)), np.ones((1, 1, 3)))[0, 0].tolist()
        [2.0, 2.0, 2.0]

    Source: keras.backend.separable_conv1d.
    """
    order = data_format_of("separable_conv1d", data_format)
    return ops.separable_conv(x, depthwise_kernel, pointwise_kernel, strides, padding, order, dilation_rate)


def conv3d_transpose(
    x: Operand,
    kernel: Operand,
    output_shape: Sequence[Any],
    strides: Numbers = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """See `conv2d_transpose`, of volumes.

    Example:
        >>> import numpy as np
        >>> conv3d_transpose(np.ones((1, 1, 1, 1, 1)), np.ones((2, 2, 2, 3, 1)), (1, 2, 2, 2, 3)).shape
        (1, 2, 2, 2, 3)

    Source: keras.backend.conv3d_transpose.
    """
    return transposed("conv3d_transpose", x, kernel, output_shape, strides, padding, data_format, 1)


def local_conv1d(
    inputs: Operand, kernel: Operand, kernel_size: Sequence[int], strides: Sequence[int], data_format: str | None = None
) -> Any:
    """Windows of signals, each multiplied with a kernel of its own.

    Args:
        inputs: (batch, steps, channels).
        kernel: (windows, taps x channels, filters).
        kernel_size: the number of taps, in a list.
        strides: from one window to the next, in a list.
        data_format: "channels_last".

    Example:
        >>> import numpy as np
        >>> local_conv1d(np.ones((1, 3, 2)), np.ones((2, 4, 5)), [2], [1])[0, :, 0].tolist()
        [4.0, 4.0]

    Source: keras.backend.local_conv1d.
    """
    _only_last("local_conv1d", data_format)
    (taps,) = checks.counts("local_conv1d", "kernel_size", kernel_size, 1, MOST)
    (step,) = checks.counts("local_conv1d", "strides", strides, 1, MOST)
    windows = ops.image.extract_patches(ops.expand_dims(inputs, 2), (taps, 1), (step, 1), data_format="channels_last")
    return ops.einsum("bwtf,wfn->bwtn", windows, kernel)[:, :, 0]


def local_conv2d(
    inputs: Operand,
    kernel: Operand,
    kernel_size: Sequence[int],
    strides: Sequence[int],
    output_shape: Sequence[int],
    data_format: str | None = None,
) -> Any:
    """Windows of images, each multiplied with a kernel of its own.

    Args:
        inputs: (batch, rows, columns, channels).
        kernel: (windows, numbers in a window, filters).
        kernel_size: rows and columns of a window.
        strides: from one window to the next.
        output_shape: how many windows lie below and beside each other.
        data_format: "channels_last".

    Example:
        >>> import numpy as np
        >>> local_conv2d(np.ones((1, 2, 3, 1)), np.ones((2, 4, 5)), (2, 2), (1, 1), (1, 2)).shape
        (1, 1, 2, 5)

    Source: keras.backend.local_conv2d.
    """
    _only_last("local_conv2d", data_format)
    given = {"kernel_size": kernel_size, "strides": strides, "output_shape": output_shape}
    sides, steps, wanted = (checks.counts("local_conv2d", name, value, 2, MOST) for name, value in given.items())
    windows = ops.image.extract_patches(inputs, sides, steps, data_format="channels_last")
    rows, columns, numbers = ops.shape(windows)[1:]
    if (rows, columns) != wanted:
        raise ArgumentError(f"local_conv2d: there are {rows}x{columns} windows, not output_shape {wanted}")
    if rank_of("local_conv2d", kernel) != 3:
        raise ArgumentError("local_conv2d: the kernel is (windows, numbers in a window, filters)")
    each = ops.reshape(kernel, (rows, columns, numbers, ops.shape(kernel)[-1]))
    return ops.einsum("brcf,rcfn->brcn", windows, each)


def _only_last(owner: str, data_format: str | None) -> None:
    if (data_format_of(owner, data_format) or image_data_format()) != "channels_last":
        raise ArgumentError(f'{owner}: channels come last here; keras.layers.LocallyConnected2D takes "channels_first"')
