"""Functions that go through the parts of a tensor along its first axis, whose size is known when they are called.

Source: keras/backend/tensorflow_backend.py of Keras 2.2.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid import ops
from pellucid.backend.given import shape_of
from pellucid.errors import ArgumentError, ArgumentTypeError, shown

Operand = Any
"""A tensor, a weight, an array or a number."""


def map_fn(fn: Callable[[Any], Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """What a function makes of each part, the results stacked; `name` and `dtype` are of no account.

    Args:
        fn: takes a part, or a tuple of parts where `elems` is one.
        elems: a tensor, or a tuple of several.
        name: of the operation in Keras's graph.
        dtype: of the results, which are float32 here.

    Raises:
        ArgumentError: the size of the first axis is open.

    Example:
        >>> map_fn(lambda x: x * x, [1.0, 2.0]).tolist()
        [1.0, 4.0]

    Source: keras.backend.map_fn.
    """
    return ops.map(fn, elems)


def foldl(fn: Callable[[Any, Any], Any], elems: Operand, initializer: Operand = None, name: str | None = None) -> Any:
    """What is left where a function takes in one part after the other, from the first.

    Args:
        fn: takes what there is so far, and the next part.
        elems: the parts, along the first axis.
        initializer: what there is before the first part; by default the first part itself.
        name: of the operation in Keras's graph; of no account.

    Raises:
        ArgumentError: the size of the first axis is open, or there is nothing to begin with.

    Example:
        >>> float(foldl(lambda total, x: total - x, [1.0, 2.0, 3.0]))
        -4.0

    Source: keras.backend.foldl.
    """
    return _folded("foldl", fn, elems, initializer, backward=False)


def foldr(fn: Callable[[Any, Any], Any], elems: Operand, initializer: Operand = None, name: str | None = None) -> Any:
    """The same from the last part to the first; see `foldl`.

    Example:
        >>> float(foldr(lambda total, x: total - x, [1.0, 2.0, 3.0]))
        0.0

    Source: keras.backend.foldr.
    """
    return _folded("foldr", fn, elems, initializer, backward=True)


def _folded(owner: str, fn: Callable[[Any, Any], Any], elems: Operand, start: Operand, *, backward: bool) -> Any:
    if not callable(fn):
        raise ArgumentTypeError(f"{owner}: fn is a function of what there is and the next part, got {shown(fn)}")
    shape = shape_of(owner, elems)
    if not shape or shape[0] is None:
        raise ArgumentError(f"{owner} goes through the first axis, whose size must be known, got the shape {shape}")
    parts = ops.unstack(elems, shape[0], axis=0) if shape[0] else []
    parts = list(reversed(parts)) if backward else list(parts)
    if start is None and not parts:
        raise ArgumentError(f"{owner} has nothing to begin with: there are no parts, and no initializer")
    found = parts.pop(0) if start is None else ops.convert_to_tensor(start)
    for part in parts:
        found = fn(found, part)
    return found
