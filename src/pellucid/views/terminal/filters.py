"""The filters of a layer as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.image_channels import COLORS
from pellucid.inspection.overview import overview
from pellucid.inspection.records import FilterBank
from pellucid.views.captions import describe_bank, say_all, say_broken, say_unfolds, say_wrapped, say_zero
from pellucid.views.colors import color_limits, describe_rule, filter_colors
from pellucid.views.given import banks_of, limit_of, room_of, switch_of
from pellucid.views.precision import number_format
from pellucid.views.slices import FEW_SLICES, are_of_layers, as_banks, kernel_slices
from pellucid.views.terminal.lines import NARROWEST, Line, beside, paragraph, plain, render
from pellucid.views.terminal.overview import overview_text
from pellucid.views.terminal.tiles import Cells, describe_shades, left_out, photo_tile, shrink, tile, wrap_columns

__all__ = ["filters_text"]

_DIGITS = 3  # significant digits of the largest weight
_FEW = 1024  # slices that are written unless more are asked for


@explained
def filters_text(
    banks: FilterBank | Sequence[FilterBank],
    *,
    width: int = 80,
    color: bool = False,
    numbers: bool | None = None,
    limit: int | str | None = "few",
    scale: str = "layer",
) -> str:
    """Writes the filters of a layer for a terminal, row 0 on top and column 0 on the left.

    Args:
        banks: the filters; or those of several moments, which then follow each other on the same scale; or those of
            several layers, each on its own.
        width: columns of the terminal, 20 or more (less is taken as 20); what does not fit beside goes below.
        color: whether cells are painted, with 24-bit colours; see `terminal_color`. Otherwise the text is ASCII.
        numbers: whether the weights stand in the cells; by default only where there is no colour. Slices that are too
            wide for their numbers are drawn as cells.
        limit: show only so many filters, and say so; None for all. By default all, but of a layer with more than 512
            slices the strongest, as `overview_text` shows them; of several moments, and where numbers are asked for, as
            many filters as have 1,024 slices together.
        scale: "layer" gives all filters one scale; "filter" gives each its own, the same at every moment.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentError: there is no bank, the scale is unknown, or `limit` is below 1.
        ShapeError: the banks' kernels differ in shape.

    Example:
        >>> print(filters_text(FilterBank("bump", np.array([0.0, 1.0, 0.0]).reshape(3, 1, 1), moment="by hand")))
        bump: 1 filter of 3 taps over 1 channel, by hand
        Weights are exact.
        <BLANKLINE>
        0
         0 1 0
    """
    color = switch_of("color", color)
    width = max(room_of("width", width), NARROWEST)
    each = banks_of(banks)
    if are_of_layers(each):
        options: dict[str, Any] = {"width": width, "color": color, "numbers": numbers, "limit": limit, "scale": scale}
        return "\n\n".join(filters_text(bank, **options) for bank in each)
    moments = as_banks(each)
    many = moments[0].spatial and moments[0].filters * moments[0].in_channels > FEW_SLICES
    if many and len(moments) == 1 and numbers is None and isinstance(limit, str) and limit == "few":
        every = paragraph(f"{say_unfolds()}; {say_all()} shows all.", width)
        seen = overview_text(overview(moments[0]), width=width, color=color, scale=scale)
        return f"{seen}\n{render(every, color)}"
    numbers = not color if numbers is None else switch_of("numbers", numbers)
    slices = np.stack([kernel_slices(bank) for bank in moments], axis=1)
    limit = (
        max(1, _FEW // math.prod(slices.shape[1:4]))
        if isinstance(limit, str) and limit == "few"
        else limit_of(limit, "filter")
    )
    limits = color_limits(slices, scale)
    cells = _cells(slices, color, numbers, width)
    lines: list[Line] = []
    for index, bank in enumerate(moments):
        lines += [[]] if lines else []
        lines += paragraph(describe_bank(bank) + (f", {bank.moment}" if bank.moment else ""), width, bold=True)
        if index == 0:
            lines += paragraph(" ".join(_legend(bank, slices, limits, scale, cells, width)), width)
        lines.append([])
        lines += _filters(bank, slices[:limit, index], limits, cells, width)
        unit = "filter" if bank.spatial else "unit"
        notes = say_zero(slices[:, index], unit, bank.first_filter)
        notes += say_broken(slices[:, index], unit, bank.first_filter)
        notes += left_out(limit, bank.filters, unit)
        lines += [[]] if notes else []
        lines += [line for note in notes for line in paragraph(note, width)]
    return render(lines, color)


def _cells(slices: np.ndarray, color: bool, numbers: bool, width: int) -> Cells:
    """Cells with numbers if those of one row fit beside each other; a single row can be wrapped."""
    if numbers:
        cells = Cells.with_numbers(color, number_format(slices.ravel(), _DIGITS), slices)
        rows, columns = slices.shape[-2:]
        if cells.room * (columns if rows > 1 else 1) <= width:
            return cells
    return Cells(color)


def _legend(
    bank: FilterBank, slices: np.ndarray, limits: np.ndarray, scale: str, cells: Cells, width: int
) -> list[str]:
    """How the cells are to be read."""
    depth, rows, columns = slices.shape[-3:]
    darkest = f"{limits.max():.4g}" if scale == "layer" else "the filter's own largest weight"
    sentences = []
    if cells.form:
        sentences.append(f"Weights are {cells.form.describe()}.")
    if cells.color:
        sentences += [describe_rule(slices), f"The darkest is {darkest}."]
    elif not cells.form:
        sentences.append(describe_shades(slices, darkest))
    if rows > 1 and columns * cells.room > width:
        side = shrink(slices[0, 0, 0, 0], width // cells.room)[1]
        sentences.append(f"Too wide: each cell is the weight farthest from zero in a square of {side}x{side}.")
    if not bank.spatial:
        sentences += say_wrapped(bank.in_channels, columns, "weights of a unit")
    elif bank.in_channels * depth > 1:
        sentences.append(f"The number above each slice is its {'channel' if depth == 1 else 'channel:depth'}.")
    return sentences


def _filters(bank: FilterBank, slices: np.ndarray, limits: np.ndarray, cells: Cells, width: int) -> list[Line]:
    """The filters of one moment: side by side where each is one slice, else below each other."""
    channels, depth = slices.shape[1:3]
    if channels * depth == 1:
        blocks = [
            _block(str(bank.numbers[item]), values[0, 0], limits[item], cells, width)
            for item, values in enumerate(slices)
        ]
        return beside(blocks, width)
    lines: list[Line] = []
    in_color = cells.color and bank.input_names == COLORS and slices.shape[-1] * 2 <= width
    colors = filter_colors(slices[:, :, 0], limits) if in_color else None
    for item, values in enumerate(slices):
        lines += [[]] if item else []
        lines += [plain(f"filter {bank.numbers[item]}", bold=True)] if len(slices) > 1 else []
        names = bank.input_names or tuple(map(str, bank.channels_of(item)))
        blocks = [] if colors is None else [[plain("colour"), *photo_tile(colors[item], color=True)]]
        blocks += [
            _block(f"{names[channel]}:{part}" if depth > 1 else names[channel], plane, limits[item], cells, width)
            for channel, planes in enumerate(values)
            for part, plane in enumerate(planes)
        ]
        lines += beside(blocks, width)
    return lines


def _block(title: str, values: np.ndarray, limit: float, cells: Cells, width: int) -> list[Line]:
    """One slice under its number."""
    most = width // cells.room
    parts = [shrink(part, most)[0] for part in wrap_columns(values, most)]
    return [plain(title), *(line for part in parts for line in tile(part, limit, cells))]
