"""How a kernel is written: its name, its settings behind it, in a volume on how many slices it lies, and what a
description tells of a likeness: how it is turned, moved, and its sign."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from pellucid.errors import ArgumentError, shown

LONGEST = 200
MOST_SLICES = 255
_WRITTEN = re.compile(r"(?is)\s*(\w+)\s*(?:\((.*)\))?\s*(?:on (?:one|each of (\d{1,9})) slices?)?\s*")
_LIKENESS = re.compile(
    r"(?is)(.*?)(?:,\s*turned by (90|180|270) degrees)?(?:,\s*moved by ([+-]\d{1,3}(?:\s*,\s*[+-]\d{1,3})*))?"
    r"(,\s*negative)?(:\s*cosine\s+[+-]?\d(?:\.\d+)?)?\s*"
)


class Written(NamedTuple):
    """A kernel as it is written.

    Attributes:
        name: of the kernel, in small letters.
        settings: of its function.
        slices: on how many slices of a volume it lies; None for a kernel of its own axes.
        turned: by how many degrees, clockwise.
        moved: by how many taps from the middle, per axis; () for not at all.
        negative: whether it is the negative.
        is_likeness: whether any of this is said, or a cosine, as a description tells what a filter resembles.
    """

    name: str
    settings: dict[str, Any]
    slices: int | None
    turned: int = 0
    moved: tuple[int, ...] = ()
    negative: bool = False
    is_likeness: bool = False


def read(text: str) -> Written:
    """What is written; of anything that is not so written the name is all of it.

    Raises:
        ArgumentError: the settings cannot be read.

    Example:
        >>> read("gabor(size=5, wavelength=3)").settings
        {'size': 5, 'wavelength': 3}
        >>> read("sobel_x on each of 3 slices")
        Written(name='sobel_x', settings={}, slices=3, turned=0, moved=(), negative=False, is_likeness=False)
        >>> read("corner, turned by 90 degrees, moved by +0, -1, negative: cosine -0.785")[3:]
        (90, (0, -1), True, True)
    """
    likeness = _LIKENESS.fullmatch(text) if len(text) <= LONGEST else None
    if likeness is None or not any(likeness.groups()[1:]):
        return _plain(text)
    plain, turned, moved, negative, _ = likeness.groups()
    shift = tuple(int(step) for step in moved.split(",")) if moved else ()
    return _plain(plain)._replace(turned=int(turned or 0), moved=shift, negative=bool(negative), is_likeness=True)


def _plain(text: str) -> Written:
    """What is written of the kernel itself."""
    found = _WRITTEN.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        return Written(text.lower(), {}, None)
    name, inside, many = found.groups()
    slices = int(many) if many else 1 if text.lower().rstrip().endswith(" slice") else None
    if slices is not None and not 1 <= slices <= MOST_SLICES:
        raise ArgumentError(f"kernel {shown(text)}: it lies on 1 to {MOST_SLICES} slices")
    return Written(name.lower(), {} if inside is None else _settings(text, inside), slices)


def _settings(text: str, inside: str) -> dict[str, Any]:
    try:
        call = ast.parse(f"f({inside})", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or any(each.arg is None for each in call.keywords):
            raise ValueError
        return {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ArgumentError(
            f"kernel {shown(text)}: settings are written as in Python, each by its name: gabor(size=5, wavelength=3)"
        ) from None
