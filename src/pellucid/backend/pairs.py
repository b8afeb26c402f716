"""Functions of two tensors, number by number, under the names of the arguments that Keras's backend module has.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from typing import Any

from pellucid import ops

Operand = Any
"""A tensor, a weight, an array or a number."""


def pow(x: Operand, a: Operand) -> Any:
    """x to the power of a.

    Example:
        >>> pow([2.0, 3.0], a=2).tolist()
        [4.0, 9.0]

    Source: keras.backend.pow.
    """
    return ops.power(x, a)


def dot(x: Operand, y: Operand) -> Any:
    """Products along the last axis of x and the last but one of y, or its only one.

    Example:
        >>> dot([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
        [[11.0]]

    Source: keras.backend.dot.
    """
    return ops.dot(x, y)


def maximum(x: Operand, y: Operand) -> Any:
    """The larger number of each pair.

    Example:
        >>> maximum([1.0, 4.0], y=2.0).tolist()
        [2.0, 4.0]

    Source: keras.backend.maximum.
    """
    return ops.maximum(x, y)


def minimum(x: Operand, y: Operand) -> Any:
    """The smaller number of each pair.

    Example:
        >>> minimum([1.0, 4.0], y=2.0).tolist()
        [1.0, 2.0]

    Source: keras.backend.minimum.
    """
    return ops.minimum(x, y)


def equal(x: Operand, y: Operand) -> Any:
    """Whether the numbers of each pair are the same.

    Example:
        >>> equal([1.0, 2.0], y=2.0).tolist()
        [0.0, 1.0]

    Source: keras.backend.equal.
    """
    return ops.equal(x, y)


def not_equal(x: Operand, y: Operand) -> Any:
    """Whether the numbers of each pair differ.

    Example:
        >>> not_equal([1.0, 2.0], y=2.0).tolist()
        [1.0, 0.0]

    Source: keras.backend.not_equal.
    """
    return ops.not_equal(x, y)


def greater(x: Operand, y: Operand) -> Any:
    """Whether x is the greater of each pair.

    Example:
        >>> greater([1.0, 3.0], y=2.0).tolist()
        [0.0, 1.0]

    Source: keras.backend.greater.
    """
    return ops.greater(x, y)


def greater_equal(x: Operand, y: Operand) -> Any:
    """Whether x is not the less of each pair.

    Example:
        >>> greater_equal([1.0, 2.0], y=2.0).tolist()
        [0.0, 1.0]

    Source: keras.backend.greater_equal.
    """
    return ops.greater_equal(x, y)


def less(x: Operand, y: Operand) -> Any:
    """Whether x is the less of each pair.

    Example:
        >>> less([1.0, 3.0], y=2.0).tolist()
        [1.0, 0.0]

    Source: keras.backend.less.
    """
    return ops.less(x, y)


def less_equal(x: Operand, y: Operand) -> Any:
    """Whether x is not the greater of each pair.

    Example:
        >>> less_equal([2.0, 3.0], y=2.0).tolist()
        [1.0, 0.0]

    Source: keras.backend.less_equal.
    """
    return ops.less_equal(x, y)
