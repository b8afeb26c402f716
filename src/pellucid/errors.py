"""Every exception that Pellucid raises on purpose.

    PellucidError
    ├── ArgumentError (ValueError)      an argument is out of range, unknown or contradictory
    │   ├── ArgumentTypeError (TypeError)  an argument is of a type that cannot be used
    │   └── ShapeError                  shapes do not fit together
    ├── GraphError (ValueError)         a graph breaks the grammar that `graph.verify` checks
    ├── DataError (ValueError)          training or input data cannot be used: NaN, labels out of range, wrong length
    ├── FileError (OSError, ValueError) a model or data file is missing, damaged or not what it should be
    └── EngineError (RuntimeError)      an engine is not available on this machine

Messages say what was expected, what came and what to do next. Each class also derives from the built-in exception
that a caller would expect, so `except ValueError` keeps working.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DataError",
    "EngineError",
    "FileError",
    "GraphError",
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


def nearest_names(name: object, known: Collection[str], *, most: int = 3) -> list[str]:
    """Those of the known names that come nearest to one that is not among them; none where none is near.

    Names that have all its words come first ("sparse_crossentropy": "sparse_categorical_crossentropy"), of these the
    shortest; else those that are spelled most alike.

    Example:
        >>> nearest_names("adm", ["adam", "sgd"]), nearest_names("sparse_mean", ["mean", "sparse_class_mean"])
        (['adam'], ['sparse_class_mean'])
    """
    return _of_all_words(name, known)[:most] or _spelled_alike(name, known, most)


def _of_all_words(name: object, known: Iterable[str]) -> list[str]:
    """The names that have all words of this one, the shortest first."""
    wanted = _words(name)
    return sorted((each for each in known if wanted and wanted <= _words(each)), key=len)


def _spelled_alike(name: object, known: Iterable[str], most: int) -> list[str]:
    import difflib  # only now: mistakes are rare

    return difflib.get_close_matches(str(name).lower(), known, n=most)


def _words(name: object) -> set[str]:
    """The words of a name, however it joins them; "cross_entropy" is one, as in Keras's names."""
    spelled = str(name).lower().replace("-", "_").replace(" ", "_").replace("cross_entropy", "crossentropy")
    return {word for word in spelled.split("_") if word}


def unknown_name(
    kind: str, name: object, known: Iterable[str], meant: Mapping[str, Sequence[str]] | None = None
) -> ArgumentError:
    """The error for a name that is not in a closed set, with the nearest known ones.

    Args:
        kind: what the name stands for, as it reads in a sentence ("loss", "padding").
        name: what came.
        known: the names that would have been accepted.
        meant: for words that people use, the known names that they may mean by them.

    Returns:
        the error, to be raised by the caller.

    Example:
        >>> print(unknown_name("optimizer", "adm", ["adam", "sgd"]))
        unknown optimizer 'adm'; did you mean 'adam'? Known: adam, sgd
        >>> print(unknown_name("loss", "l2", ["mean_squared_error"], {"l2": ["mean_squared_error"]}))
        unknown loss 'l2'; did you mean 'mean_squared_error'? Known: mean_squared_error
    """
    names = sorted(known)
    near = (meant or {}).get(str(name).lower()) or _of_all_words(name, names)[:3] or _spelled_alike(name, names, 1)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
    return ArgumentError(f"unknown {kind} {name!r}{hint} Known: {', '.join(names)}")
