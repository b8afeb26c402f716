"""The formula of a layer as a figure: as it is computed and as a true convolution, with the impulse test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.formula import LayerFormula
from pellucid.views.colors import ink_on, paint
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.formula_words import IMPULSE, impulse_planes, say_impulse, title_of
from pellucid.views.given import page_width, record_of
from pellucid.views.precision import number_format

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["formula_figure"]

_MATH, _LINE = 15, 72  # type size of formulas, and the height of a line with sums
_WIDTH, _SMALLEST = 620, 6.0  # of the page, and of formulas that have to fit into less
_MOST_NUMBERS = 144  # of a picture into whose cells the numbers are written
_SIDE = 200  # wished side of a picture without numbers


@explained
def formula_figure(formula: LayerFormula, *, width: int | None = None) -> Figure:
    """Draws what a layer computes: the formula as computed, as a true convolution with F, and the impulse test.

    Args:
        formula: what `inspection.formula` gives.
        width: of the page [1/100 inch], what it needs by default, at least 320; formulas are written smaller to fit.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid import inspection, layers
        >>> layer = layers.Conv2D(4, 3, name="c")
        >>> layer.build((None, 5, 5, 1))
        >>> [text.get_text() for text in formula_figure(inspection.formula(layer)).axes[0].texts][0]
        'c (Conv2D): 3·3·1·4 + 4 = 40'
    """
    record = record_of(formula, LayerFormula)
    page = Page(page_width(width, _WIDTH), width)
    is_narrow = width is not None
    if is_narrow:
        y = page.paragraph(title_of(record), MARGIN, 18, size=13, weight="bold") + 2
    else:
        page.text(MARGIN, 18, title_of(record), size=13, weight="bold")
        y = 46.0
    for size in record.sizes:
        y = page.paragraph(size, MARGIN, y, color=PALE_INK)
    room = page.room - 10 if is_narrow else None
    title = "As it is computed (a cross-correlation)" if record.convolution else ""
    y = _formula(page, title, record.correlation, y + 6, room)
    if record.convolution:
        y = _formula(page, "The same as a true convolution, with the flipped kernel F", record.convolution, y, room)
        y = _formula(page, "", record.flipped, y, room)
    if record.response is None:
        return page.finish()
    y = page.paragraph(say_impulse(record), MARGIN, y + 4, size=9, weight="bold") + 6
    x, lowest = float(MARGIN), 0
    for number, (name, plane) in enumerate(zip(IMPULSE, impulse_planes(record), strict=True)):
        height, across = _size(plane)
        if is_narrow and x > MARGIN and x + max(across, text_width(name, weight="bold")) > MARGIN + page.room:
            x, y = float(MARGIN), y + lowest + 30
        lowest = height if x == MARGIN else max(lowest, height)
        page.text(x, y, name, size=8.5, weight="bold")
        _plane(page, plane, x, y + 18)
        x += across
        if number < 2:
            page.text(x + 14, y + 60, ("\N{STAR OPERATOR}", "=")[number], size=14, align="center", anchor="center")
        x += 34
    return page.finish()


def _formula(page: Page, title: str, latex: str, y: float, room: float | None) -> float:
    """Writes a formula, smaller where it does not fit into the room; returns the y below it."""
    if title:
        y = page.paragraph(title, MARGIN, y, size=9, color=PALE_INK) + 2
    height = _LINE if "\\sum" in latex or "\\max" in latex else _LINE / 2
    wide = text_width(f"${latex}$", _MATH, math=True)
    size = _MATH if room is None else max(min(_MATH * 0.98 * room / wide, _MATH), _SMALLEST)
    page.text(MARGIN + 10, y + height / 2, f"${latex}$", size=size, anchor="center", math=True)
    return y + height


def _size(plane: np.ndarray) -> tuple[int, int]:
    """Height and width of a picture: its numbers fit into it where they are few."""
    form = number_format(plane.ravel().tolist(), digits=3)
    has_numbers = plane.size <= _MOST_NUMBERS
    widest = max(text_width(form(value), 7) for value in plane.ravel().tolist()) if has_numbers else 0.0
    cell = max(26, math.ceil(widest) + 6) if has_numbers else max(1, _SIDE // max(plane.shape))
    return plane.shape[0] * min(cell, 30), plane.shape[1] * cell


def _plane(page: Page, plane: np.ndarray, x: float, y: float) -> None:
    """One picture, with its numbers where they are few."""
    limit = float(np.abs(plane).max())
    colors = paint(plane, limit)
    form = number_format(plane.ravel().tolist(), digits=3)
    has_numbers = plane.size <= _MOST_NUMBERS
    height, width = _size(plane)
    high, cell = height / plane.shape[0], width / plane.shape[1]
    page.image(colors, x, y, (height, width))
    page.box(x, y, width, height, edge=PALE_INK)
    inks = ink_on(colors) / 255
    for (row, column), value in np.ndenumerate(plane) if has_numbers else ():
        place = x + (column + 0.5) * cell, y + (row + 0.5) * high
        page.text(*place, form(value), size=7, color=tuple(inks[row, column]), align="center", anchor="center")
    if not has_numbers:
        page.text(x, y + height + 3, f"darkest: {limit:.3g}", size=7.5, color=INK)
