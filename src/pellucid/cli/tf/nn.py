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
from pellucid.cli.tf.windows import _channels_last
from pellucid.cli.tf.windows import atrous_conv2d as atrous_conv2d
from pellucid.cli.tf.windows import avg_pool as avg_pool
from pellucid.cli.tf.windows import avg_pool1d as avg_pool1d
from pellucid.cli.tf.windows import avg_pool2d as avg_pool2d
from pellucid.cli.tf.windows import avg_pool3d as avg_pool3d
from pellucid.cli.tf.windows import conv1d as conv1d
from pellucid.cli.tf.windows import conv1d_transpose as conv1d_transpose
from pellucid.cli.tf.windows import conv2d as conv2d
from pellucid.cli.tf.windows import conv2d_transpose as conv2d_transpose
from pellucid.cli.tf.windows import conv3d as conv3d
from pellucid.cli.tf.windows import conv3d_transpose as conv3d_transpose
from pellucid.cli.tf.windows import convolution as convolution
from pellucid.cli.tf.windows import depth_to_space as depth_to_space
from pellucid.cli.tf.windows import depthwise_conv2d as depthwise_conv2d
from pellucid.cli.tf.windows import max_pool as max_pool
from pellucid.cli.tf.windows import max_pool1d as max_pool1d
from pellucid.cli.tf.windows import max_pool2d as max_pool2d
from pellucid.cli.tf.windows import max_pool3d as max_pool3d
from pellucid.cli.tf.windows import pool as pool
from pellucid.cli.tf.windows import separable_conv2d as separable_conv2d
from pellucid.cli.tf.windows import space_to_depth as space_to_depth
from pellucid.errors import ArgumentError

relu = eagerly(activations.relu, words="features")
relu6 = eagerly(activations.relu6, words="features")
elu = eagerly(activations.elu, words="features")
selu = eagerly(activations.selu, words="features")
gelu = eagerly(activations.gelu, words="features")
sigmoid = eagerly(activations.sigmoid)
softplus = eagerly(activations.softplus, words="features")
softsign = eagerly(activations.softsign, words="features")
tanh = eagerly(activations.tanh)
log_softmax = eagerly(activations.log_softmax, words="logits")


def silu(features: Any, beta: float = 1.0, name: str | None = None) -> Any:
    """Each number times the sigmoid of `beta` times it."""
    return eager(ops.multiply(features, activations.sigmoid(ops.multiply(features, beta))))


swish = silu


def crelu(features: Any, axis: int = -1, name: str | None = None) -> Any:
    """What is positive, and behind it what is negative without its sign (Shang et al., 2016)."""
    return eager(ops.concatenate([activations.relu(features), activations.relu(ops.negative(features))], axis=axis))


def softmax(logits: Any, axis: int = -1, name: str | None = None, *, dim: int | None = None) -> Any:
    """Probabilities that add up to 1."""
    return eager(activations.softmax(logits, axis=axis if dim is None else dim))


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Any:
    """Of what is negative the part `alpha`."""
    return eager(activations.leaky_relu(features, negative_slope=alpha))


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Any:
    """A number added to each channel, which is the last axis."""
    _channels_last("bias_add", data_format)
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


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None, *, keep_dims: bool = False
) -> Any:
    """Mean and variance."""
    along = list(axes) if isinstance(axes, list | tuple | np.ndarray) else [int(axes)]
    return tuple(eager(each) for each in ops.moments(x, along, keepdims or keep_dims))


def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: str | None = None, *, dim: int | None = None
) -> Any:
    """The loss of each sample."""
    along = axis if dim is None else dim
    return eager(losses.categorical_crossentropy(labels, logits, from_logits=True, axis=along))


softmax_cross_entropy_with_logits_v2 = softmax_cross_entropy_with_logits


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Any:
    """The loss of each sample."""
    return eager(losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Any:
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


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: str | None = None) -> Any:
    """The loss of each number, that of positive ones so many times.

    (1 - z) x + (1 + (q - 1) z) log(1 + exp(-x)) with labels z, logits x and weight q; with softplus it cannot overflow.

    Source: tf.nn.weighted_cross_entropy_with_logits.
    """
    share = ops.add(1.0, ops.multiply(ops.subtract(pos_weight, 1.0), labels))
    logs = activations.softplus(ops.negative(logits))
    return eager(ops.add(ops.multiply(ops.subtract(1.0, labels), logits), ops.multiply(share, logs)))


def zero_fraction(value: Any, name: str | None = None) -> Any:
    """Which part of the numbers is zero."""
    return eager(ops.mean(ops.cast(ops.equal(value, 0), "float32")))


def compute_average_loss(per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Any:
    """The sum of the losses of samples, over the size of the batch on all devices, which is one here."""
    weighed = per_example_loss if sample_weight is None else ops.multiply(per_example_loss, sample_weight)
    count = ops.shape(per_example_loss)[0] if global_batch_size is None else global_batch_size
    return eager(ops.divide(ops.sum(weighed), float(count)))


def scale_regularization_loss(regularization_loss: Any) -> Any:
    """The sum of penalties: there is one device that counts them."""
    return eager(ops.sum(regularization_loss))
