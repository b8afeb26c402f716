"""Keras's backend module: its settings, and those of its functions that are functions of tensors here (see `ops`).

A function stands here as it is in `ops` if it took the same arguments; where a default or a name was another, it is
written out.
Example:
    >>> from pellucid import backend as K
    >>> K.image_data_format(), K.image_dim_ordering()
    ('channels_last', 'tf')

Source: keras/backend of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from typing import Any

from pellucid.absent import absent
from pellucid.backend.computing import (
    batch_flatten,
    batch_normalization,
    bias_add,
    binary_crossentropy,
    categorical_crossentropy,
    count_params,
    ctc_batch_cost,
    dropout,
    dtype,
    flatten,
    gather,
    hard_sigmoid,
    identity,
    in_test_phase,
    in_top_k,
    in_train_phase,
    repeat,
    sparse_categorical_crossentropy,
)
from pellucid.backend.first_names import (
    asymmetric_spatial_2d_padding,
    asymmetric_temporal_padding,
    atrous_conv2d,
    deconv2d,
    get_uid,
    get_variable_shape,
    is_sparse,
    lesser,
    lesser_equal,
    moving_average_update,
    name_scope,
    normalize_batch_in_training,
    to_dense,
)
from pellucid.backend.further_windows import conv3d_transpose, local_conv1d, local_conv2d, separable_conv1d
from pellucid.backend.graph import function, gradients, learning_phase, placeholder, set_learning_phase
from pellucid.backend.loops import foldl, foldr, map_fn
from pellucid.backend.pairs import (
    dot,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    maximum,
    minimum,
    not_equal,
    pow,
)
from pellucid.backend.products import batch_dot
from pellucid.backend.random_numbers import truncated_normal
from pellucid.backend.renamed import (
    argmax,
    argmin,
    clip,
    concatenate,
    cumprod,
    cumsum,
    expand_dims,
    int_shape,
    l2_normalize,
    print_tensor,
    relu,
    stop_gradient,
)
from pellucid.backend.shaping import (
    eye,
    is_placeholder,
    is_tensor,
    one_hot,
    ones,
    ones_like,
    permute_dimensions,
    repeat_elements,
    reshape,
    reverse,
    slice,
    switch,
    tile,
    zeros,
    zeros_like,
)
from pellucid.backend.sizes import cast, cast_to_floatx, shape
from pellucid.backend.values import (
    batch_get_value,
    batch_set_value,
    constant,
    eval,
    get_value,
    random_binomial,
    random_normal,
    random_normal_variable,
    random_uniform,
    random_uniform_variable,
    set_value,
    update,
    update_add,
    update_sub,
    variable,
)
from pellucid.backend.values import random_binomial as random_bernoulli
from pellucid.backend.windows import (
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    depthwise_conv2d,
    pool2d,
    pool3d,
    resize_images,
    resize_volumes,
    separable_conv2d,
    spatial_2d_padding,
    spatial_3d_padding,
    temporal_padding,
)
from pellucid.config import epsilon, floatx, image_data_format, set_floatx, set_image_data_format
from pellucid.dispatch.symbolic import is_keras_tensor
from pellucid.errors import unknown_name
from pellucid.legacy.warning import are_collected
from pellucid.naming import clear_session
from pellucid.old_modules import register
from pellucid.ops import absolute as abs
from pellucid.ops import (
    all,
    any,
    arange,
    cos,
    elu,
    exp,
    log,
    logsumexp,
    max,
    mean,
    min,
    ndim,
    prod,
    round,
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
    sum,
    tanh,
    transpose,
    var,
)
from pellucid.warned import warn

__all__ = [
    "abs", "all", "any", "arange", "argmax", "argmin", "asymmetric_spatial_2d_padding",
    "asymmetric_temporal_padding", "atrous_conv2d", "backend", "batch_dot", "batch_flatten", "batch_get_value",
    "batch_normalization", "batch_set_value", "bias_add", "binary_crossentropy", "cast", "cast_to_floatx",
    "categorical_crossentropy", "clear_session", "clip", "concatenate", "constant", "conv1d", "conv2d",
    "conv2d_transpose", "conv3d", "conv3d_transpose", "cos", "count_params", "ctc_batch_cost", "cumprod",
    "cumsum", "deconv2d", "depthwise_conv2d", "dot", "dropout", "dtype", "elu", "epsilon", "equal", "eval",
    "exp", "expand_dims", "eye", "flatten", "floatx", "foldl", "foldr", "function", "gather", "get_uid",
    "get_value", "get_variable_shape", "gradients", "greater", "greater_equal", "hard_sigmoid", "identity",
    "image_data_format", "image_dim_ordering", "in_test_phase", "in_top_k", "in_train_phase", "int_shape",
    "is_keras_tensor", "is_placeholder", "is_sparse", "is_tensor", "l2_normalize", "learning_phase", "less",
    "less_equal", "lesser", "lesser_equal", "local_conv1d", "local_conv2d", "log", "logsumexp", "map_fn", "max",
    "maximum", "mean", "min", "minimum", "moving_average_update", "name_scope", "ndim", "normalize_batch_in_training",
    "not_equal", "one_hot", "ones", "ones_like", "permute_dimensions", "placeholder", "pool2d", "pool3d", "pow",
    "print_tensor", "prod", "random_bernoulli", "random_binomial", "random_normal", "random_normal_variable",
    "random_uniform", "random_uniform_variable", "relu", "repeat", "repeat_elements", "reshape",
    "resize_images", "resize_volumes", "reverse", "round", "separable_conv1d", "separable_conv2d", "set_floatx",
    "set_image_data_format", "set_image_dim_ordering", "set_learning_phase", "set_session", "set_value",
    "shape", "sigmoid", "sign", "sin", "slice", "softmax", "softplus", "softsign",
    "sparse_categorical_crossentropy", "spatial_2d_padding", "spatial_3d_padding", "sqrt", "square", "squeeze",
    "stack", "std", "stop_gradient", "sum", "switch", "tanh", "temporal_padding", "tile", "to_dense",
    "transpose", "truncated_normal", "update", "update_add", "update_sub", "var", "variable", "zeros",
    "zeros_like",
]  # fmt: skip

DIM_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}


def backend() -> str:
    """What computes: no TensorFlow and no Theano, which old scripts ask for.

    A script that `pellucid run` runs as it stands is told "tensorflow": it chooses by it between TensorFlow's words and
    Theano's, and those of TensorFlow's are here.

    Example:
        >>> backend()
        'pellucid'

    Source: keras.backend.backend of Keras 1 and 2; today keras.config.backend.
    """
    return "tensorflow" if are_collected() else "pellucid"


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


def set_session(session: object) -> None:
    """Does nothing, and says so: what scripts for TensorFlow 1 tell a session is how much of a graphics card it takes.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True) as said:
        ...     warnings.simplefilter("always")
        ...     set_session(None)
        >>> print(said[0].message)
        set_session does nothing: there is one device, and memory is taken as it is needed

    Source: keras.backend.set_session of Keras 1 and 2.
    """
    warn("set_session does nothing: there is one device, and memory is taken as it is needed")


OF_SESSIONS = {
    "get_session": (
        "there are no sessions of TensorFlow's here; get_value(x) and eval(x) read a variable or a tensor, and "
        "function([inputs], [outputs]) runs a part of a model"
    ),
    "tf": "TensorFlow is not behind this; `import tensorflow as tf` under `pellucid run` has what scripts use of it",
}

register("pellucid")  # tensorflow_backend


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, OF_SESSIONS)
