"""Every filter of a layer as a figure, at one moment or at several side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.given import one_of
from pellucid.inspection.image_channels import COLORS
from pellucid.inspection.records import FilterBank
from pellucid.views.captions import describe_bank, say_all, say_broken, say_depths, say_wrapped, say_zero
from pellucid.views.colors import SCALES, color_limits, ink_on, paint
from pellucid.views.figures.mosaic import Mosaic, arrange, draw, draw_colored
from pellucid.views.figures.overview import overviews_figure
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import limit_of, page_width
from pellucid.views.precision import NumberFormat, number_format
from pellucid.views.slices import FEW_SLICES, as_banks, kernel_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["filters_figure"]

_ROOM = (1300, 1300)  # wished (height, width) of all filters together
_MOST_NUMBERS = 160  # weights of a layer that is small enough to write them into their blocks
_NUMBER_CELL, _NUMBER_SIZE = 40, 7  # smallest block for them, and their type size
_MOST_BESIDE = 4  # moments side by side, unless more fit
_TITLE = (10, "bold")  # of a moment
_NARROWEST = 680  # so that titles fit in one line
_LETTER = 6  # width of a digit in the numbers of filters and channels


@explained
def filters_figure(
    banks: FilterBank | Sequence[FilterBank],
    *,
    scale: str = "layer",
    limit: int | str | None = "few",
    width: int | None = None,
) -> Figure:
    """Draws the filters of a layer: every one, or of a layer with very many slices the strongest.

    One block is one weight, with row 0 on top and column 0 on the left. A filter stands in one row, its channels side
    by side, for a three-dimensional kernel each channel as its slices along the depth; a one-dimensional kernel is
    drawn as bars. A filter that reads red, green and blue is drawn in colour first.

    Args:
        banks: the filters, or those of several moments, to be drawn side by side on the same scale.
        scale: "layer" gives all filters one scale; "filter" gives each its own, the same at every moment.
        limit: draw only so many filters, and say so; None for all. By default a layer with more than 512 slices is
            drawn as `overview_figure` does: the strongest slices of its strongest filters, and what all are made of;
            of several moments those that are the strongest at the last.
        width: that the page may have [1/100 inch], about 1350 by default, at least 320; what cannot be narrower is
            shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: there is no bank, the scale is unknown, or `limit` is below 1.
        ShapeError: the banks' kernels differ in shape.

    Example:
        >>> bank = FilterBank("conv2d", np.random.default_rng(0).normal(size=(3, 3, 1, 32)))
        >>> figure = filters_figure(bank)
        >>> figure.axes[0].texts[0].get_text()
        'conv2d: 32 filters of 3x3 over 1 channel'
    """
    moments = as_banks(banks)
    is_few = isinstance(limit, str) and limit == "few"
    one_of("colour scale", scale, SCALES)
    first = moments[0]
    if is_few and first.spatial and first.filters * first.in_channels > FEW_SLICES:
        return overviews_figure(moments, scale, width)
    return _mosaic_figure(moments, scale, None if is_few else limit_of(limit, "filter"), width)


def _mosaic_figure(moments: Sequence[FilterBank], scale: str, limit: int | None, wished: int | None) -> Figure:
    """Every filter, or the first of them."""
    room = page_width(wished, _ROOM[1] + 2 * MARGIN) - 2 * MARGIN
    slices = np.stack([kernel_slices(bank) for bank in moments], axis=1)  # (filters, moments, ...)
    limits, every = color_limits(slices, scale), len(slices)
    slices, limits = slices[:limit], limits[:limit]
    bars, colored = len(moments[0].spatial) == 1, moments[0].input_names == COLORS
    form = number_format(slices.ravel(), digits=3) if slices.size <= _MOST_NUMBERS and not bars else None
    numbers = None if form is None else _number_cell(slices, form)
    shown = np.concatenate([np.zeros_like(slices[:, :, :1]), slices], axis=2) if colored else slices
    most = _MOST_BESIDE if room >= _ROOM[1] else 1  # on a narrow page moments stand below each other
    mosaic = _arrange(shown[:, 0], (min(len(moments), most), room), bars, numbers)
    if mosaic.cell != numbers:
        form = None
    height, width = mosaic.size
    titles = [bank.moment or f"{index + 1}" for index, bank in enumerate(moments)] if len(moments) > 1 else [""]
    pitch = MARGIN + math.ceil(max(width, *(text_width(title, *_TITLE) for title in titles)))
    beside = min(len(moments), max(most, (room + MARGIN) // pitch))
    page = Page(max(min(_NARROWEST, room + 2 * MARGIN), MARGIN + (beside - 1) * pitch + width + MARGIN), wished)
    y = _head(page, moments, slices, limits, scale)
    names = _column_names(moments[0], mosaic, colored=colored)
    notes = _notes(moments[0], slices, limits, scale, every)
    if mosaic.depth > 1 and len(names) == mosaic.channels * mosaic.depth:
        notes.append("Above each slice stands its channel:depth.")
    if form:
        notes.append(f"The weights in the blocks are {form.describe()}.")
    above = (22 if len(moments) > 1 else 0) + (14 if names else 0)
    for index, title in enumerate(titles):
        row, column = divmod(index, beside)
        x, top = MARGIN + column * pitch, y + above + row * (above + height + 10)
        if title:
            page.text(x, top - above, title, size=_TITLE[0], weight=_TITLE[1])
        pixels = draw(shown[:, index], limits, mosaic, bars)
        if colored:
            draw_colored(pixels, slices[:, index], limits, mosaic)
        page.image(pixels, x, top)
        _number(page, mosaic, (x, top), moments[0].numbers, names)
        if form:
            _write_weights(page, mosaic, (x, top), slices[:, index], limits, form, first=int(colored))
    y = page.paragraph(" ".join(notes), MARGIN, top + height + 10, size=8, color=PALE_INK)
    for sentence in _attention(moments, slices):
        y = page.paragraph(sentence, MARGIN, y, size=8, weight="bold")
    return page.finish()


def _number_cell(slices: np.ndarray, form: NumberFormat) -> int:
    """How wide a block is into which any of the weights can be written."""
    widest = max(text_width(form(weight), _NUMBER_SIZE) for weight in slices.ravel().tolist())
    return max(_NUMBER_CELL, math.ceil(widest) + 6)


def _arrange(slices: np.ndarray, beside: tuple[int, int], bars: bool, numbers: int | None) -> Mosaic:
    """Numbers stand above filters of one channel, and left of the longer ones; the blocks have room for `numbers`."""
    (moments, across), digits = beside, len(str(len(slices) - 1))
    label = (13, 0) if slices.shape[1] * slices.shape[2] == 1 else (0, digits * _LETTER + 6)
    room = (_ROOM[0], (across - MARGIN * (moments - 1)) // moments)
    largest = 14 if bars else numbers or 22
    return arrange(slices, room, label, largest, bars, aspect=2.0 / moments**0.5)


def _head(page: Page, moments: Sequence[FilterBank], slices: np.ndarray, limits: np.ndarray, scale: str) -> float:
    """Writes what is seen, and draws the scale."""
    title = describe_bank(moments[0])
    if len(moments) == 1 and moments[0].moment:
        title += f", {moments[0].moment}"
    y = page.paragraph(title, MARGIN, 18, size=13, weight="bold")
    scope = "one scale for the whole layer" if scale == "layer" else "each filter on its own scale"
    mark = "bar" if len(moments[0].spatial) == 1 else "block"
    y = page.paragraph(f"Every {mark} is one weight; {scope}.", MARGIN, y + 2, color=PALE_INK) + 8
    return page.color_bar(MARGIN, y, slices, float(limits.max()) if scale == "layer" else None) + 6


def _column_names(bank: FilterBank, mosaic: Mosaic, *, colored: bool) -> list[tuple[float, str]]:
    """(middle, name) of what fits above the columns of a filter: channels, of volumes slices as channel:depth."""
    starts = [(channel, channel * (mosaic.channel_width + mosaic.gap)) for channel in range(mosaic.channels)]
    if mosaic.depth > 1:
        first = bank.first_channel
        slices = [
            (left + part * mosaic.slice_width + mosaic.tile[1] / 2, f"{first + channel}:{part}")
            for channel, left in starts
            for part in range(mosaic.depth)
        ]
        if max(text_width(name, 6.5) for _, name in slices) + 3 <= mosaic.slice_width:
            return slices
    if mosaic.channels == 1:
        return []
    names = bank.input_names or tuple(map(str, range(bank.first_channel, bank.first_channel + mosaic.channels)))
    names = ("colour", *names) if colored else names
    pitch = mosaic.channel_width + mosaic.gap
    step = _step(math.ceil(max(text_width(name, 6.5) for name in names)) + 4, pitch)
    return [(left + mosaic.channel_width / 2, names[channel]) for channel, left in starts[::step]]


def _step(needed: int, pitch: int) -> int:
    """Every how many places a label of a length can stand: 1, 2, 4, 8 and so on."""
    step = 1
    while step * pitch < needed:
        step *= 2
    return step


def _number(
    page: Page,
    mosaic: Mosaic,
    corner: tuple[float, float],
    numbers: Sequence[int],
    column_names: list[tuple[float, str]],
) -> None:
    """Writes the numbers of filters and the names of channels around a mosaic."""
    x, y = corner
    beside = mosaic.label[0] == 0
    needed = text_width(str(numbers[mosaic.items - 1]), 6.5) + 3
    step = _step(11, mosaic.pitch[0]) if beside else _step(math.ceil(needed), mosaic.pitch[1])
    for item in range(mosaic.items):
        row, column = divmod(item, mosaic.columns)
        if (row if beside else column) % step:
            continue
        left, top = mosaic.corner(item)
        if beside:
            middle = y + top + mosaic.tile[0] / 2
            page.text(x + left - 4, middle, str(numbers[item]), size=6.5, align="right", anchor="center")
        else:
            page.text(x + left, y + top - 1, str(numbers[item]), size=6.5, anchor="bottom")
    for column in range(min(mosaic.columns, mosaic.items)):
        for middle, name in column_names:
            page.text(
                x + mosaic.corner(column)[0] + middle,
                y - 2,
                name,
                size=6.5,
                color=PALE_INK,
                align="center",
                anchor="bottom",
            )


def _write_weights(
    page: Page,
    mosaic: Mosaic,
    corner: tuple[float, float],
    slices: np.ndarray,
    limits: np.ndarray,
    form: NumberFormat,
    *,
    first: int,
) -> None:
    """Writes each weight into its block; `first` is the place of channel 0."""
    inks = ink_on(paint(slices, limits[:, None, None, None, None])) / 255
    middle = mosaic.cell / 2
    for (item, channel, depth, row, column), weight in np.ndenumerate(slices):
        left, top = mosaic.corner(item, first + channel)
        x = corner[0] + left + depth * mosaic.slice_width + column * mosaic.cell + middle
        y = corner[1] + top + row * mosaic.cell + middle
        ink = tuple(inks[item, channel, depth, row, column])
        page.text(x, y, form(weight), size=_NUMBER_SIZE, color=ink, align="center", anchor="center")


def _notes(bank: FilterBank, slices: np.ndarray, limits: np.ndarray, scale: str, every: int) -> list[str]:
    """How to read the mosaic."""
    rank, channels = len(bank.spatial), bank.in_channels
    unit = "filter" if rank else "unit"
    places = " (left) and the channels (above)" if rank and channels > 1 else ""
    notes = [f"Small numbers count the {unit}s{places}."] if every > 1 or channels > 1 else []
    if len(slices) < every:
        notes.append(f"{len(slices)} of {every} {unit}s are drawn; {say_all()} draws all.")
    if bank.input_names == COLORS:
        notes.append(
            "Left each filter in colour: grey is zero, bright is what it answers most, dark what it answers least."
        )
    if bank.groups > 1 and channels > 1:
        last = bank.channels_of(bank.filters - 1)
        notes.append(
            f"The channels are counted within each group: filter 0 reads channels 0 to {channels - 1} of the input, "
            f"filter {bank.filters - 1} channels {last[0]} to {last[-1]}."
        )
    if rank == 0:
        notes += say_wrapped(channels, slices.shape[-1], "weights of a unit")
    notes += say_depths(bank.spatial[0], "channel") if rank == 3 else []
    if scale == "filter":
        largest = ", ".join(f"{number}: {limit:.3g}" for number, limit in zip(bank.numbers, limits, strict=False))
        notes.append(f"The darkest colour stands for, in {unit} {largest}.")
    return notes


def _attention(moments: Sequence[FilterBank], slices: np.ndarray) -> list[str]:
    """What is zero or broken, and when."""
    unit = "filter" if moments[0].spatial else "unit"
    return [
        f"{bank.moment or index + 1}: {sentence}" if len(moments) > 1 else sentence
        for index, bank in enumerate(moments)
        for say in (say_zero, say_broken)
        for sentence in say(slices[:, index], unit, bank.first_filter)
    ]
