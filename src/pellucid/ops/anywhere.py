"""One function for tensors inside a layer and for arrays outside of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from pellucid.engines import get_engine
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor
from pellucid.graph.ops import Input
from pellucid.layers.weight import Weight

F = TypeVar("F", bound=Callable[..., Any])


def anywhere(operands: int = 1) -> Callable[[F], F]:
    """Let a function of tensors take arrays too, and return an array then.

    Inside a layer's `call` the operands may be tensors, weights, arrays and numbers. Outside, arrays and numbers are
    computed at once by the native engine, in float32.

    Args:
        operands: how many of the first arguments are operands; the others are settings. An operand may be a list.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            given, settings = args[:operands], args[operands:]
            flat = [item for value in given for item in (value if _is_list(value) else [value])]
            graph = next((item.graph for item in flat if isinstance(item, Tensor)), Graph.current())
            if graph is not None:
                return function(*(_lifted(graph, value) for value in given), *settings, **kwargs)
            return _computed(function, given, settings, kwargs)

        return call  # type: ignore[return-value]

    return decorate


def _is_list(value: Any) -> bool:
    """Whether an operand is a list of operands, rather than numbers in a list."""
    return isinstance(value, list | tuple) and any(isinstance(item, Tensor | Weight | np.ndarray) for item in value)


def _lifted(graph: Graph, value: Any) -> Any:
    if _is_list(value):
        return [_lifted(graph, item) for item in value]
    return graph.lift(np.asarray(value, np.float64) if isinstance(value, list | tuple) else value)


def _computed(function: Callable[..., Any], given: Any, settings: Any, kwargs: dict[str, Any]) -> Any:
    """The function on arrays: a graph of its own, run once."""
    graph = Graph()
    data: dict[str, np.ndarray] = {}

    def placed(value: Any) -> Any:
        if _is_list(value):
            return [placed(item) for item in value]
        try:
            array = np.asarray(value, np.float32)
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"{function.__name__} takes tensors, arrays and numbers, got {value!r}") from error
        data[f"x{len(data)}"] = array
        return graph.add(Input(array.shape, f"x{len(data) - 1}"))

    result = function(*map(placed, given), *settings, **kwargs)
    if not isinstance(result, Tensor):
        return result
    graph.outputs["y"] = result
    return get_engine("native").prepare(graph).run(data, {})["y"]
