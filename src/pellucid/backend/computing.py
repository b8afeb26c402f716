"""Functions of tensors whose arguments or names were others in Keras's backend module than in `ops`.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import activations, checks, losses, ops
from pellucid.backend.given import data_format_of, rank_of, shape_of
from pellucid.errors import ArgumentError
from pellucid.graph import Graph

Operand = Any
Numbers = Any


def hard_sigmoid(x: Operand) -> Any:
    """min(max(0.2 x + 0.5, 0), 1), as this module always meant it.

    Example:
        >>> round(float(hard_sigmoid([1.0])[0]), 3)
        0.7

    Source: keras.backend.hard_sigmoid.
    """
    return activations.hard_sigmoid_keras2(x)


def flatten(x: Operand) -> Any:
    """All numbers in a row, those of all samples.

    Example:
        >>> flatten([[1.0, 2.0], [3.0, 4.0]]).shape
        (4,)

    Source: keras.backend.flatten.
    """
    return ops.reshape(x, (-1,))


def batch_flatten(x: Operand) -> Any:
    """The numbers of each sample in a row.

    Example:
        >>> batch_flatten(np.zeros((2, 3, 4))).shape
        (2, 12)

    Source: keras.backend.batch_flatten.
    """
    sizes: Any = shape_of("batch_flatten", x)[1:]
    if None in sizes:
        raise ArgumentError(f"batch_flatten takes a tensor whose sizes are known but for the batch, got {x!r}")
    return ops.reshape(x, (-1, math.prod(sizes)))


def repeat(x: Operand, n: int) -> Any:
    """(batch, features) n times along a new axis between the two.

    Example:
        >>> repeat([[1.0, 2.0]], 3).shape
        (1, 3, 2)

    Source: keras.backend.repeat.
    """
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def gather(reference: Operand, indices: Any) -> Any:
    """The rows at some places.

    Example:
        >>> gather([1.0, 2.0, 3.0], [2, 0]).tolist()
        [3.0, 1.0]

    Source: keras.backend.gather.
    """
    return ops.take(reference, indices, axis=0)


def bias_add(x: Operand, bias: Operand, data_format: str | None = None) -> Any:
    """A number added to each channel.

    Example:
        >>> bias_add([[1.0, 2.0]], [10.0, 20.0]).tolist()
        [[11.0, 22.0]]

    Source: keras.backend.bias_add.
    """
    if data_format_of("bias_add", data_format) != "channels_first":
        return ops.add(x, bias)
    return ops.add(x, ops.reshape(bias, (1, -1, *[1] * (rank_of("bias_add", x) - 2))))


def conv1d(
    x: Operand,
    kernel: Operand,
    strides: Numbers = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = 1,
) -> Any:
    """See `ops.conv`, over one axis.

    Example:
        >>> conv1d(np.ones((1, 4, 1)), np.ones((2, 1, 1)))[0, :, 0].tolist()
        [2.0, 2.0, 2.0]

    Source: keras.backend.conv1d.
    """
    return ops.conv(x, kernel, strides, padding, data_format_of("conv1d", data_format), dilation_rate)


def conv2d(
    x: Operand,
    kernel: Operand,
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1),
) -> Any:
    """See `ops.conv`, over two axes.

    Example:
        >>> conv2d(np.ones((1, 3, 3, 1)), np.ones((3, 3, 1, 1))).tolist()
        [[[[9.0]]]]

    Source: keras.backend.conv2d.
    """
    return ops.conv(x, kernel, strides, padding, data_format_of("conv2d", data_format), dilation_rate)


def conv3d(
    x: Operand,
    kernel: Operand,
    strides: Numbers = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Numbers = (1, 1, 1),
) -> Any:
    """See `ops.conv`, over three axes.

    Example:
        >>> conv3d(np.ones((1, 2, 2, 2, 1)), np.ones((2, 2, 2, 1, 1))).tolist()
        [[[[[8.0]]]]]

    Source: keras.backend.conv3d.
    """
    return ops.conv(x, kernel, strides, padding, data_format_of("conv3d", data_format), dilation_rate)


def pool2d(
    x: Operand,
    pool_size: Numbers,
    strides: Numbers = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Any:
    """The largest number or the mean ("avg") of each window.

    Example:
        >>> pool2d(np.arange(4.0).reshape(1, 2, 2, 1), (2, 2), pool_mode="avg").tolist()
        [[[[1.5]]]]

    Source: keras.backend.pool2d.
    """
    is_mean = checks.word("pool2d", "pool_mode", pool_mode, ("max", "avg")) == "avg"
    pool = ops.average_pool if is_mean else ops.max_pool
    return pool(x, pool_size, strides, padding, data_format_of("pool2d", data_format))


def spatial_2d_padding(
    x: Operand, padding: Sequence[Sequence[int]] = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Rows and columns of zeros around images.

    Example:
        >>> spatial_2d_padding(np.ones((1, 2, 2, 1))).shape
        (1, 4, 4, 1)

    Source: keras.backend.spatial_2d_padding.
    """
    owner = "spatial_2d_padding"
    pairs = checks.several(owner, "padding", padding, "pairs")
    sides = [checks.several(owner, "padding", pair, "amounts") for pair in pairs]
    is_first = data_format_of(owner, data_format) == "channels_first"
    return ops.pad(x, [(0, 0), (0, 0), *sides] if is_first else [(0, 0), *sides, (0, 0)])


