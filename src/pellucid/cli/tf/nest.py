"""`tf.nest`: arrays in tuples, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def flatten(structure: Any) -> list[Any]:
    """What is inside, in order; of dictionaries by their sorted keys."""
    if isinstance(structure, dict):
        return [each for key in sorted(structure) for each in flatten(structure[key])]
    if isinstance(structure, list | tuple):
        return [each for part in structure for each in flatten(part)]
    return [structure]


def map_structure(func: Callable[..., Any], *structures: Any) -> Any:
    """A function of what stands at the same places of several."""
    first = structures[0]
    if isinstance(first, dict):
        return {key: map_structure(func, *(each[key] for each in structures)) for key in first}
    if isinstance(first, list | tuple):
        return type(first)(map_structure(func, *parts) for parts in zip(*structures, strict=True))
    return func(*structures)
