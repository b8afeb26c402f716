"""What TensorFlow does inside of graphs and Python does here: conditions, loops, functions of arrays, printing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.cli.tf.arrays import eager, eagerly
from pellucid.dispatch.arrangement import mapped
from pellucid.dispatch.symbolic import SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor as GraphTensor

__all__ = [
    "Assert",
    "case",
    "cond",
    "custom_gradient",
    "foldl",
    "foldr",
    "map_fn",
    "numpy_function",
    "print",
    "py_function",
    "scan",
    "switch_case",
    "vectorized_map",
    "while_loop",
]

say = print


def print(*inputs: Any, output_stream: Any = None, summarize: int = 3, sep: str = " ", end: str = "\n") -> None:
    """What Python's `print` prints."""
    say(*(each.decode() if isinstance(each, bytes) else each for each in inputs), sep=sep, end=end)


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = None) -> Any:
    """One function or the other, as a number says that is known.

    Raises:
        ArgumentError: it is a tensor of a model, whose numbers are not known yet.
    """
    return true_fn() if _known("cond", pred) else false_fn()


def case(
    pred_fn_pairs: Any, default: Callable[[], Any] | None = None, exclusive: bool = False, name: str | None = None
) -> Any:
    """The first function whose number holds, or another one.

    Raises:
        ArgumentError: none holds and there is no other, or a number is a tensor of a model.
    """
    for pred, function in pred_fn_pairs:
        if _known("case", pred):
            return function()
    if default is None:
        raise ArgumentError("tf.case: no condition holds, and there is no default")
    return default()


def switch_case(branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: Any = None) -> Any:
    """The function of a number; the last one, or another, for a number that none has."""
    numbered = dict(enumerate(branch_fns) if not isinstance(branch_fns, dict) else branch_fns.items())
    numbered = {place: each if callable(each) else each[1] for place, each in numbered.items()}
    return numbered.get(int(branch_index), default or numbered[max(numbered)])()


def scan(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **options: Any) -> Any:
    """What a function makes of the result so far and each part, all results stacked; `options` mean nothing."""
    parts = [_part(elems, place) for place in range(_length(elems))]
    total, results = (parts[0], [parts[0]]) if initializer is None else (initializer, [])
    for part in parts[len(results) :]:
        total = fn(total, part)
        results.append(total)
    if isinstance(total, list | tuple):
        return type(total)(_stack([each[place] for each in results]) for place in range(len(total)))
    return _stack(results)


def foldl(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **options: Any) -> Any:
    """What a function makes of the result so far and each part, the last result; `options` mean nothing."""
    parts = [_part(elems, place) for place in range(_length(elems))]
    return _folded(fn, parts, initializer)


def foldr(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, **options: Any) -> Any:
    """The same from the last part to the first."""
    parts = [_part(elems, place) for place in reversed(range(_length(elems)))]
    return _folded(fn, parts, initializer)


def _folded(fn: Callable[[Any, Any], Any], parts: list[Any], initializer: Any) -> Any:
    total, further = (parts[0], parts[1:]) if initializer is None else (initializer, parts)
    for part in further:
        total = fn(total, part)
    return total


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose gradient is what it says itself: see `ops.custom_gradient`."""
    return eagerly(ops.custom_gradient(f))


def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, **options: Any) -> Any:
    """A function again and again, as long as another one says so; `options` of TensorFlow's graphs mean nothing."""
    state = list(loop_vars)
    while _known("while_loop", cond(*state)):
        found = body(*state)
        state = list(found) if isinstance(found, list | tuple) else [found]
    return state


def _known(name: str, value: Any) -> bool:
    if isinstance(value, SymbolicTensor | GraphTensor):
        raise ArgumentError(f"tf.{name} needs a number that is known, got a tensor of a model: tf.where takes those")
    return bool(np.all(value))


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """What a function makes of arrays, as arrays of these types."""
    return _of_types(func(*(eager(np.asarray(each)) for each in inp)), Tout)


def numpy_function(func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: Any = None) -> Any:
    """The same for a function of NumPy's own arrays; text comes as bytes."""
    arrays = [eager(np.asarray(each)) for each in inp]
    return _of_types(
        func(*(each.numpy() if each.ndim or each.dtype.kind == "U" else each[()] for each in arrays)), Tout
    )


def _of_types(found: Any, kinds: Any) -> Any:
    if isinstance(kinds, list | tuple):
        return [_of_type(each, kind) for each, kind in zip(found, kinds, strict=True)]
    return None if kinds is None else _of_type(found, kinds)


def _of_type(value: Any, kind: Any) -> Any:
    array = np.asarray(value)
    return eager(array if np.dtype(kind).kind in "OU" else array.astype(kind))


def map_fn(fn: Callable[[Any], Any], elems: Any, dtype: Any = None, **options: Any) -> Any:
    """A function of each part along the first axis, the results stacked; `options` mean nothing."""
    parts = [fn(_part(elems, place)) for place in range(_length(elems))]
    if isinstance(parts[0], list | tuple):
        return type(parts[0])(_stack([each[place] for each in parts]) for place in range(len(parts[0])))
    return _stack(parts)


vectorized_map = map_fn


def _length(elems: Any) -> int:
    return _length(elems[0]) if isinstance(elems, list | tuple) else len(elems)


def _part(elems: Any, place: int) -> Any:
    return mapped(elems, lambda each: each[place]) if isinstance(elems, list | tuple) else elems[place]


def Assert(condition: Any, data: Any, summarize: Any = None, name: str | None = None) -> None:
    """An AssertionError with the data where a condition does not hold."""
    if not np.all(condition):
        raise AssertionError(f"tf.Assert: {data}")


def _stack(parts: list[Any]) -> Any:
    return eager(ops.stack(parts))
