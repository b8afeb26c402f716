"""What functions of the backend module are given: numbers, shapes, types, variables, and words of Keras's for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pellucid import checks
from pellucid.arraylike import NoNumbers, array_of
from pellucid.dispatch import Array
from pellucid.errors import ArgumentError, ArgumentTypeError, shown
from pellucid.ops.shapes import checked_sizes

FORMATS = {"tf": "channels_last", "th": "channels_first"}


def data_format_of(owner: str, value: Any) -> str | None:
    """A data format in the words of any generation, in today's; None for the process's default."""
    if value is None:
        return None
    word = checks.word(owner, "data_format", value, (*FORMATS, *FORMATS.values()))
    return FORMATS.get(word, word)


def numbers_of(owner: str, value: Any, name: str = "value") -> np.ndarray:
    """The numbers that an argument stands for; raises `ArgumentTypeError` where it stands for none."""
    try:
        return array_of(value)
    except NoNumbers as error:
        raise ArgumentTypeError(f"{owner}: {name} must be numbers, got {error}") from error


def rank_of(owner: str, x: Any) -> int:
    """How many axes a tensor has, or numbers in lists."""
    return len(shape_of(owner, x))


def shape_of(owner: str, x: Any) -> tuple[int | None, ...]:
    """The sizes of a tensor, a weight or numbers; None where open."""
    shape = getattr(x, "shape", None)
    return shape if isinstance(shape, tuple) else numbers_of(owner, x, "x").shape


def whole_places(found: Any) -> Any:
    """Places as whole numbers, where they are numbers already."""
    return found.astype(np.int64).view(Array) if isinstance(found, np.ndarray) else found


def sizes_of(owner: str, shape: Any) -> tuple[int, ...]:
    """The sizes of a shape, as a list or an array has them; raises `ArgumentError` where it is none."""
    return checked_sizes(shape.tolist() if isinstance(shape, np.ndarray) else shape, f"{owner}: shape")


def seed_of(owner: str, seed: Any) -> int | None:
    """A seed, or None."""
    return None if seed is None else checks.whole(owner, "seed", seed, 0, 2**63 - 1)


def several_of(owner: str, name: str, value: Any, what: str) -> list[Any]:
    """The items of whatever can be gone through, but for text and numbers."""
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | np.ndarray):
        raise ArgumentTypeError(f"{owner}: {name} must be a list of {what}, got {shown(value)}")
    try:
        return list(value)
    except Exception as error:  # of an object of the user's own
        raise ArgumentTypeError(f"{owner}: {name} must be a list of {what}, got {shown(value)}") from error


def variable_of(owner: str, x: Any) -> Any:
    """A variable, a weight or an optimiser's rate: what can be given another value."""
    if isinstance(x, type) or not (hasattr(x, "assign") and hasattr(x, "numpy")):
        raise ArgumentError(f"{owner} takes a variable, a weight or an optimizer's lr, got {shown(x)}")
    return x
