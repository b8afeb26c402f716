"""What a filter is, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.describing import Description, Pattern
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.views import descriptions
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.precision import number_format
from pellucid.views.terminal.lines import NARROWEST, Line, beside, paragraph, plain, render
from pellucid.views.terminal.tiles import Cells, shrink, tile

__all__ = ["description_text", "initial_draw_text"]

_DIGITS = 3
_LONGEST_BAR = 40
_MOST_ROWS = 24  # bars of a histogram that stand below each other


@explained
def description_text(description: Description, *, width: int = 80, color: bool = False) -> str:
    """Writes what a filter is: its numbers, its properties, what it resembles, and its strongest channels.

    Args:
        description: what `inspection.describe` gives.
        width: columns of the terminal, 20 or more (less is taken as 20).
        color: whether the weights are painted too, with 24-bit colours; see `terminal_color`.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentTypeError: it is no description.

    Example:
        >>> from pellucid.inspection import describe
        >>> print(description_text(describe(np.array([-1.0, 0.0, 1.0]))))
        the kernel: 3 taps over 1 channel
        The kernel on its one channel. Weights are exact.
        <BLANKLINE>
         -1  0  1
        <BLANKLINE>
        frequency  0.25 cycles per tap, a wave of 4 taps
        DC gain    0 (sum of its numbers, what it makes of ones)
        energy     2 (sum of squares)
        symmetry   reversed -1.00 (1 even, -1 odd)
        resembles  difference: cosine 1.000; dct_1d(size=3, v=1), negative: cosine
                   -1.000; bump, moved by -1, negative: cosine -0.707
    """
    seen, color = record_of(description, Description), switch_of("color", color)
    width = max(room_of("width", width), NARROWEST)
    lines = paragraph(descriptions.title_of(seen), width, bold=True)
    lines += paragraph(seen.provenance, width) if seen.provenance else []
    form = number_format(seen.main.kernel.ravel().tolist(), _DIGITS)
    lines += paragraph(f"{descriptions.what_is_shown(seen)} Weights are {form.describe()}.", width)
    lines += [[], *_slices(seen.main, width, color), [], *_table(descriptions.facts(seen.main), width)]
    if len(seen.channels) > 1:
        lines += [
            [],
            *paragraph(f"Principal components over the channels: {descriptions.share_words(seen.shares)}.", width),
        ]
        lines += paragraph("The strongest channels, by their share of the energy:", width)
        rows = descriptions.channel_rows(seen)
        room = max(len(name) for name, _, _ in rows)
        lines += _table([(f"{name:<{room}}  {part:>6}", near) for name, part, near in rows], width)
        more = descriptions.more_channels(seen)
        lines += paragraph(more, width) if more else []
    return render(lines, color)


@explained
def initial_draw_text(draw: InitialDraw, *, width: int = 80) -> str:
    """Writes how a weight was drawn: the formula with its numbers, and the histogram beside the density.

    Args:
        draw: what `inspection.initial_draw` gives.
        width: columns of the terminal, 20 or more (less is taken as 20).

    Returns:
        the text, without a final newline: a line of # for each bar, and a | where theory expects it to end.

    Raises:
        ArgumentTypeError: it is no draw.

    Example:
        >>> from pellucid import initializers, layers
        >>> from pellucid.inspection import initial_draw
        >>> layer = layers.Dense(2, kernel_initializer="zeros", name="d")
        >>> layer.build((None, 2))
        >>> print(initial_draw_text(initial_draw(layer)).splitlines()[0])
        d, kernel: how it was drawn
    """
    draw, width = record_of(draw, InitialDraw), max(room_of("width", width), NARROWEST)
    lines = paragraph(f"{draw.layer}, {draw.weight}: how it was drawn", width, bold=True)
    lines += _table(descriptions.draw_facts(draw), width)
    together = -(-len(draw.counts) // _MOST_ROWS)
    ends = np.arange(0, len(draw.counts), together)
    counts = np.add.reduceat(draw.counts, ends)
    edges = draw.edges[[*ends, len(draw.counts)]]
    expected = None if draw.law is None else np.diff(draw.law.below(edges)) * draw.values.size
    form = number_format([float(f"{edge:.3g}") for edge in edges.tolist()], _DIGITS)
    names = [f"{form(low)} to {form(high)}" for low, high in pairwise(edges.tolist())]
    room = max(map(len, names))
    bar = max(min(_LONGEST_BAR, width - room - 10), 5)
    most = max(float(counts.max()), 0.0 if expected is None else float(expected.max()), 1.0)
    note = " (# values, | where theory expects them to end)" if expected is not None else " (# values)"
    lines += [[], *paragraph(f"How many values lie from where to where{note}:", width)]
    for index, (name, count) in enumerate(zip(names, counts.tolist(), strict=True)):
        filled = list(("#" * round(bar * count / most)).ljust(bar + 1))
        if expected is not None:
            filled[round(bar * float(expected[index]) / most)] = "|"
        lines.append(plain(f"{name:>{room}} {''.join(filled)} {count}".rstrip()))
    return render(lines, color=False)


def _slices(pattern: Pattern, width: int, color: bool) -> list[Line]:
    """The numbers of a pattern, its slices along the depth side by side; cells where numbers have no room."""
    planes = pattern.kernel.reshape((1,) * (3 - pattern.kernel.ndim) + pattern.kernel.shape)
    cells = Cells.with_numbers(color, number_format(planes.ravel().tolist(), _DIGITS), planes)
    if cells.room * planes.shape[-1] > width:
        cells = Cells(color)
    limit = float(np.abs(planes).max())
    most = max(width // cells.room, 1)
    blocks = [tile(shrink(plane, most)[0], limit, cells) for plane in planes]
    if len(blocks) > 1:
        blocks = [[plain(f"depth {number}"), *block] for number, block in enumerate(blocks)]
    return beside(blocks, width)


def _table(rows: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """Names on the left, values on the right, wrapped there; below the names where there is no room."""
    room = max((len(name) for name, _ in rows), default=0) + 2
    if room + 10 > width:
        return [line for name, value in rows for line in [*paragraph(name, width), *paragraph(value, width)]]
    lines: list[Line] = []
    for name, value in rows:
        wrapped = textwrap.wrap(value, width - room) or [""]
        lines += [plain(f"{name if not index else '':<{room}}{text}") for index, text in enumerate(wrapped)]
    return lines
