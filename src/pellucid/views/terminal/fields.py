"""What one unit sees of the input, as text: on the input itself, and how strongly each place acts."""

from __future__ import annotations

import math

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.fields import FieldOfView
from pellucid.views.colors import color_limits, describe_rule
from pellucid.views.fields import Spans, describe_field, planes_of, title_of
from pellucid.views.given import record_of, room_of, switch_of
from pellucid.views.photographs import smaller
from pellucid.views.terminal.lines import NARROWEST, Line, Span, beside, paragraph, plain, render
from pellucid.views.terminal.tiles import Cells, describe_shades, photo_tile, shrink, tile

__all__ = ["field_text"]

_HEAD = "how strongly each place acts"


@explained
def field_text(field: FieldOfView, *, width: int = 80, color: bool = False) -> str:
    """Writes what one unit sees: the input with a frame around what can change the unit, and its gradient.

    Args:
        field: what `inspection.receptive_field` found.
        width: columns of the terminal, 20 or more (less is taken as 20); a wider input is drawn smaller.
        color: whether places are painted, with 24-bit colours; see `terminal_color`. Otherwise they are shades in
            ASCII.

    Returns:
        the text, without a final newline.

    Example:
        >>> ones = np.ones((3, 4, 1))
        >>> seen = ones * [[[0], [1], [1], [0]]]
        >>> print(field_text(FieldOfView("conv", "Conv2D", (0, 0), 7, seen > 0, seen, 1, None, ((0, 2), (1, 2)))))
        conv: what the unit at [0, 0] of filter 7 sees of the input
        Its field is 3x2 of the input's 3x4 places, rows 0 to 2, columns 1 to 2. Along
        each axis 90% of its gradient lies in rows 0 to 2, columns 1 to 2 (1 random
        sample).
        <BLANKLINE>
        how strongly each place acts
          +----+
          |@@@@|
          |@@@@|
          |@@@@|
          +----+
        <BLANKLINE>
        Blank is zero, then . : = + * x # % @ up to 1.
    """
    planes = planes_of(record_of(field, FieldOfView))
    width, color = max(room_of("width", width), NARROWEST), switch_of("color", color)
    lines = paragraph(title_of(field), width, bold=True)
    lines += [*paragraph(" ".join([*describe_field(field), *planes.notes]), width), []]
    limit = float(color_limits(planes.strength[np.newaxis])[0])
    (top, bottom), (left, right) = planes.box
    whole, near = (_side(columns, width) for columns in (planes.seen.shape[1], right - left + 1))
    if not planes.strength.any():
        blocks = []
    elif planes.image is None and whole == 1:
        blocks = [[plain(_HEAD), *_framed(tile(planes.strength, limit, Cells(color)), planes.box)]]
    else:
        cells, _ = shrink(planes.strength[top : bottom + 1, left : right + 1], math.ceil((right - left + 1) / near))
        frame = (0, len(cells) - 1), (0, cells.shape[1] - 1)
        blocks = [[plain(_HEAD + _of_squares(near)), *_framed(tile(cells, limit, Cells(color)), frame)]]
    if planes.image is not None:
        picture = photo_tile(smaller(planes.image, whole), color)
        blocks.insert(0, [plain("the input" + _of_squares(whole)), *_framed(picture, _over(planes.box, whole))])
    lines += beside(blocks, width)
    if not planes.strength.any():
        return render(lines, color).rstrip("\n")
    rule = describe_rule(planes.strength) if color else describe_shades(planes.strength, f"{limit:.4g}")
    return render([*lines, [], *paragraph(rule, width)], color)


def _side(columns: int, width: int) -> int:
    """The side of the squares that are drawn as one cell, so that as many columns fit, with a frame."""
    return math.ceil(columns / max((width - 2) // 2, 1))


def _of_squares(side: int) -> str:
    return f", one cell for {side}x{side} places" if side > 1 else ""


def _over(box: Spans, side: int) -> Spans:
    """The same box in squares of so many places."""
    (top, bottom), (left, right) = box
    return (top // side, bottom // side), (left // side, right // side)


def _framed(rows: list[Line], box: Spans) -> list[Line]:
    """Rows of one span per place, with a frame around some."""
    (top, bottom), (left, right) = box
    edge = plain("  " * left + "+" + "--" * (right - left + 1) + "+")
    found: list[Line] = []
    for number, row in enumerate(rows):
        line = Span("|" if top <= number <= bottom else " ")
        found += [edge] if number == top else []
        found.append([*row[:left], line, *row[left : right + 1], line, *row[right + 1 :]])
        found += [edge] if number == bottom else []
    return found
