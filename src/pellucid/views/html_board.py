"""A board as self-contained HTML: tiles as images, curves as SVG with every value under the pointer."""

from __future__ import annotations

import math

import numpy as np

from pellucid.views import html
from pellucid.views.boards import Board, Chart, Part, Table, Tile, Tiles
from pellucid.views.precision import short
from pellucid.views.slices import farthest

__all__ = ["board_html"]

_LARGEST_SIDE, _MOST_TILES, _MOST_DOTS = 224, 128, 60
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 360, 200, 58, 8, 34


def board_html(board: Board) -> str:
    """A board as a `<div>`.

    Example:
        >>> board_html(Board("2 < 3", ["true."], [])).count("&lt;")
        1
    """
    return html.block(board.title, *map(html.note, board.sentences), *(_part(part) for part in board.parts))


def _part(part: Part) -> str:
    heading = f'<div style="font-weight:bold;margin-top:8px">{html.escape(part.heading)}</div>' if part.heading else ""
    match part:
        case Tiles():
            body = html.side_by_side([_tile(tile, part.side) for tile in part.tiles[:_MOST_TILES]])
            left = len(part.tiles) - _MOST_TILES
            body += html.note(part.rule)
            body += html.note(f"{left} further pictures are left out.") if left > 0 else ""
        case Chart():
            body = _chart(part)
        case Table():
            body = html.table(part.titles, part.rows)
    return heading + html.note(part.note) + body


def _tile(tile: Tile, wished: int) -> str:
    pixels = tile.colors()
    most = max(tile.shape)
    if most > _LARGEST_SIDE:
        side = math.ceil(most / _LARGEST_SIDE)
        small = Tile("", plane=farthest(tile.plane, side), limit=tile.limit) if tile.plane is not None else None
        pixels = pixels[::side, ::side] if small is None else small.colors()
    width = max(pixels.shape[1] * max(1, wished // max(pixels.shape[:2])), 24)
    return html.caption(tile.label) + html.image(pixels, width, tile.words or _range(tile))


def _range(tile: Tile) -> str:
    if tile.plane is None:
        return tile.label or "a picture"
    finite = tile.plane[np.isfinite(tile.plane)]
    return f"{short(finite.min())} to {short(finite.max())}" if finite.size else "no finite number"


def _chart(part: Chart) -> str:
    left, right = part.ends[:2]
    marks = part.marks
    (low, _), (high, _) = marks[0], marks[-1]
    start = max(_LEFT, 4 + max(html.label_width(written) for _, written in marks))
    width, height = _WIDTH - start - 10, _HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return start + (x - left) / (right - left) * width, _TOP + (high - y) / (high - low) * height

    parts = []
    for value, written in marks:
        y = place(left, value)[1]
        parts.append(f'<line x1="{start}" x2="{_WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="{html.RULE}"/>')
        parts.append(html.axis_text(start - 4, y + 4, written, "end"))
    for value in (left, right):
        said = short(value, 3)
        parts.append(html.axis_text(html.inside(place(value, low)[0], said, _WIDTH), _HEIGHT - 20, said))
    parts.append(html.axis_text(start + width / 2, _HEIGHT - 6, part.across))
    words = []
    for name, (xs, ys) in part.curves.items():
        points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True) if math.isfinite(y)]
        line = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in points)
        dash = ' stroke-dasharray="5 3"' if name in part.dashed else ""
        parts.append(f'<polyline points="{line}" fill="none" stroke="{part.color(name)}" stroke-width="1.5"{dash}/>')
        for x, y in points[:: max(1, math.ceil(len(points) / _MOST_DOTS))]:
            at = '{:.1f}" cy="{:.1f}'.format(*place(x, y))
            shown = html.escape(f"{name}: {short(y, 6)} at {short(x)}")
            parts.append(f'<circle cx="{at}" r="2.5" fill="{part.color(name)}"><title>{shown}</title></circle>')
        dashes = "- - " if name in part.dashed else "&#8212; "
        words.append(f'<span style="color:{part.color(name)};margin-right:12px">{dashes}{html.escape(name)}</span>')
    names = f'<div style="font-size:11px">{"".join(words)}</div>'
    return html.paper(names, html.chart("".join(parts), _WIDTH, _HEIGHT))
