"""What notebooks show of filters, of what they are, and of how they were drawn: HTML of bounded size."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.inspection.describing import Description
from pellucid.inspection.formula import LayerFormula
from pellucid.inspection.image_channels import COLORS
from pellucid.inspection.initial_draw import InitialDraw
from pellucid.inspection.overview import Overview, overview
from pellucid.inspection.records import FilterBank
from pellucid.views import descriptions, html
from pellucid.views.boards import Board, Chart, Table
from pellucid.views.captions import describe_bank, say_unfolds
from pellucid.views.colors import color_limits, describe_rule, filter_colors
from pellucid.views.descriptions import say_law, say_values
from pellucid.views.figures.formula import formula_figure
from pellucid.views.formula_words import title_of
from pellucid.views.html_board import board_html
from pellucid.views.precision import short
from pellucid.views.scales import overview_limits, scale_words
from pellucid.views.slices import kernel_slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["banks_html", "description_html", "draw_html", "formula_html", "overview_html"]

_MOST_CELLS = 3000  # numbers that can be asked one by one, in one output
_MOST_TILES = 128  # slices in one output
_MANY = 512  # slices from which on the strongest are shown
_GAP = '<div style="display:inline-block;margin-right:2px">'


def banks_html(banks: Sequence[FilterBank]) -> str:
    """The filters of layers, of each layer the first; of one with very many slices the strongest."""
    room, cells = max(_MOST_TILES // len(banks), 8), _MOST_CELLS // len(banks)
    return "".join(
        overview_html(overview(bank, most_filters=max(room // 8, 1)))
        if bank.spatial and bank.filters * bank.in_channels > _MANY
        else _bank(bank, room, cells)
        for bank in banks
    )


def _bank(bank: FilterBank, room: int, cells: int) -> str:
    slices = kernel_slices(bank)
    limits = color_limits(slices)
    limit, colored = float(limits[0]), bank.input_names == COLORS and len(bank.spatial) == 2
    channels = min(slices.shape[1] * slices.shape[2], 16)
    shown = min(bank.filters, max(1, room // channels))
    each = slices[:shown].size <= cells
    colors = filter_colors(slices[:shown, :, 0], limits[:shown]) if colored else None
    tiles = []
    for number in range(shown):
        planes = slices[number].reshape(-1, *slices.shape[3:])
        parts = [] if colors is None else [_in_color(colors[number], bank.numbers[number])]
        parts += [
            html.tile(plane, limit, html.value_range(plane), each=each, label=_label(bank, number, place, len(planes)))
            for place, plane in enumerate(planes[:channels])
        ]
        tiles.append("".join(f"{_GAP}{part}</div>" for part in parts))
    left = [] if shown == bank.filters else [f"{bank.filters - shown} further filters"]
    left += [] if channels == len(slices[0].reshape(-1, *slices.shape[3:])) else ["further channels"]
    words = [f"{describe_rule(slices)} The darkest is {short(limit)}.", bank.moment]
    words += [f"Its weights: {bank.provenance[0]}."] if bank.filters == 1 and bank.provenance else []
    words += _say_labels(bank)
    words += ["In colour: grey is zero, bright what a filter answers most, dark the least."] if colored else []
    words += [f"Not shown: {' and '.join(left)}."] if left else []
    return html.block(describe_bank(bank), *map(html.note, words), html.side_by_side(tiles))


def _in_color(pixels: np.ndarray, number: int) -> str:
    return html.caption(str(number)) + html.image(
        pixels, pixels.shape[1] * max(1, 72 // max(pixels.shape[:2])), f"filter {number} in colour"
    )


def _label(bank: FilterBank, number: int, place: int, count: int) -> str:
    if count == 1 or not bank.spatial:
        return str(bank.numbers[number])
    if bank.input_names is not None and count == len(bank.input_names):
        return f"{bank.numbers[number]} {bank.input_names[place]}"
    channel, depth = divmod(place, count // bank.in_channels)
    inside = f", {depth}" if count > bank.in_channels else ""
    return f"{bank.numbers[number]}:{bank.channels_of(number)[channel]}{inside}"


def _say_labels(bank: FilterBank) -> list[str]:
    """What the numbers above a slice count; nothing where it is that of the filter alone, or channels have names."""
    inside = ", depth" if len(bank.spatial) == 3 and bank.spatial[0] > 1 else ""
    if not bank.spatial or (bank.in_channels == 1 and not inside) or (bank.input_names is not None and not inside):
        return []
    return [f"Above each slice stands its filter:channel{inside}."]


def overview_html(record: Overview) -> str:
    """The strongest slices of the strongest filters, and the patterns that all slices are made of."""
    limits = overview_limits(record, "layer")
    width = min(record.channels.shape[1], _MOST_TILES)
    shown = max(1, min(len(record.numbers), _MOST_TILES // width))
    rows = []
    for item in range(shown):
        number = record.numbers[item]
        tiles = [
            _plane(record.slices[item, place], float(limits[item, place]), f"channel {record.channels[item, place]}")
            for place in range(width)
        ]
        title = f"filter {number}, norm {short(float(record.norms[number]))}"
        rows.append(html.note(title) + html.side_by_side(tiles))
    patterns = [
        _plane(pattern, float(np.abs(pattern).max()), f"{100 * share:.3g}%")
        for pattern, share in zip(record.components, record.component_shares, strict=True)
    ]
    left = len(record.numbers) - shown
    words = [f"{scale_words('layer')} {describe_rule(record.slices)}"]
    words += [f"{say_unfolds()}."] if len(record.numbers) > 1 else []
    words += [f"{left} further filters are not shown."] if left else []
    words += (
        [f"{record.channels.shape[1] - width} further slices are not shown."]
        if width < record.channels.shape[1]
        else []
    )
    made_of = [html.note("What all slices are made of, each on its own scale:"), html.side_by_side(patterns)]
    notes = map(html.note, descriptions.overview_notes(record))
    return html.block(descriptions.overview_title(record), *map(html.note, words), *rows, *made_of, *notes)


def _plane(values: np.ndarray, limit: float, label: str) -> str:
    """One slice; what lies along the depth side by side, each under its number."""
    planes = values.astype(np.float64).reshape((1,) * (3 - values.ndim) + values.shape)
    if len(planes) == 1:
        return html.tile(planes[0], limit, html.value_range(values), each=values.size <= 25, label=label)
    tiles = [
        html.tile(plane, limit, html.value_range(plane), each=values.size <= 64, label=f"depth {number}")
        for number, plane in enumerate(planes)
    ]
    return html.caption(label) + html.side_by_side(tiles)


def description_html(record: Description) -> str:
    """What a filter is: its pattern, its properties, its strongest channels."""
    kernel = record.main.kernel
    pieces = [html.side_by_side([_plane(kernel, float(np.abs(kernel).max()), "this filter")])]
    pieces += [html.table(["", ""], descriptions.facts(record.main))]
    if len(record.channels) > 1:
        pieces += [html.note(f"Principal components over the channels: {descriptions.share_words(record.shares)}.")]
        pieces += [html.table(["channel", "of the energy", "resembles"], descriptions.channel_rows(record))]
        pieces += [html.note(descriptions.more_channels(record))]
    words = [record.provenance, descriptions.what_is_shown(record)]
    return html.block(descriptions.title_of(record), *map(html.note, words), *pieces)


def formula_html(record: LayerFormula) -> str:
    """What a layer computes, and the LaTeX of it to be copied."""
    parts = (record.correlation, record.convolution, record.flipped)
    rows = [[part] for part in parts if part]
    picture = html.picture(_png(formula_figure(record)), 720, record.words)
    return html.block(title_of(record), html.note(record.words), picture, html.table(["LaTeX"], rows))


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100, facecolor="white")
    return file.getvalue()


def draw_html(record: InitialDraw) -> str:
    """How a weight was drawn: the formula with its numbers, and the histogram beside the density."""
    curves = {say_values(record): (np.repeat(record.edges, 2)[1:-1], np.repeat(record.densities, 2))}
    if record.law is not None:
        reach = record.law.reach * 1.08
        x = np.linspace(record.law.center - reach, record.law.center + reach, 201)
        curves[say_law(record.law)] = x, record.law.density(x)
    facts = Table("", ["", ""], descriptions.draw_facts(record))
    chart = Chart("", "value of a weight; upwards: density", curves)
    return board_html(Board(f"{record.layer}, {record.weight}: how it was drawn", [], [facts, chart]))
