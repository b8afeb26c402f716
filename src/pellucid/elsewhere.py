"""Values that stand for those of variables for a while: what code does to them is looked at, and not done.

So the `update_state` of a metric of the user's own becomes operations of a graph, in which tensors stand for what the
metric keeps; and its `result` tells of numbers that are kept anywhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_elsewhere: ContextVar[dict[Any, Any] | None] = ContextVar("elsewhere", default=None)


@contextlib.contextmanager
def elsewhere(values: dict[Any, Any]) -> Iterator[None]:
    """Inside, variables have the values that are given, and take new ones there: what they hold themselves stays.

    So what code does to its variables can be emitted into a graph, or computed and thrown away. Whatever else keeps
    numbers may take part (`standing_for`, `keep_elsewhere`).

    Args:
        values: tensors of one graph or arrays, by what keeps them; holds the new ones afterwards.

    Example:
        >>> from pellucid import Variable
        >>> count = Variable([1.0])
        >>> values = {count: [5.0]}
        >>> with elsewhere(values):
        ...     _ = count.assign_add([1.0])
        >>> values[count].tolist(), count.numpy().tolist()
        ([6.0], [1.0])
    """
    token = _elsewhere.set(values)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def is_elsewhere() -> bool:
    """Whether new values are kept elsewhere now."""
    return _elsewhere.get() is not None


def standing_for(keeper: Any) -> Any:
    """What stands for the values of a variable, or of whatever keeps numbers, now; None for its own."""
    values = _elsewhere.get()
    return None if values is None else values.get(keeper)


def keep_elsewhere(keeper: Any, value: Any) -> bool:
    """Keep new values elsewhere, if the old ones stand there or that is where they begin; else say no."""
    values = _elsewhere.get()
    if values is None:
        return False
    values[keeper] = value
    return True
