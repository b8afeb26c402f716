"""Keras's backend module: its settings, and those of its functions that are functions of tensors here (see `ops`).

A function stands here as it is in `ops` if it took the same arguments; where a default or a name was another, it is
written out. Functions that meant something else (`hard_sigmoid`, `repeat`) are left out.

Example:
    >>> from pellucid import backend as K
    >>> K.image_data_format(), K.image_dim_ordering()
    ('channels_last', 'tf')

Source: keras/backend of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pellucid import ops
from pellucid.absent import absent
from pellucid.config import epsilon, floatx, image_data_format, set_floatx, set_image_data_format
from pellucid.errors import unknown_name
from pellucid.naming import clear_session
from pellucid.ops import absolute as abs
from pellucid.ops import (
    all,
    any,
    arange,
    cast,
    cos,
    dot,
    elu,
    equal,
    exp,
    eye,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    logsumexp,
    max,
    maximum,
    mean,
    min,
    minimum,
    ndim,
    not_equal,
    one_hot,
    ones,
    ones_like,
    prod,
    reshape,
    round,
    shape,
    sigmoid,
    sign,
    sin,
    softmax,
    softplus,
    softsign,
    sqrt,
    square,
    squeeze,
    stack,
    std,
    stop_gradient,
    sum,
    tanh,
    tile,
    transpose,
    var,
    zeros,
    zeros_like,
)
from pellucid.ops import flip as reverse
from pellucid.ops import power as pow
from pellucid.ops import repeat as repeat_elements
from pellucid.ops import transpose as permute_dimensions
from pellucid.ops import where as switch

__all__ = [
    "abs",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "backend",
    "cast",
    "clear_session",
    "clip",
    "concatenate",
    "cos",
    "cumsum",
    "dot",
    "elu",
    "epsilon",
    "equal",
    "exp",
    "expand_dims",
    "eye",
    "floatx",
    "greater",
    "greater_equal",
    "image_data_format",
    "image_dim_ordering",
    "int_shape",
    "l2_normalize",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "ndim",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "permute_dimensions",
    "pow",
    "prod",
    "relu",
    "repeat_elements",
    "reshape",
    "reverse",
    "round",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "sum",
    "switch",
    "tanh",
    "tile",
    "transpose",
    "var",
    "zeros",
    "zeros_like",
]

DIM_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
Operand = Any
"""A tensor, a weight, an array or a number."""


class HasShape(Protocol):
    """A tensor, a weight or an array."""

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Sizes of the axes, None where open."""
        ...


def backend() -> str:
    """What computes: no TensorFlow and no Theano, which old scripts ask for.

    Example:
        >>> backend()
        'pellucid'

    Source: keras.backend.backend of Keras 1 and 2; today keras.config.backend.
    """
    return "pellucid"


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
    return tuple(x.shape)


def concatenate(tensors: Sequence[Operand], axis: int = -1) -> Any:
    """Tensors one after the other along an axis, by default the last (in `ops.concatenate` the first).

    Example:
        >>> concatenate([[[1.0], [2.0]], [[3.0], [4.0]]]).tolist()
        [[1.0, 3.0], [2.0, 4.0]]

    Source: keras.backend.concatenate of Keras 1 and 2.
    """
    return ops.concatenate(tensors, axis)


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
        [1.0, 0.0]

    Source: keras.backend.argmax of Keras 1 and 2.
    """
    return ops.argmax(x, axis)


def argmin(x: Operand, axis: int = -1) -> Any:
    """Where the smallest number stands along an axis, by default the last (`ops.argmin`: in the whole tensor).

    Example:
        >>> argmin([[1.0, 3.0], [4.0, 2.0]]).tolist()
        [0.0, 1.0]

    Source: keras.backend.argmin of Keras 1 and 2.
    """
    return ops.argmin(x, axis)


def cumsum(x: Operand, axis: int = 0) -> Any:
    """Sums of all numbers up to each place along an axis, by default the first.

    Example:
        >>> cumsum([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [[1.0, 2.0], [4.0, 6.0]]

    Source: keras.backend.cumsum of Keras 2.
    """
    return ops.cumsum(x, axis)


def clip(x: Operand, min_value: float, max_value: float) -> Any:
    """Numbers that are brought into an interval.

    Example:
        >>> clip([-1.0, 0.5, 3.0], min_value=0.0, max_value=1.0).tolist()
        [0.0, 0.5, 1.0]

    Source: keras.backend.clip of Keras 1 and 2.
    """
    return ops.clip(x, min_value, max_value)


def relu(x: Operand, alpha: float = 0.0, max_value: float | None = None) -> Any:
    """What is positive, up to `max_value`; of what is negative, the part `alpha`.

    Example:
        >>> relu([-2.0, 1.0, 9.0], alpha=0.5, max_value=6.0).tolist()
        [-1.0, 1.0, 6.0]

    Source: keras.backend.relu of Keras 1 and 2.
    """
    return ops.relu(x, negative_slope=alpha, max_value=max_value)


def l2_normalize(x: Operand, axis: int | None = None) -> Any:
    """Vectors along an axis, or the whole tensor, divided by their length: x / sqrt(max(sum of x², 1e-12)).

    Example:
        >>> l2_normalize([3.0, 4.0])
        array([0.6, 0.8], dtype=float32)

    Source: keras.backend.l2_normalize of Keras 1 and 2; tf.nn.l2_normalize.
    """
    length = ops.sqrt(ops.maximum(ops.sum(ops.square(x), axis, keepdims=True), 1e-12))
    return ops.divide(x, length)


def image_dim_ordering() -> str:
    """Where layers that are not told otherwise expect the channels, in Keras 1's words: "tf" (last) or "th" (first).

    Example:
        >>> image_dim_ordering()
        'tf'

    Source: keras.backend.image_dim_ordering of Keras 1 and 2; today `config.image_data_format`.
    """
    return next(word for word, data_format in DIM_ORDERINGS.items() if data_format == image_data_format())


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Decide where layers that are made from now on expect the channels, in Keras 1's words.

    Args:
        dim_ordering: "tf" (channels last) or "th" (channels first).

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> set_image_dim_ordering("th")
        >>> image_data_format()
        'channels_first'
        >>> set_image_dim_ordering("tf")

    Source: keras.backend.set_image_dim_ordering of Keras 1 and 2; today `config.set_image_data_format`.
    """
    if dim_ordering not in DIM_ORDERINGS:
        raise unknown_name("dim_ordering", dim_ordering, DIM_ORDERINGS)
    set_image_data_format(DIM_ORDERINGS[dim_ordering])


def __getattr__(name: str) -> Any:
    raise absent(__name__, name)
