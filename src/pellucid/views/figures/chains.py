"""A value followed back to the pixels, as a figure: the sample with the pixels marked, and each value as its sum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.chains import Chain
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.traced_values import TracedValue
from pellucid.views.chain_words import Row, closing_words, form_of, rows_of, value_name
from pellucid.views.colors import color_limits, paint
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of
from pellucid.views.map_words import picture_pixels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["trace_figure"]

_ROW, _GAP, _BARS = 17, 18, 150  # height of a line; between the columns of a value; width of the longest bar
_PICTURE = 260  # wished height of the sample
_SMALL, _NARROWEST, _SHORTEST = 7.5, 560, 60  # size of small type; width of a panel at least, and of its bars
_POSITIVE, _NEGATIVE = "#d2691e", "#1f68bc"
_MANY = 3  # values from which on they stand in two columns


@explained
def trace_figure(chain: Chain, *, width: int | None = None) -> Figure:
    """Draws the sample with the pixels that a value was followed to, and each value on the way as the sum that it is.

    A bar is one number of a sum: orange adds, blue takes away; the outlined ones are sums. A number in brackets leads
    to the value that explains it.

    Args:
        chain: what `inspection.trace` found.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> from pellucid.inspection import trace
        >>> dense = layers.Dense(1, weights=[np.array([[3.0], [1.0], [1.0]]), [0.5]], name="d")
        >>> chain = trace(Sequential([layers.Input((3,)), dense]), "d", np.array([1.0, 2.0, 4.0]), largest=2)
        >>> [text.get_text() for text in trace_figure(chain).axes[0].texts][0]
        'd unit 0 = 9.5, followed back to the input'
    """
    record = record_of(chain, Chain)
    first = record.values[0]
    panels = [_Panel(number, value) for number, value in enumerate(record.values)]
    columns = 2 if len(panels) > _MANY else 1
    widest = max(*(panel.width for panel in panels), _NARROWEST)
    page = Page(page_width(width, 2 * MARGIN + columns * widest + (columns - 1) * 2 * MARGIN), width)
    if columns * widest + (columns - 1) * 2 * MARGIN > page.room:
        columns = 1
        for panel in panels:
            panel.narrow(page.room)
    name = value_name(0, first).partition(" ")[2]
    title = f"{name} = {form_of(first)(first.value)}, followed back to the input"
    y = page.paragraph(title, MARGIN, 18, size=13, weight="bold")
    rule = (
        "Each value is taken apart as the sum that it is, the largest parts first: orange adds, blue takes away, an "
        "outline is the sum so far. [n] leads to the value that explains a part."
    )
    y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 12
    if record.sample is not None:
        y = _sample(page, record.sample, record.values, y) + 14
    ends = [y] * columns
    for panel in panels:
        place = ends.index(min(ends))
        ends[place] = panel.draw(page, MARGIN + place * (widest + 2 * MARGIN), ends[place]) + 16
    page.paragraph(closing_words(record), MARGIN, max(ends), size=8, color=PALE_INK)
    return page.finish()


class _Panel:
    """One value: its name, and a line with a bar for each number of its sum."""

    def __init__(self, number: int, value: TracedValue) -> None:
        self._form, self._number, self._value = form_of(value), number, value
        self._rows, self._bars = rows_of(value, self._form), float(_BARS)
        self._names = max((text_width(row.name, _SMALL) for row in self._rows), default=0.0)
        self._factors = max((text_width(row.factors, _SMALL) for row in self._rows), default=0.0)
        self._numbers = max((text_width(self._form(row.number), _SMALL) for row in self._rows), default=0.0)

    @property
    def width(self) -> int:
        return math.ceil(max(text_width(self._title, 10, "bold"), self._words + _BARS))

    @property
    def _words(self) -> float:
        """How wide all is that stands before the bars."""
        return self._names + self._factors + self._numbers + 3 * _GAP

    def narrow(self, room: float) -> None:
        """Makes the bars so short that the panel fits; where there is no room left for them, the factors go."""
        if self._words + _SHORTEST > room:
            self._factors = 0.0
        self._bars = min(max(room - self._words, _SHORTEST), _BARS)

    @property
    def _title(self) -> str:
        share = "" if not self._number else f"  ({100 * self._value.share:.2g}% of the first leads here)"
        return f"{value_name(self._number, self._value)} = {self._form(self._value.value)}{share}"

    def draw(self, page: Page, x: float, y: float) -> float:
        """Draws it; returns the y below it."""
        y = max(page.paragraph(self._title, x, y, size=10, weight="bold"), y + 20)
        finite = [row.number for row in self._rows if math.isfinite(row.number)]
        low, high = min([0.0, *finite]), max([0.0, *finite])
        unit = self._bars / ((high - low) or 1.0)
        zero = x + self._words - low * unit
        for row in self._rows:
            self._line(page, row, x, y, zero, unit)
            y += _ROW
        page.box(zero, y - len(self._rows) * _ROW, 0.6, len(self._rows) * _ROW, fill=PALE_INK)
        return y

    def _line(self, page: Page, row: Row, x: float, y: float, zero: float, unit: float) -> None:
        middle, weight = y + _ROW / 2, "normal" if row.is_part else "bold"
        page.text(x, middle, row.name, size=_SMALL, anchor="center", weight=weight)
        end = x + self._names + _GAP + self._factors
        if self._factors:
            page.text(end, middle, row.factors, size=_SMALL, color=PALE_INK, align="right", anchor="center")
        number = self._form(row.number)
        end += _GAP + self._numbers
        page.text(end, middle, number, size=_SMALL, align="right", anchor="center", weight=weight)
        if not math.isfinite(row.number):
            return
        length = abs(row.number) * unit
        fill = ("none" if not row.is_part else _POSITIVE if row.number > 0 else _NEGATIVE) if length else "none"
        page.box(zero if row.number >= 0 else zero - length, y + 3, max(length, 0.5), _ROW - 6, fill=fill, edge=INK)


def _sample(page: Page, sample: FeatureMaps, values: tuple[TracedValue, ...], y: float) -> float:
    """The sample, with the pixels that the values were followed to; returns the y below it."""
    found = [part for value in values for part in value.largest if part.layer == "input" and part.product]
    if len(sample.spatial) != 2:
        return y
    if sample.is_picture:
        pixels = picture_pixels(sample)
    else:
        strongest = np.abs(sample.maps.astype(np.float64)).max(axis=-1)
        pixels = paint(strongest, color_limits(strongest[None])[0])
    rows, columns = sample.spatial
    scale = min(_PICTURE / rows, min(2 * _PICTURE, page.room) / columns)
    scale = math.floor(scale) if scale >= 1 else scale
    size = rows * scale, columns * scale
    page.image(pixels, MARGIN, y, size)
    page.box(MARGIN, y, size[1], size[0], edge=PALE_INK)
    side = max(scale, 5)
    for part in found:
        row, column = part.position
        x0, y0 = MARGIN + (column + 0.5) * scale - side / 2, y + (row + 0.5) * scale - side / 2
        page.box(x0, y0, side, side, edge=_POSITIVE if part.product > 0 else _NEGATIVE)
        page.box(x0 - 1, y0 - 1, side + 2, side + 2, edge=_POSITIVE if part.product > 0 else _NEGATIVE)
    y += size[0]
    places = {part.position for part in found}
    words = f"The sample. Framed: the {len(places)} pixels among the largest parts below." if places else "The sample."
    return page.paragraph(words, MARGIN, y + 4, size=8, color=PALE_INK)
