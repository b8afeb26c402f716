"""What a filter is, and how a weight was drawn, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.describing import Description
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.views import descriptions
from pellucid.views.captions import say_depths
from pellucid.views.colors import paint
from pellucid.views.figures.letters import writable
from pellucid.views.figures.mosaic import BACKGROUND
from pellucid.views.figures.page import FONT, INK, MARGIN, PALE_INK, Page, text_width
from pellucid.views.given import page_width, record_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["description_figure", "initial_draw_figure"]

_SIDE = 110  # wished length of a picture of one kernel
_PITCH = 172  # from one picture to the next, so that their captions fit
_ACROSS = 4
_WIDTH = MARGIN + _ACROSS * _PITCH + MARGIN
_VALUES = 110  # where the values of a table begin, from its names
_BARS, _CURVE = "#91b8e4", "#a74900"


@explained
def description_figure(description: Description, *, width: int | None = None) -> Figure:
    """Draws what a filter is: its pattern, the kernels that it resembles laid beside it, its strongest channels.

    Each picture has a scale of its own, whose darkest colour is its largest number; that stands below it.

    Args:
        description: what `inspection.describe` gives.
        width: of the page [1/100 inch], 736 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentTypeError: it is no description.

    Example:
        >>> from pellucid.inspection import describe
        >>> figure = description_figure(describe(np.eye(3)))
        >>> figure.axes[0].texts[0].get_text()
        'the kernel: 3x3 over 1 channel'
    """
    seen = record_of(description, Description)
    page = Page(page_width(width, _WIDTH), width)
    y = page.paragraph(descriptions.title_of(seen), MARGIN, 18, size=13, weight="bold")
    y = page.paragraph(seen.provenance, MARGIN, y + 2, color=PALE_INK) if seen.provenance else y
    y = page.paragraph(descriptions.what_is_shown(seen), MARGIN, y + 2, color=PALE_INK)
    scale = "Each picture is on its own scale: white is zero, orange positive, blue negative."
    depth = seen.main.kernel.shape[0] if seen.main.kernel.ndim == 3 else 1
    scale = " ".join([scale, *say_depths(depth, "kernel")])
    y = page.paragraph(scale, MARGIN, y, color=PALE_INK) + 6
    pictures = [("this filter", "", seen.main.kernel)]
    pictures += [(m.name, f"{_moves(str(m))}", m.kernel) for m in seen.main.matches[: _ACROSS - 1]]
    y = _row(page, pictures, y) + 10
    y = _table(page, descriptions.facts(seen.main), y) + 4
    if len(seen.channels) > 1:
        text = "The strongest channels, by their share of the energy"
        y = page.paragraph(text, MARGIN, y + 6, size=10, weight="bold") + 2
        rows = descriptions.channel_rows(seen)
        shown = [
            (f"channel {name}", f"{part}: {near}", pattern.kernel)
            for (name, part, near), pattern in zip(rows, seen.patterns, strict=True)
        ]
        y = _row(page, shown, y) + 4
        more = descriptions.more_channels(seen)
        shares = f"Principal components over the channels: {descriptions.share_words(seen.shares)}."
        y = page.paragraph(f"{shares} {more}".strip(), MARGIN, y + 2, color=PALE_INK)
    return page.finish()


@explained
def initial_draw_figure(draw: InitialDraw, *, width: int | None = None) -> Figure:
    """Draws the first values of a weight as a histogram, and the density that theory gives as a curve.

    Args:
        draw: what `inspection.initial_draw` gives.
        width: of the page [1/100 inch], 736 by default, at least 320; what cannot be narrower is shrunk.

    Returns:
        a matplotlib figure that belongs to no window; see `save_figure`.

    Raises:
        ArgumentTypeError: it is no draw.

    Example:
        >>> from pellucid import layers
        >>> from pellucid.inspection import initial_draw
        >>> layer = layers.Dense(20, name="d")
        >>> layer.build((None, 30))
        >>> initial_draw_figure(initial_draw(layer)).axes[1].get_ylabel()
        'density'
    """
    draw = record_of(draw, InitialDraw)
    page = Page(page_width(width, _WIDTH), width)
    y = page.paragraph(f"{draw.layer}, {draw.weight}: how it was drawn", MARGIN, 18, size=13, weight="bold")
    y = _table(page, descriptions.draw_facts(draw), y + 4) + 8
    height = 260
    page.box(MARGIN, y, page.width - 2 * MARGIN, height)
    figure = page.finish()
    whole = figure.get_size_inches() * 100
    left, bottom = MARGIN + 52, whole[1] - y - height + 44
    size = (page.width - left - MARGIN, height - 74)
    axes = figure.add_axes((left / whole[0], bottom / whole[1], size[0] / whole[0], size[1] / whole[1]))
    axes.bar(draw.edges[:-1], draw.densities, np.diff(draw.edges), align="edge", color=_BARS, edgecolor="white", lw=0.4)
    names = [descriptions.say_values(draw)]
    if draw.law is not None:
        reach = draw.law.reach * 1.08
        x = np.linspace(draw.law.center - reach, draw.law.center + reach, 1001)
        axes.plot(x, draw.law.density(x), color=_CURVE, linewidth=1.6)
        names.append(descriptions.say_law(draw.law))
    beside = max(text_width(name) for name in names) + 12 <= size[0] / 2
    for place, (name, color) in enumerate(zip(names, ("#1f68bc", _CURVE), strict=False)):
        axes.text(
            0.5 * place if beside else 0.0,
            1.04 if beside else 1.12 - 0.08 * place,
            writable(name),
            transform=axes.transAxes,
            color=color,
            fontsize=8.5,
            fontfamily=FONT,
            parse_math=False,
        )
    axes.set_xlabel("value of a weight", color=PALE_INK, fontsize=8.5, fontfamily=FONT)
    axes.set_ylabel("density", color=PALE_INK, fontsize=8.5, fontfamily=FONT)
    axes.tick_params(colors=PALE_INK, labelsize=8, labelfontfamily=FONT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _moves(text: str) -> str:
    """What stands behind the name of a kernel: how it is turned and moved, and the cosine."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth and letter in ",:":
            return text[place + 1 :].strip()
    return ""


