"""What the font of pictures cannot write: a box stands in its place, and one sentence says so."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pellucid.warned import warn

__all__ = ["FONT", "writable"]

FONT = "DejaVu Sans"  # comes with matplotlib
BOX = "□"


@lru_cache(maxsize=4096)
def writable(text: str) -> str:
    """Text with a box for each letter that the font lacks, of which it warns: matplotlib does for each, file by file.

    Args:
        text: any; names of classes are in all scripts.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True) as heard:
        ...     warnings.simplefilter("always")
        ...     text = writable("cat, gato, кот, 猫")
        >>> text, str(heard[0].message).partition(":")[0]
        ('cat, gato, кот, □', 'the font of pictures, DejaVu Sans, has no CJK letters')
    """
    if text.isascii():
        return text
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=FONT)))
    missing = {letter for letter in text if not letter.isspace() and not font.get_char_index(ord(letter))}
    if missing:
        kinds = " and ".join(sorted({_kind(letter) for letter in missing}))
        warn(f"the font of pictures, {FONT}, has no {kinds}: {BOX} stands where they are in names, in pictures alone")
    return "".join(BOX if letter in missing else letter for letter in text)


def _kind(letter: str) -> str:
    """The script that a letter is of, by the first word of its name."""
    script = unicodedata.name(letter, "").partition(" ")[0]
    return f"{script if script == 'CJK' else script.title()} letters" if letter.isalpha() and script else "such signs"
