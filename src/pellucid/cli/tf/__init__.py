"""The little of TensorFlow itself that Keras scripts use, on this library's functions and arrays.

Functions compute at once on arrays; on tensors of a layer and on symbolic tensors they emit, as `pellucid.ops` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid import Variable as OwnVariable
from pellucid import ops
from pellucid.cli.tf.arrays import are_plain, eager, eagerly
from pellucid.cli.tf.complex_numbers import complex
from pellucid.cli.tf.distribute import tpu
from pellucid.cli.tf.elementwise import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cosh,
    floordiv,
    floormod,
    saturate_cast,
    scalar_mul,
    sinh,
    tan,
    truncatediv,
)
from pellucid.cli.tf.flow import (
    Assert,
    case,
    cond,
    custom_gradient,
    foldl,
    foldr,
    map_fn,
    numpy_function,
    print,
    py_function,
    scan,
    switch_case,
    vectorized_map,
    while_loop,
)
from pellucid.cli.tf.linalg import einsum, matmul, norm, tensordot
from pellucid.cli.tf.rows import Rows as RaggedTensor
from pellucid.cli.tf.scopes import (
    control_dependencies,
    device,
    executing_eagerly,
    function,
    get_logger,
    group,
    init_scope,
    name_scope,
    no_op,
    recompute_grad,
    timestamp,
)
from pellucid.cli.tf.selecting import (
    add_n,
    argsort,
    boolean_mask,
    clip_by_global_norm,
    clip_by_norm,
    cumsum,
    ensure_shape,
    floor,
    gather,
    gather_nd,
    meshgrid,
    negative,
    rank,
    repeat,
    reverse,
    roll,
    scatter_nd,
    sequence_mask,
    size,
    sort,
    tensor_scatter_nd_add,
    tensor_scatter_nd_update,
    unique,
)
from pellucid.cli.tf.sessions import (
    ConfigProto,
    GPUOptions,
    InteractiveSession,
    Session,
    disable_eager_execution,
    enable_eager_execution,
    logging,
    set_random_seed,
)
from pellucid.cli.tf.shapes import (
    broadcast_to,
    concat,
    expand_dims,
    eye,
    fill,
    ones,
    range,
    reshape,
    shape,
    slice,
    split,
    squeeze,
    stack,
    tile,
    transpose,
    unstack,
    zeros,
)
from pellucid.cli.tf.sparse import SparseTensor
from pellucid.cli.tf.specs import Module, TensorShape, TensorSpec
from pellucid.cli.tf.tensor_array import TensorArray
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.graph import Tensor as GraphTensor
from pellucid.initializers import Constant, Ones, RandomNormal, RandomUniform, TruncatedNormal, Zeros
from pellucid.tape import GradientTape
from pellucid.tape.recording import Eager, Recorded

bool = np.dtype(np.bool_)
float16, float32, float64 = (np.dtype(name) for name in ("float16", "float32", "float64"))
int8, int16, int32, int64 = (np.dtype(name) for name in ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = (np.dtype(name) for name in ("uint8", "uint16", "uint32", "uint64"))
half, double = float16, float64
complex64, complex128 = np.dtype("complex64"), np.dtype("complex128")
string = np.dtype(object)

abs = eagerly(ops.absolute, np.absolute)
add = eagerly(ops.add, np.add)
cos = eagerly(ops.cos, np.cos)
divide = eagerly(ops.divide, np.divide)
equal = eagerly(ops.equal, np.equal)
exp = eagerly(ops.exp, np.exp)
greater = eagerly(ops.greater, np.greater)
greater_equal = eagerly(ops.greater_equal, np.greater_equal)
less = eagerly(ops.less, np.less)
less_equal = eagerly(ops.less_equal, np.less_equal)
maximum = eagerly(ops.maximum, np.maximum)
minimum = eagerly(ops.minimum, np.minimum)
multiply = eagerly(ops.multiply, np.multiply)
not_equal = eagerly(ops.not_equal, np.not_equal)
ones_like = eagerly(ops.ones_like, np.ones_like, "input")
round = eagerly(ops.round, np.round)
sigmoid = eagerly(ops.sigmoid)
sign = eagerly(ops.sign, np.sign)
sin = eagerly(ops.sin, np.sin)
sqrt = eagerly(ops.sqrt, np.sqrt)
square = eagerly(ops.square, np.square)
stop_gradient = eagerly(ops.stop_gradient, words="input")
subtract = eagerly(ops.subtract, np.subtract)
tanh = eagerly(ops.tanh, np.tanh)
zeros_like = eagerly(ops.zeros_like, np.zeros_like, "input")
logical_and = eagerly(ops.logical_and, np.logical_and)
logical_or = eagerly(ops.logical_or, np.logical_or)
logical_not = eagerly(ops.logical_not, np.logical_not)


class Variable(OwnVariable):
    """TensorFlow's order of arguments for a `pellucid.Variable`."""

    def __init__(
        self, initial_value: Any, trainable: Any = True, validate_shape: Any = True, name: Any = None, dtype: Any = None
    ) -> None:
        value = initial_value() if callable(initial_value) else initial_value
        super().__init__(np.asarray(value, np.float32), trainable=trainable, name=name)


