"""Convolution and pooling, under Keras's names (keras.ops)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pellucid.dispatch import Operand, anywhere
from pellucid.errors import ShapeError
from pellucid.geometry import PADDINGS, Window, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.channels import on_images
from pellucid.layers.depthwise import depthwise

Numbers = int | Sequence[int]


def _window(
    spatial: Sequence[int], size: Sequence[int], strides: Numbers, padding: str, dilation: Numbers, what: str
) -> Window:
    rank = len(size)
    numbers = {
        "size": tuple(size),
        "strides": arguments.per_axis("strides", strides, rank, what),
        "dilation": arguments.per_axis("dilation_rate", dilation, rank, what),
    }
    pairs = resolve_padding(arguments.padding(padding, rank, what, PADDINGS), spatial, **numbers)
    return Window(**numbers, padding=pairs)


def _checked_rank(inputs: Tensor, kernel: Tensor, what: str) -> int:
    """The number of spatial axes: those of a kernel but two."""
    rank = kernel.rank - 2
    if not 1 <= rank <= 3 or inputs.rank < rank + 2:
        raise ShapeError(
            f"{what} takes inputs (batch, spatial..., channels) and a kernel (spatial..., in, out) with one to three "
            f"spatial axes, got {inputs.shape} and {kernel.shape}"
        )
    return rank


@anywhere("inputs", "kernel")
def conv(
    inputs: Operand,
    kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """The cross-correlation that every framework calls convolution, over one, two or three axes.

    Args:
        inputs: (batch, spatial..., channels), or (batch, channels, spatial...).
        kernel: (spatial..., channels / groups, filters) either way; the groups follow from the channels.
        strides: step of the window [elements].
        padding: "valid", "same", "full" or (one axis) "causal".
        data_format: "channels_last" or "channels_first"; the process's default if None.
        dilation_rate: distance between neighbouring taps [elements].

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: inputs and kernel do not fit.

    Example:
        >>> import numpy as np
        >>> x = np.array([0, 0, 0, 1, 1, 0, 0, 0]).reshape(1, 8, 1)
        >>> conv(x, np.array([0, 1, 0]).reshape(3, 1, 1)).ravel().tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    """
    rank = _checked_rank(inputs, kernel, "conv")
    size = kernel.shape[:-2]

    def convolved(x: Tensor) -> Tensor:
        window = _window(x.shape[1:-1], size, strides, padding, dilation_rate, "conv")
        channels, each = x.shape[-1], kernel.shape[-2]
        if channels % each:
            raise ShapeError(f"a kernel {kernel.shape} takes {each} channels or a multiple of that, got {channels}")
        return builder.convolution(x, kernel, window, channels // each)

    return on_images(inputs, rank, arguments.data_format(data_format, "conv"), convolved)


@anywhere("inputs", "kernel")
def depthwise_conv(
    inputs: Operand,
    kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """Each channel convolved with filters of its own: kernel (spatial..., channels, multiplier); otherwise as `conv`.

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: inputs and kernel do not fit.

    Example:
        >>> import numpy as np
        >>> depthwise_conv(np.ones((1, 4, 2)), np.ones((3, 2, 1))).ravel().tolist()
        [3.0, 3.0, 3.0, 3.0]
    """
    return _depthwise(inputs, kernel, strides, padding, data_format, dilation_rate)


def _depthwise(
    inputs: Tensor, kernel: Tensor, strides: Numbers, padding: str, data_format: str | None, dilation_rate: Numbers
) -> Tensor:
    rank = _checked_rank(inputs, kernel, "depthwise_conv")

    def convolved(x: Tensor) -> Tensor:
        if x.shape[-1] != kernel.shape[-2]:
            raise ShapeError(f"a depthwise kernel {kernel.shape} takes {kernel.shape[-2]} channels, got {x.shape[-1]}")
        window = _window(x.shape[1:-1], kernel.shape[:-2], strides, padding, dilation_rate, "depthwise_conv")
        return depthwise(x, kernel, window)

    return on_images(inputs, rank, arguments.data_format(data_format, "depthwise_conv"), convolved)


@anywhere("inputs", "depthwise_kernel", "pointwise_kernel")
def separable_conv(
    inputs: Operand,
    depthwise_kernel: Operand,
    pointwise_kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """`depthwise_conv`, then `conv` with a kernel of one tap (1..., channels * multiplier, filters).

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: inputs and kernels do not fit.

    Example:
        >>> import numpy as np
        >>> separable_conv(np.ones((1, 4, 2)), np.ones((3, 2, 1)), np.ones((1, 2, 1))).ravel().tolist()
        [6.0, 6.0]
    """
    maps = _depthwise(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(maps, pointwise_kernel, data_format=data_format)


@anywhere("inputs")
def max_pool(
    inputs: Operand,
    pool_size: Numbers,
    strides: Numbers | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The largest value of each channel in each window.

    Args:
        inputs: (batch, spatial..., channels), or (batch, channels, spatial...).
        pool_size: size of the window [elements].
        strides: step of the window [elements]; its size by default.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first"; the process's default if None.

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: the window does not fit.

    Example:
        >>> import numpy as np
        >>> max_pool(np.array([1.0, 5.0, 2.0, 3.0]).reshape(1, 4, 1), 2).ravel().tolist()
        [5.0, 3.0]
    """
    return _pooled(builder.max_pool, inputs, pool_size, strides, padding, data_format)


@anywhere("inputs")
def average_pool(
    inputs: Operand,
    pool_size: Numbers,
    strides: Numbers | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The mean of each channel in each window; padding does not count. Otherwise as `max_pool`.

    Raises:
        ArgumentError: a setting is out of range.
        ShapeError: the window does not fit.

    Example:
        >>> import numpy as np
        >>> average_pool(np.array([1.0, 5.0, 2.0, 3.0]).reshape(1, 4, 1), 2).ravel().tolist()
        [3.0, 2.5]
    """
    return _pooled(builder.average_pool, inputs, pool_size, strides, padding, data_format)


def _pooled(
    pool: Callable[[Tensor, Window], Tensor],
    inputs: Tensor,
    pool_size: Numbers,
    strides: Numbers | None,
    padding: str,
    data_format: str | None,
) -> Tensor:
    rank = len(pool_size) if isinstance(pool_size, list | tuple) else inputs.rank - 2
    if not 1 <= rank <= 3 or inputs.rank < rank + 2:
        raise ShapeError(
            f"pooling takes inputs (batch, spatial..., channels) with one to three spatial axes, got {inputs.shape}"
        )
    size = arguments.per_axis("pool_size", pool_size, rank, "pooling")
    step = size if strides is None else strides
    padding = arguments.in_any_case("padding", padding, ("valid", "same"), "pooling")
    form = arguments.data_format(data_format, "pooling")
    return on_images(inputs, rank, form, lambda x: pool(x, _window(x.shape[1:-1], size, step, padding, 1, "pooling")))
