"""A film of filters as a table of text: how far each filter came, and when it moved."""

from __future__ import annotations

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.filter_film import FilterFilm
from pellucid.views.film_words import describe_film, most_moved
from pellucid.views.given import limit_of, record_of, room_of
from pellucid.views.precision import short
from pellucid.views.terminal.lines import NARROWEST, Line, paragraph, plain, render
from pellucid.views.terminal.tiles import left_out

__all__ = ["film_text"]

_SHADES = " .:-=+*#%@"
_TABLE = 52  # columns below which a filter has two lines


@explained
def film_text(film: FilterFilm, *, width: int = 80, limit: int | None = 32) -> str:
    """Writes how far each filter came from where it began, when it moved fastest, and its speed from frame to frame.

    Args:
        film: the record.
        width: columns of the terminal, 20 or more (less is taken as 20).
        limit: how many filters are written at most, those that came farthest; None for all.

    Returns:
        the text, without a final newline.

    Example:
        >>> frames = np.array([0.0, 3.0, 4.0]).reshape(3, 1, 1, 1, 1)
        >>> print(film_text(FilterFilm("c", "Conv2D", (0, 10, 20), frames, ("rows", "columns", "channels"))))
        c: 1 filter through 20 steps of training, 3 frames
        Speed from left to right through the training, from . to @, the largest of all.
        <BLANKLINE>
        filter     moved      path  fastest          speed
             0         4         4  0 to 10          @=
    """
    record, most = record_of(film, FilterFilm), limit_of(limit, "filter")
    width = max(room_of("width", width), NARROWEST)
    lines: list[Line] = paragraph(describe_film(record), width, bold=True)
    legend = "Speed from left to right through the training, from . to @, the largest of all."
    is_wide = width >= _TABLE
    head = (
        "filter     moved      path  fastest          speed" if is_wide else "filter: moved, path, fastest; speed below"
    )
    lines += [*paragraph(legend, width), [], *([plain(head)] if is_wide else paragraph(head, width))]
    largest = float(record.speed.max(initial=0.0)) or 1.0
    for number in most_moved(record)[:most]:
        first, last = record.moved_most(number)
        numbers = (short(float(value), 3) for value in (record.distance[-1, number], record.path[number]))
        speeds = _condensed(record.speed[:, number], max(width - 45, 1) if is_wide else width)
        marks = "".join(_SHADES[int(np.ceil(speed / largest * (len(_SHADES) - 1)))] for speed in speeds)
        moved, path = numbers
        if not is_wide:
            lines += [*paragraph(f"{number}: {moved}, {path}, {first:,} to {last:,}", width), plain(marks)]
            continue
        lines.append(plain(f"{number:>6}  {moved:>8}  {path:>8}  {f'{first:,} to {last:,}':<15}  {marks}"))
    notes = left_out(most, record.filters, "filter")
    lines += [[], *(line for note in notes for line in paragraph(note, width))] if notes else []
    return render(lines, color=False)


def _condensed(values: np.ndarray, most: int) -> np.ndarray:
    """Of so many stretches of the values the largest of each."""
    if len(values) <= most:
        return values
    return np.array([part.max() for part in np.array_split(values, most)])
