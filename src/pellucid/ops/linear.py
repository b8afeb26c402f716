"""Products of matrices, convolution and pooling, under Keras's names (keras.ops)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pellucid.geometry import Window, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.channels import on_images
from pellucid.ops.anywhere import anywhere

Operand = Any  # a tensor, a weight, an array or a number


@anywhere(2)
def matmul(a: Operand, b: Operand) -> Any:
    """The product of two matrices, or of as many as the leading axes of both hold.

    A vector on the right is a matrix of one column; leading axes of `a` alone are rows of one matrix.

    Example:
        >>> matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]
    """
    if b.rank == 1:
        product = matmul(a, builder.reshape(b, (b.shape[0], 1)))
        return builder.reshape(product, product.shape[:-1])
    if b.rank == 2 and a.rank != 2:
        rows = builder.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))
        return builder.reshape(builder.matmul(rows, b), (*a.shape[:-1], b.shape[-1]))
    return builder.matmul(a, b)


def _window(
    what: str,
    spatial: Sequence[int],
    size: Sequence[int],
    strides: int | Sequence[int],
    padding: str,
    dilation: int | Sequence[int],
) -> Window:
    rank = len(size)
    numbers = {
        "size": tuple(size),
        "strides": arguments.per_axis("strides", strides, rank, what),
        "dilation": arguments.per_axis("dilation_rate", dilation, rank, what),
    }
    return Window(**numbers, padding=resolve_padding(padding, spatial, **numbers))


@anywhere(2)
def conv(
    inputs: Operand,
    kernel: Operand,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Any:
    """The cross-correlation that every framework calls convolution, over one, two or three axes.

    Args:
        inputs: (batch, spatial..., channels).
        kernel: (spatial..., channels / groups, filters); the groups follow from the channels.
        strides: step of the window [elements].
        padding: "valid", "same", "full" or (one axis) "causal".
        data_format: "channels_last" or "channels_first"; the process's default if None.
        dilation_rate: distance between neighbouring taps [elements].

    Example:
        >>> import numpy as np
        >>> x = np.array([0, 0, 0, 1, 1, 0, 0, 0]).reshape(1, 8, 1)
        >>> conv(x, np.array([0, 1, 0]).reshape(3, 1, 1)).ravel().tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    """
    size = kernel.shape[:-2]

    def convolved(x: Tensor) -> Tensor:
        window = _window("conv", x.shape[1:-1], size, strides, padding, dilation_rate)
        return builder.convolution(x, kernel, window, x.shape[-1] // kernel.shape[-2])

    return on_images(inputs, len(size), arguments.data_format(data_format, "conv"), convolved)


@anywhere(2)
def depthwise_conv(
    inputs: Operand,
    kernel: Operand,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Any:
    """Each channel convolved with filters of its own: kernel (spatial..., channels, multiplier); otherwise as `conv`.

    Example:
        >>> import numpy as np
        >>> depthwise_conv(np.ones((1, 4, 2)), np.ones((3, 2, 1))).ravel().tolist()
        [3.0, 3.0, 3.0, 3.0]
    """
    *size, channels, multiplier = kernel.shape
    grouped = builder.reshape(kernel, (*size, 1, channels * multiplier))
    return conv(inputs, grouped, strides, padding, data_format, dilation_rate)


@anywhere()
def max_pool(
    inputs: Operand,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The largest value of each channel in each window; strides are the pool size by default.

    Example:
        >>> import numpy as np
        >>> max_pool(np.array([1.0, 5.0, 2.0, 3.0]).reshape(1, 4, 1), 2).ravel().tolist()
        [5.0, 3.0]
    """
    return _pooled(builder.max_pool, inputs, pool_size, strides, padding, data_format)


@anywhere()
def average_pool(
    inputs: Operand,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The mean of each channel in each window; padding does not count. Strides are the pool size by default.

    Example:
        >>> import numpy as np
        >>> average_pool(np.array([1.0, 5.0, 2.0, 3.0]).reshape(1, 4, 1), 2).ravel().tolist()
        [3.0, 2.5]
    """
    return _pooled(builder.average_pool, inputs, pool_size, strides, padding, data_format)


def _pooled(
    pool: Any,
    inputs: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None,
    padding: str,
    data_format: str | None,
) -> Tensor:
    rank = inputs.rank - 2 if isinstance(pool_size, int) else len(pool_size)
    size = arguments.per_axis("pool_size", pool_size, rank, "pooling")
    step = size if strides is None else strides

    def pooled(x: Tensor) -> Tensor:
        result: Tensor = pool(x, _window("pooling", x.shape[1:-1], size, step, padding, 1))
        return result

    return on_images(inputs, rank, arguments.data_format(data_format, "pooling"), pooled)
