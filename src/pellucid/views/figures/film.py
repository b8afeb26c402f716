"""A film of filters as one figure: a row for each filter, a column for each of some moments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.filter_film import FilterFilm
from pellucid.inspection.records import FilterBank
from pellucid.views.captions import say_depths
from pellucid.views.colors import color_limits
from pellucid.views.figures.mosaic import Mosaic, arrange, draw
from pellucid.views.figures.page import MARGIN, PALE_INK, Page, text_width
from pellucid.views.film_words import chosen_frames, describe_film, most_moved, say_moved
from pellucid.views.given import limit_of, page_width, record_of
from pellucid.views.part_words import strongest_channels
from pellucid.views.slices import kernel_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["film_figure"]

_WIDTH, _WIDER, _NAME, _MOVED = 760, 1300, 34, 210  # of filters of one channel, and of those of more
_TALLEST, _CELL, _CHANNELS = 60, 16, 6
_NARROW = 600  # room below which what is said stands below


@explained
def film_figure(
    film: FilterFilm, *, frames: int | None = 8, limit: int | None = 16, width: int | None = None
) -> Figure:
    """Draws filters through a training: each in a row, from left to right as it was at several moments.

    Beside each stands how far it came from where it began, and when it moved fastest. All have one scale.

    Args:
        film: the record.
        frames: how many moments are drawn at most, at equal distances; None for all.
        limit: how many filters are drawn at most, those that came farthest; None for all.
        width: of the page [1/100 inch], at least 320; by default 808, and 1,348 where filters have several channels.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentError: a number is below 1.

    Example:
        >>> frames = np.arange(3.0).reshape(3, 1, 1, 1, 1) * np.ones((3, 3, 3, 1, 2))
        >>> figure = film_figure(FilterFilm("c", "Conv2D", (0, 10, 20), frames, ("rows", "columns", "channels")))
        >>> figure.axes[0].texts[0].get_text()
        'c: 2 filters through 20 steps of training, 3 frames'
    """
    record = record_of(film, FilterFilm)
    chosen, most = chosen_frames(record, limit_of(frames, "frame")), limit_of(limit, "filter")
    usual = _WIDER if record.frames.ndim > 3 and record.frames.shape[-2] > 1 else _WIDTH
    page = Page(page_width(width, usual + 2 * MARGIN), width)
    below = page.room < _NARROW  # then what is said of a filter stands below its pictures
    y = page.paragraph(describe_film(record), MARGIN, 18, size=13, weight="bold")
    numbers = most_moved(record)[:most]
    channels = _channels(record)
    slices = np.stack([kernel_slices(_narrow(record.bank(place), channels)) for place in chosen], axis=1)
    darkest = float(color_limits(slices)[0])
    notes = ["The filters that came farthest first."] if record.filters > 1 else []
    notes += [f"{len(numbers)} of {record.filters} are drawn."] if len(numbers) < record.filters else []
    if channels is not None:
        notes.append(f"Of {record.frames.shape[-2]} channels the {len(channels)} that changed most are drawn.")
    notes += say_depths(record.frames.shape[1], "channel") if record.frames.ndim == 6 else []
    y = page.paragraph(" ".join(["A column is a moment, a row a filter.", *notes]), MARGIN, y + 2, color=PALE_INK) + 6
    y = page.color_bar(MARGIN, y, slices, darkest) + 4
    room = (page.room - _NAME - (0 if below else _MOVED)) // len(chosen)
    mosaic = arrange(slices[:1, 0], (_TALLEST, max(room - 4, 1)), (0, 0), _CELL)
    heads = [f"{'' if place else 'step '}{record.steps[number]:,}" for place, number in enumerate(chosen)]
    pitch = max(mosaic.size[1] + 4, 34, *(math.ceil(text_width(head, 7.5)) + 6 for head in heads))
    beside = max((page.room - _NAME) // pitch, 1) if below else len(chosen)
    beside = -(-len(chosen) // -(-len(chosen) // beside))  # about as many in each row
    for start in range(0, len(chosen), beside):  # as many moments as there is room for, the others below
        part = slice(start, start + beside)
        for column, head in enumerate(heads[part]):
            page.text(MARGIN + _NAME + column * pitch, y, head, size=7.5, color=PALE_INK)
        y += 14
        for number in numbers:
            _row(page, record, number, slices[number, part], (darkest, pitch, mosaic), y)
            y += max(mosaic.size[0], 14) + 2
        y += 6
    for number in numbers if below else ():
        y = page.paragraph(f"{number}: {say_moved(record, number)}", MARGIN, y, size=8, color=PALE_INK)
    return page.finish()


def _channels(film: FilterFilm) -> list[int] | None:
    """The channels that changed most, as many as there is room for; None for all."""
    if film.frames.ndim <= 3:
        return None
    change = film.frames[-1].astype(np.float64) - film.frames[0]
    return strongest_channels(np.moveaxis(change, -1, 0).reshape(-1, change.shape[-2]), _CHANNELS)


def _narrow(bank: FilterBank, channels: list[int] | None) -> FilterBank:
    """A bank with some of its channels."""
    return bank if channels is None else FilterBank(bank.layer, bank.kernel[..., channels, :])


def _row(
    page: Page, film: FilterFilm, number: int, moments: np.ndarray, how: tuple[float, float, Mosaic], y: float
) -> None:
    """One filter at all moments."""
    darkest, pitch, mosaic = how
    middle = y + mosaic.size[0] / 2
    page.text(MARGIN + _NAME - 8, middle, str(number), size=8, align="right", anchor="center")
    for column, moment in enumerate(moments):
        pixels = draw(moment[None], np.array([darkest]), mosaic)
        page.image(pixels, MARGIN + _NAME + column * pitch, y)
    if page.room >= _NARROW:
        x = MARGIN + _NAME + len(moments) * pitch + 8
        page.text(x, middle, say_moved(film, number), size=8, color=PALE_INK, anchor="center")
