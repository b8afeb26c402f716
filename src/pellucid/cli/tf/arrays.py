"""Results of functions as arrays whose arithmetic a running tape sees."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import ops
from pellucid.arraylike import Texts
from pellucid.dispatch.anywhere import Symbolic
from pellucid.dispatch.arrays import RECORDER
from pellucid.graph import Tensor
from pellucid.tape.recording import Eager


class Words(Eager):
    """An array of text, which `numpy()` gives as bytes, as TensorFlow does.

    Example:
        >>> eager(np.array("cats/1.jpg")).numpy()
        b'cats/1.jpg'
    """

    numpy = Texts.numpy

    def __getitem__(self, key: Any) -> Any:
        return np.asarray(self.view(np.ndarray)[key]).view(Words)


def eager(found: Any) -> Any:
    """An array as one whose arithmetic a tape sees, or that of text; all else as it is."""
    if not isinstance(found, np.ndarray | np.generic):
        return found
    return np.asarray(found).view(Words if found.dtype.kind == "U" else Eager)


def content_tensor(content: bytes) -> Any:
    """Bytes as a tensor that holds them whole; NumPy's own arrays of bytes forget zeros at the end.

    Example:
        >>> content_tensor(b"JFIF\\0").numpy()
        b'JFIF\\x00'
    """
    found = np.empty((), object)
    found[()] = content
    return found.view(Eager)


def eagerly(
    function: Callable[..., Any], plain: Callable[..., Any] | None = None, words: str = ""
) -> Callable[..., Any]:
    """A function whose result is such an array; the `name` that TensorFlow's functions take means nothing.

    Args:
        function: of operands of all kinds.
        plain: NumPy's, which does for arrays where no tape is running: data sets ask for every sample by itself.
        words: what TensorFlow calls the first operands; "x y" by default for a function of two.

    Example:
        >>> multiply = eagerly(ops.multiply)
        >>> float(multiply(y=3.0, x=2.0, name="six"))
        6.0
    """
    own = _arguments_of(function)
    named = words.split() or [TENSORFLOWS[each] for each in own if each in TENSORFLOWS]

    @functools.wraps(function)
    def called(*args: Any, name: str | None = None, **options: Any) -> Any:
        if options:
            for word in named[len(args) :]:
                if word not in options:
                    break
                args = (*args, options.pop(word))
        if plain is not None and are_plain(*args):
            return eager(np.asarray(plain(*map(_plain, args), **options)))
        return eager(function(*map(_as_one, args), **options))

    if own:
        todays = [each.replace(name=word) for each, word in zip(own.values(), named, strict=False)]
        further = [each for each in list(own.values())[len(todays) :] if each.name != "name"]
        called.__signature__ = inspect.Signature([*todays, *further, NAME])  # type: ignore[attr-defined]
    return called


TENSORFLOWS = {"x1": "x", "x2": "y"}
"""What TensorFlow calls operands that have these names here."""
NAME = inspect.Parameter("name", inspect.Parameter.KEYWORD_ONLY, default=None)


def _arguments_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a function by name; none of one that does not tell, or that takes any."""
    try:
        found = dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # written in C
        return {}
    return found if all(each.kind is each.POSITIONAL_OR_KEYWORD for each in found.values()) else {}


def with_name(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes a `name`, which means nothing, as all of TensorFlow's do."""

    @functools.wraps(function)
    def called(*args: Any, name: str | None = None, **options: Any) -> Any:
        return function(*args, **options)

    given = inspect.signature(function)
    called.__signature__ = given.replace(parameters=[*given.parameters.values(), NAME])  # type: ignore[attr-defined]
    return called


def _as_one(value: Any) -> Any:
    """A list of tensors as one of them, as TensorFlow takes it."""
    if isinstance(value, list | tuple) and any(isinstance(each, Symbolic | Tensor | np.ndarray) for each in value):
        return ops.stack([_as_one(each) for each in value])
    return value


def are_plain(*args: Any) -> bool:
    """Whether NumPy can do it: there are arrays, numbers and lists of them, and no tape is running."""
    return RECORDER.get() is None and all(map(_is_plain, args))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, np.ndarray | np.generic | int | float | str)


def _plain(value: Any) -> Any:
    """As NumPy's own class."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.view(np.ndarray) if isinstance(value, np.ndarray) else value
