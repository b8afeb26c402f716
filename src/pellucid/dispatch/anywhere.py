"""The decorator that lets a function of tensors take symbolic tensors and arrays too."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from pellucid.arraylike import Array, NoNumbers, array_of
from pellucid.calls import misfit
from pellucid.dispatch.arrays import RECORDER, compute
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Graph, Tensor, builder
from pellucid.graph.ops import Constant, Literal
from pellucid.graph.tensor import HasTensor

F = TypeVar("F", bound=Callable[..., Any])
MOST_AXES = 64
"""How many sizes are asked for at once, at most: those of all axes."""
Operand = Any
"""A tensor, a symbolic tensor, a weight, an array, a number, or numbers in a list."""


class Symbolic:
    """The base of operands without values: they say themselves what becomes of a function of them."""

    def result_of(self, function: Callable[..., Any], arguments: inspect.BoundArguments) -> Any:
        """What the function gives, described. The arguments are all of its own, this one among them."""
        raise TypeError(f"{type(self).__name__} does not say what a function of it gives")


def anywhere(
    *operands: str, several: str | None = None, name: str | None = None, whole: Sequence[int] = ()
) -> Callable[[F], F]:
    """Let a function of tensors take symbolic tensors and arrays too.

    Inside a layer's `call` operands are tensors, weights, arrays and numbers, in any mixture. Outside, arrays and
    numbers are computed at once by the native engine, in float32; a weight stands for its values. Where an operand is
    a symbolic tensor, so is the result: the function becomes a part of the model that is being described.

    Args:
        operands: the parameters that are operands, which may be None where that is the default; all others are
            settings.
        several: the parameter that is a list of operands, if there is one.
        whole: which of the results, from 0, are places or counts: those of arrays are int32 then, to index arrays with.
        name: how errors call the function; its room and name ("ops.add") by default, the class for a method.

    Returns:
        the decorator.

    Example:
        >>> @anywhere("a", "b", name="hypotenuse")
        ... def hypotenuse(a: Operand, b: Operand):
        ...     return builder.sqrt(a * a + b * b)
        >>> hypotenuse([3.0, 5.0], [4.0, 12.0]).tolist()
        [5.0, 13.0]
    """

    def decorate(function: F) -> F:
        named = name or _name_of(function)
        is_method = name is None and "." in function.__qualname__.removeprefix("<locals>").rpartition("<locals>.")[2]

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            signature, optional = _signature(function, operands)
            called = type(args[0]).__name__ if is_method and args else named
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError as error:
                raise misfit(called, function, args, kwargs) or error from None
            given = bound.arguments
            for name in given.keys() - {*operands, several}:
                given[name] = settled(given[name])
            with _naming(called):
                if several is not None:
                    given[several] = _listed(several, given.get(several, ()))
                single = [name for name in operands if name in given and not (given[name] is None and name in optional)]
                values = [*(given[name] for name in single), *(given[several] if several else ())]
                graph = _graph_of(values)
                symbolic = next((value for value in values if isinstance(value, Symbolic)), None)
                if symbolic is not None and graph is None:
                    return symbolic.result_of(call, bound)
                recorder = RECORDER.get() if graph is None else None
                if recorder is not None:
                    return recorder.function(call, bound)
                home = graph or Graph()
                for name in single:
                    given[name] = _tensor(home, given[name], is_emitted=graph is not None)
                if several is not None:
                    given[several] = [_tensor(home, item, is_emitted=graph is not None) for item in given[several]]
                result = function(*bound.args, **bound.kwargs)
            return result if graph is not None else _computed(home, result, whole)

        call.operands = (*operands, *([several] if several else []))  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return decorate


@functools.cache
def _signature(function: Callable[..., Any], operands: tuple[str, ...]) -> tuple[inspect.Signature, frozenset[str]]:
    """How a function is called, and which of its operands may be None; found at its first call, not at import."""
    signature = inspect.signature(function)
    return signature, frozenset(name for name in operands if signature.parameters[name].default is None)


def operands_of(function: Callable[..., Any]) -> tuple[str, ...] | None:
    """Which parameters of a decorated function are operands; None for other functions."""
    return getattr(function, "operands", None)


def _name_of(function: Callable[..., Any]) -> str:
    """The class of a method, "MaxNorm"; the room and the name of a function, "ops.add"."""
    owner, _, name = function.__qualname__.rpartition(".")
    return owner or f"{function.__module__.removeprefix('pellucid.').partition('.')[0]}.{name}"


@contextmanager
def _naming(called: str) -> Iterator[None]:
    """Errors inside begin with the name of the function that was called."""
    try:
        yield
    except ArgumentError as error:
        message = str(error)
        if called in message.partition(".")[0] or re.match(r"(ops|activations)\.\w+: ", message):
            raise  # it is said already
        own = called.rpartition(".")[2]
        raise type(error)(f"{called}: {message.removeprefix(f'{own}: ')}") from error


def _listed(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise ArgumentError(f"{name} is a list of tensors or arrays, at least one, got {shown(value)}")
    return list(value)


def _graph_of(operands: list[Any]) -> Graph | None:
    """The graph that the operands live in: a tensor's own, or that of the layer which is being emitted."""
    return next((item.graph for item in operands if isinstance(item, Tensor)), Graph.current())


