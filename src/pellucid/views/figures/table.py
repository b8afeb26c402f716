"""A table as a figure: what notebooks show, where they show pictures alone, of models and of layers without filters."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["table_figure"]

_MOST_ROWS, _LONGEST, _LINE = 100, 90, 17


def table_figure(title: str, titles: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> Figure:
    """Draws rows of text under titles; of more than 100 the first, and how many are left out.

    Example:
        >>> figure = table_figure("Model: net", ["Layer", "Param #"], [["conv", "28"]], ["Total: 28"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['Model: net', 'Layer', 'Param #', 'conv', '28', 'Total: 28']
    """
    page = Page(width=300)
    page.text(MARGIN, 18, title, size=11, weight="bold")
    shown = [[textwrap.wrap(cell, _LONGEST) or [""] for cell in row] for row in (titles, *rows[:_MOST_ROWS])]
    widths = [max(text_width(line) for row in shown for line in row[column]) + 18 for column in range(len(titles))]
    y = 44.0
    for number, row in enumerate(shown):
        x = float(MARGIN)
        for cell, width in zip(row, widths, strict=True):
            for index, line in enumerate(cell):
                page.text(x, y + index * _LINE, line, color=PALE_INK if number == 0 else "#1d2530")
            x += width
        y += max(map(len, row)) * _LINE
    left = [f"{len(rows) - _MOST_ROWS} further rows are left out."] if len(rows) > _MOST_ROWS else []
    for note in (*left, *notes):
        y = page.paragraph(note, MARGIN, y + 2, size=8, color=PALE_INK)
    return page.finish()
