"""The strongest slices of the strongest filters of a deep layer as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.overview import Overview, overview, overview_as
from pellucid.inspection.records import FilterBank
from pellucid.views.captions import say_all, say_depths, say_unfolds
from pellucid.views.colors import paint
from pellucid.views.descriptions import overview_notes, overview_title
from pellucid.views.figures.mosaic import BACKGROUND
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of
from pellucid.views.scales import overview_limits, scale_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["overview_figure", "overviews_figure"]

_WIDTH, _GAP = 1000, 4  # of the page; between slices
_LINE = 3  # between those of a channel along the depth, at least
_SIDES = ((512, 34), (1500, 20), (0, 11))  # up to so many slices the wished side of each; of more the last
_LEAST_SIDE = 24  # to which slices are made smaller on a narrow page, to stand in one row
_SMALL = 6.5
_LABEL = 78  # room for number and norm left of a filter
_MOST_LABELS = 700  # labels of single slices; more would be too small to be read, and slow


@explained
def overview_figure(overview: Overview, *, scale: str = "layer", width: int | None = None) -> Figure:
    """Draws the strongest slices of the strongest filters, and the patterns that all slices are made of.

    A filter stands in one row, its number and norm on the left, the number of each slice's input channel above it. One
    filter alone is unfolded: its slices go on in the next row.

    Args:
        overview: what `inspection.overview` gives.
        scale: "layer" gives all slices one scale, "filter" each filter its own, "slice" each slice.
        width: of the page [1/100 inch], 1000 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: the scale is unknown.

    Example:
        >>> from pellucid import inspection
        >>> bank = inspection.FilterBank("deep", np.random.default_rng(0).normal(size=(3, 3, 32, 64)))
        >>> overview_figure(inspection.overview(bank)).axes[0].texts[0].get_text()
        'deep: 64 filters of 3x3 over 32 channels, the 32 strongest, the 8 strongest slices of each'
    """
    seen = record_of(overview, Overview)
    return _drawn([seen], scale, [], width)


def overviews_figure(banks: Sequence[FilterBank], scale: str, width: int | None = None) -> Figure:
    """The strongest slices of a layer with many at one moment or several, below each other and on one scale; which they
    are the last moment says."""
    last = overview(banks[-1])
    many = f"{last.filters * last.in_channels:,} slices are too many to be looked at, so the strongest are shown"
    at = f" (those of {last.moment or 'the last'})" if len(banks) > 1 else ""
    notes = [f"{many}{at}. {say_unfolds()}; {say_all()} draws all."]
    return _drawn([*(overview_as(bank, last) for bank in banks[:-1]), last], scale, notes, width)


def _drawn(seen: Sequence[Overview], scale: str, notes: Sequence[str], width: int | None) -> Figure:
    every = np.stack([overview_limits(each, scale) for each in seen])
    limits = np.full(every.shape[1:], every.max()) if scale == "layer" else every.max(axis=0)
    page = Page(page_width(width, _WIDTH), width)
    title = overview_title(replace(seen[-1], moment="") if len(seen) > 1 else seen[-1])
    y = page.paragraph(title, MARGIN, 18, size=13, weight="bold")
    depth = seen[0].spatial[0] if len(seen[0].spatial) > 2 else 1
    for note in (scale_words(scale), *notes, *say_depths(depth, "channel")):
        y = page.paragraph(note, MARGIN, y + 2, color=PALE_INK)
    slices = np.stack([each.slices for each in seen])
    y = page.color_bar(MARGIN, y + 8, slices, float(limits.max()) if scale == "layer" else None) + 8
    for number, each in enumerate(seen):
        if len(seen) > 1:
            y = page.paragraph(each.moment or f"{number + 1}", MARGIN, y, size=10, weight="bold") + 4
        y = _slices(page, each, limits, y) + 12
    what = f", {seen[-1].moment}" if len(seen) > 1 and seen[-1].moment else ""
    _components(page, seen[-1], f"What all slices of the layer are made of{what}", y)
    return page.finish()


def _components(page: Page, seen: Overview, title: str, y: float) -> None:
    """The patterns that all slices are made of, each on its own scale, with their shares."""
    y = page.paragraph(title, MARGIN, y, size=10, weight="bold") + 4
    largest = np.abs(seen.components).reshape(len(seen.components), -1).max(axis=1)
    tiles = tile_pixels(seen.components, largest)
    count, height, width = tiles.shape[:3]
    pitch = max(width, 40) + 12
    across = _evenly(count, int(page.room - width) // pitch + 1)
    for place, (pixels, share) in enumerate(zip(tiles, seen.component_shares, strict=True)):
        line, step = divmod(place, across)
        x, top = MARGIN + step * pitch, y + line * (height + 24)
        page.image(pixels, x, top)
        page.text(x, top + height + 3, f"{100 * share:.3g}%", size=8)
    below = y + math.ceil(count / across) * (height + 24) - 6
    for sentence in overview_notes(seen):
        below = page.paragraph(sentence, MARGIN, below + 2, size=8, color=PALE_INK)


def _slices(page: Page, seen: Overview, limits: np.ndarray, y: float) -> float:
    """All slices, as one image for all filters, with their numbers; the y below it."""
    count, width = seen.channels.shape
    gap = _GAP if len(seen.spatial) < 3 else 3 * _GAP
    is_one = count == 1
    room = int(page.room - (0 if is_one else _LABEL))
    wished = next(side for most, side in _SIDES if count * width <= most or not most)
    in_one_row = room // width - gap - 2  # less the edges
    if len(seen.spatial) < 3 and _LEAST_SIDE <= in_one_row < wished:
        wished = in_one_row
    painted = tile_pixels(seen.slices.reshape(-1, *seen.spatial), limits.ravel(), wished)
    tile, painted = painted[0], painted.reshape(count, width, *painted.shape[1:])
    height, side = tile.shape[:2]
    is_labelled = count * width <= _MOST_LABELS
    above = 10 if is_labelled else 0
    digits = text_width(str(seen.in_channels - 1), _SMALL)
    pitch = max(side, math.ceil(digits) if is_labelled else 0) + gap
    across = _evenly(width, room // pitch)
    lines = math.ceil(width / across)  # in which one filter is folded
    beside = 1 if is_one or lines > 1 else max(1, int(page.room + 16) // (_LABEL + across * pitch + 16))
    group = _LABEL * (not is_one) + across * pitch + 16
    down = max(lines * (height + above + gap) + 4, 0 if is_one else 26)
    rows = math.ceil(count / beside)
    image = np.full((math.ceil(rows * down), math.ceil(beside * group), 3), 255, np.uint8)
    for item in range(count):
        row, column = divmod(item, beside)
        left, top = column * group, row * down
        if not is_one:
            number = seen.numbers[item]
            page.text(MARGIN + left, y + top + above + height / 2 - 6, f"filter {number}", size=7.5, anchor="center")
            norm = f"norm {seen.norms[number]:.3g}"
            page.text(
                MARGIN + left, y + top + above + height / 2 + 6, norm, size=_SMALL, color=PALE_INK, anchor="center"
            )
        for place in range(width):
            line, step = divmod(place, across)
            x0 = left + (0 if is_one else _LABEL) + step * pitch
            y0 = top + line * (height + above + gap) + above
            image[y0 : y0 + height, x0 : x0 + side] = painted[item][place]
            if is_labelled:
                label = str(int(seen.channels[item, place]))
                page.text(MARGIN + x0, y + y0 - 1, label, size=_SMALL, color=PALE_INK, anchor="bottom")
    page.image(image, MARGIN, y)
    return y + image.shape[0]


def _evenly(count: int, most: int) -> int:
    """How many of `count` stand in a row that holds `most`, so that all rows are about as long."""
    return math.ceil(count / math.ceil(count / max(min(count, most), 1)))


def tile_pixels(slices: np.ndarray, limits: np.ndarray, side: int = 34) -> np.ndarray:
    """Slices as pixels with a thin edge: each number a square block, what lies along the depth side by side.

    Args:
        slices: (slices, spatial...).
        limits: of each the magnitude that is darkest.
        side: that the longer side of each should have.

    Example:
        >>> tile_pixels(np.zeros((7, 3, 3)), np.ones(7)).shape
        (7, 35, 35, 3)
    """
    count, spatial = len(slices), slices.shape[1:]
    planes = slices.reshape(count, *(1,) * (3 - len(spatial)), *spatial)
    _, depth, rows, columns = planes.shape
    cell = max(side // max(rows, columns), 1)
    high = cell if len(spatial) > 1 else max(side // 2, 1)  # a row of taps alone is drawn higher than wide
    blocks = paint(planes, limits.reshape(count, 1, 1, 1)).repeat(high, axis=2).repeat(cell, axis=3)
    line = max(_LINE, cell // 3) if depth > 1 else 0
    pixels = np.full((count, rows * high + 2, depth * (columns * cell + line) - line + 2, 3), BACKGROUND, np.uint8)
    for number in range(depth):
        left = 1 + number * (columns * cell + line)
        pixels[:, 1:-1, left : left + columns * cell] = blocks[:, number]
    return pixels
