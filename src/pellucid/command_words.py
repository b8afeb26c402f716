"""What a hint tells to type: an argument, in Python; on the command line an option of the command that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_OPTIONS: ContextVar[frozenset[str] | None] = ContextVar("options", default=None)


@contextmanager
def on_command_line() -> Iterator[None]:
    """Until the block ends, hints speak of the options that `speaks_of` tells."""
    token = _OPTIONS.set(frozenset())
    try:
        yield
    finally:
        _OPTIONS.reset(token)


def speaks_of(options: frozenset[str]) -> None:
    """Tell the options that the command has which runs."""
    if _OPTIONS.get() is not None:
        _OPTIONS.set(options)


def hint(python: str, commands: Mapping[str, str]) -> str:
    """What to type for something, where the reader is.

    Args:
        python: in Python.
        commands: by option, in a command that has it; what stands under "" in any other.

    Example:
        >>> hint("limit=None", {"--limit": "--limit 70"})
        'limit=None'
        >>> with on_command_line():
        ...     speaks_of(frozenset(["--limit", "--layer"]))
        ...     hint("limit=None", {"--limit": "--limit 70"}), hint("which='w'", {"--which": "--which w"})
        ('--limit 70', "in Python which='w'")
    """
    options = _OPTIONS.get()
    if options is None:
        return python
    found = next((words for option, words in commands.items() if option in options), None)
    return commands.get("", f"in Python {python}") if found is None else found
