"""How a kernel is written: its name, its settings behind it, and, in a volume, on how many slices it lies."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from pellucid.errors import ArgumentError, shown

LONGEST = 200
MOST_SLICES = 255
_WRITTEN = re.compile(r"(?is)\s*(\w+)\s*(?:\((.*)\))?\s*(?:on (?:one|each of (\d{1,9})) slices?)?\s*")


class Written(NamedTuple):
    """A kernel as it is written.

    Attributes:
        name: of the kernel, in small letters.
        settings: of its function.
        slices: on how many slices of a volume it lies; None for a kernel of its own axes.
    """

    name: str
    settings: dict[str, Any]
    slices: int | None


def read(text: str) -> Written:
    """What is written; of anything that is not so written the name is all of it.

    Raises:
        ArgumentError: the settings cannot be read.

    Example:
        >>> read("gabor(size=5, wavelength=3)").settings
        {'size': 5, 'wavelength': 3}
        >>> read("sobel_x on each of 3 slices")
        Written(name='sobel_x', settings={}, slices=3)
    """
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
