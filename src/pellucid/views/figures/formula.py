"""The formula of a layer as a figure: as it is computed and as a true convolution, with the impulse test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.formula import JOINT, LayerFormula
from pellucid.views.colors import ink_on, paint
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.formula_words import IMPULSE, impulse_planes, say_impulse, title_of
from pellucid.views.given import page_width, record_of
from pellucid.views.precision import NumberFormat, number_format

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["formula_figure"]

_MATH, _LINE = 15, 72  # type size of formulas, and the height of a line with sums
_WIDTH, _SMALLEST = 620, 6.0  # of the page, and of formulas that have to fit into less
_MOST_NUMBERS = 144  # of a picture into whose cells the numbers are written
_SIDE = 200  # wished side of a picture without numbers
_GAP = 8  # between the slices of a volume


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
        'c (Conv2D), weights: 3·3·1·4 + 4 = 40'
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
    if record.source:
        y = page.paragraph(f"Source: {record.source}.", MARGIN, y, size=8, color=PALE_INK)
    if record.response is None:
        return page.finish()
    y = page.paragraph(say_impulse(record), MARGIN, y + 4, size=9, weight="bold") + 6
    return _impulse_test(page, impulse_planes(record), y, page.room if is_narrow else 10_000)


def _impulse_test(page: Page, volumes: Sequence[np.ndarray], y: float, room: int) -> Figure:
    """The three pictures beside each other with their signs; where there is no room for that, below each other."""
    x, lowest = float(MARGIN), 0.0
    for number, (name, planes) in enumerate(zip(IMPULSE, volumes, strict=True)):
        height, across = _size(planes)
        titled = text_width(name, weight="bold")
        if x > MARGIN and x + max(across, titled) > MARGIN + room:
            x, y = float(MARGIN), lowest + 12
        page.text(x, y, name, size=8.5, weight="bold")
        below, across = _volume(page, planes, x, y + 18, room - (30 if number < 2 else 0))
        lowest = below if x == MARGIN else max(lowest, below)
        x += max(across, titled)
        if number < 2:
            sign = ("\N{STAR OPERATOR}", "=")[number]
            page.text(x + 14, y + 18 + min(height, 84) / 2, sign, size=14, align="center", anchor="center")
        x += 34
    return page.finish()


def _formula(page: Page, title: str, latex: str, y: float, room: float | None) -> float:
    """Writes a formula, smaller where it does not fit into the room; returns the y below it."""
    if title:
        y = page.paragraph(title, MARGIN, y, size=9, color=PALE_INK) + 2
    lines = [f"${line}$" for line in latex.split(JOINT)]  # of several steps one in each line
    wide = max(text_width(line, _MATH, math=True) for line in lines)
    size = _MATH if room is None else max(min(_MATH * 0.98 * room / wide, _MATH), _SMALLEST)
    for line in lines:
        height = _LINE if any(sign in line for sign in ("\\sum", "\\max_", "\\frac")) else _LINE / 2
        page.text(MARGIN + 10, y + height / 2, line, size=size, anchor="center", math=True)
        page.box(MARGIN, y, 1, height)  # the page reaches below it
        y += height
    return y


def _cell(planes: np.ndarray) -> tuple[float, float, NumberFormat | None]:
    """Height and width of a number of some slices, and how it is written; None where they are too many for that."""
    if planes.size > _MOST_NUMBERS:
        cell = max(1, _SIDE // max(planes.shape[1:]))
        return cell, cell, None
    form = number_format(planes.ravel().tolist(), digits=3)
    wide = max(26, math.ceil(max(text_width(form(value), 7) for value in planes.ravel().tolist())) + 6)
    return min(wide, 30), wide, form


def _size(planes: np.ndarray) -> tuple[float, float]:
    """Height of a slice, and width of all beside each other."""
    high, wide, _ = _cell(planes)
    return planes.shape[1] * high, len(planes) * (planes.shape[2] * wide + _GAP) - _GAP


def _volume(page: Page, planes: np.ndarray, x: float, y: float, room: float) -> tuple[float, float]:
    """The slices of a picture, those along a depth beside each other as far as there is room; returns y and width."""
    high, wide, form = _cell(planes)
    height, width, limit = planes.shape[1] * high, planes.shape[2] * wide, float(np.abs(planes).max())
    beside = max(min(int((room + _GAP) // (width + _GAP)), len(planes)), 1)
    above = 13 if len(planes) > 1 else 0
    for number, plane in enumerate(planes):
        row, column = divmod(number, beside)
        left, top = x + column * (width + _GAP), y + row * (height + above + _GAP)
        if above:
            page.text(left, top, f"depth {number}", size=7.5, color=PALE_INK)
        _plane(page, plane, (left, top + above), (height, width), limit, form)
    bottom = y + -(-len(planes) // beside) * (height + above + _GAP) - _GAP
    if form is None:
        page.text(x, bottom + 3, f"darkest: {limit:.3g}", size=7.5, color=INK)
        bottom += 16
    return bottom, beside * (width + _GAP) - _GAP


def _plane(
    page: Page,
    plane: np.ndarray,
    corner: tuple[float, float],
    size: tuple[float, float],
    limit: float,
    form: NumberFormat | None,
) -> None:
    """One slice, with its numbers where they are few, in a form."""
    (x, y), (height, width), colors = corner, size, paint(plane, limit)
    high, cell = height / plane.shape[0], width / plane.shape[1]
    page.image(colors, x, y, (height, width))
    page.box(x, y, width, height, edge=PALE_INK)
    inks = ink_on(colors) / 255
    if form is None:
        return
    for (row, column), value in np.ndenumerate(plane):
        place = x + (column + 0.5) * cell, y + (row + 0.5) * high
        page.text(*place, form(value), size=7, color=tuple(inks[row, column]), align="center", anchor="center")
