"""Functions that make tensors and bring their numbers into other places, with the arguments of Keras's backend module.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid import ops
from pellucid.backend.given import rank_of, several_of, shape_of, sizes_of
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, shown
from pellucid.layers import InputLayer
from pellucid.legacy import accepts_old_spelling
from pellucid.variables import Variable

Operand = Any
"""A tensor, a weight, an array or a number."""


def reshape(x: Operand, shape: Sequence[int]) -> Any:
    """The same numbers in another shape, of which one size may be -1: what is left.

    Example:
        >>> reshape([1.0, 2.0, 3.0, 4.0], shape=(2, -1)).tolist()
        [[1.0, 2.0], [3.0, 4.0]]

    Source: keras.backend.reshape.
    """
    return ops.reshape(x, shape)


def permute_dimensions(x: Operand, pattern: Sequence[int]) -> Any:
    """The axes in another order, that of the batch among them.

    Example:
        >>> permute_dimensions([[1.0, 2.0]], pattern=(1, 0)).tolist()
        [[1.0], [2.0]]

    Source: keras.backend.permute_dimensions.
    """
    return ops.transpose(x, pattern)


def repeat_elements(x: Operand, rep: int, axis: int) -> Any:
    """Each number several times in a row along an axis.

    Example:
        >>> repeat_elements([1.0, 2.0], rep=2, axis=0).tolist()
        [1.0, 1.0, 2.0, 2.0]

    Source: keras.backend.repeat_elements.
    """
    return ops.repeat(x, rep, axis)


def tile(x: Operand, n: int | Sequence[int]) -> Any:
    """The whole several times, one after the other along each axis.

    Example:
        >>> tile([1.0, 2.0], n=2).tolist()
        [1.0, 2.0, 1.0, 2.0]

    Source: keras.backend.tile.
    """
    return ops.tile(x, n)


def reverse(x: Operand, axes: int | Sequence[int]) -> Any:
    """The numbers the other way round along some axes.

    Example:
        >>> reverse([1.0, 2.0, 3.0], axes=0).tolist()
        [3.0, 2.0, 1.0]

    Source: keras.backend.reverse.
    """
    return ops.flip(x, axes)


@accepts_old_spelling("one_hot")
def one_hot(indices: Operand, num_classes: int) -> Any:
    """A 1 at the place of each class among zeros, along a new last axis.

    Example:
        >>> one_hot([2, 0], num_classes=3).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]

    Source: keras.backend.one_hot.
    """
    return ops.one_hot(indices, num_classes)


def eye(size: int | Sequence[int], dtype: Any = None, name: str | None = None) -> Any:
    """The matrix with ones along its diagonal; `name` is of no account.

    Args:
        size: of its rows and columns, or both.
        dtype: of the numbers, float32 by default.
        name: as what Keras's variable was called.

    Example:
        >>> eye(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]

    Source: keras.backend.eye.
    """
    sides = sizes_of("eye", [size, size] if isinstance(size, int) else size)
    if len(sides) != 2:
        raise ArgumentError(f"eye takes one size, or those of rows and columns, got {size!r}")
    return ops.eye(*sides, dtype=dtype)


def zeros(shape: Sequence[int], dtype: Any = None, name: str | None = None) -> Any:
    """Zeros of a shape; `name` is of no account.

    Example:
        >>> zeros((2,), name="start").tolist()
        [0.0, 0.0]

    Source: keras.backend.zeros.
    """
    return ops.zeros(shape, dtype)


def ones(shape: Sequence[int], dtype: Any = None, name: str | None = None) -> Any:
    """Ones of a shape; `name` is of no account.

    Example:
        >>> ones((2,)).tolist()
        [1.0, 1.0]

    Source: keras.backend.ones.
    """
    return ops.ones(shape, dtype)


def zeros_like(x: Operand, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros of the shape of x; `name` is of no account.

    Example:
        >>> zeros_like([3.0, 4.0]).tolist()
        [0.0, 0.0]

    Source: keras.backend.zeros_like.
    """
    return ops.zeros_like(x, dtype)


def ones_like(x: Operand, dtype: Any = None, name: str | None = None) -> Any:
    """Ones of the shape of x; `name` is of no account.

    Example:
        >>> ones_like([3.0, 4.0]).tolist()
        [1.0, 1.0]

    Source: keras.backend.ones_like.
    """
    return ops.ones_like(x, dtype)


def switch(condition: Operand, then_expression: Any, else_expression: Any) -> Any:
    """One thing where the condition is not 0, another elsewhere. Both may be functions of nothing.

    Args:
        condition: a number, which decides for all; or of as many axes as the two, or fewer: those that they share come
            first, as for a condition for each sample.
        then_expression: a tensor, numbers, or a function that gives them.
        else_expression: the same.

    Example:
        >>> import numpy as np
        >>> switch(np.array([True, False]), [[1.0, 2.0], [3.0, 4.0]], lambda: np.zeros((2, 2))).tolist()
        [[1.0, 2.0], [0.0, 0.0]]

    Source: keras.backend.switch of Keras 2.2.4.
    """
    chosen, other = (given() if callable(given) else given for given in (then_expression, else_expression))
    missing = rank_of("switch", chosen) - rank_of("switch", condition)
    if rank_of("switch", condition):
        for _ in range(missing):
            condition = ops.expand_dims(condition, -1)
    return ops.where(condition, chosen, other)


def slice(x: Operand, start: Sequence[int], size: Sequence[int]) -> Any:
    """A block of a tensor.

    Args:
        x: of any shape.
        start: for each axis where the block begins.
        size: its sizes; -1 for all that is left.

    Example:
        >>> slice([[1.0, 2.0], [3.0, 4.0]], (0, 1), (2, -1)).tolist()
        [[2.0], [4.0]]

    Source: keras.backend.slice of Keras 2.2.4.
    """
    first = several_of("slice", "start", start, "whole numbers")
    told = several_of("slice", "size", size, "whole numbers")
    have = shape_of("slice", x)
    if not len(first) == len(told) == len(have):
        raise ArgumentError(f"slice: start and size have a number for each axis of {shown(have)}")
    places = zip(told, have, first, strict=True)
    rest = tuple(length - at if wanted == -1 and length is not None else wanted for wanted, length, at in places)
    return ops.slice(x, first, rest)


def is_tensor(x: Any) -> bool:
    """Whether it is a tensor: one that is computed, described or kept.

    Example:
        >>> is_tensor(ones_like([1.0])), is_tensor([1.0])
        (True, False)

    Source: keras.backend.is_tensor of Keras 2.2.4.
    """
    return bool(ops.is_tensor(x)) or isinstance(x, Variable)


def is_placeholder(x: Any) -> bool:
    """Whether it is an input of a model: nothing is computed for it.

    Example:
        >>> from pellucid import Input
        >>> is_placeholder(Input((3,))), is_placeholder(Input((3,)) * 2.0)
        (True, False)

    Source: keras.backend.is_placeholder of Keras 2.2.4.
    """
    return isinstance(x, SymbolicTensor) and isinstance(x.call.layer, InputLayer)
