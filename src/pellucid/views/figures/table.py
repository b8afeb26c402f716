"""A table as a figure: what notebooks show, where they show pictures alone, of models and of layers without filters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["table_figure"]

_MOST_ROWS, _LONGEST, _SHORTEST, _LINE = 100, 90, 8, 17  # letters of a line in a cell, at most and on a narrow page


def table_figure(
    title: str,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str] = (),
    width: int | None = None,
) -> Figure:
    """Draws rows of text under titles; of more than 100 the first, and how many are left out.

    On a page of a width [1/100 inch] what stands in the widest columns is written in more lines.

    Example:
        >>> figure = table_figure("Model: net", ["Layer", "Param #"], [["conv", "28"]], ["Total: 28"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['Model: net', 'Layer', 'Param #', 'conv', '28', 'Total: 28']
    """
    page = Page(page_width(width, 300))
    y = max(page.paragraph(title, MARGIN, 18, size=11, weight="bold") + 2, 44.0) if width else 44.0
    if not width:
        page.text(MARGIN, 18, title, size=11, weight="bold")
    letters = [_LONGEST] * len(titles)
    while True:
        shown = [
            [textwrap.wrap(cell, most) or [""] for cell, most in zip(row, letters, strict=True)]
            for row in (titles, *rows[:_MOST_ROWS])
        ]
        widths = [max(text_width(line) for row in shown for line in row[column]) + 18 for column in range(len(titles))]
        widest = max(range(len(titles)), key=lambda column: (letters[column] > _SHORTEST, widths[column]))
        if not width or sum(widths) - 18 <= page.room or letters[widest] <= _SHORTEST:
            break
        longest = max(len(line) for row in shown for line in row[widest])
        letters[widest] = max(min(longest, letters[widest]) - 1, _SHORTEST)
    for number, row in enumerate(shown):
        x = float(MARGIN)
        for cell, room in zip(row, widths, strict=True):
            for index, line in enumerate(cell):
                page.text(x, y + index * _LINE, line, color=PALE_INK if number == 0 else "#1d2530")
            x += room
        y += max(map(len, row)) * _LINE
    left = [f"{len(rows) - _MOST_ROWS} further rows are left out."] if len(rows) > _MOST_ROWS else []
    for note in (*left, *notes):
        y = page.paragraph(note, MARGIN, y + 2, size=8, color=PALE_INK)
    return page.finish()
