"""Pieces of self-contained HTML: tables, numbers as cells with their values under the pointer, curves as SVG.

No scripts, nothing from elsewhere, all text escaped; what is drawn and what is said follow `colors` and `captions`.
Words and lines have the ink of the page that they stand on, so that they can be read on a light one and on a dark one;
pictures, in which white is zero, are on white paper everywhere.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np

from pellucid.formats.png import encode_png
from pellucid.views.colors import paint
from pellucid.views.precision import short
from pellucid.views.slices import shrink

__all__ = [
    "RULE",
    "Piece",
    "axis_text",
    "block",
    "caption",
    "cells",
    "chart",
    "curve_panel",
    "escape",
    "image",
    "inside",
    "label_width",
    "listed",
    "note",
    "page",
    "paper",
    "picture",
    "side_by_side",
    "table",
    "tile",
    "value_range",
]

Piece = str
MOST_ROWS = 200
_LARGEST_SIDE = 96  # numbers along a side of a tile that is drawn as an image
_CELL_TEXT = 16  # pixels of a cell that holds a number of its own
_TILE = 72  # wished side of a small tile [pixels]
_INK, _FAINT_INK, RULE = "#1d2530", "#5c6673", "#e3e6eb"
"""On white paper: of words, of words that matter less, of lines behind a picture."""
_STYLE = "font:13px/1.4 system-ui,sans-serif;color:inherit;padding:8px;overflow-x:auto"
_FAINT = "opacity:.75"  # of whatever ink the page has
_PAPER = f"background:#fff;color:{_INK}"
_LONGEST_NAME = 28  # letters of a name of a row that stays in one line
_CELL = "padding:2px 8px;text-align:left;border-bottom:1px solid rgba(128,128,128,.3);vertical-align:top"
_COLORS = {"training": "#1f68bc", "validation": "#a74900"}


def block(title: str, *pieces: Piece) -> Piece:
    """Everything that one object shows, under a title.

    Example:
        >>> block("2 < 3", note("true")).count("&lt;")
        1
    """
    return f'<div style="{_STYLE}"><div style="font-weight:bold">{escape(title)}</div>{"".join(pieces)}</div>'


def note(text: str) -> Piece:
    """A sentence."""
    return f'<div style="{_FAINT};font-size:12px">{escape(text)}</div>' if text else ""


def caption(label: str) -> Piece:
    """What stands above a picture; nothing for nothing."""
    return f'<div style="{_FAINT};font-size:10px">{escape(label)}</div>' if label else ""


def paper(*pieces: Piece) -> Piece:
    """White paper under a picture and the words whose colours are of it.

    Example:
        >>> paper("<svg></svg>").count("background:#fff")
        1
    """
    return f'<div style="{_PAPER};display:inline-block;max-width:100%;padding:2px 4px">{"".join(pieces)}</div>'


def page(title: str, body: Piece, style: str = "") -> str:
    """A whole page, complete in itself, light or dark as the reader's system is.

    Args:
        title: of the window.
        body: what stands on it.
        style: further rules.

    Example:
        >>> "color-scheme:light dark" in page("a < b", note("true")), "a &lt; b" in page("a < b", "")
        (True, True)
    """
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    rules = ":root{color-scheme:light dark}body{margin:0 auto;max-width:1080px;padding:16px;"
    rules += "font:14px/1.5 system-ui,sans-serif}" + style
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{rules}</style></head><body>{body}</body></html>\n'


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Piece:
    """Rows of text; of more than 200 the first, and how many are left out.

    Example:
        >>> table(["a"], [["1"]] * 300).count("<tr>"), "100 further rows" in table(["a"], [["1"]] * 300)
        (201, True)
    """
    head = "".join(f'<th style="{_CELL}">{escape(title)}</th>' for title in titles)
    shown = rows[:MOST_ROWS]
    wrap = "white-space:pre-wrap" + (
        ";overflow-wrap:anywhere" if not any(titles[1:]) else ""
    )  # columns of numbers stay
    name = "white-space:nowrap" if all(len(row[0]) <= _LONGEST_NAME for row in shown if row) else wrap
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{_CELL};{wrap if place else name}">{escape(cell)}</td>' for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in shown
    )
    rest = len(rows) - len(shown)
    left = note(f"{rest} further rows are left out.") if rest else ""
    whole = f'<table style="border-collapse:collapse;font-size:12px"><tr>{head}</tr>{body}</table>'
    return f'<div style="overflow-x:auto">{whole}</div>{left}'


def listed(items: Sequence[tuple[str, Sequence[str]]]) -> Piece:
    """Texts below their headings, for what is too long for the columns of a table."""
    parts = []
    for heading, texts in items:
        parts.append(f'<div style="margin-top:6px;font-weight:bold;font-size:12px">{escape(heading)}</div>')
        parts += [f'<div style="font-size:12px">{escape(text)}</div>' for text in texts if text]
    return "".join(parts)


def side_by_side(pieces: Sequence[Piece]) -> Piece:
    """Pieces beside each other, as many as there is room for."""
    inside = "".join(f'<div style="margin:0 6px 6px 0">{piece}</div>' for piece in pieces)
    return f'<div style="display:flex;flex-wrap:wrap;margin-top:6px">{inside}</div>'


def image(pixels: np.ndarray, width: int, title: str) -> Piece:
    """Pixels (rows, columns, 3) as an image of a width, each a block; the title shows under the pointer."""
    data = base64.b64encode(encode_png(pixels)).decode("ascii")
    style = "image-rendering:pixelated;border:1px solid #b8bec9;display:block;max-width:100%;height:auto"
    source = f"data:image/png;base64,{data}"
    return f'<img width="{width}" style="{style}" alt="{escape(title)}" title="{escape(title)}" src="{source}">'


def tile(
    plane: np.ndarray, limit: float, title: str, *, each: bool, label: str = "", framed: np.ndarray | None = None
) -> Piece:
    """A slice (rows, columns) under its label.

    Args:
        plane: the numbers.
        limit: the magnitude drawn darkest.
        title: what shows under the pointer where it is no single number.
        each: whether each number is a cell with its value under the pointer; else it is one image.
        label: above it.
        framed: which numbers have a frame, where there is room for frames.
    """
    head = caption(label)
    if each:
        return head + cells(plane, limit, framed)
    small, side = shrink(
        plane, min(_LARGEST_SIDE, max(math.ceil(plane.shape[1] * _LARGEST_SIDE / max(plane.shape)), 1))
    )
    words = f"{title}; each block is the value farthest from zero of {side}x{side}" if side > 1 else title
    width = small.shape[1] * max(1, _TILE // max(small.shape))
    if framed is None or side > 1:
        return head + image(paint(small, limit), width, words)
    rows, columns = small.shape
    source = f"data:image/png;base64,{base64.b64encode(encode_png(paint(small, limit))).decode('ascii')}"
    box = f'width="{columns}" height="{rows}" preserveAspectRatio="none" style="image-rendering:pixelated"'
    drawn = f'<title>{escape(words)}</title><image {box} href="{source}"/>{_frames(framed)}'
    side = max(3, width // columns)
    return head + _drawing(drawn, columns, rows, side)


def _frames(framed: np.ndarray) -> str:
    """A line around each number that is told."""
    path = "".join(f"M{column + 0.06} {row + 0.06}h.88v.88h-.88z" for row, column in np.argwhere(framed).tolist())
    return f'<path d="{path}" fill="none" stroke="{_INK}" stroke-width=".12"/>'


def _drawing(parts: str, columns: int, rows: int, side: int) -> Piece:
    """An SVG of so many numbers, each a square of so many pixels."""
    box = f'width="{columns * side}" height="{rows * side}" viewBox="0 0 {columns} {rows}"'
    style = "border:1px solid #b8bec9;display:block;max-width:100%;height:auto"
    return f'<svg {box} style="{style}" shape-rendering="crispEdges">{parts}</svg>'


def cells(plane: np.ndarray, limit: float, framed: np.ndarray | None = None) -> Piece:
    """A slice (rows, columns), each number a square with its place and value under the pointer, some in frames.

    Example:
        >>> cells(np.array([[0.5, -1.0]]), 1.0).count("<title>"), "[0, 1] -1" in cells(np.array([[0.5, -1.0]]), 1.0)
        (2, True)
    """
    rows, columns = plane.shape
    side = max(4, min(_CELL_TEXT, _TILE // max(rows, min(columns, 12))))
    colors = paint(plane, limit).tolist()
    parts = [
        f'<rect x="{column}" y="{row}" width="1" height="1" fill="#{red:02x}{green:02x}{blue:02x}">'
        f"<title>[{row}, {column}] {short(value)}</title></rect>"
        for row, values in enumerate(plane.tolist())
        for column, (value, (red, green, blue)) in enumerate(zip(values, colors[row], strict=True))
    ]
    return _drawing("".join(parts) + ("" if framed is None else _frames(framed)), columns, rows, side)


def curve_panel(name: str, curves: Mapping[str, np.ndarray], epochs: Sequence[int]) -> Piece:
    """Training and validation of one quantity against the epochs, each value under the pointer.

    Args:
        name: of the quantity.
        curves: under "training" and "validation", one number per epoch.
        epochs: their numbers.
    """
    width, height, top, bottom = 320, 200, 26, 24
    finite = np.concatenate([values[np.isfinite(values)] for values in curves.values()])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    high = high if high > low else low + (abs(low) or 1.0) * 0.1
    span = max(epochs[-1] - epochs[0], 1)
    left = max(52, 10 + max(label_width(short(value)) for value in (low, high)))

    def place(epoch: int, value: float) -> tuple[float, float]:
        x = left + (epoch - epochs[0]) / span * (width - left - 14)
        return x, top + (high - value) / (high - low) * (height - top - bottom)

    parts = [f'<text x="{left}" y="14" font-size="12" font-weight="bold" fill="{_INK}">{escape(name)}</text>']
    for value in (low, high):
        y = place(epochs[0], value)[1]
        parts.append(f'<line x1="{left}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}" stroke="{RULE}"/>')
        parts.append(axis_text(left - 4, y + 4, short(value), "end"))
    for epoch in sorted({epochs[0], epochs[-1]}):
        words = f"epoch {epoch}" if epoch == epochs[0] else str(epoch)
        parts.append(axis_text(inside(place(epoch, low)[0], words, width), height - 8, words))
    for kind, values in curves.items():
        parts += _curve(kind, [(epoch, float(v)) for epoch, v in zip(epochs, values, strict=True)], place)
    names = " ".join(f'<tspan fill="{_COLORS[kind]}">{kind}</tspan>' for kind in curves)
    parts.append(f'<text x="{width - 4}" y="14" font-size="11" text-anchor="end">{names}</text>')
    return chart("".join(parts), width, height)


def chart(parts: str, width: int, height: int) -> Piece:
    """Lines and words as SVG, smaller where there is no room."""
    style = f"{_PAPER};font-family:sans-serif;max-width:100%;height:auto"
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" style="{style}">{parts}</svg>'


def label_width(text: str) -> int:
    """Room that a label of an axis takes in any usual font of its size [pixels].

    Example:
        >>> label_width("0.0004242")
        63
    """
    return 7 * len(text)


def inside(x: float, text: str, width: int) -> float:
    """Where the middle of a label is to be, so that all of it lies in a picture so wide.

    Example:
        >>> inside(310.0, "0.154", 320), inside(100.0, "0.154", 320)
        (302.5, 100.0)
    """
    return min(x, width - label_width(text) / 2)


def axis_text(x: float, y: float, text: str, anchor: str = "middle") -> Piece:
    """A label of an axis of a chart: where its "start", "middle" or "end" is."""
    style = f'font-size="11" fill="{_FAINT_INK}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _curve(
    kind: str, values: Sequence[tuple[int, float]], place: Callable[[int, float], tuple[float, float]]
) -> list[str]:
    """The line, broken where a value is none, and a dot for each of at most 400 values."""
    color, runs = _COLORS[kind], list[list[str]]([[]])
    for epoch, value in values:
        if math.isfinite(value):
            x, y = place(epoch, value)
            runs[-1].append(f"{x:.1f},{y:.1f}")
        elif runs[-1]:
            runs.append([])
    dash = ' stroke-dasharray="5 3"' if kind == "validation" else ""
    lines = [
        f'<polyline points="{" ".join(run)}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>'
        for run in runs
        if run
    ]
    finite = [(epoch, value) for epoch, value in values if math.isfinite(value)]
    step = math.ceil(len(finite) / 400) or 1
    dots = []
    for epoch, value in finite[::step]:
        x, y = place(epoch, value)
        words = escape(f"epoch {epoch}: {kind} {short(value, 6)}")
        dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"><title>{words}</title></circle>')
    return lines + dots


def value_range(plane: np.ndarray) -> str:
    """From where to where numbers go, in words.

    Example:
        >>> value_range(np.array([0.0, 1.0, np.nan]))
        '0 to 1, mean 0.5'
    """
    finite = plane[np.isfinite(plane)]
    if not finite.size:
        return "no finite number"
    return f"{short(finite.min())} to {short(finite.max())}, mean {short(finite.mean())}"


def picture(png: bytes, width: int, title: str) -> Piece:
    """A file of PNG as an image of a width; the title shows under the pointer."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
    whole = f'<img width="{width}" style="display:block" alt="{escape(title)}" title="{escape(title)}" src="{source}">'
    return f'<div style="overflow-x:auto">{whole}</div>'
