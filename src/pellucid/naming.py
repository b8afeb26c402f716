"""How things are named that users did not name, as Keras does: files and messages agree. And whose a class is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_counts: Counter[str] = Counter()


def snake_case(name: str) -> str:
    """A class name as Keras writes it for layers and in weight files.

    Example:
        >>> snake_case("Conv2D"), snake_case("GlobalAveragePooling2D"), snake_case("ReLU")
        ('conv2d', 'global_average_pooling2d', 're_lu')

    Source: keras.src.utils.naming.to_snake_case, held to it by tests/formats.
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def is_ours(cls: type) -> bool:
    """Whether a class is one of the library's own, by the name of its module."""
    return cls.__module__.startswith("pellucid.")


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, in the order of the alphabet.

    Example:
        >>> repeated(["b", "a", "b", "c", "a"])
        ['a', 'b']
    """
    return sorted(name for name, count in Counter(names).items() if count > 1)


def unique_name(base: str) -> str:
    """`base`, then `base_1`, `base_2`, ... for as long as the process runs (or until `clear_session`)."""
    count = _counts[base]
    _counts[base] += 1
    return f"{base}_{count}" if count else base


def clear_session() -> None:
    """Start the numbering of automatic names again.

    Example:
        >>> from pellucid import layers
        >>> clear_session()
        >>> layers.Flatten().name, layers.Flatten().name
        ('flatten', 'flatten_1')

    Source: keras.utils.clear_session.
    """
    _counts.clear()