def _row(page: Page, pictures: Sequence[tuple[str, str, np.ndarray]], y: float) -> float:
    """Pictures of kernels in rows, with a caption below each; the y below them."""
    drawn = [_picture(kernel) for _, _, kernel in pictures]
    pitch = max(_PITCH, *(pixels.shape[1] + 16 for pixels in drawn))
    beside = min(max(page.room // pitch, 1), _ACROSS)
    for start in range(0, len(pictures), beside):
        part = slice(start, start + beside)
        y = _beside(page, pictures[part], drawn[part], pitch, y) + (4 if start + beside < len(pictures) else 0)
    return y


def _beside(
    page: Page, pictures: Sequence[tuple[str, str, np.ndarray]], drawn: Sequence[np.ndarray], pitch: int, y: float
) -> float:
    height = max(pixels.shape[0] for pixels in drawn)
    bottom = y
    for index, ((title, told, kernel), pixels) in enumerate(zip(pictures, drawn, strict=True)):
        x = MARGIN + index * pitch
        page.image(pixels, x, y)
        page.box(x, y, pixels.shape[1], pixels.shape[0], edge=PALE_INK)
        below = y + height + 4
        lines = [*_wrapped(title, pitch - 12, INK), *(_wrapped(told, pitch - 12, PALE_INK) if told else [])]
        lines += _wrapped(f"darkest: {float(np.abs(kernel).max()):.3g}", pitch - 12, PALE_INK)
        for text, color in lines:
            page.text(x, below, text, size=8, color=color)
            below += 13
        bottom = max(bottom, below)
    return bottom


def _wrapped(text: str, room: float, color: str) -> list[tuple[str, str]]:
    """Text in lines that fit, each with its colour."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", 8) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [(line, color) for line in lines]


def _picture(kernel: np.ndarray) -> np.ndarray:
    """A kernel as pixels: its slices along the depth side by side, each number a square block."""
    planes = kernel.reshape((1,) * (3 - kernel.ndim) + kernel.shape)
    depth, rows, columns = planes.shape
    cell = max(min(_SIDE // max(rows, columns * (1 if depth == 1 else 2)), 34), 2)
    blocks = paint(planes, float(np.abs(planes).max())).repeat(cell, axis=1).repeat(cell, axis=2)
    gap = np.full((rows * cell, 3, 3), BACKGROUND, np.uint8)
    parts = [part for block in blocks for part in (gap, block)][1:]
    return np.concatenate(parts, axis=1)


def _table(page: Page, rows: Sequence[tuple[str, str]], y: float) -> float:
    """Names on the left, values on the right; the y below them."""
    for name, value in rows:
        page.text(MARGIN, y, name, size=8.5, weight="bold")
        y = page.paragraph(value, MARGIN + _VALUES, y) + 1
    return y
