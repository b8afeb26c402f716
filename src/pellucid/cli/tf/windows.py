"""`tf.nn`: convolutions and pooling in TensorFlow's words, of one to three axes.

Sizes and steps may be told for all axes, with ones for samples and channels; padding in words, or in numbers for each
axis. TensorFlow 1 had `filter` and `value` where its second has `filters` and `input`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import eager
from pellucid.errors import ArgumentError

LAST = (None, "NWC", "NHWC", "NDHWC")


def conv1d(
    input: Any,
    filters: Any = None,
    stride: Any = 1,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """See `ops.conv`, along one axis."""
    return _convolved("conv1d", input, filters, stride, padding, data_format, dilations)


def conv2d(
    input: Any,
    filters: Any = None,
    strides: Any = 1,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
    *,
    filter: Any = None,
    use_cudnn_on_gpu: bool = True,
) -> Any:
    """See `ops.conv`; steps may be told for all four axes."""
    return _convolved("conv2d", input, _either(filters, filter), strides, padding, data_format, dilations)


def conv3d(
    input: Any,
    filters: Any = None,
    strides: Any = 1,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
    *,
    filter: Any = None,
) -> Any:
    """See `ops.conv`, along three axes."""
    return _convolved("conv3d", input, _either(filters, filter), strides, padding, data_format, dilations)


def convolution(
    input: Any,
    filters: Any = None,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
    *,
    filter: Any = None,
    dilation_rate: Any = None,
) -> Any:
    """See `ops.conv`, along as many axes as there are; in TensorFlow 1 padding stood before the steps."""
    if isinstance(strides, str):
        strides, padding = (1 if padding == "VALID" else padding), strides
    steps, apart = 1 if strides is None else strides, _either(dilations, dilation_rate)
    return _convolved("convolution", input, _either(filters, filter), steps, padding, data_format, apart)


def atrous_conv2d(value: Any, filters: Any, rate: int, padding: str, name: str | None = None) -> Any:
    """A convolution whose taps lie so far apart."""
    return _convolved("atrous_conv2d", value, filters, 1, padding, None, rate)


def _convolved(name: str, x: Any, kernel: Any, strides: Any, padding: Any, form: Any, apart: Any) -> Any:
    _channels_last(name, form)
    rank = len(ops.shape(x)) - 2
    x, words = _padded(name, x, padding)
    return eager(ops.conv(x, kernel, _inner(name, strides, rank), words, "channels_last", _inner(name, apart, rank)))


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """See `ops.conv_transpose`; the shape that is asked for must be the one that strides and padding give.

    Raises:
        ArgumentError: it is another.
    """
    return _transposed("conv2d_transpose", input, filters, output_shape, strides, padding, data_format, dilations)


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """See `conv2d_transpose`, along one axis."""
    return _transposed("conv1d_transpose", input, filters, output_shape, strides, padding, data_format, dilations)


def conv3d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """See `conv2d_transpose`, along three axes."""
    return _transposed("conv3d_transpose", input, filters, output_shape, strides, padding, data_format, dilations)


def _transposed(name: str, x: Any, kernel: Any, shape: Any, strides: Any, padding: str, form: Any, apart: Any) -> Any:
    _channels_last(name, form)
    rank = len(ops.shape(x)) - 2
    steps, far = _inner(name, strides, rank), _inner(name, apart, rank)
    found = ops.conv_transpose(x, kernel, steps, padding.lower(), None, "channels_last", far)
    wanted, given = tuple(int(size) for size in shape), tuple(ops.shape(found))
    if given[1:] != wanted[1:]:
        raise ArgumentError(f"tf.nn.{name}: strides and padding give shape {given}, not output_shape {wanted}")
    return eager(found)


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
    *,
    rate: Any = None,
) -> Any:
    """See `ops.depthwise_conv`; steps are told for all four axes."""
    _channels_last("depthwise_conv2d", data_format)
    x, words = _padded("depthwise_conv2d", input, padding)
    steps, apart = (_inner("depthwise_conv2d", each, 2) for each in (strides, _either(dilations, rate)))
    return eager(ops.depthwise_conv(x, filter, steps, words, "channels_last", apart))


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
    *,
    rate: Any = None,
) -> Any:
    """A depthwise convolution, then one of 1x1."""
    x = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations, rate=rate)
    return conv2d(x, pointwise_filter)


def max_pool(
    input: Any = None,
    ksize: Any = 1,
    strides: Any = 1,
    padding: Any = "VALID",
    data_format: str | None = None,
    name: str | None = None,
    *,
    value: Any = None,
) -> Any:
    """See `ops.max_pool`; a window of several channels lies beside the next."""
    x = _either(input, value)
    if _channels_of(ksize) > 1:
        return eager(ops.max(_groups(x, ksize, strides), axis=-1))
    return _pooled("max_pool", ops.max_pool, x, ksize, strides, padding, data_format, -np.inf)


def avg_pool(
    input: Any = None,
    ksize: Any = 1,
    strides: Any = 1,
    padding: Any = "VALID",
    data_format: str | None = None,
    name: str | None = None,
    *,
    value: Any = None,
) -> Any:
    """See `ops.average_pool`; a window of several channels lies beside the next."""
    x = _either(input, value)
    if _channels_of(ksize) > 1:
        return eager(ops.mean(_groups(x, ksize, strides), axis=-1))
    return _pooled("avg_pool", ops.average_pool, x, ksize, strides, padding, data_format, None)


max_pool1d = max_pool2d = max_pool3d = max_pool
avg_pool1d = avg_pool2d = avg_pool3d = avg_pool


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: str = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The largest or the mean of each window, as "MAX" or "AVG" say; taps lie beside each other.

    Raises:
        ArgumentError: they lie apart.
    """
    if dilations is not None and np.any(np.asarray(dilations) != 1):
        raise ArgumentError(f"tf.nn.pool: dilations are 1 here, got {dilations}")
    function = {"MAX": max_pool, "AVG": avg_pool}[pooling_type]
    return function(input, list(window_shape), 1 if strides is None else strides, padding, data_format)


