"""Values that stand for those of variables for a while: what code does to them is looked at, and not done.

So the `update_state` of a metric of the user's own becomes operations of a graph, in which tensors stand for what the
metric keeps; and its `result` tells of numbers that are kept anywhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_elsewhere: ContextVar[tuple[dict[Any, Any], bool] | None] = ContextVar("elsewhere", default=None)


@contextlib.contextmanager
def elsewhere(values: dict[Any, Any], *, for_these_alone: bool = False) -> Iterator[dict[Any, Any]]:
    """Inside, variables have the values that are given, and take new ones there: what they hold themselves stays.

    So what code does to its variables can be emitted into a graph, or computed and thrown away. Whatever else keeps
    numbers may take part (`standing_for`, `keep_elsewhere`).

    Args:
        values: tensors of one graph or arrays, by what keeps them; holds the new ones afterwards.
        for_these_alone: whether variables that have no value there go on as outside.

    Example:
        >>> from pellucid import Variable
        >>> count = Variable([1.0])
        >>> values = {count: [5.0]}
        >>> with elsewhere(values):
        ...     _ = count.assign_add([1.0])
        >>> values[count].tolist(), count.numpy().tolist()
        ([6.0], [1.0])
    """
    token = _elsewhere.set((values, for_these_alone))
    try:
        yield values
    finally:
        _elsewhere.reset(token)


def is_elsewhere(keeper: Any = None) -> bool:
    """Whether new values, of this keeper or of one that is made now, are kept elsewhere."""
    now = _elsewhere.get()
    return now is not None and (not now[1] or keeper in now[0])


def others_stay() -> bool:
    """Whether values stand for those of some variables alone."""
    now = _elsewhere.get()
    return now is not None and now[1]


def standing_for(keeper: Any) -> Any:
    """What stands for the values of a variable, or of whatever keeps numbers, now; None for its own."""
    now = _elsewhere.get()
    return None if now is None else now[0].get(keeper)


def keep_elsewhere(keeper: Any, value: Any) -> bool:
    """Keep new values elsewhere, if the old ones stand there or that is where they begin; else say no."""
    now = _elsewhere.get()
    if now is None or not is_elsewhere(keeper):
        return False
    now[0][keeper] = value
    return True
