"""Variables of the user's own, and numbers of variables: what Keras's backend module called values.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.dispatch import Array, compute
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.random import next_seed
from pellucid.variables import Variable

Operand = Any
"""A tensor, a weight, an array or a number."""


def variable(value: Any, dtype: object = None, name: str | None = None, constraint: Any = None) -> Variable:
    """An array that is kept from call to call; see `pellucid.Variable`.

    Args:
        value: its first numbers.
        dtype: of Keras's; numbers are float32.
        name: of the variable.
        constraint: None.

    Example:
        >>> get_value(variable([1.0, 2.0])).tolist()
        [1.0, 2.0]

    Source: keras.backend.variable.
    """
    return Variable(np.asarray(value, np.float32), name=name, constraint=constraint)


def constant(value: Any, dtype: object = None, shape: Sequence[int] | None = None, name: str | None = None) -> Array:
    """An array of numbers that do not change.

    Args:
        value: the numbers; one number fills a shape.
        dtype: of NumPy's; float32 by default.
        shape: to which they are brought.
        name: without meaning.

    Example:
        >>> constant(2.0, shape=(2,)).tolist()
        [2.0, 2.0]

    Source: keras.backend.constant.
    """
    array = np.asarray(value, np.float32 if dtype is None else np.dtype(dtype))  # type: ignore[call-overload]
    if shape is not None:
        array = np.full(tuple(shape), array) if array.size == 1 else array.reshape(tuple(shape))
    return array.view(Array)


def get_value(x: Any) -> Any:
    """The numbers of a variable or an array, as NumPy's; of a learning rate its number.

    Example:
        >>> from pellucid import optimizers
        >>> round(float(get_value(optimizers.SGD(0.25).lr)), 2)
        0.25

    Source: keras.backend.get_value.
    """
    if isinstance(x, SymbolicTensor):
        raise ArgumentError(f"get_value: {x!r} has no value; make K.function([inputs], [it]) and call that on arrays")
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x, np.float32)


def batch_get_value(tensors: Iterable[Any]) -> list[Any]:
    """The numbers of several variables; see `get_value`.

    Example:
        >>> batch_get_value([variable([1.0])])[0].tolist()
        [1.0]

    Source: keras.backend.batch_get_value.
    """
    return [get_value(each) for each in tensors]


def set_value(x: Any, value: Any) -> None:
    """Give a variable, or a learning rate, other numbers.

    Example:
        >>> from pellucid import optimizers
        >>> optimizer = optimizers.SGD(0.25)
        >>> set_value(optimizer.lr, 0.5)
        >>> float(optimizer.learning_rate)
        0.5

    Source: keras.backend.set_value.
    """
    if not hasattr(x, "assign"):
        raise ArgumentError(f"set_value takes a variable, a weight or an optimizer's lr, got {shown(x)}")
    x.assign(value)


def batch_set_value(tuples: Iterable[tuple[Any, Any]]) -> None:
    """Give several variables other numbers: pairs of a variable and an array.

    Example:
        >>> x = variable([1.0])
        >>> batch_set_value([(x, [3.0])])
        >>> get_value(x).tolist()
        [3.0]

    Source: keras.backend.batch_set_value.
    """
    for each, value in tuples:
        set_value(each, value)


def eval(x: Any) -> Any:
    """The numbers of a variable, or of what was computed from variables and arrays.

    Example:
        >>> eval(variable([1.0, 2.0]) * 2.0).tolist()
        [2.0, 4.0]

    Source: keras.backend.eval.
    """
    return get_value(x)


def update(x: Variable, new_x: Any) -> Variable:
    """Let a variable have a new value, in the `call` of a layer after each step; see `Variable.assign`.

    Example:
        >>> get_value(update(variable([1.0]), [2.0])).tolist()
        [2.0]

    Source: keras.backend.update.
    """
    return x.assign(new_x)


def update_add(x: Variable, increment: Any) -> Variable:
    """Add to a variable.

    Example:
        >>> get_value(update_add(variable([1.0]), 2.0)).tolist()
        [3.0]

    Source: keras.backend.update_add.
    """
    return x.assign_add(increment)


def update_sub(x: Variable, decrement: Any) -> Variable:
    """Take off a variable.

    Example:
        >>> get_value(update_sub(variable([1.0]), 2.0)).tolist()
        [-1.0]

    Source: keras.backend.update_sub.
    """
    return x.assign_sub(decrement)


def _drawn(shape: Sequence[int], draw: Callable[[Graph, tuple[int, ...]], Tensor], seed: int | None) -> Any:
    """Random numbers: of the step, in the `call` of a layer; else computed at once."""
    sizes = tuple(int(size) for size in np.asarray(shape).ravel())
    graph = Graph.current()
    if graph is not None:
        return draw(graph, sizes)
    home = Graph()
    result = draw(home, sizes)
    return ops.convert_to_tensor(_run(home, result, next_seed() if seed is None else seed))


def _run(graph: Graph, result: Tensor, seed: int) -> Any:
    return compute(graph, [result], seed=seed)[0]


def _stream(graph: Graph, seed: int | None) -> int:
    return graph.next_stream() if seed is None else graph.stream_of_seed(seed)


def random_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: object = None, seed: int | None = None
) -> Any:
    """Normally distributed numbers, drawn anew in each step where a layer's `call` asks for them.

    Example:
        >>> random_normal((2, 3), seed=1).shape
        (2, 3)

    Source: keras.backend.random_normal.
    """
    return _drawn(
        shape, lambda graph, sizes: builder.random_normal(graph, sizes, _stream(graph, seed)) * stddev + mean, seed
    )


def random_uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: object = None, seed: int | None = None
) -> Any:
    """Uniformly distributed numbers; see `random_normal`.

    Example:
        >>> 2.0 <= float(random_uniform((1,), 2.0, 3.0)[0]) < 3.0
        True

    Source: keras.backend.random_uniform.
    """
    width = maxval - minval
    return _drawn(
        shape, lambda graph, sizes: builder.random_uniform(graph, sizes, _stream(graph, seed)) * width + minval, seed
    )


def random_binomial(shape: Sequence[int], p: float = 0.0, dtype: object = None, seed: int | None = None) -> Any:
    """1 with probability p, else 0; see `random_normal`.

    Example:
        >>> random_binomial((2,), p=1.0).tolist()
        [1.0, 1.0]

    Source: keras.backend.random_binomial.
    """
    return _drawn(
        shape, lambda graph, sizes: builder.greater(p, builder.random_uniform(graph, sizes, _stream(graph, seed))), seed
    )


def random_normal_variable(
    shape: Sequence[int], mean: float, scale: float, dtype: object = None, name: str | None = None, seed: Any = None
) -> Variable:
    """A variable that begins with normally distributed numbers.

    Example:
        >>> random_normal_variable((2, 3), 0.0, 1.0).shape
        (2, 3)

    Source: keras.backend.random_normal_variable.
    """
    return variable(random_normal(shape, mean, scale, seed=seed), name=name)


def random_uniform_variable(
    shape: Sequence[int], low: float, high: float, dtype: object = None, name: str | None = None, seed: Any = None
) -> Variable:
    """A variable that begins with uniformly distributed numbers.

    Example:
        >>> random_uniform_variable((2, 3), 0.0, 1.0).shape
        (2, 3)

    Source: keras.backend.random_uniform_variable.
    """
    return variable(random_uniform(shape, low, high, seed=seed), name=name)
