"""What notebooks show of how a filter learns, each as HTML of bounded size."""

from __future__ import annotations

import base64

import numpy as np

from pellucid.inspection.filter_film import FilterFilm
from pellucid.inspection.gradient_flow import GradientFlow
from pellucid.inspection.influence import Influence
from pellucid.inspection.influential_images import InfluentialImages
from pellucid.inspection.kernel_gradient import KernelGradient
from pellucid.inspection.records import FilterBank
from pellucid.inspection.update import FilterUpdate
from pellucid.views import html
from pellucid.views.colors import color_limits, describe_rule
from pellucid.views.film_words import describe_film, most_moved, say_moved
from pellucid.views.films import film_gif
from pellucid.views.flow_words import describe_flow, say_kept
from pellucid.views.gradient_words import describe_gradient, largest_entry, say_entry, say_push, strongest_images
from pellucid.views.influential_words import ESTIMATE, describe_influential, label_of
from pellucid.views.part_words import (
    describe_change,
    moved,
    part_bank,
    part_rows,
    percent,
    say_channels,
    say_parts,
    say_remainder,
    strongest_channels,
    whole_row,
)
from pellucid.views.precision import short
from pellucid.views.slices import kernel_slices

_MOST = 24  # parts, and samples of each sign
_MOST_IMAGES = 8
_CHANNELS = 16
_MOST_CELLS = 3000
_LARGEST_FILM = 600_000  # bytes


def parts_html(record: FilterUpdate | Influence) -> str:
    """A step or a stretch of training, part by part."""
    rows = part_rows(record, _MOST)
    limit = float(color_limits(np.stack([row.values for row in rows]))[0])
    chosen = strongest_channels(record.change, _CHANNELS)
    labels = [f"{row.name} {percent(row.share)}" for row in rows]
    tiles = [
        _kernel(part_bank(record.layer, values, chosen), limit, label, len(rows))
        for values, label in zip([*(row.values for row in rows), record.change], [*labels, "all together"], strict=True)
    ]
    cells = [(row.name, percent(row.share), moved(row.moved)) for row in (*rows, whole_row(record))]
    said = [*say_parts(record), describe_rule(record.parts), f"The darkest is {short(limit)}."]
    pieces = [html.table(["part", "share", "distance"], cells), html.side_by_side(tiles)]
    notes = [html.note(say_remainder(record)), html.note(say_channels(record.change, chosen))]
    return html.block(describe_change(record), html.note(" ".join(said)), *pieces, *notes)


def _kernel(bank: FilterBank, limit: float, label: str, of: int) -> str:
    """A filter as its channels side by side, under a label."""
    slices = kernel_slices(bank)[0]
    planes = slices.reshape(-1, *slices.shape[2:])
    each = planes.size * of <= _MOST_CELLS
    tiles = "".join(
        f'<div style="display:inline-block;margin-right:2px">{html.tile(plane, limit, label, each=each)}</div>'
        for plane in planes[:_CHANNELS]
    )
    return f'<div style="font-size:11px">{html.escape(label)}</div>{tiles}'


def gradient_html(record: KernelGradient) -> str:
    """The gradient of a filter, and what pushed it."""
    chosen = strongest_channels(record.gradient, _CHANNELS)
    tiles = [
        _kernel(part_bank(record.layer, values, chosen), float(color_limits(values[None])[0]), name, 2)
        for name, values in (("filter", record.kernel), ("gradient", record.gradient))
    ]
    pieces = [html.note("The loss grows with a weight where it is positive; a step goes against it.")]
    pieces += [html.side_by_side(tiles), html.note(say_channels(record.gradient, chosen))]
    if record.correlations:
        entry = largest_entry(record)
        pieces.append(html.note(say_entry(record, entry)))
        pieces += [html.note(say_push(push)) for push in record.pushes(entry, 5)]
        rows = [(str(number), f"{100 * share:.1f}%") for number, share in strongest_images(record)[:_MOST_IMAGES]]
        pieces.append(html.table(["image", "share of the gradient"], rows))
    return html.block(describe_gradient(record), *pieces)


def film_html(record: FilterFilm) -> str:
    """The film as a moving picture, and how far each filter came."""
    data = film_gif(record, most=24, cell=6)
    rows = [(str(number), say_moved(record, number)) for number in most_moved(record)]
    table = html.table(["filter", "its way"], rows)
    if len(data) > _LARGEST_FILM:
        return html.block(describe_film(record), html.note("The film is large: save_film writes it to a file."), table)
    source = f"data:image/gif;base64,{base64.b64encode(data).decode('ascii')}"
    picture = f'<img alt="{html.escape(describe_film(record))}" src="{source}">'
    rule = describe_rule(record.frames)
    return html.block(describe_film(record), html.note(f"{rule} All frames have one scale."), picture, table)


def flow_html(record: GradientFlow) -> str:
    """The gradient of each layer at the first and the last step, for each model."""
    pieces = []
    chosen = sorted({0, len(record.steps) - 1})  # one column where one step was looked at
    for flow in record.flows:
        rows = [
            (name, *(short(float(flow.typical[step, place])) for step in chosen))
            for place, name in enumerate(flow.layers)
        ]
        heads = ["layer", *(f"step {record.steps[step]:,}" for step in chosen)]
        pieces += [html.note(say_kept(flow)), html.table(heads, rows)]
    return html.block(describe_flow(record), *pieces)


def influential_html(record: InfluentialImages) -> str:
    """Which training samples lowered the loss of a prediction, and which raised it."""
    pieces = [html.note(ESTIMATE)]
    for title, numbers in (("lowered it", record.helpful(_MOST)), ("raised it", record.harmful(_MOST))):
        pieces.append(html.table([title], [[label_of(record, number)] for number in numbers] or [["none"]]))
    return html.block(describe_influential(record), *pieces)
