"""What one unit sees of the input, as a figure: on the input itself, and how strongly it acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.fields import FieldOfView
from pellucid.views.colors import color_limits, paint
from pellucid.views.fields import SHARE, Planes, Spans, describe_field, planes_of, title_of
from pellucid.views.figures.mosaic import BACKGROUND
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page
from pellucid.views.given import page_width, record_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["field_figure"]

_PANEL, _GAP = 420, 36
_LARGEST_CELL = 30
_UNSEEN = (232, 234, 239)  # no number gets this colour
_STRENGTH = "The scale is by how much the unit changes with the input there: the magnitude of its gradient."
_INNER = "#b5179e"  # neither orange nor blue, nor of most photographs
_DIMMED = 0.6  # how far to white the input goes where it is not seen


@explained
def field_figure(field: FieldOfView, *, width: int | None = None) -> Figure:
    """Draws what one unit sees: the input with a frame around what can change the unit, and its gradient beside it.

    Padding that is seen is drawn grey around the input. The inner frame holds 90% of the gradient
    along each axis.

    Args:
        field: what `inspection.receptive_field` found.
        width: of the page [1/100 inch], 924 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> ones = np.ones((5, 5, 1))
        >>> field = FieldOfView("conv2d", "Conv2D", (0, 2), 7, ones > 0, ones, 1, ones, ((-1, 4), (0, 4)))
        >>> field_figure(field).axes[0].texts[0].get_text()
        'conv2d: what the unit at [0, 2] of filter 7 sees of the input'
    """
    planes = planes_of(record_of(field, FieldOfView))
    page = Page(page_width(width, 2 * _PANEL + _GAP + 2 * MARGIN), width)
    side = min(_PANEL, page.room)
    y = page.paragraph(title_of(field), MARGIN, 18, size=13, weight="bold")
    y = page.paragraph(" ".join([*describe_field(field), *planes.notes]), MARGIN, y + 2) + 12
    limit = float(color_limits(planes.strength[np.newaxis])[0])
    strength = np.where(planes.seen[..., np.newaxis], paint(planes.strength, limit), np.array(_UNSEEN, np.uint8))
    whole, near = _Canvas(_with_padding(planes), side), _Canvas(planes.spans, side)
    is_small = planes.image is not None and near.cell >= 2 * whole.cell
    head = "how strongly each place acts" + (", enlarged" if is_small else "")
    acts = bool(planes.strength.any())
    panels = [(head, near if is_small else whole, strength)] if acts or planes.image is None else []
    if planes.image is not None:
        panels.insert(0, ("the input", whole, _dimmed(planes)))
    beside, lowest = 2 * side + _GAP <= page.room, y
    for number, (head, canvas, pixels) in enumerate(panels):
        x = MARGIN + number * (side + _GAP) if beside else MARGIN
        page.text(x, y, head, size=9, weight="bold")
        canvas.draw(page, pixels, planes, x, y + 20)
        lowest = max(lowest, y + 20 + canvas.height + 14)
        y = y if beside else lowest
    y = lowest
    frames = "The dark frame holds all that can change the unit"
    if planes.inner:
        frames += f", the purple one {SHARE:.0%} of its gradient{' along each axis' * (len(field.spatial) > 1)}"
    y = page.paragraph(f"{frames}.", MARGIN, y, color=PALE_INK)
    if acts:
        y = page.paragraph(_STRENGTH, MARGIN, y, color=PALE_INK)
        page.color_bar(MARGIN, y + 8, planes.strength, limit)
    return page.finish()


def _dimmed(planes: Planes) -> np.ndarray:
    """The input, paler where it is not seen."""
    assert planes.image is not None
    pale = planes.image + (255.0 - planes.image) * _DIMMED
    return np.where(planes.seen[..., np.newaxis], planes.image, np.rint(pale).astype(np.uint8))


def _with_padding(planes: Planes) -> Spans:
    """The input and what is seen of its padding."""
    rows, columns = (
        (min(0, first), max(size - 1, last))
        for size, (first, last) in zip(planes.seen.shape, planes.spans, strict=True)
    )
    return rows, columns


class _Canvas:
    """A part of the plane of the input, or more than it, in a panel of a side."""

    def __init__(self, part: Spans, side: float) -> None:
        (self._top, bottom), (self._left, right) = part
        self._rows, self._columns = bottom - self._top + 1, right - self._left + 1
        scale = min(side / self._columns, side / self._rows, float(_LARGEST_CELL))
        self.cell = float(int(scale)) if scale >= 2 else scale
        self._tall = max(self.cell, 24.0) if self._rows == 1 else self.cell
        self.height = self._rows * self._tall

    def draw(self, page: Page, pixels: np.ndarray, planes: Planes, x: float, y: float) -> None:
        """What lies here of an image of the input, the padding grey, with both frames."""
        found = np.empty((self._rows, self._columns, 3), np.uint8)
        found[:] = BACKGROUND
        (rows, from_rows), (columns, from_columns) = (
            _overlap(first, count, size)
            for first, count, size in zip((self._top, self._left), found.shape, pixels.shape[:2], strict=False)
        )
        found[rows, columns] = pixels[from_rows, from_columns]
        page.image(found, x, y, (self._rows * self._tall, self._columns * self.cell))
        if planes.inner is not None:
            self._frame(page, planes.inner, x, y, "white", 2.8, outwards=-1.4)
            self._frame(page, planes.inner, x, y, _INNER, 1.4, outwards=-1.0)
        self._frame(page, planes.spans, x, y, "white", 3.4, outwards=1.2)
        self._frame(page, planes.spans, x, y, INK, 2.0, outwards=1.2)

    def _frame(self, page: Page, spans: Spans, x: float, y: float, color: str, line: float, outwards: float) -> None:
        """A frame around places, its line so far outwards from their edge."""
        (first, last), (left, right) = spans
        top, bottom = (y + (place - self._top) * self._tall for place in (first, last + 1))
        start, end = (x + (place - self._left) * self.cell for place in (left, right + 1))
        top, bottom, start, end = top - outwards, bottom + outwards, start - outwards, end + outwards
        half = line / 2
        for height in (top, bottom):
            page.box(start - half, height - half, end - start + line, line, fill=color)
        for side in (start, end):
            page.box(side - half, top - half, line, bottom - top + line, fill=color)


def _overlap(first: int, count: int, size: int) -> tuple[slice, slice]:
    """Where so many places from a first one on lie over an axis: among themselves, and on the axis."""
    start, stop = max(first, 0), min(first + count, size)
    return slice(start - first, stop - first), slice(start, stop)
