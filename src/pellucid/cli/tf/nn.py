"""`tf.nn`: activations, convolutions and losses of single samples, under TensorFlow's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import activations, losses, ops
from pellucid.cli.tf.arrays import eager, eagerly
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


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12) -> Any:
    """Divided by its length."""
    length = ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), epsilon))
    return eager(ops.divide(x, length))


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
