"""An image, a filter and the map that it gives, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.filtered import FilteredImage
from pellucid.views.captions import say_broken, say_empty
from pellucid.views.colors import color_limits, ink_on, paint
from pellucid.views.fields import pixels_of
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of
from pellucid.views.photographs import kernel_in_color, strongest_slices
from pellucid.views.precision import number_format

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["filtered_figure"]

_PANEL, _KERNEL, _GAP = 380, 240, 32
_LARGEST_CELL = 60
_SMALLEST = 200  # least side of a picture that has others beside it
_NUMBER = 7.5
_MOST_SLICES = 8


@explained
def filtered_figure(filtered: FilteredImage, *, width: int | None = None) -> Figure:
    """Draws the image as a photograph, the kernel slice by slice, and the map by the drawing rule.

    A kernel over red, green and blue is drawn in colour too: mid-grey is zero. Of many slices the strongest are shown.

    Args:
        filtered: what `inspection.filtered_image` or `filtered_image_by` found.
        width: of the page [1/100 inch], 1,112 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Example:
        >>> from pellucid.inspection import filtered_image
        >>> figure = filtered_figure(filtered_image(np.eye(8), "sobel_x"))
        >>> figure.axes[0].texts[0].get_text()
        'sobel_x on an image of 8x8'
    """
    record = record_of(filtered, FilteredImage)
    rows, columns = record.image.shape[:2]
    page = Page(page_width(width, 2 * _PANEL + _KERNEL + 2 * _GAP + 2 * MARGIN), width)
    top = page.paragraph(f"{record.name} on an image of {rows}x{columns}", MARGIN, 18, size=13, weight="bold")
    pixels, note = pixels_of(record.image)
    top = page.paragraph(" ".join(filter(None, [_sentence(record), note])), MARGIN, top + 2) + 12
    limit = float(color_limits(record.map.astype(np.float64)[np.newaxis])[0])
    places, side, lowest = _places(page.room)
    at = [(x, top) for x in places]
    y = _panel(page, "the image", pixels, *at[0], side)
    if lowest:  # the kernel stands below the image, or at its side, and the map below both
        at[1] = (places[1], y + _GAP if places[1] == MARGIN else top)
    y = max(y, _kernel(page, record, *at[1]))
    if lowest:
        at[2] = (MARGIN, y + _GAP)
    below = _panel(page, "the map", paint(record.map, limit), *at[2], side)
    below = page.color_bar(at[2][0], below + 10, record.map, limit, width=140) if limit else below
    y = max(y, below)
    for sentence in [*say_empty(record.map), *say_broken(record.map[np.newaxis], "map")]:
        y = page.paragraph(sentence, MARGIN, y + 4, size=8, color=PALE_INK)
    return page.finish()


def _sentence(record: FilteredImage) -> str:
    taps = "x".join(map(str, record.kernel.shape[:2]))
    count = record.kernel.shape[-1]
    over = record.channel_names[0] if count == 1 else f"{count} channels"
    return f"A kernel of {taps} over {over}; the map of {_times(record.map)} is {record.made}."


def _times(array: np.ndarray) -> str:
    return "x".join(map(str, array.shape[:2]))


def _places(room: int) -> tuple[list[int], int, bool]:
    """Where image, kernel and map begin, how wide pictures are, and whether the map stands below the others.

    Example:
        >>> _places(1064), _places(500), _places(300)
        (([24, 436, 708], 380, False), ([24, 284, 24], 228, True), ([24, 24, 24], 300, True))
    """
    if room >= 2 * _SMALLEST + _KERNEL + 2 * _GAP:
        side = min((room - _KERNEL - 2 * _GAP) // 2, _PANEL)
        return [MARGIN, MARGIN + side + _GAP, MARGIN + side + _KERNEL + 2 * _GAP], side, False
    if room >= _SMALLEST + _KERNEL + _GAP:
        side = min(room - _KERNEL - _GAP, _PANEL)
        return [MARGIN, MARGIN + side + _GAP, MARGIN], side, True
    return [MARGIN] * 3, min(room, _PANEL), True


def _panel(page: Page, head: str, pixels: np.ndarray, x: float, y: float, side: float) -> float:
    page.text(x, y, head, size=9, weight="bold")
    rows, columns = pixels.shape[:2]
    scale = min(side / columns, side / rows)
    scale = float(int(scale)) if scale >= 2 else scale
    page.image(pixels, x, y + 20, (rows * scale, columns * scale))
    page.box(x, y + 20, columns * scale, rows * scale, edge=PALE_INK)
    return y + 20 + rows * scale


def _kernel(page: Page, record: FilteredImage, x: float, y: float) -> float:
    """The slices of the kernel one below the other, on one scale, with their numbers where these fit."""
    kernel = record.kernel.astype(np.float64)
    rows, columns, count = kernel.shape
    page.text(x, y, "the kernel", size=9, weight="bold")
    limit = float(color_limits(kernel[np.newaxis])[0])
    order = strongest_slices(kernel, _MOST_SLICES)
    per_row = 1 if count == 1 else 2
    cell = max(1, min(_LARGEST_CELL, (_KERNEL - 12 * (per_row - 1)) // (columns * per_row), _PANEL // rows))
    y += 20
    blocks: list[tuple[str, np.ndarray, np.ndarray | None]] = []
    if record.channel_names == ("red", "green", "blue"):
        blocks.append(("in colour, grey is 0", kernel_in_color(kernel), None))
    for channel in order:
        name = record.channel_names[channel] if count > 1 else ""
        blocks.append((name, paint(kernel[..., channel], limit), kernel[..., channel]))
    for number, (name, colors, values) in enumerate(blocks):
        start = x + number % per_row * (columns * cell + 12)
        if name:
            page.text(start, y, name, size=7.5, color=PALE_INK)
        head = 14 if name else 0
        page.image(colors, start, y + head, (rows * cell, columns * cell))
        page.box(start, y + head, columns * cell, rows * cell, edge=PALE_INK)
        if values is not None:
            _numbers(page, values, colors, start, y + head, cell)
        if number % per_row == per_row - 1 or number == len(blocks) - 1:
            y += head + rows * cell + 8
    if len(order) < count:
        y = page.paragraph(f"The {len(order)} strongest of {count} slices.", x, y, size=7.5, color=PALE_INK)
    return y


def _numbers(page: Page, values: np.ndarray, colors: np.ndarray, x: float, y: float, cell: int) -> None:
    """Each weight in its cell, where all fit."""
    form = number_format(values.ravel().tolist(), digits=3)
    texts = [[form(value) for value in row] for row in values.tolist()]
    if max(text_width(text, _NUMBER) for row in texts for text in row) + 4 > cell:
        return
    inks = ink_on(colors) / 255
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            ink = tuple(inks[row, column])
            center = x + (column + 0.5) * cell, y + (row + 0.5) * cell
            page.text(*center, text, size=_NUMBER, align="center", anchor="center", color=ink)
