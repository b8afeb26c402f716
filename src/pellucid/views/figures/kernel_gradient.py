"""The gradient of a filter as a figure: the picture, the images that pushed it, and the correlation that it is."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.inspection.records import FilterBank
from pellucid.views.colors import color_limits
from pellucid.views.figures.mosaic import arrange, draw
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import limit_of, page_width, record_of
from pellucid.views.gradient_words import describe_gradient, largest_entry, say_entry, say_push, strongest_images
from pellucid.views.part_words import part_bank, say_channels, strongest_channels
from pellucid.views.photographs import as_photograph
from pellucid.views.precision import short, whole_percent
from pellucid.views.slices import kernel_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["kernel_gradient_figure"]

_WIDTH, _LABEL, _ROOM = 900, 150, 700
_CHANNELS, _CELL, _MAP = 24, 16, 190


@explained
def kernel_gradient_figure(gradient: KernelGradient, *, limit: int | None = 4, width: int | None = None) -> Figure:
    """Draws the gradient of a filter, and for the images that pushed it most what they were and where they were wrong.

    For each image three pictures: what the layer was given, the error at the filter's output, and the correlation of
    the two, which is what the image adds to the gradient.

    Args:
        gradient: the record.
        limit: how many images are drawn at most; None for all.
        width: of the page [1/100 inch], 948 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import Correlation
        >>> one = Correlation(np.ones((1, 2, 1)), np.full((1, 2), 0.5), (1,), (1,), (1,), (0,))
        >>> arrays = np.ones((1, 1)), one.gradient(), np.zeros((1, 1))
        >>> found = KernelGradient("c", "Conv1D", 0, 1.0, *arrays, (one,), ("taps", "channels"))
        >>> figure = kernel_gradient_figure(found)
        >>> figure.axes[0].texts[0].get_text()
        'c, filter 0: the gradient of the loss, which is 1'
    """
    record, most = record_of(gradient, KernelGradient), limit_of(limit, "image")
    page = Page(page_width(width, _WIDTH + 2 * MARGIN), width)
    y = page.paragraph(describe_gradient(record), MARGIN, 18, size=13, weight="bold")
    rule = "White is zero. Orange: the loss grows with that weight, a step makes it smaller. Blue: it makes it larger."
    y = page.paragraph(rule, MARGIN, y + 2, color=PALE_INK) + 10
    strips = [("filter", record.kernel), ("gradient", record.gradient)]
    strips += [("of its penalty", record.penalty)] if record.penalty.any() else []
    chosen = strongest_channels(record.gradient, _CHANNELS)
    for name, values in strips:
        y = _strip(page, name, values, part_bank(record.layer, values, chosen), y)
    said = say_channels(record.gradient, chosen)
    y = page.paragraph(said, MARGIN, y, size=8, color=PALE_INK) if said else y
    if not record.correlations:
        page.paragraph("The layer does not slide this filter, so no places are told.", MARGIN, y + 8)
        return page.finish()
    entry = largest_entry(record)
    y = page.paragraph(say_entry(record, entry), MARGIN, y + 8, size=9.5, weight="bold")
    for push in record.pushes(entry, 4):
        y = page.paragraph(say_push(push), MARGIN, y + 1)
    return _images(page, record, entry, most, y + 12)


def _strip(page: Page, name: str, values: np.ndarray, bank: FilterBank, y: float) -> float:
    slices = kernel_slices(bank)
    limit = float(color_limits(values[None])[0])
    is_narrow = page.room < 2 * _LABEL + _MAP  # then the name stands above
    x = MARGIN if is_narrow else MARGIN + _LABEL
    mosaic = arrange(slices, (160, min(_ROOM, MARGIN + page.room - x)), (0, 0), _CELL)
    told = f"darkest {short(limit)}"
    if is_narrow:
        page.text(MARGIN, y, name, weight="bold")
        page.text(MARGIN + text_width(name, weight="bold") + 12, y + 1, told, size=7.5, color=PALE_INK)
        page.image(draw(slices, np.array([limit]), mosaic), x, y + 16)
        return y + 16 + mosaic.size[0] + 4
    page.text(MARGIN, y + mosaic.size[0] / 2 - 6, name, anchor="center", weight="bold")
    page.text(MARGIN, y + mosaic.size[0] / 2 + 6, told, size=7.5, color=PALE_INK, anchor="center")
    page.image(draw(slices, np.array([limit]), mosaic), x, y)
    return y + max(mosaic.size[0], 30) + 4


def _images(page: Page, record: KernelGradient, entry: tuple[int, ...], most: int | None, y: float) -> Figure:
    """The images that pushed most: what was given, the error, and what the image adds."""
    first, by_image, chosen = record.correlations[0], record.by_image(), strongest_channels(record.gradient, _CHANNELS)
    is_unit = not first.sizes and first.inputs.ndim == 2
    channel = entry[-1] if first.inputs.shape[-1] > 1 else 0
    given = f"what it is given, channel {channel}" if first.inputs.shape[-1] > 1 else "what the layer is given"
    left, side, gap = _columns(page.room)
    is_below = left == MARGIN and record.gradient.ndim > 2 and record.gradient.shape[-1] > 1  # a slice per channel
    columns = [left, left + side + gap, left if is_below else left + 2 * (side + gap)]
    given = "what the layer is given" if record.reads_image else given
    titles = ["what it is given" if is_unit else given, "the error at its output", "what the image adds"]
    y = _titles(page, titles[: 2 if is_below else 3], columns, side, y)
    added, errors = float(color_limits(by_image)[0]), float(color_limits(first.errors)[0])
    for number, share in strongest_images(record)[:most]:
        y = _named(page, number, share, y, is_beside=left > MARGIN)
        inputs = first.inputs[number] if is_unit else first.inputs[number][..., channel]
        planes = [
            (kernel_slices(part_bank(record.layer, inputs, None)) if is_unit else _slices(inputs), None, side),
            (_slices(first.errors[number]), errors, side),
            (kernel_slices(part_bank(record.layer, by_image[number], chosen)), added, MARGIN + page.room - columns[2]),
        ]
        of_image = [_photograph(page, first.inputs[number], columns[0], y, side)] if record.reads_image else []
        shown = list(zip(planes, columns, strict=True))[len(of_image) :]
        last = [shown.pop()] if is_below else []
        bottoms = [*of_image, *(_plane(page, slices, limit, x, y, room) for (slices, limit, room), x in shown)]
        y = max(*bottoms, y + 34) + 8
        for (slices, limit, room), x in last:
            page.text(x, y - 2, titles[-1], size=8, weight="bold")
            y = _plane(page, slices, limit, x, y + 12, room) + 8
    return page.finish()


def _titles(page: Page, titles: Sequence[str], columns: Sequence[int], side: int, y: float) -> float:
    """Writes what stands in each column, in as many lines as it needs; returns the y below."""
    lines = [textwrap.wrap(title, max(side // 7, 8)) for title in titles]
    for x, several in zip(columns, lines, strict=False):
        for below, line in enumerate(several):
            page.text(x, y + 13 * below, line, size=8, weight="bold")
    return y + 1 + 13 * max(map(len, lines))


def _named(page: Page, number: int, share: float, y: float, *, is_beside: bool) -> float:
    """Writes which image it is, beside its pictures or above them; returns the y at which these begin."""
    name, told = f"image {number}", f"{whole_percent(share)} of the gradient"
    page.text(MARGIN, y + 8, name, weight="bold")
    if is_beside:
        page.text(MARGIN, y + 22, told, size=8, color=PALE_INK)
        return y
    page.text(MARGIN + text_width(name, weight="bold") + 12, y + 8, told, size=8, color=PALE_INK)
    return y + 26


def _columns(room: int) -> tuple[int, int, int]:
    """Where three pictures begin, how wide each may be, and the gap between them: names stand beside or above."""
    if room >= _LABEL + 3 * _MAP + 60:
        return MARGIN + _LABEL, _MAP, 30
    return MARGIN, (room - 2 * 16) // 3, 16


def _photograph(page: Page, image: np.ndarray, x: float, y: float, side: int) -> float:
    """Draws an image as what it is; returns the y below it."""
    pixels, _ = as_photograph(image.astype(np.float64))
    cell = min(side / max(pixels.shape[:2]), float(_CELL))
    page.image(pixels, x, y, (pixels.shape[0] * cell, pixels.shape[1] * cell))
    return y + pixels.shape[0] * cell


def _slices(values: np.ndarray) -> np.ndarray:
    """A map, or a number, as slices."""
    return values.astype(np.float64).reshape(1, 1, *(1,) * (3 - values.ndim), *values.shape)


def _plane(page: Page, slices: np.ndarray, limit: float | None, x: float, y: float, room: float) -> float:
    """Draws slices on a scale, their own by default; returns the y below them."""
    darkest = float(color_limits(slices)[0]) if limit is None else limit
    mosaic = arrange(slices, (_MAP, int(room)), (0, 0), _CELL)
    scale = min(room / mosaic.size[1], 1.0)  # volumes of many slices may have to be smaller
    height, width = (side * scale for side in mosaic.size)
    page.image(draw(slices, np.array([darkest]), mosaic), x, y, (height, width))
    return y + height
