"""A board as a figure: sentences, tiles in rows, curves, tables, one below the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pellucid.views.boards import Board, Chart, Part, Table, Tile, Tiles
from pellucid.views.figures.columns import draw_rows
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width
from pellucid.views.precision import short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["board_figure"]

_WIDTH, _GAP, _LABEL, _ROW = 900, 14, 15, 17
_CHART = (420, 190)  # width and height of the area of curves
_FRAME = "#b8bec9"
_MOST_ROWS = 40


def board_figure(board: Board, width: int | None = None) -> Figure:
    """Draws a board; on a page of a width [1/100 inch], 948 by default.

    Example:
        >>> figure = board_figure(Board("net", ["one sentence."], [Table("counts", ["a", "b"], [["1", "2"]])]))
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['net', 'one sentence.', 'counts', 'a', 'b', '1', '2']
    """
    page = Page(page_width(width, _WIDTH + 2 * MARGIN), width)
    y = page.paragraph(board.title, MARGIN, 18, size=13, weight="bold") + 2
    for sentence in board.sentences:
        y = page.paragraph(sentence, MARGIN, y)
    for part in board.parts:
        y = _part(page, part, y + 14)
    return page.finish()


def _part(page: Page, part: Part, y: float) -> float:
    """Draws one part; returns the y below it."""
    if part.heading:
        y = page.paragraph(part.heading, MARGIN, y, size=10, weight="bold")
    if part.note:
        y = page.paragraph(part.note, MARGIN, y, size=8, color=PALE_INK)
    match part:
        case Tiles():
            return _tiles(page, part, y + 4)
        case Chart():
            return _chart(page, part, y + 6)
        case Table():
            return _table(page, part, y + 2)


def _tiles(page: Page, part: Tiles, y: float) -> float:
    x, lowest = float(MARGIN), y
    for tile in part.tiles:
        width, height = _size(tile, min(part.side, page.room))
        room = max(width, text_width(tile.label, 7.5) + 4)
        if x > MARGIN and x + room > MARGIN + page.room:
            x, y = float(MARGIN), lowest + 10
        if tile.label:
            page.text(x, y, tile.label, size=7.5, color=INK)
        page.image(tile.colors(), x, y + _LABEL, (height, width))
        page.box(x, y + _LABEL, width, height, edge=_FRAME)
        lowest = max(lowest, y + _LABEL + height)
        x += room + _GAP
    if not part.numbers.size:
        return lowest + 2
    return page.paragraph(part.rule, MARGIN, lowest + 4, size=8, color=PALE_INK)


def _size(tile: Tile, side: int) -> tuple[float, float]:
    """Width and height: whole units for each number where there is room, and no strip too thin to be seen."""
    rows, columns = tile.shape
    scale = side / max(rows, columns)
    scale = float(math.floor(scale)) if scale >= 2 else scale
    return columns * scale, max(rows * scale, 12.0)


def _chart(page: Page, part: Chart, y: float) -> float:
    left, right = part.ends[:2]
    marks = part.marks
    (low, _), (high, _) = marks[0], marks[-1]
    is_narrow = page.room < _WIDTH  # then the names of the curves stand below them
    width, height = min(_CHART[0], page.room - 74) if is_narrow else _CHART[0], _CHART[1]
    x0 = MARGIN + 62.0

    def across(values: np.ndarray) -> list[float]:
        return [x0 + (value - left) / (right - left) * width for value in values.tolist()]

    def up(values: np.ndarray) -> list[float]:
        return [y + (high - value) / (high - low) * height for value in values.tolist()]

    for value, written in marks:
        (at,) = up(np.array([value]))
        page.box(x0, at, width, 0.6, fill="#e3e6eb")
        page.text(x0 - 6, at, written, size=7.5, color=PALE_INK, align="right", anchor="center")
    page.box(x0, y + height, width, 0.8, fill="#aab1bc")
    ticks = np.linspace(left, right, 5)
    whole = all(float(x).is_integer() for xs, _ in part.curves.values() for x in xs)
    for value in np.unique(np.rint(ticks)) if whole else ticks:
        (at,) = across(np.array([value]))
        page.text(at, y + height + 6, short(float(value), 3), size=7.5, color=PALE_INK, align="center")
    page.text(x0 + width / 2, y + height + 22, part.across, size=8, color=PALE_INK, align="center")
    beside, at = (MARGIN, y + height + 48.0) if is_narrow else (x0 + width + 18, y + 6.0)
    for name, (xs, ys) in part.curves.items():
        color, style = part.color(name), "--" if name in part.dashed else "-"
        points = np.where(np.isfinite(ys), ys, np.nan).astype(np.float64)
        page.line(across(np.asarray(xs, np.float64)), up(points), color, style=style)
        page.line([beside, beside + 28], [at, at], color, style=style)
        finite = points[np.isfinite(points)]
        end = f", at the end {short(float(finite[-1]))}" if finite.size else ""
        at = page.paragraph(f"{name}{end}", beside + 34, at - 5, size=8, color=color) + _ROW - 9.4
    return max(y + height + 40, at)


def _table(page: Page, part: Table, y: float) -> float:
    y = draw_rows(page, [part.titles, *part.rows[:_MOST_ROWS]], y, size=8, line=_ROW, room=page.room)
    left = len(part.rows) - _MOST_ROWS
    return page.paragraph(f"{left} further rows are left out.", MARGIN, y, size=8, color=PALE_INK) if left > 0 else y