def _pooled(name: str, function: Any, x: Any, ksize: Any, strides: Any, padding: Any, form: Any, fill: Any) -> Any:
    _channels_last(name, form)
    rank = len(ops.shape(x)) - 2
    x, words = _padded(name, x, padding, fill)
    return eager(function(x, _inner(name, ksize, rank), _inner(name, strides, rank), words, "channels_last"))


def _padded(name: str, x: Any, padding: Any, fill: float | None = 0.0) -> tuple[Any, str]:
    """What is convolved, and the padding in a word; numbers for each axis are put around it first."""
    if isinstance(padding, str):
        return x, padding.lower()
    if fill is None:
        raise ArgumentError(f'tf.nn.{name}: padding is "VALID" or "SAME" here, got {padding}')
    sides = [(int(before), int(after)) for before, after in padding]
    return ops.pad(x, sides, "constant", fill), "valid"


def _inner(name: str, value: Any, rank: int) -> Any:
    """Sizes or steps along the axes on which a window moves, of those along all axes."""
    if value is None:
        return 1
    found = np.asarray(value).ravel().tolist()
    if len(found) == rank + 2:
        if (found[0], found[-1]) != (1, 1):
            raise ArgumentError(f"tf.nn.{name}: along samples and channels sizes and steps are 1, got {tuple(found)}")
        found = found[1:-1]
    if len(found) not in (1, rank):
        raise ArgumentError(f"tf.nn.{name}: sizes and steps are one number, {rank} or {rank + 2}, got {tuple(found)}")
    return tuple(int(each) for each in found) if len(found) > 1 or rank == 1 else int(found[0])


def _either(first: Any, second: Any) -> Any:
    """The argument under the one name or the other."""
    return second if first is None else first


def _channels_of(ksize: Any) -> int:
    """How many channels lie in a window."""
    return int(ksize[3]) if isinstance(ksize, list | tuple) and len(ksize) == 4 else 1


def _groups(input: Any, ksize: Sequence[int], strides: Any) -> Any:
    """The channels in groups, those of one window along a new last axis; what is left over is left out."""
    if tuple(ksize[:3]) != (1, 1, 1) or tuple(strides) != tuple(ksize):
        raise ArgumentError(
            "tf.nn: a window of several channels has one row and one column, and its steps are as long as it is, got "
            f"ksize {tuple(ksize)} and strides {strides}"
        )
    shape, size = tuple(ops.shape(input)), int(ksize[3])
    whole = ops.get_item(input, (..., slice(0, shape[-1] // size * size)))
    return ops.reshape(whole, (-1 if shape[0] is None else shape[0], *shape[1:-1], shape[-1] // size, size))


def depth_to_space(input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Any:
    """Channels laid out as blocks of pixels: see `ops.depth_to_space`."""
    _channels_last("depth_to_space", data_format)
    return eager(ops.depth_to_space(input, int(block_size), "channels_last"))


def space_to_depth(input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Any:
    """Blocks of pixels laid out as channels: see `ops.space_to_depth`."""
    _channels_last("space_to_depth", data_format)
    return eager(ops.space_to_depth(input, int(block_size), "channels_last"))


def _channels_last(function: str, data_format: str | None) -> None:
    """Raise for all orders of axes but the one in which TensorFlow's functions run on CPUs."""
    if data_format not in LAST:
        raise ArgumentError(f'tf.nn.{function}: data_format is "NHWC" here, got {data_format!r}; transpose the images')