def _tensor(graph: Graph, value: Any, *, is_emitted: bool) -> Tensor:
    """An operand as a tensor of a graph; a weight stays one only where the graph is a layer's."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, HasTensor) and is_emitted:
        return value.tensor(graph)
    if isinstance(value, Symbolic):
        if graph.described is not None:
            return graph.described(value)
        raise ArgumentError(f"{value!r} describes a model and has no values; inside a layer's call() there are tensors")
    if isinstance(value, list | tuple) and any(isinstance(item, Tensor | Symbolic) for item in value):
        raise ArgumentError("a list of tensors came where one tensor is expected; join them with ops.stack")
    try:
        array = array_of(value)
    except NoNumbers as error:
        if error.parts_differ:
            raise ArgumentError(f"expected an array, got parts of different shapes ({error.advice})") from error
        raise ArgumentTypeError(f"expected a tensor, a weight, an array or a number, got {error.shown}") from error
    return graph.constant(float(array)) if not array.ndim else builder.literal(graph, array)


def known_values(x: Tensor) -> np.ndarray | None:
    """The values of an operand that was an array, a number, or computed from such; None where only a run will tell."""
    match x.node.op:
        case Literal(values=values):
            return values
        case Constant(value=value):
            return np.array(value)
        case _ if math.prod(x.shape) <= MOST_AXES and _follows(x):
            kept = dict(x.graph.outputs)
            try:
                return compute(x.graph, [x])[0]
            finally:
                x.graph.outputs = kept
    return None


def _follows(x: Tensor) -> bool:
    """Whether nothing that comes into a graph or is drawn decides about a tensor."""
    seen, row = {x.node}, [x.node]
    while row:
        node = row.pop()
        if not node.inputs and not isinstance(node.op, Literal | Constant):
            return False
        new = {tensor.node for tensor in node.inputs} - seen
        seen |= new
        row += new
    return True


def settled(setting: Any) -> Any:
    """A setting that was computed, such as a size, as whole numbers where it is whole; others as they are.

    Results are float32 throughout, and in a layer they are tensors, also those of functions of plain numbers.

    Example:
        >>> settled((np.float32(4.0), -1)), settled((4.0, 0.5))
        ((4, -1), (4.0, 0.5))
    """
    if isinstance(setting, Tensor):
        values = known_values(setting)
        return setting if values is None else _whole_where_it_is(values)
    if isinstance(setting, np.ndarray) and not setting.ndim and setting.dtype.kind in "iu":
        return int(setting)
    if isinstance(setting, Array | np.float32):
        return _whole_where_it_is(np.asarray(setting))
    if type(setting) in (list, tuple) and any(isinstance(item, Tensor | Array | np.float32) for item in setting):
        return type(setting)(map(settled, setting))
    return setting


def _whole_where_it_is(values: np.ndarray) -> Any:
    """Numbers as plain ones, whole if all of them are."""
    whole = values.astype(np.int64) if np.isfinite(values).all() else values
    return (whole if (whole == values).all() else values).tolist()


def _computed(graph: Graph, result: Any, whole: Sequence[int]) -> Any:
    """The values of a result, and of each of several; what is no tensor (a shape, say) is returned as it is."""
    several = list(result) if isinstance(result, list | tuple) else [result]
    if not all(isinstance(item, Tensor) for item in several):
        return result
    found = compute(graph, several)
    arrays = [array.astype(np.int32) if number in whole else array for number, array in enumerate(found)]
    return type(result)(arrays) if isinstance(result, list | tuple) else arrays[0]
