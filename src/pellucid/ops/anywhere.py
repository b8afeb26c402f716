"""One function for tensors inside a layer and for arrays outside of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from pellucid.engines import get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.ops import Constant, Literal
from pellucid.layers.symbolic import SymbolicTensor
from pellucid.layers.weight import Weight

F = TypeVar("F", bound=Callable[..., Any])
Operand = Any
"""A tensor, a weight, an array, a number, or numbers in a list."""


def anywhere(*operands: str, several: str | None = None) -> Callable[[F], F]:
    """Let a function of tensors take arrays too, and return arrays then.

    Inside a layer's `call` operands are tensors, weights, arrays and numbers, in any mixture. Outside, arrays and
    numbers are computed at once by the native engine, in float32; a weight stands for its values.

    Args:
        operands: the parameters that are operands; all others are settings.
        several: the parameter that is a list of operands, if there is one.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            given = bound.arguments
            with _naming(function.__name__):
                if several is not None:
                    given[several] = _listed(several, given[several])
                single = [name for name in operands if name in given]
                graph = _graph_of([*(given[name] for name in single), *(given[several] if several else ())])
                home = graph or Graph()
                for name in single:
                    given[name] = _tensor(home, given[name], is_emitted=graph is not None)
                if several is not None:
                    given[several] = [_tensor(home, item, is_emitted=graph is not None) for item in given[several]]
                result = function(*bound.args, **bound.kwargs)
            return result if graph is not None else _computed(home, result)

        return call  # type: ignore[return-value]

    return decorate


@contextmanager
def _naming(function: str) -> Iterator[None]:
    """Errors inside begin with the name of the function that was called."""
    try:
        yield
    except ArgumentError as error:
        if str(error).startswith("ops."):
            raise
        raise type(error)(f"ops.{function}: {error}") from error


def _listed(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError(f"{name} is a list of tensors or arrays, at least one, got {value!r}")
    return list(value)


def _graph_of(operands: list[Any]) -> Graph | None:
    """The graph that the operands live in: a tensor's own, or that of the layer which is being emitted."""
    return next((item.graph for item in operands if isinstance(item, Tensor)), Graph.current())


def _tensor(graph: Graph, value: Any, *, is_emitted: bool) -> Tensor:
    """An operand as a tensor of a graph; a weight stays one only where the graph is a layer's."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Weight) and is_emitted:
        return value.tensor(graph)
    if isinstance(value, SymbolicTensor):
        raise ArgumentError(
            f"{value!r} has no values yet; functions of tensors work inside a layer's call(): write a layer, or use "
            "one such as layers.Activation or layers.Add"
        )
    if isinstance(value, list | tuple) and any(isinstance(item, Tensor) for item in value):
        raise ArgumentError("a list of tensors came where one tensor is expected; join them with ops.stack")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(f"expected an array, got parts of different shapes ({error})") from error
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"expected a tensor, a weight, an array or a number, got {value!r}")
    return graph.constant(float(array)) if not array.ndim else builder.literal(graph, array)


def known_values(x: Tensor) -> np.ndarray | None:
    """The values of an operand that was an array or a number; None where only a run of the graph will tell."""
    match x.node.op:
        case Literal(values=values):
            return values
        case Constant(value=value):
            return np.array(value)
    return None


def _computed(graph: Graph, result: Any) -> Any:
    """The values of a result, and of each of several; what is no tensor (a shape, say) is returned as it is."""
    several = isinstance(result, list | tuple)
    tensors = {str(number): item for number, item in enumerate(result if several else [result])}
    if not all(isinstance(item, Tensor) for item in tensors.values()):
        return result
    graph.outputs = tensors
    arrays = list(get_engine("native").prepare(graph).run({}, {}).values())
    return type(result)(arrays) if several else arrays[0]


def whole(name: str, value: Any) -> int:
    """A whole number; raises `ArgumentError` where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ArgumentError(f"{name} must be a whole number, got {value!r}")
    return int(value)


def place(axis: Any, rank: int, name: str = "axis") -> int:
    """An axis counted from 0; raises `ArgumentError` where it does not exist."""
    if not rank:
        raise ArgumentError(f"a single number has no axes, got {name}={axis!r}")
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer) or not -rank <= axis < rank:
        raise ArgumentError(f"{name} must be a whole number from {-rank} to {rank - 1}, got {axis!r}")
    return int(axis) % rank


def places(axis: Any, rank: int, name: str = "axis") -> list[int]:
    """One axis, several or (None) all of them, counted from 0; none twice."""
    if axis is None:
        return list(range(rank))
    found = [place(item, rank, name) for item in (axis if isinstance(axis, list | tuple) else [axis])]
    if len(set(found)) != len(found):
        raise ArgumentError(f"{name} names an axis twice: {axis!r}")
    return found
