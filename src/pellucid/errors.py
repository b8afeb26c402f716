"""Every exception that Pellucid raises on purpose.

    PellucidError
    ├── ArgumentError (ValueError)      an argument is out of range, unknown or contradictory
    │   ├── ArgumentTypeError (TypeError)  an argument is of a type that cannot be used
    │   ├── NotYetError (AttributeError)  something does not exist, or does not exist yet
    │   ├── ReservedError (AttributeError)  an attribute cannot be set, for it follows from others
    │   └── ShapeError                  shapes do not fit together
    ├── GraphError (ValueError)         a graph breaks the grammar that `graph.verify` checks
    ├── DataError (ValueError)          training or input data cannot be used: NaN, labels out of range, wrong length
    ├── FileError (OSError, ValueError) a model or data file is missing, damaged or not what it should be
    ├── TrainingError (RuntimeError)    a training cannot go on: its loss is no number any more
    └── EngineError (RuntimeError)      an engine is not available on this machine, or computes something else

Messages say what was expected, what came and what to do next. Each class also derives from the built-in exception
that a caller would expect, so `except ValueError` keeps working.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DataError",
    "EngineError",
    "FileError",
    "GraphError",
    "NotYetError",
    "PellucidError",
    "ReservedError",
    "ShapeError",
    "TrainingError",
    "escaped",
    "of_file",
    "shorter",
    "shown",
    "unknown_name",
]


class PellucidError(Exception):
    """The root of the tree above; catch it to catch everything that Pellucid raises on purpose."""


class ArgumentError(PellucidError, ValueError):
    """An argument is out of range, unknown, or contradicts another."""


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument is of a type that cannot be used, such as text where a whole number is expected."""


class NotYetError(ArgumentError, AttributeError):
    """What is asked for does not exist yet, such as the kernel of a layer that has not met its input."""


class ReservedError(ArgumentError, AttributeError):
    """An attribute cannot be set, for it follows from others."""


class ShapeError(ArgumentError):
    """Shapes do not fit together."""


class GraphError(PellucidError, ValueError):
    """A graph is not well formed."""


class DataError(PellucidError, ValueError):
    """Data handed to a model cannot be used as it is."""


class FileError(PellucidError, OSError, ValueError):
    """A model or data file is missing, damaged, or not what it should be."""


class TrainingError(PellucidError, RuntimeError):
    """A training cannot go on as it is, such as one that has diverged."""


class EngineError(PellucidError, RuntimeError):
    """An engine cannot be used on this machine, or gave a wrong number; the message says why and what would help."""


class OutOfMemoryError(EngineError, MemoryError):
    """There is not as much memory as a run needs; nothing has changed, and a run that needs less goes well."""


def escaped(name: object) -> str:
    """A name that comes from outside as it may stand in a line of text: what is not printed is written in letters.

    A file may be called anything; none may end the line that names it, or speak to the terminal.

    Example:
        >>> print(escaped("a file\\nand a line"))
        a file\\nand a line
    """
    text = str(name)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


LONGEST_NAME = 128  # what is longer is no name
ALMOST, ALIKE = 0.88, 0.6  # how similar two names are, from 0 to 1 (difflib): nearly the same, and just related


def nearest_names(name: object, known: Collection[str], *, most: int = 3) -> list[str]:
    """Those of the known names that come nearest to one that is not among them; none where none is near.

    Those that are almost the same come first ("line": "lines"); then names that have all its words
    ("sparse_crossentropy": "sparse_categorical_crossentropy"), the shortest first; else those that are spelled most
    alike.

    Example:
        >>> nearest_names("adm", ["adam", "sgd"]), nearest_names("sparse_mean", ["mean", "sparse_class_mean"])
        (['adam'], ['sparse_class_mean'])
        >>> nearest_names("conv2d", ["Conv1D", "Conv2D"], most=1)
        ['Conv2D']
    """
    found = _spelled_alike(name, known, most, ALMOST) or _of_all_words(name, known)[:most]
    return found or _spelled_alike(name, known, most)


