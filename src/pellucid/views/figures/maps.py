"""What layers answer to one sample, as a figure: the sample itself, feature maps, the outputs as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.command_words import hint
from pellucid.inspection.given import one_of
from pellucid.inspection.map_records import FeatureMaps
from pellucid.views.captions import class_labels, say_depths, say_wrapped
from pellucid.views.colors import color_limits, paint
from pellucid.views.figures.mosaic import Mosaic, arrange, draw, mark
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import limit_of, maps_of, page_width
from pellucid.views.map_words import (
    CHOICE,
    MASK,
    choice_of,
    describe_answer,
    describe_answers,
    faint_maps,
    is_last,
    map_notes,
    mask_of,
    picture_pixels,
)
from pellucid.views.precision import NumberFormat, number_format, short
from pellucid.views.slices import LONGEST_ROW, farthest, map_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MAP_SCALES", "WIDTH", "Drawing", "maps_figure"]

MAP_SCALES = ("layer", "map")
WIDTH = 1000  # wished width of the maps of one layer
_LOWEST_BARS = 32
_TILE = 90  # wished height of one map; small maps are enlarged to about this
_PICTURE, _SMALL_PICTURE = 240, 110  # wished height of the sample itself, and of each of several
_HEIGHT, _LEAST, _MOST = 4000, 100, 900  # for the maps of all layers together, and of each
_MOST_LAYERS = 40
_BAR_ROOM, _BAR_HEIGHT = 44, 90
_PANEL = "#eceef2"


@explained
def maps_figure(
    maps: FeatureMaps | Sequence[FeatureMaps],
    *,
    class_names: Sequence[str] | None = None,
    scale: str = "layer",
    limit: int | None = 64,
    width: int | None = None,
) -> Figure:
    """Draws the input and the feature maps of every layer for one sample or several, from top to bottom.

    An image is drawn as one. Small maps are enlarged, each number a block; where there is no room, each block is the
    number farthest from zero of several, which is said. Vectors of up to 32 values are bars with labels. A layer that
    hands on what another answers is named, not drawn again; of a dropout in training what it kept stands below, of a
    maximum pooling what it chose from, with the winners framed.

    Args:
        maps: the answers, in the order in which the sample passes the layers.
        class_names: what the outputs of the last layer stand for; by default they are numbered.
        scale: "layer" gives all maps of a layer one scale, which stands beside its name; "map" gives each its own, so
            that one which is nearly zero can be seen.
        limit: draw only so many maps of each layer, and say so; None for all.
        width: of the page [1/100 inch], 1048 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: there are no maps, not as many names as outputs, the scale is unknown, or `limit` is below 1.

    Example:
        >>> image = FeatureMaps("input", "", np.eye(8)[:, :, None])
        >>> outputs = FeatureMaps("dense", "Dense", np.array([0.1, 0.9]))
        >>> figure = maps_figure([image, outputs], class_names=["cat", "dog"])
        >>> figure.axes[0].texts[0].get_text()
        'What layers answer to one sample'
    """
    records, limit = maps_of(maps), limit_of(limit, "map")
    one_of("scale of maps", scale, MAP_SCALES)
    labels = class_labels(records, class_names)
    page = Page(page_width(width, WIDTH + 2 * MARGIN), width)
    y = page.paragraph(describe_answers(records), MARGIN, 18, size=13, weight="bold")
    own = "Each layer has its own scale, drawn beside its name." if scale == "layer" else "Each map has its own scale."
    rule = "White is zero and darker is farther from zero: orange above, blue below."
    rule = f"{rule} {own} Small numbers count the maps; ~0 marks those that are nearly zero."
    y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 14
    shown = records[:_MOST_LAYERS]
    drawing = Drawing(page, scale, limit, min(max(_HEIGHT // len(shown), _LEAST), _MOST))
    for record in shown:
        y = drawing.layer(record, labels if is_last(record, records) else None, y) + 20
    if len(records) > len(shown):
        further = f"{len(records) - len(shown)} further {'answers' if records[-1].sample else 'layers'}"
        choice = hint("feature_maps(..., layers=[...])", {"--layer": "--layer NAME, several times for several"})
        rest = f"{further} are not drawn; choose with {choice}."
        page.paragraph(rest, MARGIN, y, color=PALE_INK)
    return page.finish()


class Drawing:
    """How the layers of one page are drawn.

    Args:
        page: on which.
        scale, limit: see `maps_figure`.
        room: wished height of the maps of one layer.
    """

    def __init__(self, page: Page, scale: str, limit: int | None, room: int) -> None:
        self.page, self.scale, self.limit, self.room = page, scale, limit, room

    def layer(self, record: FeatureMaps, labels: Sequence[str] | None, y: float) -> float:
        """Draws one layer; returns the y below it."""
        page, values = self.page, record.maps.astype(np.float64)
        largest = float(color_limits(values[None])[0])
        if record.same_as and record.kept is None:
            return page.paragraph(describe_answer(record), MARGIN, y, size=10, weight="bold")
        has_scale = not record.is_picture and (self.scale == "layer" or not record.spatial)
        y = self.title(describe_answer(record), values, largest, y, has_scale=has_scale) + 24
        if record.is_picture:
            y = self._picture(record, y)
        elif not record.spatial and record.channels <= LONGEST_ROW:
            y = _draw_bars(page, values, largest, labels or [str(number) for number in range(len(values))], y)
        else:
            y = self.maps(record, map_slices(record), y, faint=True)
        for sentence in map_notes(record):
            y = page.paragraph(sentence, MARGIN, y + 4, size=8, color=PALE_INK)
        return self._beside(record, y)

    def title(self, title: str, values: np.ndarray, largest: float, y: float, *, has_scale: bool) -> float:
        """Writes a layer's name, and beside it its scale; returns the y of the line."""
        width = self.page.room
        room = width - 46 - 120 - 6 - text_width(_lowest(values, largest), 7.5) if has_scale else width
        if text_width(title, 10, "bold") + 12 > room:  # then it has a line of its own
            y = self.page.paragraph(title, MARGIN, y, size=10, weight="bold")
        else:
            self.page.text(MARGIN, y, title, size=10, weight="bold")
        if has_scale:
            _scale(self.page, values, largest, y)
        return y

    def _picture(self, record: FeatureMaps, y: float) -> float:
        """The sample as an image, in whole pixels."""
        pixels = picture_pixels(record)
        height, width = pixels.shape[:2]
        room = self.page.room
        times = min((_SMALL_PICTURE if record.sample else _PICTURE) // height, room // width)
        size = (height * times, width * times) if times else (height, width)
        if not times and width > room:
            size = (round(height * room / width), room)
        self.page.image(pixels, MARGIN, y, size)
        return y + size[0] + 2

    def maps(
        self,
        record: FeatureMaps,
        slices: np.ndarray,
        y: float,
        *,
        faint: bool,
        marks: np.ndarray | None = None,
        names: Sequence[str] | None = None,
    ) -> float:
        """Maps beside each other; returns the y below them and what is said of them.

        Args:
            record: whose they are.
            slices: of the maps (items, 1, depth, rows, columns).
            y: where they begin.
            faint: whether maps that are nearly zero are marked.
            marks: which values are framed, where they are not 0; of the shape of the slices.
            names: what stands above each map; by default its number.
        """
        page, every = self.page, len(slices)
        limits = color_limits(slices, "filter" if self.scale == "map" and record.spatial else "layer")[: self.limit]
        weak = faint_maps(slices) if faint and record.spatial else np.zeros(every, dtype=bool)
        slices = slices[: self.limit]
        bars = len(record.spatial) == 1
        side, mosaic = _fitted(slices, bars, (self.room, page.room), marked=marks is not None)
        pixels = draw(farthest(slices, side), limits, mosaic, bars)
        if marks is not None:
            mark(pixels, farthest(marks[: self.limit], side) != 0, mosaic)
        page.image(pixels, MARGIN, y)
        if record.spatial:
            names = [str(number) for number in range(len(slices))] if names is None else names[: len(slices)]
            _number(page, mosaic, y, names, ["~0" if each else "" for each in weak])
            _number_depths(page, mosaic, y, names)
        y += mosaic.size[0]
        notes = say_wrapped(record.channels, slices.shape[-1], "values") if not record.spatial else []
        notes += say_depths(slices.shape[2], "map", is_labelled=True)
        if side > 1:
            block = str(side) if slices.shape[-2] == 1 else f"{side}x{side}"
            notes.append(f"Each block is the value farthest from zero of {block}.")
        if self.limit is not None and every > self.limit:
            more = hint("limit=None", {"--limit": f"--limit {every}"})
            notes.append(f"{self.limit} of {every} maps are drawn; {more} draws all.")
        for sentence in notes:
            y = page.paragraph(sentence, MARGIN, y + 4, size=8, color=PALE_INK)
        return y

    def _beside(self, record: FeatureMaps, y: float) -> float:
        """The mask of a dropout, and what a maximum pooling chose from."""
        mask, choice = mask_of(record), choice_of(record)
        if mask is not None:
            y = self.page.paragraph(MASK, MARGIN, y + 8, size=8)
            y = self.maps(record, map_slices(mask), y + 2, faint=False)
        if choice is not None:
            y = self.page.paragraph(CHOICE, MARGIN, y + 8, size=8)
            given, wins = map(map_slices, choice)
            y = self.maps(record, given, y + 2, faint=False, marks=wins)
        return y


def _fitted(slices: np.ndarray, bars: bool, room: tuple[int, int], *, marked: bool) -> tuple[int, Mosaic]:
    """How many numbers along a side make one block, 1 if there is room, and how the maps lie then."""
    side = 1
    while True:
        mosaic = _arrange(farthest(slices, side), bars, room, least=5 if marked and side == 1 else 1)
        is_narrow, longest = mosaic.size[1] <= room[1], max(slices.shape[-2:])
        is_small_enough = mosaic.size[0] <= room[0] or longest <= 8 * side or marked
        if (is_narrow and is_small_enough) or longest <= side or (marked and longest <= 8 * side):
            return side, mosaic
        side += 1


def _scale(page: Page, values: np.ndarray, limit: float, y: float) -> None:
    """A small colour bar with its numbers, at the right edge of the layer's title."""
    low = -limit if (values < 0).any() else 0.0
    width, right = 120, MARGIN + min(page.room, WIDTH) - 46  # near the title, however wide the page is
    page.image(paint(np.linspace(low, limit, width), limit)[None], right - width, y + 2, (9, width))
    page.box(right - width, y + 2, width, 9, edge=PALE_INK)
    page.text(right - width - 6, y, _lowest(values, limit), size=7.5, color=PALE_INK, align="right")
    page.text(right + 6, y, f"{limit:.3g}", size=7.5, color=PALE_INK)


def _lowest(values: np.ndarray, limit: float) -> str:
    """The number at the left end of the scale."""
    return short(-limit, 3) if (values < 0).any() else "0"


def _arrange(slices: np.ndarray, bars: bool, room: tuple[int, int], least: int) -> Mosaic:
    """As many maps in a row as the width takes, each enlarged to about the wished height."""
    items, _, depth, rows, columns = slices.shape
    cell = max(least, min(_TILE // max(rows, 5 if bars else 1), room[1] // (columns * depth)))
    cell = min(cell, 8) if items == 1 and rows * columns > _TILE else min(cell, 22)
    label = (12, 0) if items > 1 or depth > 1 else (0, 0)
    return arrange(slices, room, label, cell, bars, 12.0, least, _LOWEST_BARS)


def _number(page: Page, mosaic: Mosaic, y: float, names: Sequence[str], words: Sequence[str]) -> None:
    """Writes the number of each map above it, or of every second, fourth ... where maps are narrower than numbers; with
    a word where there is room for it.
    """
    step = 1
    while step * mosaic.pitch[1] < max(text_width(name, 6.5) for name in names) + 3 and step < 64:
        step *= 2
    for item in range(mosaic.items if mosaic.label[0] else 0):
        if item % mosaic.columns % step == 0:
            left, top = mosaic.corner(item)
            text = f"{names[item]} {words[item]}".strip()
            fits = text_width(text, 6.5) + 3 <= step * mosaic.pitch[1]
            page.text(MARGIN + left, y + top - 1, text if fits else names[item], size=6.5, anchor="bottom")


def _number_depths(page: Page, mosaic: Mosaic, y: float, names: Sequence[str]) -> None:
    """Writes above the further slices of each map of a volume which depth they are, where there is room for that."""
    for item in range(mosaic.items if mosaic.depth > 1 and mosaic.label[0] else 0):
        left, top = mosaic.corner(item)
        for depth in range(1, mosaic.depth):
            text = f"{names[item]}:{depth}"
            if text_width(text, 6.5) + 3 <= mosaic.slice_width:
                x = MARGIN + left + depth * mosaic.slice_width
                page.text(x, y + top - 1, text, size=6.5, color=PALE_INK, anchor="bottom")


def _draw_bars(page: Page, values: np.ndarray, limit: float, labels: Sequence[str], y: float) -> float:
    """Each value as a bar from a line at zero, with its number and its label; the largest stands out.

    On a narrow page they go on in further rows.
    """
    form = number_format(values, digits=3)
    words = [
        *(text_width(label, 8, "bold") for label in labels),
        *(text_width(form(v), 7, "bold") for v in values.tolist()),
    ]
    room = max(_BAR_ROOM, math.ceil(max(words)) + 10)
    largest = int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))
    per_row = len(values) if page.room >= WIDTH else max((page.room - 8) // room, 1)
    for start in range(0, len(values), per_row):
        part = slice(start, start + per_row)
        foot = _bar_row(page, values[part], labels[part], (limit, room, form), (y, largest - start))
        y = foot + 26
    return page.paragraph(f"Numbers are {form.describe()}.", MARGIN, foot + 22, size=8, color=PALE_INK)


def _bar_row(
    page: Page,
    values: np.ndarray,
    labels: Sequence[str],
    scale: tuple[float, int, NumberFormat],
    place: tuple[float, int],
) -> float:
    """One row of bars, of which one may stand out; returns the y of the foot, below which stand the labels."""
    (limit, room, form), (y, largest) = scale, place
    finite = np.where(np.isfinite(values), values, 0.0)
    lengths = np.abs(finite) / (limit or 1.0) * _BAR_HEIGHT
    above, below = (float(lengths[side].max(initial=0.0)) for side in (finite >= 0, finite < 0))
    zero, foot = y + 16 + above, y + 16 + above + (below + 16 if below else 2)
    page.box(MARGIN, y, len(values) * room + 8, foot - y, fill=_PANEL)
    colors = paint(values, limit) / 255
    for index, (value, length) in enumerate(zip(values.tolist(), lengths.tolist(), strict=True)):
        x = MARGIN + 4 + index * room
        page.box(x + 5, zero if value < 0 else zero - length, room - 10, length, tuple(colors[index]), INK)
        weight = "bold" if index == largest else "normal"
        number_y, anchor = (zero + length + 2, "top") if value < 0 else (zero - length - 2, "bottom")
        page.text(x + room / 2, number_y, form(value), size=7, align="center", anchor=anchor, weight=weight)
        page.text(x + room / 2, foot + 4, labels[index], size=8, align="center", weight=weight)
    page.box(MARGIN, zero, len(values) * room + 8, 0.8, fill=INK)
    return foot
