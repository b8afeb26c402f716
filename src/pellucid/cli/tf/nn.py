"""`tf.nn`: activations, convolutions and losses of single samples, under TensorFlow's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import activations, losses, ops
from pellucid.cli.tf.arrays import eager, eagerly
from pellucid.cli.tf.linalg import l2_normalize as l2_normalize
from pellucid.cli.tf.selecting import in_top_k as in_top_k
from pellucid.cli.tf.selecting import top_k as top_k
from pellucid.errors import ArgumentError
from pellucid.random import next_seed

relu = eagerly(activations.relu)
relu6 = eagerly(activations.relu6)
elu = eagerly(activations.elu)
selu = eagerly(activations.selu)
gelu = eagerly(activations.gelu)
sigmoid = eagerly(activations.sigmoid)
softplus = eagerly(activations.softplus)
softsign = eagerly(activations.softsign)
tanh = eagerly(activations.tanh)
silu = eagerly(activations.silu)
log_softmax = eagerly(activations.log_softmax)
swish = silu


def softmax(logits: Any, axis: int = -1, name: str | None = None) -> Any:
    """Probabilities that add up to 1."""
    return eager(activations.softmax(logits, axis=axis))


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Any:
    """Of what is negative the part `alpha`."""
    return eager(activations.leaky_relu(features, negative_slope=alpha))


def conv2d(input: Any, filters: Any, strides: Any = 1, padding: str = "VALID", dilations: Any = 1) -> Any:
    """See `ops.conv`; steps may be told for all four axes."""
    return eager(ops.conv(input, filters, _inner(strides), padding.lower(), "channels_last", _inner(dilations)))


def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NHWC",
    dilations: Any = 1,
    name: str | None = None,
) -> Any:
    """See `ops.conv_transpose`; the shape that is asked for must be the one that strides and padding give.

    Raises:
        ArgumentError: it is another.
    """
    form = _channels_last("conv2d_transpose", data_format)
    found = ops.conv_transpose(input, filters, _inner(strides), padding.lower(), None, form, _inner(dilations))
    wanted, given = tuple(int(size) for size in output_shape), tuple(ops.shape(found))
    if given[1:] != wanted[1:]:
        raise ArgumentError(
            f"tf.nn.conv2d_transpose: strides and padding give shape {given}, not output_shape {wanted}"
        )
    return eager(found)


def max_pool2d(input: Any, ksize: Any, strides: Any, padding: str) -> Any:
    """See `ops.max_pool`."""
    return eager(ops.max_pool(input, _inner(ksize), _inner(strides), padding.lower(), "channels_last"))


def avg_pool2d(input: Any, ksize: Any, strides: Any, padding: str) -> Any:
    """See `ops.average_pool`."""
    return eager(ops.average_pool(input, _inner(ksize), _inner(strides), padding.lower(), "channels_last"))


max_pool, avg_pool = max_pool2d, avg_pool2d


def _inner(value: Any) -> Any:
    return tuple(value[1:3]) if isinstance(value, list | tuple) and len(value) == 4 else value


def bias_add(value: Any, bias: Any) -> Any:
    """A number added to each channel."""
    return eager(ops.add(value, bias))


def dropout(x: Any, rate: float, seed: int | None = None) -> Any:
    """Numbers left out at random, the others larger."""
    draws = np.random.default_rng(next_seed() if seed is None else seed)
    kept = (draws.random(np.shape(x)) >= rate).astype(np.float32)
    return eager(ops.multiply(x, kept / (1.0 - rate)))


def moments(x: Any, axes: Any, keepdims: bool = False) -> Any:
    """Mean and variance."""
    return tuple(eager(each) for each in ops.moments(x, list(axes), keepdims))


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1) -> Any:
    """The loss of each sample."""
    return eager(losses.categorical_crossentropy(labels, logits, from_logits=True, axis=axis))


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any) -> Any:
    """The loss of each sample."""
    return eager(losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any) -> Any:
    """The loss of each number."""
    expanded = ops.expand_dims(labels, -1), ops.expand_dims(logits, -1)
    return eager(losses.binary_crossentropy(*expanded, from_logits=True))


def l2_loss(t: Any, name: str | None = None) -> Any:
    """Half the sum of squares."""
    return eager(ops.multiply(ops.sum(ops.square(t)), 0.5))


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: float, name: str | None = None
) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset; numbers of any shapes that go with x."""
    found = ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(variance, variance_epsilon)))
    found = found if scale is None else ops.multiply(found, scale)
    return eager(found if offset is None else ops.add(found, offset))


def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: str, data_format: str | None = None, dilations: Any = 1
) -> Any:
    """See `ops.depthwise_conv`; steps are told for all four axes."""
    form = _channels_last("depthwise_conv2d", data_format)
    return eager(ops.depthwise_conv(input, filter, _inner(strides), padding.lower(), form, _inner(dilations)))


def depth_to_space(input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Any:
    """Channels laid out as blocks of pixels: see `ops.depth_to_space`."""
    return eager(ops.depth_to_space(input, int(block_size), _channels_last("depth_to_space", data_format)))


def space_to_depth(input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None) -> Any:
    """Blocks of pixels laid out as channels: see `ops.space_to_depth`."""
    return eager(ops.space_to_depth(input, int(block_size), _channels_last("space_to_depth", data_format)))


def _channels_last(function: str, data_format: str | None) -> str:
    """The one order in which TensorFlow's functions run on CPUs."""
    if data_format not in (None, "NHWC"):
        raise ArgumentError(f'tf.nn.{function}: data_format is "NHWC" here, got {data_format!r}; transpose the images')
    return "channels_last"