def _of_all_words(name: object, known: Iterable[str]) -> list[str]:
    """The names that have all words of this one, the shortest first."""
    wanted = _words(name) if isinstance(name, str) and len(name) <= LONGEST_NAME else set()
    return sorted((each for each in known if wanted and wanted <= _words(each)), key=len)


def _spelled_alike(name: object, known: Iterable[str], most: int, least: float = ALIKE) -> list[str]:
    import difflib  # only now: mistakes are rare

    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        return []
    written = {word.lower(): word for word in known}
    return [written[word] for word in difflib.get_close_matches(name.lower(), written, n=most, cutoff=least)]


def shown(value: object, most: int = 160) -> str:
    """A value as a message shows it: in one line and not too long, whatever it is.

    Args:
        value: anything, also what cannot be shown: an object of the user's own whose `__repr__` fails, a whole number
            of more digits than Python writes down.
        most: how many characters.

    Example:
        >>> shown("relu"), shown([1] * 100, most=12), shown(10**5000)
        ("'relu'", '[1, 1,...1]', '<int of 16610 bits>')
    """
    try:
        text = repr(value)
    except Exception:  # whatever a foreign `__repr__` says
        text = f"<int of {value.bit_length()} bits>" if isinstance(value, int) else f"<{type(value).__name__}>"
    return shorter(text, most)


def bare(value: object) -> str:
    """A value as `shown` shows it, but text without quotes.

    Example:
        >>> bare("relu"), bare(None)
        ('relu', 'None')
    """
    return shorter(value) if isinstance(value, str) else shown(value)


def shorter(text: str, most: int = 160) -> str:
    """A text in one line, its middle left out where it is long.

    Example:
        >>> shorter("one\\n  two"), shorter("12345678901234567890", most=12)
        ('one two', '123456...890')
    """
    line = re.sub(r"\s*\n\s*", " ", text)
    return line if len(line) <= most else f"{line[: most // 2]}...{line[-most // 4 :]}"


LONGEST_MESSAGE = 2000


def of_file(name: str, error: Exception) -> FileError:
    """An error that came up while a file was read, as one about the file, which it names once and at its beginning.

    What is in a file may be as long as its author likes; of the message only so much is kept as a person reads.

    Args:
        name: of the file, as it may stand in a line of text (see `escaped`).
        error: what came; of one that Pellucid does not raise on purpose the kind is told too.

    Example:
        >>> str(of_file("a.keras", ArgumentError("units must be at least 1")))
        'a.keras: units must be at least 1'
        >>> str(of_file("a.keras", KeyError("config")))
        "a.keras: it holds something that is not understood (KeyError: 'config')"
    """
    told = str(error)
    if not isinstance(error, PellucidError):
        told = f"it holds something that is not understood ({type(error).__name__}: {told})"
    if len(told) > LONGEST_MESSAGE:
        told = shorter(told, LONGEST_MESSAGE)
    return FileError(told if told.startswith(name) else f"{name}: {told}")


def _words(name: str) -> set[str]:
    """The words of a name, however it joins them; "cross_entropy" is one, as in Keras's names."""
    spelled = name.lower().replace("-", "_").replace(" ", "_").replace("cross_entropy", "crossentropy")
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
        >>> print(unknown_name("layer", "conv", ["inner/conv", "flat"]))
        unknown layer 'conv'; did you mean 'inner/conv'? Known: flat, inner/conv
    """
    names = sorted(set(known))
    wanted = (meant or {}).get(name.lower()) if isinstance(name, str) else None
    inside = [path for path in names if isinstance(name, str) and path.endswith(f"/{name}")]
    near = wanted or inside[:3] or _spelled_alike(name, names, 1, ALMOST) or _of_all_words(name, names)[:3]
    near = near or _spelled_alike(name, names, 1)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
    error = ArgumentError if isinstance(name, str) else ArgumentTypeError
    return error(f"unknown {kind} {shown(name)}{hint} Known: {', '.join(names)}")
