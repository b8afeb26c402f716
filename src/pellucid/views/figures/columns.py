"""Rows of text under titles on a page of a width: in columns, whose widest are written in more lines, or one by one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width

__all__ = ["draw_rows"]

_LONGEST, _SHORTEST, _BETWEEN = 90, 8, 18  # letters of a line in a cell, at most and at least; between columns


def draw_rows(
    page: Page, rows: Sequence[Sequence[str]], y: float, *, size: float = 8.5, line: float = 17.0, room: float
) -> float:
    """Draws rows of cells, the titles first; returns the y below them.

    Where the columns do not fit into the room, however many lines a cell has, each row stands below the other, as what
    its first cell says, and title by title what the others do.

    Example:
        >>> page = Page(300)
        >>> below = draw_rows(page, [["layer", "weights"], ["conv", "3 x 3 x 32 + 32 = 320"]], 20, room=120)
        >>> [text.get_text() for text in page.finish().axes[0].texts]
        ['layer', 'weights', 'conv', '3 x 3 x 32', '+ 32 = 320']
    """
    shown, widths = _fitted(rows, size, room)
    if sum(widths) - _BETWEEN > room and len(rows) > 1:
        return _one_by_one(page, rows, y, size, line)
    for number, row in enumerate(shown):
        x = float(MARGIN)
        for cell, width in zip(row, widths, strict=True):
            for index, words in enumerate(cell):
                page.text(x, y + index * line, words, size=size, color=PALE_INK if number == 0 else INK)
            x += width
        y += max(map(len, row)) * line
    return y


def _fitted(rows: Sequence[Sequence[str]], size: float, room: float) -> tuple[list[list[list[str]]], list[float]]:
    """The lines of each cell, and the widths of the columns, as narrow as they have to be and no narrower."""
    columns = range(len(rows[0]))
    letters = [_LONGEST for _ in columns]
    while True:
        shown = [[_lines(cell, most) for cell, most in zip(row, letters, strict=True)] for row in rows]
        widths = [max(text_width(line, size) for row in shown for line in row[column]) + _BETWEEN for column in columns]
        widest = max(columns, key=lambda column: (letters[column] > _SHORTEST, widths[column]))
        if sum(widths) - _BETWEEN <= room or letters[widest] <= _SHORTEST:
            return shown, widths
        longest = max(len(line) for row in shown for line in row[widest])
        letters[widest] = max(min(longest, letters[widest]) - 1, _SHORTEST)


def _lines(cell: str, most: int) -> list[str]:
    return [line for part in cell.split("\n") for line in textwrap.wrap(part, most) or [""]]


def _one_by_one(page: Page, rows: Sequence[Sequence[str]], y: float, size: float, line: float) -> float:
    titles, *others = rows
    for first, *cells in others:
        y = page.paragraph(first.replace("\n", " "), MARGIN, y, size=size, weight="bold")
        told = zip(titles[1:], (cell.replace("\n", "; ") for cell in cells), strict=True)
        y = page.paragraph(", ".join(f"{title}: {cell}" for title, cell in told), MARGIN, y, size=size) + line / 3
    return y
