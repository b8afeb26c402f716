"""Keras's backend module: its settings, and those of its functions that are functions of tensors here (see `ops`).

Example:
    >>> from pellucid import backend as K
    >>> K.image_data_format(), K.image_dim_ordering()
    ('channels_last', 'tf')

Source: keras/backend of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from typing import Protocol

from pellucid.config import epsilon, floatx, image_data_format, set_floatx, set_image_data_format
from pellucid.errors import unknown_name
from pellucid.naming import clear_session
from pellucid.ops import absolute as abs
from pellucid.ops import (
    argmax,
    clip,
    concatenate,
    cos,
    equal,
    exp,
    expand_dims,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    max,
    maximum,
    mean,
    min,
    minimum,
    not_equal,
    one_hot,
    ones_like,
    relu,
    reshape,
    shape,
    sigmoid,
    sign,
    sin,
    softmax,
    softplus,
    sqrt,
    square,
    squeeze,
    stack,
    std,
    stop_gradient,
    sum,
    tanh,
    transpose,
    var,
    zeros_like,
)
from pellucid.ops import flip as reverse
from pellucid.ops import matmul as dot
from pellucid.ops import power as pow
from pellucid.ops import repeat as repeat_elements
from pellucid.ops import transpose as permute_dimensions
from pellucid.ops import where as switch

__all__ = [
    "abs",
    "argmax",
    "backend",
    "clear_session",
    "clip",
    "concatenate",
    "cos",
    "dot",
    "epsilon",
    "equal",
    "exp",
    "expand_dims",
    "floatx",
    "greater",
    "greater_equal",
    "image_data_format",
    "image_dim_ordering",
    "int_shape",
    "less",
    "less_equal",
    "log",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "not_equal",
    "one_hot",
    "ones_like",
    "permute_dimensions",
    "pow",
    "relu",
    "repeat_elements",
    "reshape",
    "reverse",
    "set_floatx",
    "set_image_data_format",
    "set_image_dim_ordering",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "sum",
    "switch",
    "tanh",
    "transpose",
    "var",
    "zeros_like",
]

DIM_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


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
