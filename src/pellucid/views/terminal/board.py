"""A board as text: sentences, tiles side by side in shades or colours, curves as tables of numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from pellucid.views.boards import Board, Chart, Part, Table, Tile, Tiles, line_by_line
from pellucid.views.colors import describe_rule
from pellucid.views.given import room_of, switch_of
from pellucid.views.photographs import smaller
from pellucid.views.precision import short
from pellucid.views.terminal.lines import NARROWEST, Line, beside, paragraph, plain, render
from pellucid.views.terminal.tiles import Cells, describe_shades, photo_tile, shrink, tile

__all__ = ["board_text"]

_MOST_TILES, _MOST_POINTS, _MOST_ROWS, _WIDEST = 6, 11, 40, 10_000
_SHORT = 12  # letters of a line in the titles of a table that would be too wide


def board_text(board: Board, width: int, color: bool) -> str:
    """Writes a board.

    Example:
        >>> print(board_text(Board("net", ["one sentence."], [Table("counts", ["a", "b"], [["1", "22"]])]), 80, False))
        net
        one sentence.
        <BLANKLINE>
        counts
          a   b
          1  22
    """
    width = min(max(room_of("width", width), NARROWEST), _WIDEST)
    color = switch_of("color", color)
    lines = paragraph(board.title, width, bold=True)
    for sentence in board.sentences:
        lines += paragraph(sentence, width)
    for part in board.parts:
        lines += [[], *paragraph(part.heading, width), *paragraph(part.note, width), *_part(part, width, color)]
    return render(lines, color)


def _part(part: Part, width: int, color: bool) -> list[Line]:
    match part:
        case Tiles():
            return _tiles(part, width, color)
        case Chart():
            return _chart(part, width)
        case Table():
            return _table(part.titles, part.rows, width)


def _tiles(part: Tiles, width: int, color: bool) -> list[Line]:
    shown = part.tiles[:_MOST_TILES]
    blocks = [_tile(each, max((width - 4) // 4, 4), color) for each in shown]
    lines = beside(blocks, width)
    if part.numbers.size:
        rule = describe_rule(part.numbers) if color else describe_shades(part.numbers, part.darkest)
        lines += [[], *paragraph(rule, width)]
    left = len(part.tiles) - len(shown)
    return [*lines, *paragraph(f"{left} further pictures are left out; a figure has them.", width)] if left else lines


def _tile(each: Tile, columns: int, color: bool) -> list[Line]:
    label = paragraph(each.label, 2 * columns)
    if each.plane is not None:
        cells, _ = shrink(each.plane, columns)
        return [*label, *tile(cells, each.limit, Cells(color))]
    assert each.pixels is not None
    side = -(-each.pixels.shape[1] // columns)
    return [*label, *photo_tile(smaller(each.pixels, side), color)]


def _chart(part: Chart, width: int) -> list[Line]:
    """Some points of each curve; curves over the same points share a table."""
    lines: list[Line] = []
    left = dict(part.curves)
    while left:
        xs = np.asarray(next(iter(left.values()))[0])
        same = [name for name, (own, _) in left.items() if np.array_equal(own, xs)]
        chosen = np.unique(np.rint(np.linspace(0, len(xs) - 1, min(len(xs), _MOST_POINTS))).astype(int))
        rows = [[short(float(xs[k])), *(short(float(left[name][1][k])) for name in same)] for k in chosen]
        lines += ([[]] if lines else []) + _table([part.across, *same], rows, width)
        for name in same:
            del left[name]
    return lines


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[Line]:
    """Right-aligned columns; those that do not fit beside stand in a table below, under the first column again."""
    shown = line_by_line([titles, *rows[:_MOST_ROWS]])
    sizes = [max(len(row[column]) for row in shown) for column in range(len(titles))]
    if sizes[0] + max(sizes[1:], default=0) + 4 > width:  # the titles in several lines
        shown = line_by_line([[textwrap.fill(title, _SHORT) for title in titles], *rows[:_MOST_ROWS]])
        sizes = [max(len(row[column]) for row in shown) for column in range(len(titles))]
    groups: list[list[int]] = [[0]]
    for column in range(1, len(titles)):
        used = sum(sizes[each] + 2 for each in groups[-1]) + sizes[column] + 2
        if used > width and len(groups[-1]) > 1:
            groups.append([0])
        groups[-1].append(column)
    lines: list[Line] = []
    for group in groups:
        lines += [[]] if lines else []
        told = [row for row in shown if any(row[column] for column in group)]
        lines += [plain("  " + "  ".join(f"{row[column]:>{sizes[column]}}" for column in group)) for row in told]
    left = len(rows) - _MOST_ROWS
    return [*lines, plain(f"  {left} further rows are left out.")] if left > 0 else lines
