"""Functions of tensors whose arguments or names were others in Keras's backend module than in `ops`.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid import activations, checks, losses, ops
from pellucid.backend import random_numbers
from pellucid.backend.given import data_format_of, rank_of, shape_of
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Graph
from pellucid.legacy import accepts_old_spelling

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


@accepts_old_spelling("batch_normalization")
def batch_normalization(
    x: Operand,
    mean: Operand,
    var: Operand,
    beta: Operand = None,
    gamma: Operand = None,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Any:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta; numbers of shapes that go with x.

    Example:
        >>> batch_normalization(np.array([[3.0]]), 1.0, 4.0, epsilon=0.0).tolist()
        [[1.0]]

    Source: keras.backend.batch_normalization.
    """
    found = ops.multiply(ops.subtract(x, mean), ops.rsqrt(ops.add(var, epsilon)))
    found = found if gamma is None else ops.multiply(found, gamma)
    return found if beta is None else ops.add(found, beta)


def dropout(x: Operand, level: float, noise_shape: Sequence[int] | None = None, seed: int | None = None) -> Any:
    """A share of the numbers left out at random, the others larger; see `random.dropout`.

    Example:
        >>> dropout([1.0, 1.0], 0.0).tolist()
        [1.0, 1.0]

    Source: keras.backend.dropout.
    """
    return random_numbers.dropout(x, level, noise_shape, seed)


def in_top_k(predictions: Operand, targets: Operand, k: int) -> Any:
    """Whether the class of each sample is among the k most probable: 1 or 0; see `ops.in_top_k`.

    Example:
        >>> in_top_k([[0.1, 0.7, 0.2]], [2], 2).tolist()
        [1.0]

    Source: keras.backend.in_top_k.
    """
    return ops.in_top_k(targets, predictions, k)


@accepts_old_spelling("categorical_crossentropy")
def categorical_crossentropy(target: Operand, output: Operand, from_logits: bool = False, axis: int = -1) -> Any:
    """-sum of target times log(output) of each sample, the classes along an axis.

    Example:
        >>> round(float(categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]), 3)
        0.693

    Source: keras.backend.categorical_crossentropy.
    """
    return losses.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


@accepts_old_spelling("sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(target: Operand, output: Operand, from_logits: bool = False, axis: int = -1) -> Any:
    """-log of the output of the target's class, of each sample, the classes along an axis.

    Example:
        >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 3)
        0.693

    Source: keras.backend.sparse_categorical_crossentropy.
    """
    return losses.sparse_categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


@accepts_old_spelling("binary_crossentropy")
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


def ctc_batch_cost(y_true: Operand, y_pred: Operand, input_length: Operand, label_length: Operand) -> Any:
    """How improbable sequences of labels are, wherever in their series they stand.

    Args:
        y_true: labels from 0 (batch, labels).
        y_pred: shares of the classes at each step (batch, steps, classes); the last class stands for none.
        input_length: how many steps count (batch, 1).
        label_length: how many labels count (batch, 1).

    Returns:
        (batch, 1).

    Raises:
        ShapeError: the shares have not three axes.

    Example:
        >>> import numpy as np
        >>> shares = np.full((1, 2, 2), 0.5)  # three of the four ways give the label 0
        >>> round(float(ctc_batch_cost([[0.0]], shares, [[2.0]], [[1.0]])[0, 0]), 4)
        0.2877

    Source: keras.backend.ctc_batch_cost; A. Graves and others, "Connectionist Temporal Classification", ICML 2006.
    """
    if rank_of("ctc_batch_cost", y_pred) != 3:
        raise ShapeError("ctc_batch_cost: y_pred has three axes, (batch, steps, classes)")
    scores = ops.log(ops.add(y_pred, 1e-7))
    none_first = ops.roll(scores, 1, axis=-1)  # `ctc_loss` has the class for none before all others
    labels, steps = (ops.reshape(each, (-1,)) for each in (label_length, input_length))
    found = ops.ctc_loss(ops.add(y_true, 1.0), none_first, labels, steps, mask_index=0)
    return ops.expand_dims(found, -1)
