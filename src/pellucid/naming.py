"""How things are named that users did not name, as Keras does: files and messages agree. And whose a class is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_counts: Counter[str] = Counter()

LONGEST_PART = 255
"""How many letters the name of a layer has at most: as many as a file system takes for one of its own."""
NAME_RULE = f"1 to {LONGEST_PART} letters that can be seen, of any language, spaces among them, and no '/'"
"""`is_name` as it stands in a message."""
_ENDS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_JOINERS = "\u200c\u200d"  # they join letters of Indic and Arabic scripts, and emojis, into one sign


def snake_case(name: str) -> str:
    """A class name as Keras writes it for layers and in weight files.

    Example:
        >>> snake_case("Conv2D"), snake_case("GlobalAveragePooling2D"), snake_case("ReLU")
        ('conv2d', 'global_average_pooling2d', 're_lu')

    Source: keras.src.utils.naming.to_snake_case, held to it by tests/formats.
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def is_name(text: object) -> bool:
    """Whether a layer or a model may be called so, and a group of a file after it.

    As in Keras any text will do, but for "/", which parts the names of a path; signs that cannot be seen (ends of
    lines, what turns the direction of writing) would forge what a message or a terminal shows.

    Example:
        >>> is_name("my layer"), is_name("café"), is_name("層 1"), is_name("block/conv"), is_name("two\\nlines")
        (True, True, True, False, False)
    """
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_PART or "/" in text:
        return False
    return text.isprintable() or all(map(_is_seen, text))


def as_name(text: str) -> str:
    """A text as `is_name` takes it: "_" stands for each sign that it does not take.

    Example:
        >>> as_name("inception_3a/1x1"), as_name("my layer"), as_name("")
        ('inception_3a_1x1', 'my layer', '_')
    """
    return "".join(letter if is_name(letter) else "_" for letter in text[:LONGEST_PART]) or "_"


def distinct(names: Sequence[str]) -> list[str]:
    """The names, numbered where they repeat.

    Example:
        >>> distinct(["kernel", "bias", "kernel"])
        ['kernel', 'bias', 'kernel_1']
    """
    counts: Counter[str] = Counter()
    taken, found = set(names), []
    for name in names:
        told, number = name, counts[name]
        while number and told in taken:  # of "a", "a" and "a_1" the second is no "a_1", which there is
            told, number = f"{name}_{number}", number + 1
        counts[name] += 1
        taken.add(told)
        found.append(told)
    return found


def _is_seen(letter: str) -> bool:
    """Whether a sign shows itself, parts words as a space does, or joins letters; ends of lines count as spaces too."""
    return letter.isprintable() or letter in _JOINERS or (letter.isspace() and letter not in _ENDS)


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


_FIRST: ContextVar[int] = ContextVar("number of the first of one name", default=0)


def unique_name(base: str) -> str:
    """`base`, then `base_1`, `base_2`, ... for as long as the process runs (or until `clear_session`)."""
    count = _counts[base] + _FIRST.get()
    _counts[base] += 1
    return f"{base}_{count}" if count else base


@contextmanager
def numbered_from_one() -> Iterator[None]:
    """Within it the first of one name has a number too, as in Keras 1 and 2.

    Example:
        >>> with names_kept(), numbered_from_one():
        ...     clear_session()
        ...     unique_name("dense"), unique_name("dense")
        ('dense_1', 'dense_2')
    """
    token = _FIRST.set(1)
    try:
        yield
    finally:
        _FIRST.reset(token)


@contextmanager
def names_kept() -> Iterator[None]:
    """Within it names are given as ever; behind it all is as if none had been."""
    before = _counts.copy()
    try:
        yield
    finally:
        _counts.clear()
        _counts.update(before)


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
