"""`tf.nn`: activations, convolutions and losses of single samples, under TensorFlow's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import activations, legacy, losses, ops
from pellucid.cli.tf.arrays import eager, eagerly
from pellucid.cli.tf.drawing import drawn
from pellucid.cli.tf.linalg import l2_normalize as l2_normalize
from pellucid.cli.tf.selecting import in_top_k as in_top_k
from pellucid.cli.tf.selecting import top_k as top_k
from pellucid.errors import ArgumentError

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
    """See `ops.max_pool`; a window of several channels lies beside the next."""
    if _channels_of(ksize) > 1:
        return eager(ops.max(_groups(input, ksize, strides), axis=-1))
    return eager(ops.max_pool(input, _inner(ksize), _inner(strides), padding.lower(), "channels_last"))


def avg_pool2d(input: Any, ksize: Any, strides: Any, padding: str) -> Any:
    """See `ops.average_pool`; a window of several channels lies beside the next."""
    if _channels_of(ksize) > 1:
        return eager(ops.mean(_groups(input, ksize, strides), axis=-1))
    return eager(ops.average_pool(input, _inner(ksize), _inner(strides), padding.lower(), "channels_last"))


max_pool, avg_pool = max_pool2d, avg_pool2d


def _inner(value: Any) -> Any:
    """Sizes or steps along rows and columns, of those along all axes."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        return value
    if (value[0], value[3]) != (1, 1):
        raise ArgumentError(f"tf.nn: along samples and channels sizes and steps are 1 here, got {tuple(value)}")
    return tuple(value[1:3])


def _channels_of(ksize: Any) -> int:
    """How many channels lie in a window."""
    return int(ksize[3]) if isinstance(ksize, list | tuple) and len(ksize) == 4 else 1


def _groups(input: Any, ksize: Any, strides: Any) -> Any:
    """The channels in groups, those of one window along a new last axis; what is left over is left out."""
    if tuple(ksize[:3]) != (1, 1, 1) or tuple(strides) != tuple(ksize):
        raise ArgumentError(
            "tf.nn: a window of several channels has one row and one column, and its steps are as long as it is, got "
            f"ksize {tuple(ksize)} and strides {strides}"
        )
    shape, size = tuple(ops.shape(input)), int(ksize[3])
    whole = ops.get_item(input, (..., slice(0, shape[-1] // size * size)))
    return ops.reshape(whole, (-1 if shape[0] is None else shape[0], *shape[1:-1], shape[-1] // size, size))


def bias_add(value: Any, bias: Any) -> Any:
    """A number added to each channel."""
    return eager(ops.add(value, bias))


def dropout(
    x: Any,
    *place: Any,
    rate: float | None = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    keep_prob: float | None = None,
) -> Any:
    """Numbers left out at random, the others larger.

    Args:
        x: the numbers.
        place: the share that is left out, as `rate`; in TensorFlow 1 the share that is kept stood here.
        rate: the share that is left out.
        noise_shape: what goes together; all by itself by default.
        seed: of the draw.
        name: means nothing.
        keep_prob: the share that is kept, in TensorFlow 1.

    Raises:
        ArgumentError: a share is out of range, or it can be read in two ways which of both it is.
    """
    if place and legacy.is_old() and place[0] != 0.5:
        raise ArgumentError(
            f"tf.nn.dropout(x, {place[0]}) can be read in two ways: TensorFlow 1 kept so much, keep_prob={place[0]}; "
            f"TensorFlow 2 leaves it out, rate={place[0]}. Write the one that is meant"
        )
    told = [*place[:1], *(each for each in (rate, None if keep_prob is None else 1 - keep_prob) if each is not None)]
    if len(told) != 1 or len(place) > 1:
        raise ArgumentError("tf.nn.dropout takes the share that is left out once: rate=...")
    rate = float(told[0])
    if not 0 <= rate < 1:
        raise ArgumentError(f"tf.nn.dropout: rate is from 0 to below 1, got {rate}")

    def kept(x: Any, share: Any) -> Any:
        return ops.multiply(x, ops.multiply(ops.cast(ops.greater_equal(share, rate), "float32"), 1.0 / (1.0 - rate)))

    def sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
        told = shape if noise_shape is None else tuple(noise_shape)
        return tuple(have if want is None else int(want) for have, want in zip(shape, told, strict=True))

    return eager(drawn(x, kept, 0.0, 1.0, seed, sizes))


def moments(x: Any, axes: Any, keepdims: bool = False) -> Any:
    """Mean and variance."""
    return tuple(eager(each) for each in ops.moments(x, list(axes), keepdims))


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1) -> Any:
    """The loss of each sample."""
    return eager(losses.categorical_crossentropy(labels, logits, from_logits=True, axis=axis))


softmax_cross_entropy_with_logits_v2 = softmax_cross_entropy_with_logits


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


def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5, name: str | None = None
) -> Any:
    """x / (bias + alpha * s)^beta, where s is the sum of the squares of so many channels on both sides, and its own.

    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012,
    section 3.3.
    """
    channels = ops.shape(input)[-1]
    apart = np.abs(np.arange(channels)[:, np.newaxis] - np.arange(channels))
    sums = ops.matmul(ops.square(input), (apart <= int(depth_radius)).astype(np.float32))
    return eager(ops.divide(input, ops.power(ops.add(ops.multiply(sums, alpha), bias), beta)))


lrn = local_response_normalization


def embedding_lookup(params: Any, ids: Any, max_norm: Any = None, name: str | None = None) -> Any:
    """The rows with these numbers."""
    if max_norm is not None:
        raise ArgumentError("tf.nn.embedding_lookup: max_norm is None here; keras.constraints bound a layer's weights")
    return eager(ops.take(params, ids, axis=0))


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