def resize_images(x: Operand, height_factor: int, width_factor: int, data_format: str | None = None) -> Any:
    """Images of so many times the rows and columns, each pixel repeated.

    Example:
        >>> resize_images(np.ones((1, 2, 2, 1)), 2, 3).shape
        (1, 4, 6, 1)

    Source: keras.backend.resize_images.
    """
    first = 2 if data_format_of("resize_images", data_format) == "channels_first" else 1
    return ops.repeat(ops.repeat(x, height_factor, axis=first), width_factor, axis=first + 1)


def categorical_crossentropy(target: Operand, output: Operand, from_logits: bool = False) -> Any:
    """-sum of target times log(output) of each sample.

    Example:
        >>> round(float(categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]), 3)
        0.693

    Source: keras.backend.categorical_crossentropy.
    """
    return losses.categorical_crossentropy(target, output, from_logits=from_logits)


def sparse_categorical_crossentropy(target: Operand, output: Operand, from_logits: bool = False) -> Any:
    """-log of the output of the target's class, of each sample.

    Example:
        >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 3)
        0.693

    Source: keras.backend.sparse_categorical_crossentropy.
    """
    return losses.sparse_categorical_crossentropy(target, output, from_logits=from_logits)


def binary_crossentropy(target: Operand, output: Operand, from_logits: bool = False) -> Any:
    """The loss of each number by itself (in `losses` it is their mean).

    Example:
        >>> [round(float(x), 3) for x in binary_crossentropy([[0.0, 1.0]], [[0.5, 0.9]])[0]]
        [0.693, 0.105]

    Source: keras.backend.binary_crossentropy.
    """
    return losses.binary_crossentropy(ops.expand_dims(target, -1), ops.expand_dims(output, -1), from_logits)


def in_train_phase(x: Any, alt: Any, training: bool | None = None) -> Any:
    """One thing in training, another in use: asked in the `call` of a layer. Either may be a function of nothing.

    Example:
        >>> in_train_phase(1.0, 2.0), in_train_phase(1.0, lambda: 3.0, training=False)
        (2.0, 3.0)

    Source: keras.backend.in_train_phase.
    """
    graph = Graph.current()
    is_training = bool(graph is not None and graph.training)
    if training is not None:
        word = bool(training) if checks.is_whole(training) else training
        is_training = checks.flag("in_train_phase", "training", word)
    chosen = x if is_training else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x: Any, alt: Any, training: bool | None = None) -> Any:
    """The other way about; see `in_train_phase`.

    Example:
        >>> in_test_phase(1.0, 2.0)
        1.0

    Source: keras.backend.in_test_phase.
    """
    return in_train_phase(alt, x, training)


def count_params(x: Any) -> int:
    """How many numbers a weight has.

    Example:
        >>> count_params(np.zeros((2, 3)))
        6

    Source: keras.backend.count_params.
    """
    sizes: Any = shape_of("count_params", x)
    if None in sizes:
        raise ArgumentError(f"count_params takes a weight, got {x!r}")
    return math.prod(sizes)


def dtype(x: Any) -> str:
    """The type of the numbers of a tensor.

    Example:
        >>> dtype(np.zeros(2, np.float32))
        'float32'

    Source: keras.backend.dtype.
    """
    return str(x.dtype) if isinstance(getattr(x, "dtype", None), np.dtype) else "float32"


def identity(x: Operand, name: str | None = None) -> Any:
    """The same.

    Example:
        >>> identity(3.0)
        3.0

    Source: keras.backend.identity.
    """
    return x
