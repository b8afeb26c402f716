"""Results of functions as arrays whose arithmetic a running tape sees."""

from __future__ import annotations

import functools
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


def eagerly(function: Callable[..., Any], plain: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A function whose result is such an array; the `name` that TensorFlow's functions take means nothing.

    Args:
        function: of operands of all kinds.
        plain: NumPy's, which does for arrays where no tape is running: data sets ask for every sample by itself.
    """

    @functools.wraps(function)
    def called(*args: Any, name: str | None = None, **options: Any) -> Any:
        if plain is not None and are_plain(*args):
            return eager(np.asarray(plain(*map(_plain, args), **options)))
        return eager(function(*map(_as_one, args), **options))

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
