"""`tf.autograph`: functions are Python here, so there is nothing to turn into a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def to_graph(entity: Callable[..., Any], recursive: bool = True) -> Callable[..., Any]:
    """The function itself."""
    return entity


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Nothing: nothing is said."""


class experimental:
    """Ways to speak to what turns functions into graphs."""

    @staticmethod
    def do_not_convert(func: Any = None) -> Any:
        """The function itself."""
        return (lambda given: given) if func is None else func

    @staticmethod
    def set_loop_options(**options: Any) -> None:
        """Nothing: loops are Python's."""
