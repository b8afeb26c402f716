"""Every exception that Pellucid raises on purpose.

    PellucidError
    ├── ArgumentError (ValueError)      an argument is out of range, unknown or contradictory
    │   ├── ArgumentTypeError (TypeError)  an argument is of a type that cannot be used
    │   ├── NotYetError (AttributeError)  a layer or model is asked for what it has once it is built
    │   └── ShapeError                  shapes do not fit together
    ├── GraphError (ValueError)         a graph breaks the grammar that `graph.verify` checks
    ├── DataError (ValueError)          training or input data cannot be used: NaN, labels out of range, wrong length
    ├── FileError (OSError, ValueError) a model or data file is missing, damaged or not what it should be
    └── EngineError (RuntimeError)      an engine is not available on this machine

Messages say what was expected, what came and what to do next. Each class also derives from the built-in exception
that a caller would expect, so `except ValueError` keeps working.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DataError",
    "EngineError",
    "FileError",
    "GraphError",
    "NotYetError",
    "PellucidError",
    "ShapeError",
    "unknown_name",
]


class PellucidError(Exception):
    """The root of the tree above; catch it to catch everything that Pellucid raises on purpose."""


class ArgumentError(PellucidError, ValueError):
    """An argument is out of range, unknown, or contradicts another."""


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument is of a type that cannot be used, such as text where a whole number is expected."""


class NotYetError(ArgumentError, AttributeError):
    """A layer or model is asked for what it has once it is built: `hasattr` says no."""


class ShapeError(ArgumentError):
    """Shapes do not fit together."""


class GraphError(PellucidError, ValueError):
    """A graph is not well formed."""


class DataError(PellucidError, ValueError):
    """Data handed to a model cannot be used as it is."""


class FileError(PellucidError, OSError, ValueError):
    """A model or data file is missing, damaged, or not what it should be."""


class EngineError(PellucidError, RuntimeError):
    """An engine cannot be used on this machine; the message says why and what would help."""


def nearest_names(name: object, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Those of the known names that come nearest to one that is not among them; none where none is near.

    Example:
        >>> nearest_names("adm", ["adam", "sgd"])
        ['adam']
    """
    import difflib  # only now: mistakes are rare

    return difflib.get_close_matches(str(name).lower(), known, n=most)


def unknown_name(kind: str, name: object, known: Iterable[str]) -> ArgumentError:
    """The error for a name that is not in a closed set, with the nearest known one.

    Args:
        kind: what the name stands for, as it reads in a sentence ("loss", "padding").
        name: what came.
        known: the names that would have been accepted.

    Returns:
        the error, to be raised by the caller.

    Example:
        >>> print(unknown_name("optimizer", "adm", ["adam", "sgd"]))
        unknown optimizer 'adm'; did you mean 'adam'? Known: adam, sgd
    """
    names = sorted(known)
    near = nearest_names(name, names, most=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return ArgumentError(f"unknown {kind} {name!r}{hint} Known: {', '.join(names)}")
