"""The parts of what notebooks show of records: each as HTML of bounded size."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.callbacks import History
from pellucid.errors import ArgumentError
from pellucid.inspection.agreement import exact_sum
from pellucid.inspection.chains import Chain
from pellucid.inspection.fields import FieldOfView
from pellucid.inspection.filtered import FilteredImage
from pellucid.inspection.findings import Lint
from pellucid.inspection.given import described
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.partial_maps import PartialMaps
from pellucid.inspection.profile import Profile
from pellucid.inspection.record import Record
from pellucid.inspection.records import Arithmetic, TrainingCurves
from pellucid.inspection.what_if import WhatIf
from pellucid.layers import Layer
from pellucid.views import html
from pellucid.views.captions import (
    compare_values,
    describe_lint,
    describe_output,
    describe_profile,
    describe_step,
    say_empty,
)
from pellucid.views.chain_words import closing_words, form_of, rows_of, value_name
from pellucid.views.colors import color_limits, describe_rule, paint
from pellucid.views.fields import describe_field, pixels_of, planes_of, title_of
from pellucid.views.figures.curves import group_curves
from pellucid.views.given import curves_of
from pellucid.views.lint_words import grouped, measured, where
from pellucid.views.map_words import (
    CHOICE,
    MASK,
    choice_of,
    describe_answer,
    describe_answers,
    map_notes,
    mask_of,
    picture_pixels,
)
from pellucid.views.partial_words import describe_partial, say_compared, say_order, sums_of
from pellucid.views.photographs import strongest_slices
from pellucid.views.precision import NumberFormat, number_format, short
from pellucid.views.slices import map_slices

_MOST_CELLS = 3000  # numbers that can be asked one by one, in one output
_MOST_SLICES = 8  # of a kernel beside its map
_MOST_TILES = 128  # slices in one output
_FEW_VALUES = 24  # that are written out
_MOST_OUTPUTS = 10  # of one output, before and after a change
_MOST_FINDINGS = 200


# Feature maps.


def maps_html(records: Sequence[FeatureMaps]) -> str:
    room = max(_MOST_TILES // len(records), 8)
    cells = _MOST_CELLS // len(records)
    return html.block(describe_answers(records), *(_answer(record, room, cells) for record in records))


def _answer(record: FeatureMaps, room: int, cells: int) -> str:
    title = f'<div style="font-weight:bold;margin-top:8px">{html.escape(describe_answer(record))}</div>'
    if record.same_as and record.kept is None:
        return title
    if record.is_picture:
        pixels = picture_pixels(record)
        small = pixels[:: max(1, -(-pixels.shape[0] // 256)), :: max(1, -(-pixels.shape[1] // 256))]
        width = small.shape[1] * max(1, 128 // max(small.shape[:2]))
        return (
            title + "".join(map(html.note, map_notes(record))) + html.image(small, width, html.value_range(record.maps))
        )
    slices = map_slices(record)
    limit = float(color_limits(slices)[0])
    if not record.spatial and record.channels <= _FEW_VALUES:
        values = record.maps.astype(np.float64)
        few = [
            html.tile(np.array([[value]]), limit, "", each=True, label=f"{number}: {short(value, 3)}")
            for number, value in enumerate(values.tolist())
        ]
        words = [f"{describe_rule(slices)} The darkest is {short(limit)}.", *map_notes(record)]
        return title + "".join(map(html.note, words)) + html.side_by_side(few) + _beside(record, room, cells, limit)
    words = [f"{describe_rule(slices)} The darkest is {short(limit)}.", *map_notes(record)]
    words += [f"{len(slices) - room} further maps are not shown."] if len(slices) > room else []
    tiles = _map_tiles(record, slices, room, cells, limit)
    return title + "".join(map(html.note, words)) + html.side_by_side(tiles) + _beside(record, room, cells, limit)


def _map_tiles(
    record: FeatureMaps,
    slices: np.ndarray,
    room: int,
    cells: int,
    limit: float,
    marks: np.ndarray | None = None,
) -> list[str]:
    """Maps (items, 1, depth, rows, columns) under their numbers; values are framed where `marks` is not 0."""
    each, tiles = slices[:room].size <= cells, []
    for number, planes in enumerate(slices[:room, 0]):
        for depth, plane in enumerate(planes[: max(1, room // len(slices)) if len(planes) > 1 else 1]):
            name = f"{number}:{depth}" if len(planes) > 1 else str(number)
            label, words = name if record.spatial else "", f"map {name}: {html.value_range(plane)}"
            framed = None if marks is None else marks[number, 0, depth] != 0
            tiles.append(html.tile(plane, limit, words, each=each, label=label, framed=framed))
    return tiles


def _beside(record: FeatureMaps, room: int, cells: int, limit: float) -> str:
    """The mask of a dropout, and what a maximum pooling chose from."""
    mask, choice, pieces = mask_of(record), choice_of(record), []
    if mask is not None:
        pieces += [html.note(MASK), html.side_by_side(_map_tiles(record, map_slices(mask), room, cells, 1.0))]
    if choice is not None:
        given, wins = map(map_slices, choice)
        largest = max(limit, float(color_limits(given)[0]))
        pieces += [html.note(CHOICE), html.side_by_side(_map_tiles(record, given, room, cells, largest, wins))]
    return "".join(pieces)


def field_html(record: FieldOfView) -> str:
    planes = planes_of(record)
    limit = float(color_limits(planes.strength[np.newaxis])[0])
    panels = [html.image(paint(planes.strength, limit), 280, "how strongly each place acts")]
    if planes.image is not None:
        panels.insert(0, html.image(planes.image, 280, "the input"))
    said = [*describe_field(record), *planes.notes, describe_rule(planes.strength)]
    return html.block(title_of(record), html.note(" ".join(said)), html.side_by_side(panels))


def filtered_html(record: FilteredImage) -> str:
    pixels, note = pixels_of(record.image)
    limit = float(color_limits(record.map.astype(np.float64)[np.newaxis])[0])
    kernel = record.kernel.astype(np.float64)
    darkest, order = float(color_limits(kernel[np.newaxis])[0]), strongest_slices(kernel, _MOST_SLICES)
    slices = [
        html.tile(
            kernel[..., channel], darkest, "the kernel", each=kernel.size <= 400, label=record.channel_names[channel]
        )
        for channel in order
    ]
    panels = [
        html.image(pixels, 280, "the image"),
        "".join(slices),
        html.image(paint(record.map, limit), 280, "the map"),
    ]
    said = (
        f"Left the image, then the kernel, then the map. The map is {record.made}. {describe_rule(record.map)} {note}"
    )
    left = kernel.shape[-1] - len(order)
    notes = [*([f"The {len(order)} strongest of {kernel.shape[-1]} slices."] if left else []), *say_empty(record.map)]
    return html.block(record.name, html.note(said), html.side_by_side(panels), *map(html.note, notes))


def partial_html(record: PartialMaps) -> str:
    order = list(record.strongest)[:_MOST_TILES]
    slices = map_slices(FeatureMaps(record.layer, record.kind, record.maps[..., order]))
    limit, each = float(color_limits(slices)[0]), slices.size <= _MOST_CELLS
    names = [str(record.channels[place]) for place in order] if record.spatial else [""]
    tiles = [
        html.tile(planes[0, 0], limit, f"channel {name}: {html.value_range(planes)}", each=each, label=name)
        for name, planes in zip(names, slices, strict=True)
    ]
    sums = []
    for name, total in sums_of(record).items():
        (planes,) = map_slices(FeatureMaps(record.layer, record.kind, np.atleast_1d(total)[..., None]))
        largest = float(color_limits(planes)[0])
        sums.append(
            html.tile(planes[0, 0], largest, f"{name}: {html.value_range(planes)}", each=total.size <= 400, label=name)
        )
    left = len(record.channels) - len(order)
    said = [*say_order(record), *([f"{left} further maps are not shown."] if left else [])]
    pieces = [html.side_by_side(tiles), html.side_by_side(sums), html.note(say_compared(record))]
    return html.block(describe_partial(record), *map(html.note, said), *pieces)


# What if.


def what_if_html(record: WhatIf) -> str:
    """What was changed, outputs and loss before and after, and of each layer the maps that change most."""
    said = list(record.changes)
    if record.loss_before is not None and record.loss_after is not None:
        said.append(f"Loss {short(record.loss_before)}, would be {short(record.loss_after)}.")
    said.append(
        "Of each map three pictures: before, after, and the difference, on the scale of the layer. White is zero, "
        "orange above, blue below. The maps that change most come first."
    )
    tables = [_outputs(*pair) for pair in zip(record.outputs_before, record.outputs_after, strict=True)]
    room = max(_MOST_TILES // (3 * len(record.before)), 2)
    cells = _MOST_CELLS // len(record.before)
    triples = zip(record.before, record.after, record.difference, strict=True)
    parts = [_changed(triple, room, cells) for triple in triples]
    return html.block(f"{record.model}, if it were different", *map(html.note, said), *tables, *parts)


def _outputs(before: np.ndarray, after: np.ndarray) -> str:
    """The numbers of an output; of many those that change most."""
    if before.ndim > 1:
        return ""
    first, second = (np.atleast_1d(each).astype(np.float64) for each in (before, after))
    shown = sorted(np.argsort(-np.abs(second - first), kind="stable")[:_MOST_OUTPUTS].tolist())
    rows = [[str(k), *(short(float(each[k])) for each in (first, second, second - first))] for k in shown]
    left = len(first) - len(shown)
    rest = html.note(f"{left} others change less.") if left else ""
    return html.table(["output", "before", "after", "change"], rows) + rest


def _changed(records: tuple[FeatureMaps, FeatureMaps, FeatureMaps], room: int, cells: int) -> str:
    """The maps of one layer that change most, each three times."""
    before, after, difference = (map_slices(each) for each in records)
    far = np.abs(difference).reshape(len(difference), -1).max(axis=1)
    name = describe_answer(records[0])
    if not far.any():
        return html.note(f"{name}: does not change")
    limit = float(color_limits(np.stack([before, after]).reshape(1, -1))[0])
    order = np.argsort(-far, kind="stable")[: min(room, int(np.count_nonzero(far)))].tolist()
    each, tiles = 3 * before[order].size <= cells, []
    for number in order:
        planes = zip(("before", "after", "difference"), (before, after, difference), strict=True)
        three = [
            html.tile(array[number, 0, 0], limit, f"map {number}, {when}: {html.value_range(array[number])}",
                      each=each, label=f"{number} {when}")
            for when, array in planes
        ]  # fmt: skip
        tiles.append(html.side_by_side(three))
    left = len(far) - len(order)
    rest = [html.note(f"{left} maps that change less, or not at all, are not shown.")] if left else []
    heading = f"{name}: largest difference {short(float(far.max()))}, darkest {short(limit)}"
    title = f'<div style="font-weight:bold;margin-top:8px">{html.escape(heading)}</div>'
    return title + html.side_by_side(tiles) + "".join(rest)


# The rest.


def lint_html(record: Lint) -> str:
    """The findings of one kind in one layer together, with evidence and cure."""
    groups = grouped(record)
    items = [(f"{each[0].kind}: {where(each)}", (measured(each), each[0].cure)) for each in groups[:_MOST_FINDINGS]]
    left = len(groups) - len(items)
    notes = [*record.notes, *([f"{left} further findings are not shown."] if left else [])]
    return html.block(describe_lint(record), html.listed(items), *map(html.note, notes))


def curves_html(shown: History | TrainingCurves) -> str:
    try:
        record = curves_of(shown)
    except ArgumentError:
        return html.block("History", html.note("No epoch yet: fit fills it."))
    panels = [html.curve_panel(name, curves, record.epochs) for name, curves in group_curves(record.curves).items()]
    rest = len(panels) - 12
    words = f"{len(record.epochs)} epochs" if len(record.epochs) != 1 else "1 epoch"
    left = [html.note(f"{rest} further curves are not shown.")] if rest > 0 else []
    return html.block(f"Training, {words}", html.side_by_side(panels[:12]), *left)


def arithmetic_html(record: Arithmetic) -> str:
    form = number_format(record.numbers, 6, record.kinds)
    if record.combination == "maximum" and record.products:
        return _choice_html(record, form)
    titles, rows = _product_rows(record, form)
    added = [["bias", form(record.bias)], ["total", form(record.total)]] if record.has_bias else []
    sums = [["sum", form(record.sum)], *added]
    sums += [[f"after {record.activation}", form(record.value)]] if record.activation != "linear" else []
    steps = [html.note(describe_step(step, form)) for step in record.steps[:20]]
    is_sum = bool(record.products)
    pieces = [html.table(["", ""], sums if is_sum else [["value", form(record.value)]])]
    pieces += [html.note("The products, the largest first."), html.table(titles, rows)] if is_sum else []
    compared = html.note(compare_values(record, form))
    return html.block(describe_output(record), html.note(record.formula), *steps, *pieces, compared)


def _product_rows(record: Arithmetic, form: NumberFormat) -> tuple[list[str], list[list[str]]]:
    """The products, the largest first; of very many the rest as one sum."""
    order = sorted(record.products, key=lambda each: -abs(each.product))
    most = html.MOST_ROWS
    shown, others = (order, []) if len(order) <= most else (order[: most - 1], order[most - 1 :])
    rows = []
    for each in shown:
        place = [] if record.is_dense else [str(list(each.tap))]
        where = [] if record.is_dense else [each.source or str(list(each.position))]
        rows.append([*place, str(each.channel), *where, form(each.input), form(each.weight), form(each.product)])
    if others:
        rest = form(exact_sum(each.product for each in others))
        blank = [""] * (len(rows[0]) - 2)
        rows.append([f"{len(others):,} others together", *blank, rest])
    titles = ["input", "value", "weight", "product"]
    return (titles if record.is_dense else ["tap", "channel", "read at", "input", "weight", "product"]), rows


def _choice_html(record: Arithmetic, form: NumberFormat) -> str:
    """A maximum: no sum, but one of the values."""
    rows = [
        [str(list(each.tap)), str(each.channel), each.source or str(list(each.position)), form(each.input),
         "largest" if each.weight else ""]
        for each in sorted(record.products, key=lambda each: -each.input)
    ]  # fmt: skip
    ends = [["largest", form(record.total)]]
    ends += [[f"after {record.activation}", form(record.value)]] if record.activation != "linear" else []
    steps = [html.note(describe_step(step, form)) for step in record.steps[:20]]
    table = html.table(["tap", "channel", "read at", "input", ""], rows)
    compared = html.note(compare_values(record, form))
    said = [html.note(record.formula), *steps, html.table(["", ""], ends), html.note("The values, the largest first.")]
    return html.block(describe_output(record), *said, table, compared)


def chain_html(record: Chain) -> str:
    pieces = []
    for number, value in enumerate(record.values):
        form = form_of(value)
        rows = [[row.name, row.factors, form(row.number)] for row in rows_of(value, form)]
        title = f"{value_name(number, value)} = {form(value.value)}"
        pieces += [f'<div style="font-weight:bold;margin-top:8px">{html.escape(title)}</div>']
        pieces += [html.table(["", "input x slope", ""], rows)]
    return html.block("A value, followed back to the input", *pieces, html.note(closing_words(record)))


def profile_html(record: Profile) -> str:
    rows = [
        [call.layer, call.kind, call.variant, f"{1e3 * record.time(call):.4f}", f"{record.peak_share(call):.0%}"]
        for call in record.calls
    ]
    what, peak = describe_profile(record)
    return html.block(what, html.table(["layer", "kernel", "variant", "ms", "of the peak"], rows), html.note(peak))


def facts(layer: Layer) -> list[list[str]]:
    """What can be said of a layer without filters."""
    shape = str(layer.output_shape) if layer.built and layer.calls else "not known before it is used"
    weights = [[f"weight {weight.name}", str(weight.shape)] for weight in layer.weights[:20]]
    return [["output shape", shape], ["weights", f"{layer.count_params() if layer.built else 0:,}"], *weights]


def fields_of(record: Any) -> list[list[str]]:
    """The parts of a record that has no picture of its own."""
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        return [["", described(record)]]
    return [[field.name, _brief(getattr(record, field.name))] for field in dataclasses.fields(record)]


def _brief(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}: {html.value_range(value)}" if value.size > 16 else str(value.tolist())
    if isinstance(value, Record):
        return type(value).__name__
    if isinstance(value, float):
        return short(value, 6)
    text = str(value)
    return text if len(text) <= 400 else f"{text[:400]}..."
