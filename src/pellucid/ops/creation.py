"""Tensors that are not computed from others, and the number type, under Keras's names (keras.ops).

Inside a layer's `call` these give tensors, outside of it arrays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.arraylike import NoNumbers, array_of
from pellucid.dispatch import Operand, anywhere, settled
from pellucid.dispatch.anywhere import Symbolic
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.ops.comparisons import truth
from pellucid.ops.places import place, table, whole
from pellucid.ops.shapes import checked_sizes

TYPES = ("float32", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
"""What `cast` knows: all are held as float32."""


def from_values(values: np.ndarray, dtype: Any) -> Any:
    """Values as a tensor of the layer that is being emitted; outside of layers as a float32 array."""
    graph, held = Graph.current(), _held(values, dtype)
    return held.astype(np.float32) if graph is None else builder.literal(graph, held)


def _held(values: np.ndarray, dtype: Any) -> np.ndarray:
    """The numbers that a type would hold, in float64; raises `ArgumentError` where there is one that it cannot."""
    name = _type_name(dtype)
    try:
        with np.errstate(invalid="raise"):
            return values.astype(np.float64 if name == "float32" else name).astype(np.float64)
    except FloatingPointError as error:
        raise ArgumentError(f"{name} cannot hold {shown(float(np.abs(values).max()))}; take float32") from error


def _type_name(dtype: Any) -> str:
    """The name of a type that float32 can stand for; "float32" for None."""
    try:
        name = "float32" if dtype is None else str(np.dtype(dtype))
    except Exception:  # whatever NumPy, or an object that it asks, says of what is no type
        name = ""
    if name not in TYPES:
        raise ArgumentError(f"there are float32, bool and whole numbers such as int32, got dtype={shown(dtype)}")
    return name


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Any:
    """Numbers from `start` (0 if one argument is given) to below `stop`, a step apart.

    Args:
        start: the first number; the end, where it is the only argument.
        stop: the end, which is not reached.
        step: the distance, not 0.
        dtype: as for `cast`; None is "float32".

    Raises:
        ArgumentError: there is no such number, or the step is 0.

    Example:
        >>> arange(3).tolist(), arange(1, 2, 0.5).tolist()
        ([0.0, 1.0, 2.0], [1.0, 1.5])
    """
    start, stop, step = map(settled, (start, stop, step))
    step = checks.number("ops.arange", "step", step)
    first = 0.0 if stop is None else checks.number("ops.arange", "start", start)
    end = checks.number("ops.arange", "stop", start if stop is None else stop)
    if not step or (end - first) / step <= 0:
        raise ArgumentError(f"ops.arange: there is no number from {first:g} to below {end:g} with step {step:g}")
    numbers = (end - first) / step
    if math.isinf(numbers):
        raise ArgumentError(f"ops.arange: step={step:g} is too small to get from {first:g} to {end:g}")
    count = math.ceil(numbers)
    return from_values(table((count,), lambda: np.arange(first, end, step)), dtype)


@anywhere("x")
def cast(x: Operand, dtype: Any) -> Any:
    """x as if it were of another type; the numbers stay float32, the one type there is.

    Args:
        x: of any shape.
        dtype: "float32" changes nothing; "bool" gives 1 where x is not 0, else 0; whole number types ("int32") take
            the fraction away. No gradient flows back through the latter two.

    Raises:
        ArgumentError: another type.

    Example:
        >>> cast([1.7, -1.7, 0.0], "int32").tolist(), cast([1.7, 0.0], "bool").tolist()
        ([1.0, -1.0, 0.0], [1.0, 0.0])
    """
    name = _type_name(dtype)
    if name == "float32":
        return x
    return truth(x) if name == "bool" else builder.towards_zero(x)


@anywhere("x")
def convert_to_tensor(x: Operand, dtype: Any = None) -> Any:
    """What may stand in arithmetic (arrays, weights, numbers) as a tensor; outside of layers as a float32 array.

    Args:
        x: of any shape.
        dtype: as for `cast`; None is "float32".

    Raises:
        ArgumentError: another type.

    Example:
        >>> convert_to_tensor([1, 2]).dtype
        dtype('float32')
    """
    return x if dtype is None else cast(x, dtype)


def convert_to_numpy(x: Operand) -> np.ndarray:
    """The values of what may stand in arithmetic, as an array of NumPy's that is the caller's own.

    Args:
        x: arrays, weights, numbers in lists; not what has no values yet.

    Raises:
        ArgumentError: it is no numbers, or a tensor of a graph or a model that is being described.

    Example:
        >>> from pellucid import Variable
        >>> convert_to_numpy(Variable([1.0, 2.0])).tolist()
        [1.0, 2.0]
    """
    if isinstance(x, Tensor | Symbolic):
        raise ArgumentError(f"convert_to_numpy: {x!r} has no values yet; compute with pellucid.ops, or call the model")
    try:
        return np.array(array_of(x))
    except NoNumbers as error:
        raise ArgumentError(f"convert_to_numpy takes numbers, got {error}") from error


@anywhere("x")
def array(x: Operand, dtype: Any = None) -> Any:
    """The same as `convert_to_tensor`, as NumPy calls it.

    Args:
        x: of any shape.
        dtype: as for `cast`; None is "float32".

    Raises:
        ArgumentError: another type.

    Example:
        >>> array([1, 2]).tolist()
        [1.0, 2.0]
    """
    return x if dtype is None else cast(x, dtype)


@anywhere("x")
def copy(x: Operand) -> Any:
    """The same numbers once more.

    Example:
        >>> copy([1.0, 2.0]).tolist()
        [1.0, 2.0]
    """
    return x * 1.0


def dtype(x: Operand) -> str:
    """The type of the numbers: "float32" of a tensor or a weight, what NumPy says of an array.

    Example:
        >>> import numpy as np
        >>> dtype(np.zeros(3, "uint8")), dtype([1.0])
        ('uint8', 'float32')
    """
    return str(x.dtype) if isinstance(x, np.ndarray | np.generic) else "float32"


def empty(shape: Any, dtype: Any = None) -> Any:
    """A tensor of whose numbers nothing is promised: zeros.

    Example:
        >>> empty((2,)).shape
        (2,)
    """
    return full(shape, 0.0, dtype)


@anywhere("x")
def empty_like(x: Operand, dtype: Any = None) -> Any:
    """A tensor of the shape of x, of whose numbers nothing is promised: zeros.

    Example:
        >>> empty_like([5.0, 2.0]).shape
        (2,)
    """
    return zeros_like(x, dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """A matrix of zeros, with ones on a diagonal.

    Args:
        N: rows.
        M: columns; as many by default.
        k: which diagonal: the main one is 0, those above are 1, 2, ...
        dtype: as for `cast`; None is "float32".

    Example:
        >>> eye(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    rows, columns = checked_sizes((N, N if M is None else M), "ops.eye")
    diagonal = max(-rows, min(whole("k", k), columns))  # further away there are zeros alone
    return from_values(table((rows, columns), lambda: np.eye(rows, columns, diagonal)), dtype)


def full(shape: Any, fill_value: float, dtype: Any = None) -> Any:
    """A tensor of one number.

    Args:
        shape: sizes of the axes.
        fill_value: the number.
        dtype: as for `cast`; None is "float32".

    Raises:
        ArgumentError: a size is not a whole number from 1 on.

    Example:
        >>> full((2,), 7.0).tolist()
        [7.0, 7.0]
    """
    sizes, graph = checked_sizes(shape, "the shape in ops.full"), Graph.current()
    held = _held(np.array(_filling(fill_value)), dtype)
    if graph is None:
        number = held.astype(np.float32) if abs(held) <= checks.LARGEST else np.float32(math.copysign(math.inf, held))
        return table(sizes, lambda: np.full(sizes, number, np.float32))
    return builder.broadcast_to(graph.constant(float(held)), sizes)


def _filling(value: Any) -> float:
    """A number, infinite or none at all (NaN) too, also as an array of one."""
    try:
        array = array_of(value)
    except NoNumbers as error:
        raise ArgumentTypeError(f"ops.full: fill_value must be a number, got {error.shown}") from error
    if array.size != 1:
        raise ArgumentError(f"ops.full: fill_value must be one number, got {shown(value)}")
    return float(array.reshape(()))


@anywhere("x")
def full_like(x: Operand, fill_value: float, dtype: Any = None) -> Any:
    """A tensor of the shape of x, of one number.

    Raises:
        ArgumentError: it is no number, or one that the type cannot hold.

    Example:
        >>> full_like([5.0, 2.0], 7.0).tolist()
        [7.0, 7.0]
    """
    return builder.broadcast_to(x.graph.constant(float(_held(np.array(_filling(fill_value)), dtype))), x.shape)


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor of a layer, of a model that is being described, or an array; a number or a list is none.

    Example:
        >>> import numpy as np
        >>> is_tensor(np.zeros(3)), is_tensor([1.0])
        (True, False)
    """
    return isinstance(x, Tensor | Symbolic | np.ndarray)


@anywhere("x")
def one_hot(x: Operand, num_classes: int, axis: int = -1, dtype: Any = None) -> Any:
    """A new axis that is 1 at the index which x holds, else 0.

    Args:
        x: whole numbers; for one that is no class all are 0.
        num_classes: size of the new axis.
        axis: where it stands in the result; last by default.
        dtype: as for `cast`; the result is the same for all.

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> one_hot([1, 0], 3).tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    _type_name(dtype)
    depth = whole("num_classes", num_classes, 1)
    at = place(axis, x.rank + 1)
    hot = builder.one_hot(x, depth)
    order = list(range(x.rank))
    return hot if at == x.rank else builder.transpose(hot, [*order[:at], x.rank, *order[at:]])


def ones(shape: Any, dtype: Any = None) -> Any:
    """A tensor of ones.

    Example:
        >>> ones((2,)).tolist()
        [1.0, 1.0]
    """
    return full(shape, 1.0, dtype)


@anywhere("x")
def ones_like(x: Operand, dtype: Any = None) -> Any:
    """Ones of the shape of x.

    Example:
        >>> ones_like([5.0, 2.0]).tolist()
        [1.0, 1.0]
    """
    _type_name(dtype)
    return builder.broadcast_to(x.graph.constant(1.0), x.shape)


@anywhere("variable")
def stop_gradient(variable: Operand) -> Any:
    """The same values, which the gradient sees as constants.

    Example:
        >>> stop_gradient([1.0]).tolist()
        [1.0]
    """
    return builder.stop_gradient(variable)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """A tensor of zeros.

    Example:
        >>> zeros((2,)).tolist()
        [0.0, 0.0]
    """
    return full(shape, 0.0, dtype)


@anywhere("x")
def zeros_like(x: Operand, dtype: Any = None) -> Any:
    """Zeros of the shape of x.

    Example:
        >>> zeros_like([1.0, 2.0]).tolist()
        [0.0, 0.0]
    """
    _type_name(dtype)
    return builder.broadcast_to(x.graph.constant(0.0), x.shape)
