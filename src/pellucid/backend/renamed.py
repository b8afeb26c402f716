"""Functions that `ops` has too, with other defaults or names of arguments.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pellucid import activations, ops
from pellucid.backend.given import shape_of, whole_places
from pellucid.errors import ArgumentTypeError, shown
from pellucid.legacy import accepts_old_spelling

Operand = Any
"""A tensor, a weight, an array or a number."""


class HasShape(Protocol):
    """A tensor, a weight or an array."""

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Sizes of the axes, None where open."""
        ...


def int_shape(x: HasShape) -> tuple[int | None, ...]:
    """The shape of a tensor, also of a symbolic one.

    Args:
        x: a symbolic tensor, a tensor inside a layer, a weight or an array.

    Returns:
        sizes of the axes, None where open.

    Example:
        >>> from pellucid import Input
        >>> int_shape(Input((28, 28, 1)))
        (None, 28, 28, 1)

    Source: keras.backend.int_shape of Keras 1 and 2.
    """
    return tuple(shape_of("int_shape", x))


def concatenate(tensors: Sequence[Operand], axis: int = -1) -> Any:
    """Tensors one after the other along an axis, by default the last (in `ops.concatenate` the first).

    Example:
        >>> concatenate([[[1.0], [2.0]], [[3.0], [4.0]]]).tolist()
        [[1.0, 3.0], [2.0, 4.0]]

    Source: keras.backend.concatenate of Keras 1 and 2.
    """
    return ops.concatenate(tensors, axis)


@accepts_old_spelling("expand_dims")
def expand_dims(x: Operand, axis: int = -1) -> Any:
    """A tensor with one more axis of size 1, by default at the end.

    Example:
        >>> expand_dims([1.0, 2.0]).shape
        (2, 1)

    Source: keras.backend.expand_dims of Keras 1 and 2.
    """
    return ops.expand_dims(x, axis)


def argmax(x: Operand, axis: int = -1) -> Any:
    """Where the largest number stands along an axis, by default the last (`ops.argmax`: in the whole tensor).

    Example:
        >>> argmax([[1.0, 3.0], [4.0, 2.0]]).tolist()
        [1, 0]

    Source: keras.backend.argmax of Keras 1 and 2.
    """
    return whole_places(ops.argmax(x, axis))


def argmin(x: Operand, axis: int = -1) -> Any:
    """Where the smallest number stands along an axis, by default the last (`ops.argmin`: in the whole tensor).

    Example:
        >>> argmin([[1.0, 3.0], [4.0, 2.0]]).tolist()
        [0, 1]

    Source: keras.backend.argmin of Keras 1 and 2.
    """
    return whole_places(ops.argmin(x, axis))


def cumsum(x: Operand, axis: int = 0) -> Any:
    """Sums of all numbers up to each place along an axis, by default the first.

    Example:
        >>> cumsum([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 2.0], [4.0, 6.0]]

    Source: keras.backend.cumsum of Keras 2.
    """
    return ops.cumsum(x, axis)


def cumprod(x: Operand, axis: int = 0) -> Any:
    """Products of all numbers up to each place along an axis, by default the first (`ops.cumprod`: in the whole).

    Example:
        >>> cumprod([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 2.0], [3.0, 8.0]]

    Source: keras.backend.cumprod of Keras 2.
    """
    return ops.cumprod(x, axis)


def stop_gradient(variables: Operand) -> Any:
    """The same values, which the gradient sees as constants; of one tensor, or of each in a list.

    Example:
        >>> import numpy as np
        >>> stop_gradient([1.0]).tolist(), [x.tolist() for x in stop_gradient([np.ones(1), np.zeros(1)])]
        ([1.0], [[1.0], [0.0]])

    Source: keras.backend.stop_gradient.
    """
    if isinstance(variables, list | tuple) and any(hasattr(each, "shape") for each in variables):
        return [ops.stop_gradient(each) for each in variables]
    return ops.stop_gradient(variables)


def print_tensor(x: Operand, message: str = "") -> Any:
    """Says what a tensor is, and gives it back: its numbers, or where there are none yet its name and shape.

    Example:
        >>> import numpy as np
        >>> total = print_tensor(np.array([3.0, 4.0]), message="total")
        total [3. 4.]

    Source: keras.backend.print_tensor.
    """
    if not isinstance(message, str):
        raise ArgumentTypeError(f"print_tensor: message is text, got {shown(message)}")
    shape_of("print_tensor", x)  # refuses what is no tensor
    print(*([message] if message else []), shown(x) if isinstance(x, int) else x)
    return x


def clip(x: Operand, min_value: float, max_value: float) -> Any:
    """Numbers that are brought into an interval.

    Example:
        >>> clip([-1.0, 0.5, 3.0], min_value=0.0, max_value=1.0).tolist()
        [0.0, 0.5, 1.0]

    Source: keras.backend.clip of Keras 1 and 2.
    """
    return ops.clip(x, min_value, max_value)


def relu(x: Operand, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """What is above the threshold, up to `max_value`; of what is below it, the part `alpha` of the distance.

    Example:
        >>> relu([-2.0, 1.0, 9.0], alpha=0.5, max_value=6.0).tolist()
        [-1.0, 1.0, 6.0]

    Source: keras.backend.relu of Keras 1 and 2.
    """
    return activations.relu(x, alpha, max_value, threshold)


def l2_normalize(x: Operand, axis: int | None = None) -> Any:
    """Vectors along an axis, or the whole tensor, divided by their length: x / sqrt(max(sum of x², 1e-12)).

    Example:
        >>> l2_normalize([3.0, 4.0])
        array([0.6, 0.8], dtype=float32)

    Source: keras.backend.l2_normalize of Keras 1 and 2; tf.nn.l2_normalize.
    """
    length = ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), 1e-12))
    return ops.divide(x, length)
