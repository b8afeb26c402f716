"""Variables of the user's own, and numbers of variables: what Keras's backend module called values.

Source: keras/backend/tensorflow_backend.py of Keras 1.2.2 and 2.2.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pellucid import checks, ops
from pellucid.arraylike import floats_of
from pellucid.backend.given import numbers_of, seed_of, several_of, sizes_of, variable_of
from pellucid.dispatch import Array, compute
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.legacy import accepts_old_spelling
from pellucid.ops.places import table
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
    checks.number_type("variable", dtype)
    return Variable(floats_of(numbers_of("variable", value)), name=name, constraint=constraint)


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
    array = numbers_of("constant", value)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large for the type becomes infinite, as in NumPy
        array = array.astype(checks.number_type("constant", dtype))
    if shape is None:
        return array.view(Array)
    sizes = sizes_of("constant", shape)
    if array.size != 1:
        if array.size != math.prod(sizes):
            raise ShapeError(f"constant: {array.size} numbers cannot be brought to the shape {shown(sizes)}")
        return array.reshape(sizes).view(Array)
    return table(sizes, lambda: np.full(sizes, array)).view(Array)


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
    if hasattr(x, "assign") and hasattr(x, "numpy") and not isinstance(x, type):
        return x.numpy()
    return floats_of(numbers_of("get_value", x, "x"))


@accepts_old_spelling("batch_get_value")
def batch_get_value(tensors: Iterable[Any]) -> list[Any]:
    """The numbers of several variables; see `get_value`.

    Example:
        >>> batch_get_value([variable([1.0])])[0].tolist()
        [1.0]

    Source: keras.backend.batch_get_value.
    """
    return [get_value(each) for each in several_of("batch_get_value", "tensors", tensors, "variables")]


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
    variable_of("set_value", x).assign(value)


def batch_set_value(tuples: Iterable[tuple[Any, Any]]) -> None:
    """Give several variables other numbers: pairs of a variable and an array.

    Example:
        >>> x = variable([1.0])
        >>> batch_set_value([(x, [3.0])])
        >>> get_value(x).tolist()
        [3.0]

    Source: keras.backend.batch_set_value.
    """
    pairs = several_of("batch_set_value", "tuples", tuples, "pairs")
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ArgumentError(f"batch_set_value: tuples are pairs of a variable and its value, got {shown(pair)}")
    for each, value in pairs:
        set_value(each, value)


def eval(x: Any) -> Any:
    """The numbers of a variable, or of what was computed from variables and arrays.

    Example:
        >>> eval(variable([1.0, 2.0]) * 2.0).tolist()
        [2.0, 4.0]

    Source: keras.backend.eval.
    """
    return get_value(x)


def update(x: Variable, new_x: Any) -> Any:
    """Let a variable have a new value, in the `call` of a layer after each step; see `Variable.assign`.

    Of a symbolic tensor nothing is known yet: what comes back is an update for `function`, which does it when it runs.

    Example:
        >>> get_value(update(variable([1.0]), [2.0])).tolist()
        [2.0]

    Source: keras.backend.update.
    """
    return _updated("update", x, new_x, lambda variable: variable.assign(new_x), lambda: new_x)


def update_add(x: Variable, increment: Any) -> Any:
    """Add to a variable; see `update`.

    Example:
        >>> get_value(update_add(variable([1.0]), 2.0)).tolist()
        [3.0]

    Source: keras.backend.update_add.
    """
    return _updated(
        "update_add", x, increment, lambda variable: variable.assign_add(increment), lambda: ops.add(x, increment)
    )


def update_sub(x: Variable, decrement: Any) -> Any:
    """Take off a variable; see `update`.

    Example:
        >>> get_value(update_sub(variable([1.0]), 2.0)).tolist()
        [-1.0]

    Source: keras.backend.update_sub.
    """
    return _updated(
        "update_sub", x, decrement, lambda variable: variable.assign_sub(decrement), lambda: ops.subtract(x, decrement)
    )


def _updated(
    owner: str, x: Any, value: Any, now: Callable[[Variable], Variable], later: Callable[[], SymbolicTensor]
) -> Any:
    """The variable, which has its new value; of a symbolic tensor the pair of both, that `function` takes."""
    variable = variable_of(owner, x)
    if not isinstance(value, SymbolicTensor):
        return now(variable)
    new = later()
    if len(new.shape) != len(variable.shape) or any(
        n not in (size, None) for n, size in zip(new.shape, variable.shape, strict=True)
    ):
        raise ShapeError(f"K.{owner}: the variable has shape {tuple(variable.shape)}, its new value {shown(new.shape)}")
    return variable, new


Draw = Callable[[Graph, tuple[int, ...], int], Tensor]
"""Emits random numbers of a shape, from a stream."""


def _drawn(owner: str, shape: Sequence[int], dtype: object, seed: int | None, draw: Draw) -> Any:
    """Random numbers: of the step, in the `call` of a layer; else computed at once."""
    checks.number_type(owner, dtype)
    sizes, seed = sizes_of(owner, shape), seed_of(owner, seed)
    graph = Graph.current()
    home = Graph() if graph is None else graph
    result = draw(home, sizes, home.next_stream() if seed is None else home.stream_of_seed(seed))
    if graph is not None:
        return result
    return ops.convert_to_tensor(compute(home, [result], seed=next_seed() if seed is None else seed)[0])


@accepts_old_spelling("random_normal")
def random_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: object = None, seed: int | None = None
) -> Any:
    """Normally distributed numbers, drawn anew in each step where a layer's `call` asks for them.

    Example:
        >>> random_normal((2, 3), seed=1).shape
        (2, 3)

    Source: keras.backend.random_normal.
    """
    middle, width = checks.number("random_normal", "mean", mean), checks.number("random_normal", "stddev", stddev, 0.0)

    def draw(graph: Graph, sizes: tuple[int, ...], stream: int) -> Tensor:
        return builder.random_normal(graph, sizes, stream) * width + middle

    return _drawn("random_normal", shape, dtype, seed, draw)


@accepts_old_spelling("random_uniform")
def random_uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: object = None, seed: int | None = None
) -> Any:
    """Uniformly distributed numbers; see `random_normal`.

    Example:
        >>> 2.0 <= float(random_uniform((1,), 2.0, 3.0)[0]) < 3.0
        True

    Source: keras.backend.random_uniform.
    """
    least = checks.number("random_uniform", "minval", minval)
    width = checks.number("random_uniform", "maxval", maxval, least) - least

    def draw(graph: Graph, sizes: tuple[int, ...], stream: int) -> Tensor:
        return builder.random_uniform(graph, sizes, stream) * width + least

    return _drawn("random_uniform", shape, dtype, seed, draw)


def random_binomial(shape: Sequence[int], p: float = 0.0, dtype: object = None, seed: int | None = None) -> Any:
    """1 with probability p, else 0; see `random_normal`.

    Example:
        >>> random_binomial((2,), p=1.0).tolist()
        [1.0, 1.0]

    Source: keras.backend.random_binomial.
    """
    share = checks.fraction("random_binomial", "p", p)

    def draw(graph: Graph, sizes: tuple[int, ...], stream: int) -> Tensor:
        return builder.greater(share, builder.random_uniform(graph, sizes, stream))

    return _drawn("random_binomial", shape, dtype, seed, draw)


def random_normal_variable(
    shape: Sequence[int], mean: float, scale: float, dtype: object = None, name: str | None = None, seed: Any = None
) -> Variable:
    """A variable that begins with normally distributed numbers.

    Example:
        >>> random_normal_variable((2, 3), 0.0, 1.0).shape
        (2, 3)

    Source: keras.backend.random_normal_variable.
    """
    return variable(random_normal(shape, mean, scale, dtype, seed), name=name)


def random_uniform_variable(
    shape: Sequence[int], low: float, high: float, dtype: object = None, name: str | None = None, seed: Any = None
) -> Variable:
    """A variable that begins with uniformly distributed numbers.

    Example:
        >>> random_uniform_variable((2, 3), 0.0, 1.0).shape
        (2, 3)

    Source: keras.backend.random_uniform_variable.
    """
    return variable(random_uniform(shape, low, high, dtype, seed), name=name)
