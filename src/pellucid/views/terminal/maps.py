"""What every layer answers to one sample, as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pellucid.calls import explained
from pellucid.inspection.records import FeatureMaps
from pellucid.views.captions import class_labels, say_wrapped
from pellucid.views.colors import color_limits, describe_rule, paint
from pellucid.views.given import limit_of, maps_of, room_of, switch_of
from pellucid.views.map_words import (
    choice_of,
    describe_answer,
    is_last,
    map_notes,
    mask_of,
    picture_pixels,
    range_words,
)
from pellucid.views.photographs import smaller
from pellucid.views.precision import number_format, short
from pellucid.views.slices import LONGEST_ROW, map_slices
from pellucid.views.terminal.lines import NARROWEST, Line, Span, beside, paragraph, plain, render, text_width
from pellucid.views.terminal.tiles import (
    SHADES,
    Cells,
    describe_shades,
    half_blocks,
    left_out,
    photo_tile,
    shrink,
    tile,
    wrap_columns,
)

__all__ = ["FEW", "map_lines", "maps_text", "most_maps"]

FEW, FEW_LINES = "few", 60
_LONGEST_BAR = 40
_DIGITS = 4  # significant digits of the largest value beside a bar


@explained
def maps_text(
    maps: FeatureMaps | Sequence[FeatureMaps],
    *,
    width: int = 80,
    color: bool = False,
    limit: int | str | None = None,
    class_names: Sequence[str] | None = None,
) -> str:
    """Writes the input and the feature maps of every layer for one sample or several, each on its own scale.

    Args:
        maps: the answers, in the order in which the sample passes the layers.
        width: columns of the terminal, 20 or more (less is taken as 20); what does not fit beside goes below.
        color: whether maps are painted, with 24-bit colours; see `terminal_color`. Otherwise they are shades in ASCII.
        limit: show only so many maps of each layer, and say so; "few" as many as some sixty lines hold; by default all.
        class_names: what the outputs of the last layer stand for; by default they are numbered.

    Returns:
        the text, without a final newline.

    Raises:
        ArgumentError: there are no maps, not as many names as outputs, or `limit` is below 1.

    Example:
        >>> outputs = FeatureMaps("dense", "Dense", np.array([0.25, 0.75]))
        >>> print(maps_text([outputs], class_names=["cat", "dog"], width=40))
        dense: 2 values, from 0.25 to 0.75
        Numbers are exact.
          cat 0.25 #########
        > dog 0.75 ############################
    """
    limit, color = most_maps(limit), switch_of("color", color)
    width = max(room_of("width", width), NARROWEST)
    records = maps_of(maps)
    labels = class_labels(records, class_names)
    lines: list[Line] = []
    for record in records:
        values = record.maps.astype(np.float64)
        darkest = float(color_limits(values[None])[0])
        lines += [[]] if lines else []
        if record.same_as and record.kept is None:
            lines += paragraph(describe_answer(record), width, bold=True)
            continue
        lines += paragraph(f"{describe_answer(record)}, {range_words(values)}", width, bold=True)
        if record.is_picture:
            lines += _picture(record, color, width)
        elif not record.spatial and record.channels <= LONGEST_ROW:
            names = labels if is_last(record, records) else [str(number) for number in range(record.channels)]
            lines += _bars(values, darkest, names, color, width, record.kept)
        else:
            lines += map_lines(record, darkest, limit, color, width)
        for sentence in map_notes(record):
            lines += paragraph(sentence, width)
        if record.spatial or record.channels > LONGEST_ROW:  # beside bars it stands in words
            lines += _beside(record, darkest, limit, color, width)
    return render(lines, color)


def most_maps(limit: object) -> int | str | None:
    """How many maps are shown at most: a number, "few", or None for all; raises `ArgumentError` for anything else."""
    return limit if isinstance(limit, str) and limit == FEW else limit_of(limit, "map")


def _beside(record: FeatureMaps, darkest: float, limit: int | str | None, color: bool, width: int) -> list[Line]:
    """The mask of a dropout; what a maximum pooling chose from, and what won."""
    mask, choice, lines = mask_of(record), choice_of(record), list[Line]()
    full, empty = ("what is dark", "what is white") if color else (SHADES[-1] * 2, "blank")
    if mask is not None:
        lines += paragraph(f"Its mask: {full} was kept, {empty} was dropped.", width)
        lines += map_lines(mask, 1.0, limit, color, width, before=None)
    if choice is not None:
        given, wins = choice
        lines += paragraph("What it chose from, on the scale of all that it was given:", width)
        largest = max(darkest, float(color_limits(given.maps.astype(np.float64)[None])[0]))
        lines += map_lines(given, largest, limit, color, width)
        lines += paragraph(f"What won there: {full} won a window or several, {empty} none.", width)
        won = FeatureMaps(record.layer, record.kind, (wins.maps > 0).astype(np.float64))
        lines += map_lines(won, 1.0, limit, color, width, before=None)
    return lines


def _picture(record: FeatureMaps, color: bool, width: int) -> list[Line]:
    """The sample as a photograph; one that is too wide in squares of its pixels."""
    pixels = picture_pixels(record)
    side = -(-pixels.shape[1] // (width // 2))
    lines = photo_tile(smaller(pixels, side), color)
    said = f"Too wide: each cell is the mean of a square of {side}x{side}."
    return [*lines, *paragraph(said, width)] if side > 1 else lines


def map_lines(
    record: FeatureMaps,
    darkest: float,
    limit: int | str | None,
    color: bool,
    width: int,
    names: Sequence[str] | None = None,
    before: Sequence[str] | None = (),
) -> list[Line]:
    """The maps of one layer side by side, under their numbers, after the rule and before what is left out.

    Args:
        record: whose they are.
        darkest: the magnitude of the darkest colour or shade.
        limit, color, width: see `maps_text`.
        names: what stands above each map; by default its number. "" for nothing.
        before: sentences before the rule; None to say nothing at all.
    """
    slices = map_slices(record)
    rows, columns = slices.shape[-2:]
    halves = color and rows > 1
    most = width if halves else width // 2
    shown = _how_many(slices, limit, width, halves)
    rule = describe_shades(slices, short(darkest))
    rule = f"{describe_rule(slices)} The darkest is {short(darkest)}." if color else rule
    sentences = [] if before is None else [*before, rule]
    if rows > 1 and columns > most:
        side = shrink(slices[0, 0, 0], most)[1]
        sentences.append(f"Too wide: each cell is the value farthest from zero in a square of {side}x{side}.")
    if not record.spatial:
        sentences += say_wrapped(record.channels, columns, "values")
    blocks = []
    for item, planes in enumerate(slices[:shown, 0]):
        for depth, plane in enumerate(planes):
            parts = [shrink(part, most)[0] for part in wrap_columns(plane, most)]
            cells = [
                line
                for part in parts
                for line in (half_blocks(part, darkest) if halves else tile(part, darkest, Cells(color)))
            ]
            name = str(item) if names is None else names[item]
            title = f"{name}:{depth}" if len(planes) > 1 and name else name
            blocks.append([plain(title), *cells] if record.spatial and title else cells)
    if slices.shape[2] > 1:
        sentences.append("The numbers above a slice are map:depth.")
    rest = [line for note in left_out(shown, len(slices), "map") for line in paragraph(note, width)]
    return [*paragraph(" ".join(sentences), width), *beside(blocks, width), *rest]


def _how_many(slices: np.ndarray, limit: int | str | None, width: int, halves: bool) -> int | None:
    """How many maps are shown; None for all."""
    if not isinstance(limit, str):
        return limit
    *_, depth, rows, columns = slices.shape
    side = max(math.ceil(columns / (width if halves else width // 2)), 1)
    cells = math.ceil(columns / side) * (1 if halves else 2)
    lines = math.ceil(rows / side / (2 if halves else 1)) + 2
    planes = max((width + 2) // (cells + 2), 1) * max(FEW_LINES // lines, 1)
    return max(planes // depth, 1)


def _bars(
    values: np.ndarray, darkest: float, labels: Sequence[str], color: bool, width: int, kept: np.ndarray | None
) -> list[Line]:
    """One line per value: its label, its number, a bar as long as its magnitude. The largest is marked by ">"."""
    form = number_format(values, _DIGITS)
    numbers = [form(value) for value in values.tolist()]
    room = max(map(len, numbers))
    label_room = max(text_width(plain(label)) for label in labels)
    longest = max(min(width - label_room - room - 5, _LONGEST_BAR), 1)
    largest = int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))
    colors = paint(values, darkest)
    lines = paragraph(f"Numbers are {form.describe()}.", width)
    for index, (value, number, label) in enumerate(zip(values.tolist(), numbers, labels, strict=True)):
        length = round(abs(value) / darkest * longest) if darkest and np.isfinite(value) else 0
        mark = ">" if index == largest else " "
        head = f"{mark} {' ' * (label_room - text_width(plain(label)))}{label} {number:>{room}} "
        red, green, blue = colors[index].tolist()
        bar = Span(" " * length, paper=(red, green, blue)) if color else Span(("-" if value < 0 else "#") * length)
        lines.append([Span(head), bar if kept is None or kept[index] else Span("dropped")])
    return lines
