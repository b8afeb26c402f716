"""The change of a filter and its parts as a figure: each part as a picture, with its share as a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.influence import Influence
from pellucid.inspection.update import FilterUpdate
from pellucid.views.colors import color_limits, describe_rule
from pellucid.views.figures.mosaic import Mosaic, arrange, draw
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import limit_of, page_width, record_of
from pellucid.views.part_words import (
    PartRow,
    bar_length,
    describe_change,
    moved,
    part_bank,
    part_rows,
    percent,
    say_channels,
    say_parts,
    say_remainder,
    strongest_channels,
    whole_row,
)
from pellucid.views.precision import short
from pellucid.views.slices import kernel_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["influence_figure", "update_figure"]

_BAR, _NUMBERS, _KERNEL = 150, 135, 560  # widths of the columns beside the names
_CHANNELS = 24
_TALLEST, _LARGEST_CELL, _LEAST = 60, 16, 290  # _LEAST: width of pictures that stand beside the numbers
_ALONG, _AGAINST = "#2e7d4f", "#9b3a6b"


@explained
def update_figure(step: FilterUpdate, *, width: int | None = None) -> Figure:
    """Draws a step of a filter: what each cause adds to each weight, and how far that goes along the step.

    Args:
        step: the record.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> parts, weights = np.array([[[[-0.5]]], [[[0.125]]]]), (np.ones((1, 1, 1)), np.full((1, 1, 1), 0.625))
        >>> names, axes = ("loss", "L2 of kernel"), ("rows", "columns", "channels")
        >>> figure = update_figure(FilterUpdate("conv", "Conv2D", 0, "SGD", 7, names, parts, *weights, axes))
        >>> figure.axes[0].texts[0].get_text()
        'conv, filter 0: what makes step 7 of SGD'
    """
    return _drawn(record_of(step, FilterUpdate), None, width)


@explained
def influence_figure(influence: Influence, *, limit: int | None = 24, width: int | None = None) -> Figure:
    """Draws who wrote a filter: what each group of samples added to each weight, and how far that is along the change.

    Args:
        influence: the record.
        limit: how many groups are drawn at most, the strongest; the others are one row. None for all.
        width: of the page [1/100 inch], by default what it needs, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> parts, weights = np.array([[[2.0]], [[-0.5]]]), (np.zeros((1, 1)), np.full((1, 1), 1.5))
        >>> told = "c", "Conv1D", 0, "SGD", (0, 9), "class", ("0", "1"), 2, (5, 4)
        >>> figure = influence_figure(Influence(*told, parts, *weights, ("taps", "channels")))
        >>> figure.axes[0].texts[0].get_text()
        'c, filter 0: who wrote it in 9 steps of SGD (0 to 9), by class'
    """
    return _drawn(record_of(influence, Influence), limit_of(limit, "group"), width)


def _drawn(record: FilterUpdate | Influence, limit: int | None, width: int | None) -> Figure:
    rows = part_rows(record, limit)
    change = whole_row(record)
    names = MARGIN + round(max(text_width(row.name, weight="bold") for row in (*rows, change))) + 8
    page = Page(page_width(width, names + _BAR + _NUMBERS + _KERNEL + MARGIN), width)
    is_narrow = names + _BAR + _NUMBERS + _LEAST + MARGIN > page.width  # then all stands below its name
    names = MARGIN if is_narrow else names
    y = page.paragraph(describe_change(record), MARGIN, 18, size=13, weight="bold")
    drawing = _Rows(page, record.layer, names, [*rows, change], is_narrow=is_narrow)
    said = " ".join([*say_parts(record), describe_rule(np.stack([row.values for row in (*rows, change)]))])
    y = page.paragraph(said, MARGIN, y + 2, color=PALE_INK) + 10
    page.text(names + _BAR / 2, y, "share of the change", size=7.5, color=PALE_INK, align="center")
    page.text(names + _BAR + 8, y, "share, distance", size=7.5, color=PALE_INK)
    scale = f"what it adds to each weight; the darkest is {short(drawing.limit)}"
    y = page.paragraph(scale, MARGIN, y + 14, size=7.5, color=PALE_INK) - 14 if is_narrow else y
    if not is_narrow:
        page.text(names + _BAR + _NUMBERS, y, scale, size=7.5, color=PALE_INK)
    y += 18
    for row in rows:
        y = drawing.row(row, y)
    page.box(MARGIN, y + 1, page.width - 2 * MARGIN, 0.6, fill=INK)
    y = drawing.row(change, y + 6, bold=True) + 6
    y = drawing.weights(record.before, record.after, y)
    return _finished(page, [say_remainder(record), drawing.said], y)


def _finished(page: Page, sentences: list[str], y: float) -> Figure:
    page.paragraph(" ".join(filter(None, sentences)), MARGIN, y + 4, size=8, color=PALE_INK)
    return page.finish()


class _Rows:
    """Draws parts below each other, all on one scale."""

    def __init__(self, page: Page, layer: str, names: int, rows: list[PartRow], *, is_narrow: bool) -> None:
        self.page, self.layer, self.names, self.is_narrow = page, layer, names, is_narrow
        self.kernel = MARGIN if is_narrow else names + _BAR + _NUMBERS  # where the pictures begin
        self.limit = float(color_limits(np.stack([row.values for row in rows]))[0])
        self.shares = [row.share for row in rows]
        self.chosen = strongest_channels(rows[-1].values, _CHANNELS)
        self.said = say_channels(rows[-1].values, self.chosen)
        self.mosaic = self._mosaic(rows[0].values)
        self.height = max(self.mosaic.size[0], 18)

    def _slices(self, values: np.ndarray) -> np.ndarray:
        return kernel_slices(part_bank(self.layer, values, self.chosen))

    def _mosaic(self, values: np.ndarray) -> Mosaic:
        slices = self._slices(values)
        return arrange(slices, (_TALLEST, self.page.width - MARGIN - self.kernel), (0, 0), _LARGEST_CELL)

    def row(self, row: PartRow, y: float, *, bold: bool = False) -> float:
        """Draws one; returns the y below it."""
        page, weight = self.page, "bold" if bold else "normal"
        y = self._name(row.name, weight, y)
        height = 18 if self.is_narrow else self.height
        middle = y + height / 2
        zero = self.names + _BAR / 2
        length = bar_length(row.share, self.shares) * (_BAR / 2 - 4)
        page.box(min(zero, zero + length), middle - 5, max(abs(length), 0.5), 10, _ALONG if length >= 0 else _AGAINST)
        page.box(zero, y, 0.6, height, fill=PALE_INK)
        words = f"{percent(row.share)}   {moved(row.moved)}"
        page.text(self.names + _BAR + 8, middle, words, size=8, anchor="center", weight=weight)
        return self._picture(row.values, y + (height + 2 if self.is_narrow else 0), self.limit)

    def _name(self, name: str, weight: str, y: float) -> float:
        """Writes what a row is, beside it or above; returns the y at which the rest begins."""
        if self.is_narrow:
            return self.page.paragraph(name, MARGIN, y, weight=weight)
        self.page.text(self.names - 8, y + self.height / 2, name, align="right", anchor="center", weight=weight)
        return y

    def _picture(self, values: np.ndarray, y: float, limit: float) -> float:
        """Draws weights; returns the y below them."""
        pixels = draw(self._slices(values), np.array([limit]), self.mosaic)
        self.page.image(pixels, self.kernel, y + (self.height - self.mosaic.size[0]) / 2)
        return y + self.height + 3

    def weights(self, before: np.ndarray, after: np.ndarray, y: float) -> float:
        """The filter before and behind the change, on a scale of their own."""
        limit = float(color_limits(np.stack([before, after]))[0])
        for name, values in (("before", before), ("after", after)):
            words = f"the filter; the darkest is {short(limit)}"
            if self.is_narrow:
                y = self.page.paragraph(f"{name}: {words}", MARGIN, y)
            else:
                y = self._name(name, "normal", y)
                self.page.text(self.names + 8, y + self.height / 2, words, size=8, color=PALE_INK, anchor="center")
            y = self._picture(values, y, limit)
        return y