def constant(value: Any, dtype: Any = None, shape: Sequence[int] | None = None, name: str | None = None) -> Any:
    """An array."""
    array = np.asarray(value, None if dtype is None else np.dtype(dtype))
    array = array.astype(np.float32) if dtype is None and array.dtype == np.float64 else array
    if shape is not None:
        array = np.full(tuple(shape), array) if array.size == 1 else array.reshape(tuple(shape))
    return array.view(Eager)


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Any:
    """An array; what is a tensor stays one. A hint is a type for what has none of its own, where it can be had."""
    if dtype is None and dtype_hint is not None and isinstance(value, list | tuple | int | float):
        kept = np.asarray(value).astype(dtype_hint)
        dtype = dtype_hint if (kept == np.asarray(value)).all() else None
    if is_tensor(value):
        return value if dtype is None else cast(value, dtype)
    return constant(value, dtype)


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """Numbers of another type; tensors of models are of float32 whatever is said."""
    kind = np.dtype(dtype)
    if isinstance(x, Recorded | SymbolicTensor | GraphTensor):
        return ops.cast(x, kind.name) if kind.kind in "iub" else x
    return np.asarray(x).astype(kind).view(Eager)


def is_tensor(x: Any) -> Any:
    """Whether it is a tensor of any kind, or an array that was made as one."""
    return isinstance(x, Eager | Recorded | SymbolicTensor | GraphTensor | OwnVariable)


def _reduced(name: str) -> Callable[..., Any]:
    function = eagerly(getattr(ops, name), getattr(np, name))

    def reduced(
        input_tensor: Any,
        axis: Any = None,
        keepdims: Any = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: Any = None,
    ) -> Any:
        axis = reduction_indices if axis is None else axis
        keepdims = (keep_dims if keepdims is None else keepdims) or False
        axes = axis if axis is None or isinstance(axis, int) else tuple(int(each) for each in axis)
        return function(input_tensor, axis=axes, keepdims=keepdims)

    return reduced


reduce_mean, reduce_sum, reduce_max, reduce_min, reduce_prod, reduce_all, reduce_any = (
    _reduced(name) for name in ("mean", "sum", "max", "min", "prod", "all", "any")
)


def _place(function: Callable[..., Any], x: Any, axis: Any, dtype: Any) -> Any:
    if isinstance(x, SymbolicTensor | GraphTensor):
        return function(x, axis=axis)
    found = getattr(np, function.__name__)(np.asarray(x), axis=axis)  # no gradient goes through it
    return np.asarray(found, np.int64 if dtype is None else np.dtype(dtype)).view(Eager)


def argmax(
    input: Any, axis: Any = None, output_type: Any = None, name: str | None = None, dimension: Any = None
) -> Any:
    """Where the largest number stands, by default along the first axis."""
    along = dimension if axis is None else axis
    return _place(ops.argmax, input, 0 if along is None else along, output_type)


def argmin(
    input: Any, axis: Any = None, output_type: Any = None, name: str | None = None, dimension: Any = None
) -> Any:
    """Where the smallest number stands, by default along the first axis."""
    along = dimension if axis is None else axis
    return _place(ops.argmin, input, 0 if along is None else along, output_type)


def one_hot(
    indices: Any,
    depth: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    axis: int = -1,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """1 at the place of each number."""
    if are_plain(indices) and axis == -1:
        places = np.asarray(indices)[..., np.newaxis] == np.arange(int(depth))
        return np.where(places, on_value, off_value).astype(np.float32 if dtype is None else dtype).view(Eager)
    found = ops.one_hot(indices, int(depth), axis=axis)
    found = found if (on_value, off_value) == (1.0, 0.0) else found * (on_value - off_value) + off_value
    return eager(found if dtype is None else cast(found, dtype))


def linspace(start: Any, stop: Any, num: int, name: str | None = None, axis: int = 0) -> Any:
    """So many numbers at equal distances, with both ends, along a new axis."""
    return constant(np.linspace(start, stop, int(num), axis=axis))


_clipped, _chosen = eagerly(ops.clip, np.clip), eagerly(ops.where, np.where)


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """Brought into an interval."""
    return _clipped(t, clip_value_min, clip_value_max)


def pow(x: Any, y: Any, name: str | None = None) -> Any:
    """x to the power of y."""
    return eager(ops.power(x, y))


def pad(tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: float = 0, name: str | None = None) -> Any:
    """With more around it."""
    sides = [(int(a), int(b)) for a, b in paddings]
    further = (constant_values,) if mode.upper() == "CONSTANT" else ()
    return eager(ops.pad(tensor, sides, mode.lower(), *further))


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """One or the other, place by place; of a condition alone the places where it holds."""
    if x is None and y is None:
        return np.argwhere(np.asarray(condition)).view(Eager)
    return _chosen(condition, x, y)


def identity(input: Any, name: str | None = None) -> Any:
    """The same."""
    return input


Tensor = Eager
constant_initializer, ones_initializer, zeros_initializer = Constant, Ones, Zeros
random_normal_initializer, random_uniform_initializer = RandomNormal, RandomUniform
truncated_normal_initializer = TruncatedNormal
OURS = [
    *("Constant", "Ones", "RandomNormal", "RandomUniform", "TruncatedNormal", "Zeros"),
    "OURS",
    "annotations",
    "are_plain",
    "eager",
    "eagerly",
    "np",
    "ops",
]
__all__ = sorted(name for name in vars() if not name.startswith("_") and name not in OURS)
