"""One slice of numbers as lines of text: coloured cells, half blocks, shades, or the numbers themselves.

The colours come from `colors.paint`. Without colour, a cell is two characters that give sign and magnitude.
"""

from __future__ import annotations

import math

import numpy as np

from pellucid.command_words import hint
from pellucid.frozen import Frozen
from pellucid.views.colors import ink_on, paint
from pellucid.views.precision import NumberFormat
from pellucid.views.slices import shrink
from pellucid.views.terminal.lines import RGB, Line, Span

__all__ = [
    "SHADES",
    "Cells",
    "describe_shades",
    "half_blocks",
    "left_out",
    "photo_tile",
    "shade",
    "shrink",
    "tile",
    "wrap_columns",
]

SHADES = " .:=+*x#%@"  # zero, then nine equal steps up to the limit
_HALF = "\N{UPPER HALF BLOCK}"


class Cells(Frozen):
    """How the numbers of a slice are written.

    Args:
        color: whether cells are painted.
        form: how the numbers stand in the cells, or None to leave them out.
        room: columns of one cell, >= 2.
    """

    color: bool
    form: NumberFormat | None = None
    room: int = 2

    @classmethod
    def with_numbers(cls, color: bool, form: NumberFormat, values: np.ndarray) -> Cells:
        """Cells wide enough for each of the numbers and a space."""
        return cls(color, form, max(len(form(value)) for value in values.ravel().tolist()) + 1)

    def text(self, value: float, limit: float) -> str:
        """What stands in the cell of a number."""
        if self.form:
            return f"{self.form(value):>{self.room}}"
        if self.color:
            return "  " if math.isfinite(value) else "??"
        return shade(value, limit)


def shade(value: float, limit: float) -> str:
    """A number as two characters: its shade twice, or a minus and its shade.

    Only zero is blank: whatever is not zero has at least the palest shade.

    Example:
        >>> [shade(value, 1.0) for value in (0.0, 0.001, 1.0, -0.5, math.nan)]
        ['  ', '..', '@@', '-*', '??']
    """
    if not math.isfinite(value):
        return "??"
    if value == 0 or limit == 0:
        return SHADES[0] * 2
    step = SHADES[min(math.ceil(abs(value) / limit * (len(SHADES) - 1)), len(SHADES) - 1)]
    return f"-{step}" if value < 0 else step * 2


def describe_shades(values: np.ndarray, largest: str) -> str:
    """The rule of `shade` in words, as far as these numbers need it.

    Example:
        >>> describe_shades(np.array([0.0, -1.0]), "1")
        'Blank is zero, then . : = + * x # % @ up to 1; a minus in front is negative.'
    """
    sentence = f"Blank is zero, then {' '.join(SHADES[1:])} up to {largest}"
    sentence += "; a minus in front is negative" if (values < 0).any() else ""
    sentence += "; ?? is not a number (NaN or infinite)" if not np.isfinite(values).all() else ""
    return f"{sentence}."


def left_out(limit: int | None, total: int, item: str) -> list[str]:
    """Says what a limit leaves out, with what to type to see it; nothing where nothing is left out.

    Example:
        >>> left_out(8, 32, "filter")
        ['8 of 32 filters shown; limit=None shows all.']
        >>> left_out(None, 32, "filter")
        []
    """
    if limit is None or limit >= total:
        return []
    commands = {"--limit": f"--limit {total}", "--all": "--all"}
    every = hint("limit=None", commands | ({"": f"pellucid maps --limit {total}"} if item == "map" else {}))
    return [f"{limit} of {total} {item}s shown; {every} shows all."]


def tile(values: np.ndarray, limit: float, cells: Cells) -> list[Line]:
    """A slice as lines.

    Args:
        values: numbers (rows, columns).
        limit: the magnitude of the darkest colour or shade.
        cells: how they are written.

    Returns:
        one line per row.

    Example:
        >>> rows = tile(np.array([[0.0, 1.0], [-1.0, 0.5]]), 1.0, Cells(color=False))
        >>> ["".join(span.text for span in row) for row in rows]
        ['  @@', '-@**']
    """
    texts = [[cells.text(value, limit) for value in row] for row in values.tolist()]
    if not cells.color:
        return [[Span(text) for text in row] for row in texts]
    papers = paint(values, limit)
    inks = ink_on(papers)
    return [
        [Span(text, _rgb(ink), _rgb(paper)) for text, ink, paper in zip(*row, strict=True)]
        for row in zip(texts, inks, papers, strict=True)
    ]


def half_blocks(values: np.ndarray, limit: float) -> list[Line]:
    """A slice as coloured lines with two rows in each: a character's upper half is one number, its lower half the next.

    Args:
        values: numbers (rows, columns).
        limit: the magnitude of the darkest colour.

    Returns:
        ceil(rows / 2) lines. A number that is not finite is a question mark for its pair.
    """
    colors = paint(values, limit)
    finite = np.isfinite(values)
    lines = []
    for top in range(0, len(values), 2):
        line = []
        for column in range(values.shape[1]):
            broken = not finite[top : top + 2, column].all()
            ink = _rgb(colors[top, column])
            paper = _rgb(colors[top + 1, column]) if top + 1 < len(values) else None
            line.append(Span("?", (0, 0, 0), (128, 128, 128)) if broken else Span(_HALF, ink, paper))
        lines.append(line)
    return lines


def photo_tile(pixels: np.ndarray, color: bool) -> list[Line]:
    """A photograph as lines, one span of two columns per pixel: in its colours, or in ASCII, the darker the fuller.

    Args:
        pixels: red, green, blue (rows, columns, 3), uint8.
        color: whether colours may be used.

    Example:
        >>> (row,) = photo_tile(np.array([[[255] * 3, [128] * 3, [0] * 3]], dtype=np.uint8), color=False)
        >>> [span.text for span in row]
        ['  ', '++', '@@']
    """
    if color:
        return [[Span("  ", paper=_rgb(pixel)) for pixel in row] for row in pixels]
    darkness = 1 - (pixels @ np.array([0.299, 0.587, 0.114])) / 255
    steps = np.rint(np.clip(darkness, 0, 1) * (len(SHADES) - 1)).astype(int)
    return [[Span(SHADES[step] * 2) for step in row] for row in steps.tolist()]


def wrap_columns(values: np.ndarray, most: int) -> list[np.ndarray]:
    """A single row of numbers cut into rows of at most `most`; anything with more rows is left as it is."""
    if len(values) > 1 or values.shape[1] <= most:
        return [values]
    return [values[:, start : start + most] for start in range(0, values.shape[1], most)]


def _rgb(color: np.ndarray) -> RGB:
    red, green, blue = color.tolist()
    return red, green, blue
