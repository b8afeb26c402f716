"""A table as a figure: what notebooks show, where they show pictures alone, of models and of layers without filters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.views.figures.columns import draw_rows
from pellucid.views.figures.page import MARGIN, PALE_INK, Page
from pellucid.views.given import page_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["table_figure"]

_MOST_ROWS = 100


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
    page = Page(page_width(width, 300), width)
    y = max(page.paragraph(title, MARGIN, 18, size=11, weight="bold") + 2, 44.0) if width else 44.0
    if not width:
        page.text(MARGIN, 18, title, size=11, weight="bold")
    room = page.room if width else math.inf
    y = draw_rows(page, [titles, *rows[:_MOST_ROWS]], y, room=room)
    left = [f"{len(rows) - _MOST_ROWS} further rows are left out."] if len(rows) > _MOST_ROWS else []
    for note in (*left, *notes):
        y = page.paragraph(note, MARGIN, y + 2, size=8, color=PALE_INK)
    return page.finish()
