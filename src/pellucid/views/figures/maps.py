"""What every layer answers to one sample, as a figure: the sample itself, all feature maps, the outputs as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.records import FeatureMaps
from pellucid.views.captions import class_labels, describe_maps, say_broken, say_wrapped, say_zero
from pellucid.views.colors import color_limits, paint
from pellucid.views.figures.mosaic import Mosaic, arrange, draw
from pellucid.views.figures.page import INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import maps_of
from pellucid.views.precision import number_format
from pellucid.views.slices import LONGEST_ROW, map_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["maps_figure"]

_WIDTH = 1000  # wished width of the maps of one layer
_TILE = 90  # wished height of one map; small maps are enlarged to about this
_BAR_ROOM, _BAR_HEIGHT = 44, 90
_PANEL = "#eceef2"


@explained
def maps_figure(maps: FeatureMaps | Sequence[FeatureMaps], *, class_names: Sequence[str] | None = None) -> Figure:
    """Draws the input and every feature map of every layer for one sample, from top to bottom.

    Each layer has its own scale, which stands beside its name. Small maps are enlarged, each number a block; vectors
    of up to 32 values are bars with labels.

    Args:
        maps: the answers, in the order in which the sample passes the layers.
        class_names: what the outputs of the last layer stand for; by default they are numbered.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: there are no maps, or not as many names as outputs.

    Example:
        >>> image = FeatureMaps("input", "", np.eye(8)[:, :, None])
        >>> outputs = FeatureMaps("dense", "Dense", np.array([0.1, 0.9]))
        >>> figure = maps_figure([image, outputs], class_names=["cat", "dog"])
        >>> figure.axes[0].texts[0].get_text()
        'What every layer answers to one sample'
    """
    records = maps_of(maps)
    labels = class_labels(records, class_names)
    page = Page(width=_WIDTH + 2 * MARGIN)
    y = page.paragraph("What every layer answers to one sample", MARGIN, 18, size=13, weight="bold")
    rule = (
        "White is zero and darker is farther from zero: orange above, blue below. Each layer has its own scale, drawn "
        "beside its name. Small numbers count the maps."
    )
    y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 14
    for record in records:
        y = _layer(page, record, labels if record is records[-1] else None, y) + 20
    return page.finish()


def _layer(page: Page, record: FeatureMaps, labels: Sequence[str] | None, y: float) -> float:
    """Draws one layer; returns the y below it."""
    values = record.maps.astype(np.float64)
    limit = float(color_limits(values[None])[0])
    title, scale = describe_maps(record), _WIDTH - 46 - 120 - 6 - text_width(_lowest(values, limit), 7.5)
    if text_width(title, 10, "bold") + 12 > scale:  # then it has a line of its own
        y = page.paragraph(title, MARGIN, y, size=10, weight="bold")
    else:
        page.text(MARGIN, y, title, size=10, weight="bold")
    _scale(page, values, limit, y)
    y += 24
    if not record.spatial and record.channels <= LONGEST_ROW:
        y = _draw_bars(page, values, limit, labels or [str(number) for number in range(len(values))], y)
    else:
        y = _draw_maps(page, record, limit, y)
    channels = np.moveaxis(values, -1, 0)
    zero = say_zero(channels, "map") if record.spatial else []
    for sentence in zero + say_broken(channels, "map" if record.spatial else "value"):
        y = page.paragraph(sentence, MARGIN, y + 4, size=8, color=PALE_INK)
    return y


def _scale(page: Page, values: np.ndarray, limit: float, y: float) -> None:
    """A small colour bar with its numbers, at the right edge of the layer's title."""
    low = -limit if (values < 0).any() else 0.0
    width, right = 120, MARGIN + _WIDTH - 46
    page.image(paint(np.linspace(low, limit, width), limit)[None], right - width, y + 2, (9, width))
    page.box(right - width, y + 2, width, 9, edge=PALE_INK)
    page.text(right - width - 6, y, _lowest(values, limit), size=7.5, color=PALE_INK, align="right")
    page.text(right + 6, y, f"{limit:.3g}", size=7.5, color=PALE_INK)


def _lowest(values: np.ndarray, limit: float) -> str:
    """The number at the left end of the scale."""
    return f"{-limit:.3g}" if (values < 0).any() else "0"


def _draw_maps(page: Page, record: FeatureMaps, limit: float, y: float) -> float:
    slices = map_slices(record)
    items = len(slices)
    bars = len(record.spatial) == 1
    mosaic = _arrange(slices, bars)
    page.image(draw(slices, np.full(items, limit), mosaic, bars), MARGIN, y)
    if record.spatial:
        _number(page, mosaic, y)
        return y + mosaic.size[0]
    y += mosaic.size[0] + 6
    for sentence in say_wrapped(record.channels, slices.shape[-1], "values"):
        y = page.paragraph(sentence, MARGIN, y, size=8, color=PALE_INK)
    return y


def _arrange(slices: np.ndarray, bars: bool) -> Mosaic:
    """As many maps in a row as the width takes, each enlarged to about the wished height."""
    items, _, depth, rows, columns = slices.shape
    cell = max(1, min(_TILE // max(rows, 5 if bars else 1), _WIDTH // (columns * depth)))
    cell = min(cell, 8) if items == 1 and rows * columns > _TILE else min(cell, 22)
    label = (12, 0) if items > 1 else (0, 0)
    return arrange(slices, (10**6, _WIDTH), label, cell, bars, aspect=12.0)


def _number(page: Page, mosaic: Mosaic, y: float) -> None:
    """Writes the number of each map above it, or of every second, fourth ... where maps are narrower than numbers."""
    step = 1
    while step * mosaic.pitch[1] < text_width(str(mosaic.items - 1), 6.5) + 3:
        step *= 2
    for item in range(mosaic.items if mosaic.label[0] else 0):
        if item % mosaic.columns % step == 0:
            left, top = mosaic.corner(item)
            page.text(MARGIN + left, y + top - 1, str(item), size=6.5, anchor="bottom")


def _draw_bars(page: Page, values: np.ndarray, limit: float, labels: Sequence[str], y: float) -> float:
    """Each value as a bar from a line at zero, with its number and its label; the largest stands out."""
    form = number_format(values, digits=3)
    words = [
        *(text_width(label, 8, "bold") for label in labels),
        *(text_width(form(v), 7, "bold") for v in values.tolist()),
    ]
    room = max(_BAR_ROOM, math.ceil(max(words)) + 10)
    finite = np.where(np.isfinite(values), values, 0.0)
    lengths = np.abs(finite) / (limit or 1.0) * _BAR_HEIGHT
    above, below = (float(lengths[side].max(initial=0.0)) for side in (finite >= 0, finite < 0))
    zero, foot = y + 16 + above, y + 16 + above + (below + 16 if below else 2)
    largest = int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))
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
    return page.paragraph(f"Numbers are {form.describe()}.", MARGIN, foot + 22, size=8, color=PALE_INK)
