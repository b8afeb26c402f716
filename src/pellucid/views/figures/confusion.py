"""Which classes a model takes for which, and the mistakes that it is surest of, as figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.errors import escaped, shorter
from pellucid.inspection.confusion import Confusion, Mistake
from pellucid.views.captions import say_unanswered
from pellucid.views.colors import paint
from pellucid.views.figures.board import board_figure
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of
from pellucid.views.photographs import as_photograph
from pellucid.views.precision import whole_percent
from pellucid.views.record_boards import mistakes_of

__all__ = ["confusion_figure", "mistakes_figure"]

RIGHT, WRONG = -1.0, 1.0  # blue and orange, by the drawing rule
CELL, SMALL_CELL, SMALLEST_CELL = 46, 14, 2
MANY = 20
MOST_NAMED = 60
GRID = "#d5dae0"
SIDE = 1600  # that a table of many small cells is to have
LONGEST = 20
THUMB, GAP, PER_ROW = 120, 18, 6


@explained
def confusion_figure(record: Confusion, *, width: int | None = None) -> Any:
    """Draws samples by their class (rows) and by what the model says (columns): right ones blue, mistakes orange.

    A cell is the darker the larger its share of the class is; where there are 20 classes or less its number is in it.
    Where there are hundreds, rows and columns become thin, and as many are named as names have room.

    Args:
        record: see `inspection.confusion`.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> figure = confusion_figure(Confusion(("cat", "dog"), np.array([[8, 2], [1, 9]]), ()))
        >>> [text.get_text() for text in figure.axes[0].texts][-4:]
        ['8', '2', '1', '9']
    """
    record_of(record, Confusion)
    names = [shorter(escaped(name), LONGEST) for name in record.class_names]
    few = len(names) <= MANY
    cell = CELL if few else max(min(SMALL_CELL, SIDE // len(names)), SMALLEST_CELL)
    size = 8.5 if few else 6.0
    every = 1 if cell >= SMALL_CELL else max(-(-SMALL_CELL // cell), len(names) // MOST_NAMED)  # so manieth has a name
    left = MARGIN + max(text_width(name, size) for name in names) + 12
    page = Page(page_width(width, round(max(left + cell * len(names) + MARGIN, 380))), width)
    if width is not None:
        digits = text_width(str(record.counts.max(initial=0)), 9) + 4 if few else 4
        cell = max(min(cell, int((page.width - MARGIN - left) // len(names))), math.ceil(digits))
    right = int(np.trace(record.counts))
    y = page.paragraph(
        f"{right:,} of {record.samples:,} right: {100 * record.accuracy:.1f}%", MARGIN, MARGIN, size=11, weight="bold"
    )
    if record.unanswered:
        y = page.paragraph(say_unanswered(record), MARGIN, y, size=9)
    y = page.paragraph(
        "Rows: the true class. Columns: what the model says. Blue is right, orange a mistake, darker is a larger share "
        "of the class.", MARGIN, y, size=8, color=PALE_INK,
    )  # fmt: skip
    shares = record.counts / np.maximum(record.counts.sum(axis=1, keepdims=True), 1)
    signs = np.where(np.eye(len(names), dtype=bool), RIGHT, WRONG)
    colors = paint(shares * signs, 1.0)
    top = _column_names(page, names[::every], left + cell / 2, y + 8, cell * every, size)
    for row, name in enumerate(names[::every]):
        page.text(left - 8, top + (row * every + 0.5) * cell, name, size=size, align="right", anchor="center")
    sides = (len(names) * cell, len(names) * cell)
    page.image(colors, left, top, sides)
    page.box(left, top, *sides, edge=GRID)
    for place in range(1, len(names)) if cell == SMALL_CELL or few else ():  # a line between two, and no box for each
        page.line((left, left + sides[0]), (top + place * cell,) * 2, GRID, width=0.6)
        page.line((left + place * cell,) * 2, (top, top + sides[1]), GRID, width=0.6)
    for row, column in np.ndindex(record.counts.shape) if few else ():
        ink = "white" if shares[row, column] > 0.6 else "black" if record.counts[row, column] else "#9aa3ad"
        middle = (left + (column + 0.5) * cell, top + (row + 0.5) * cell)
        page.text(*middle, str(record.counts[row, column]), size=9, color=ink, align="center", anchor="center")
    return page.finish()


def _column_names(page: Page, names: list[str], x: float, y: float, apart: int, size: float) -> float:
    """Names above columns, from x on, on steps where they are wider than it is to the next; returns the y below."""
    widest = max(text_width(name, size) for name in names)
    steps = min(int(widest // (apart - 4)) + 1, max(len(names), 1), 8)
    for column, name in enumerate(names):
        step = column % steps
        page.text(x + column * apart, y + step * size * 1.8, name, size=size, align="center")
    return y + steps * size * 1.8 + 4


@explained
def mistakes_figure(record: Confusion | Sequence[Mistake], *, width: int | None = None) -> Any:
    """Draws the images that a model gets wrong, those first of which it is surest.

    Below each stands what it is, and what the model says with which probability. Mistakes with maps
    (`inspection.mistakes`) are drawn one below the other, each beside the maps that answer most.

    Args:
        record: see `inspection.confusion`; of images of 1 or 3 channels, which are the last axis. Or what
            `inspection.mistakes` gives.
        width: of the page [1/100 inch], about 950 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ShapeError: the samples are no images.

    Example:
        >>> mistake = Mistake(0, "", np.zeros((4, 4, 1)), 0, 1, 0.9)
        >>> figure = mistakes_figure(Confusion(("cat", "dog"), np.array([[8, 1], [0, 9]]), (mistake,)))
        >>> [text.get_text() for text in figure.axes[0].texts][1:]
        ['is cat', 'called dog, 90%']
    """
    if not isinstance(record, Confusion):
        return board_figure(mistakes_of(record), width)
    page = Page(page_width(width, 2 * MARGIN + PER_ROW * (THUMB + GAP) - GAP), width)
    per_row = max((page.room + GAP) // (THUMB + GAP), 1)
    count, wrong = len(record.mistakes), record.samples - int(np.trace(record.counts))
    told = f"{count} of {wrong:,} mistakes, those of which the model is surest" if wrong else "No mistakes."
    y = page.paragraph(told, MARGIN, MARGIN, size=11, weight="bold") + 8
    for place, mistake in enumerate(record.mistakes):
        x, top = MARGIN + place % per_row * (THUMB + GAP), y + place // per_row * (THUMB + 44)
        _draw(page, record, mistake, x, top)
    return page.finish()


def _draw(page: Page, record: Confusion, mistake: Mistake, x: float, y: float) -> None:
    pixels, _ = as_photograph(mistake.image)
    rows, columns = pixels.shape[:2]
    scale = THUMB / max(rows, columns)
    page.image(pixels, x, y, (rows * scale, columns * scale))
    page.box(x, y, columns * scale, rows * scale, edge=PALE_INK)
    true, said = (shorter(escaped(record.class_names[number]), LONGEST) for number in (mistake.true, mistake.predicted))
    page.text(x, y + THUMB + 4, f"is {true}", size=7.5)
    page.text(x, y + THUMB + 18, f"called {said}, {whole_percent(mistake.probability)}", size=7.5)
