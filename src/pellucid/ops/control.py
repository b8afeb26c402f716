"""Conditions and loops over tensors, under Keras's names (keras.ops).

A graph has neither. What is known when it is built (numbers, sizes) decides at once, and a loop is written out, turn by
turn. Where only a run will tell, a condition computes both sides and chooses by numbers, and a loop is refused.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.arraylike import NoNumbers, array_of
from pellucid.dispatch import known_values
from pellucid.dispatch.anywhere import Symbolic
from pellucid.dispatch.arrangement import mapped
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.graph import Tensor
from pellucid.ops.arrangement import stack
from pellucid.ops.comparisons import where
from pellucid.ops.creation import is_tensor

MOST_TURNS = 2**16


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """What one function gives or the other.

    Args:
        pred: one number. Where only a run will tell it, both functions are called, and `where` chooses of what they
            give: the gradient goes to the one that was.
        true_fn: called where it is not 0.
        false_fn: called where it is 0.

    Raises:
        ArgumentError: `pred` is no single number, or the functions give results that do not match.

    Example:
        >>> cond(2 > 1, lambda: "larger", lambda: "smaller")
        'larger'
    """
    _check_callable("cond", 0, true_fn=true_fn, false_fn=false_fn)
    known = _known("cond", pred)
    if known is None:
        return _chosen(pred, true_fn(), false_fn())
    return true_fn() if known else false_fn()


def fori_loop(lower: int, upper: int, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """The state after `body_fun(i, state)` for each i from `lower` to below `upper`.

    Raises:
        ArgumentError: a bound is no whole number that is known, or there would be more than 65,536 turns.

    Example:
        >>> fori_loop(0, 4, lambda i, total: total + i, 0)
        6
    """
    _check_callable("fori_loop", 2, body_fun=body_fun)
    first, last = (_whole("fori_loop", name, value) for name, value in (("lower", lower), ("upper", upper)))
    if last - first > MOST_TURNS:
        raise ArgumentError(f"ops.fori_loop: {last - first:,} turns would be written out; {MOST_TURNS:,} are accepted")
    state = init_val
    for turn in range(first, last):
        state = body_fun(turn, state)
    return state


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: int | None = None
) -> Any:
    """The state after as many turns of `body` as `cond` says: it is asked before each.

    Args:
        cond: called on the state; one number that is known. Of a list or a tuple each element is an argument.
        body: called likewise, returns the next state.
        loop_vars: the first state.
        maximum_iterations: turns at most; as many as `cond` says by default.

    Raises:
        ArgumentError: what `cond` gives is no number that is known, or there are more than 65,536 turns.

    Example:
        >>> while_loop(lambda i: i < 10, lambda i: (i + 3,), (0,))
        (12,)
    """
    several = len(loop_vars) if isinstance(loop_vars, list | tuple) else 1
    _check_callable("while_loop", several, cond=cond, body=body)
    turns = maximum_iterations
    if turns is not None:
        turns = checks.whole("ops.while_loop", "maximum_iterations", turns, 0)
    state, is_several = loop_vars, isinstance(loop_vars, list | tuple)
    for turn in range(MOST_TURNS + 1):
        if turn == turns:
            return state
        goes_on = _known("while_loop", cond(*state) if is_several else cond(state))
        if goes_on is None:
            raise ArgumentError("ops.while_loop: whether it goes on must be known, got a tensor of a model")
        if not goes_on:
            return state
        state = body(*state) if is_several else body(state)
        if is_several and not isinstance(state, list | tuple):
            state = (state,)
    raise ArgumentError(f"ops.while_loop: it does not end within {MOST_TURNS:,} turns")


def switch(index: int, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """What one of several functions gives for the operands.

    Args:
        index: which, a whole number that is known; brought into the range that there is.
        branches: the functions.
        operands: what it is called on.

    Raises:
        ArgumentError: the number is not known, or there is no function.

    Example:
        >>> switch(1, [lambda x: x + 1, lambda x: x * 10], 5)
        50
    """
    if not isinstance(branches, list | tuple) or not branches:
        raise ArgumentError(f"ops.switch: branches is a list of functions, got {shown(branches)}")
    place = min(max(_whole("switch", "index", index), 0), len(branches) - 1)
    _check_callable("switch", len(operands), **{f"branches[{place}]": branches[place]})
    return branches[place](*operands)


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """What a function makes of each part along the first axis, the results stacked.

    Args:
        f: takes a part, returns a tensor, or several in a tuple, a list or a dictionary.
        xs: a tensor, or several in such a structure, whose first axes are alike and known.

    Raises:
        ArgumentError: the size of the first axis is open, or there are several.

    Example:
        >>> map(lambda x: x * x, [1.0, 2.0, 3.0]).tolist()
        [1.0, 4.0, 9.0]
    """
    return _mapped("map", f, xs)


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """The same as `map`: what a function makes of each part along the first axis, the results stacked.

    Raises:
        ArgumentError: the size of the first axis is open, or there are several.

    Example:
        >>> vectorized_map(lambda x: x * x, [1.0, 2.0, 3.0]).tolist()
        [1.0, 4.0, 9.0]
    """
    return _mapped("vectorized_map", function, elements)


def _mapped(what: str, function: Callable[[Any], Any], xs: Any) -> Any:
    _check_callable(what, 1, **{"f" if what == "map" else "function": function})
    given = xs if _is_numbers(xs) else mapped(xs, lambda item: item if is_tensor(item) else _array(what, item))
    given = _array(what, given) if _is_numbers(given) else given
    sizes: list[int | None] = []
    mapped(given, lambda item: sizes.append(item.shape[0] if len(item.shape) else None))
    if not sizes or None in sizes or 0 in sizes or len(set(sizes)) > 1:
        raise ArgumentError(f"ops.{what} takes parts along a first axis whose size is known, got sizes {sizes}")
    return _stacked([function(_part(given, place)) for place in range(sizes[0] or 0)])


def _part(xs: Any, place: int) -> Any:
    return mapped(xs, lambda item: item[place])


def _stacked(parts: list[Any]) -> Any:
    """Results of one structure, each leaf of all of them stacked."""
    first = parts[0]
    if isinstance(first, dict):
        return {key: _stacked([part[key] for part in parts]) for key in first}
    if isinstance(first, list | tuple):
        return type(first)(_stacked([part[place] for part in parts]) for place in range(len(first)))
    return stack(parts)


def _check_callable(what: str, arguments: int, **functions: Any) -> None:
    """Raise `ArgumentTypeError` for what is no function, or not one of so many arguments."""
    for name, function in functions.items():
        if not callable(function):
            raise ArgumentTypeError(f"ops.{what}: {name} is a function, got {shown(function)}")
        try:
            inspect.signature(function).bind(*[None] * arguments)
        except ValueError:
            continue  # one of C, which does not tell
        except TypeError as error:
            called = "without arguments" if arguments == 0 else f"with {arguments} argument{'s' * (arguments != 1)}"
            raise ArgumentTypeError(f"ops.{what}: {name} is called {called}; {shown(function)}: {error}") from None


def _is_numbers(value: Any) -> bool:
    """Whether it is a list of numbers, which stands for an array, and no structure of tensors."""
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, int | float | np.generic)


def _array(what: str, value: Any) -> np.ndarray:
    try:
        return array_of(value)
    except NoNumbers as error:
        raise ArgumentError(f"ops.{what} takes tensors, got {error.shown}") from error


def _known(what: str, value: Any) -> bool | None:
    """Whether a number is not 0; None where only a run will tell."""
    if isinstance(value, Symbolic):
        return None
    array = known_values(value) if isinstance(value, Tensor) else _array(what, value)
    if array is None:
        return None
    if array.size != 1:
        raise ArgumentError(f"ops.{what}: a condition is one number, got {shown(value)}")
    return bool(array.reshape(()))


def _whole(what: str, name: str, value: Any) -> int:
    """A whole number that is known, also as a tensor or an array of one."""
    values = known_values(value) if isinstance(value, Tensor) else value
    if values is None or isinstance(value, Symbolic):
        raise ArgumentError(f"ops.{what}: {name} must be known, got a tensor of a model")
    if isinstance(values, np.ndarray) and values.size == 1 and values.dtype.kind in "iuf":
        number = values.reshape(()).item()
        values = int(number) if math.isfinite(number) and number == math.floor(number) else number
    return checks.whole(f"ops.{what}", name, values)


def _chosen(pred: Any, yes: Any, no: Any) -> Any:
    """Of two structures of tensors each leaf of the one or the other, by a number of the graph."""
    if tuple(pred.shape) not in ((), (1,)):
        raise ArgumentError(f"ops.cond: a condition is one number, got shape {tuple(pred.shape)}; ops.where takes many")
    if isinstance(yes, dict) and isinstance(no, dict) and yes.keys() == no.keys():
        return {key: _chosen(pred, yes[key], no[key]) for key in yes}
    if isinstance(yes, list | tuple) and isinstance(no, list | tuple) and len(yes) == len(no):
        return type(yes)(_chosen(pred, *pair) for pair in zip(yes, no, strict=True))
    if isinstance(yes, list | tuple | dict) or isinstance(no, list | tuple | dict):
        raise ArgumentError("ops.cond: both functions must give as many tensors, in the same arrangement")
    return where(pred, yes, no)
