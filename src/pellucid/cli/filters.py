"""`pellucid filters`: the filters of a saved model, what each of them is, and how they were drawn."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid import Model, inspection, load_model
from pellucid.cli.screen import Screen, screen
from pellucid.cli.showing import AS_JSON, LAYER, MODEL, OUTPUT, WIDTH, goes_with, show
from pellucid.errors import ArgumentError
from pellucid.inspection import Description, Overview, all_filters, describe, initial_draw, overview
from pellucid.inspection.given import unknown_layer
from pellucid.inspection.image_channels import COLORS
from pellucid.inspection.record import plain_data
from pellucid.inspection.records import FilterBank
from pellucid.layers import Layer
from pellucid.layers.computed_filters import without_filters
from pellucid.provenance import Provenance
from pellucid.views import (
    description_figure,
    description_text,
    filters_figure,
    filters_text,
    formula_figure,
    formula_text,
    initial_draw_figure,
    initial_draw_text,
    overview_figure,
    overview_text,
)
from pellucid.views.captions import list_numbers, say_all, say_unfolds
from pellucid.views.slices import FEW_SLICES

FEW_IN_TEXT = 64
"""Layers with more slices are written by their strongest; in figures and in JSON those with more than `FEW_SLICES`."""
MOST_DESCRIBED = 64
MOST_STORIES = 12


def filters(
    file: MODEL,
    layer: LAYER = "",
    number: Annotated[int | None, typer.Option("--filter", help="One filter: all its slices.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All slices of all filters, however many they are.")] = False,
    description: Annotated[bool, typer.Option("--describe", help="Say what each filter is and resembles.")] = False,
    initial: Annotated[bool, typer.Option("--initial", help="Show how the weights were drawn.")] = False,
    formula: Annotated[bool, typer.Option("--formula", help="Show what the layer computes, as a formula.")] = False,
    scale: Annotated[
        str | None, typer.Option(help="What the darkest colour is of: layer (so by default), filter or slice.")
    ] = None,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
) -> None:
    """Show the filters of a model: of large layers the strongest slices of the strongest filters."""
    model = load_model(file, compile=False)
    banks = {bank.layer: bank for bank in all_filters(model)}
    if description + initial + formula > 1:
        raise ArgumentError(
            "--describe says what a filter is, --initial how a layer was drawn, --formula what it computes: "
            "give one of them"
        )
    weights = "the weights themselves, not with --describe, --initial or --formula"
    goes_with("--scale", scale is not None, weights, not (description or initial or formula))
    goes_with("--filter", number is not None, "the weights, --describe or --formula", not initial)
    goes_with("--all", every, f"{weights}, nor with --filter", not (description or initial or formula or number))
    if initial or formula:
        _show_layer(model, layer or _only(model, list(banks)), number, output, as_json, width, initial=initial)
        return
    if not banks:
        raise ArgumentError(f"{model.name} has no layer with filters")
    mine = {name: bank for name, bank in banks.items() if not layer or f"{name}/".startswith(f"{layer}/")}
    if not mine:
        raise _without(model, layer, list(banks))
    if (number is not None or description or output is not None or as_json) and len(mine) > 1:
        _only(model, list(mine))
    record: Any
    in_text = output is None and not as_json
    for bank in mine.values():
        if description and number is None and bank.filters > 1:
            _list(bank, output, as_json)
            return
        kind, record = "filters", bank
        if description:
            kind, record = "describe", describe(bank, number or 0)
        elif number is not None or scale == "slice" or (not every and _is_large(bank, in_text)):
            kind, record = "overview", overview(bank, number)
        figure, text = _VIEWS[kind]
        options: dict[str, Any] = {} if description else {"scale": scale or "layer"}
        options |= {"limit": None} if kind == "filters" else {}
        show(
            record,
            output,
            as_json,
            partial(figure, record, **options),
            partial(_told, text, record, bank, options),
            width,
        )


def _is_large(bank: FilterBank, in_text: bool) -> bool:
    """Whether its strongest slices are shown; in text of fewer, except where they are colours, seen together."""
    most = FEW_IN_TEXT if in_text and bank.input_names != COLORS else FEW_SLICES
    return bank.filters * bank.in_channels > most


def _only(model: Model, names: Sequence[str]) -> str:
    """The one bank of filters; raises `ArgumentError` where there are several, or none."""
    if len(names) == 1:
        return names[0]
    if not names:
        raise ArgumentError(f"{model.name} has no layer with filters; say which layer is meant: --layer NAME")
    raise ArgumentError(f"{model.name} has several layers with filters; say which: --layer {' or '.join(names)}")


def _without(model: Model, path: str, known: Sequence[str]) -> ArgumentError:
    """The error for a layer that has no filters, or is not there."""
    owners = {"/".join(parts): layer for parts, layer in _walk(model)}
    return without_filters(owners[path]) if path in owners else unknown_layer(model, path, known)


def _show_layer(
    model: Model,
    path: str,
    number: int | None,
    output: Path | None,
    as_json: bool,
    width: int | None,
    *,
    initial: bool,
) -> None:
    """How a layer was drawn, or what it computes."""
    layer, weight = _layer(model, path)
    record: Any = initial_draw(layer, weight) if initial else inspection.formula(layer, number or 0)
    figure, text = _VIEWS["initial" if initial else "formula"]
    show(record, output, as_json, partial(figure, record), lambda shown: text(record, width=shown.width), width)


def _told(text: Callable[..., str], record: Any, bank: FilterBank, options: Mapping[str, Any], shown: Screen) -> str:
    """A record as text; that of filters with the stories of how they came about."""
    written = text(record, **options, width=shown.width, color=shown.color)
    if isinstance(record, Description):
        return written
    unfolded = isinstance(record, Overview) and len(record.numbers) == 1 < record.filters
    stories = [bank.provenance[record.numbers[0]]] if unfolded and len(bank.provenance) > 1 else bank.provenance
    said = _stories(stories)
    if isinstance(record, Overview) and not unfolded:
        said.insert(0, f"{say_unfolds()}; {say_all()} shows all.")
    return "\n".join([written, *(textwrap.fill(each, shown.width) for each in said)])


_VIEWS: dict[str, tuple[Callable[..., Any], Callable[..., str]]] = {
    "formula": (formula_figure, formula_text),
    "initial": (initial_draw_figure, initial_draw_text),
    "describe": (description_figure, description_text),
    "overview": (overview_figure, overview_text),
    "filters": (filters_figure, filters_text),
}
"""Figure and text of each kind of record."""


def _list(bank: FilterBank, output: Path | None, as_json: bool) -> None:
    """What each filter of a bank is, in a line."""
    if output is not None:
        raise ArgumentError("a figure describes one filter; say which: --filter K")
    count = min(bank.filters, MOST_DESCRIBED)
    found = [describe(bank, number) for number in range(count)]
    if as_json:
        typer.echo(json.dumps(plain_data(found), allow_nan=False))
        return
    width = screen(sys.stdout).width
    title = f"{bank.layer}: what each filter is mostly (its first principal component over the input channels)"
    typer.echo(textwrap.fill(title, width))
    for number, seen in enumerate(found):
        main = seen.main
        angle = "  -" if main.orientation is None else f"{main.orientation:3.0f}"
        share = f"{100 * seen.shares[0]:3.0f}%"
        told = f"{angle} degrees  {main.frequency:4.2f} per tap  DC {seen.dc_gain:+8.3f}  {share}"
        line = f"{number:>4}  {told}  {main.nearest or 'zero'}"
        typer.echo(textwrap.fill(line, width, subsequent_indent=" " * 6))
    if count < bank.filters:
        typer.echo(textwrap.fill(f"{count} of {bank.filters} filters are described; --filter K describes any.", width))


def _stories(provenance: Sequence[Provenance]) -> list[str]:
    """How the filters came about, in sentences: one, where all have one story."""
    kinds: dict[str, list[int]] = {}
    for number, story in enumerate(provenance):
        kinds.setdefault(str(story), []).append(number)
    if len(kinds) <= 1:
        return [f"All filters: {next(iter(kinds), 'nothing is known of how they came about')}"]
    told = [f"{list_numbers('filter', numbers).capitalize()}: {story}" for story, numbers in kinds.items()]
    more = [f"{len(told) - MOST_STORIES} more stories: --filter K tells that of filter K."]
    return [*told[:MOST_STORIES], *(more if len(told) > MOST_STORIES else [])]


def _layer(model: Model, path: str) -> tuple[Layer, str | None]:
    """A layer by its path, and the name of the weight if that stands behind it."""
    known = {"/".join(parts): layer for parts, layer in _walk(model)}
    if path in known:
        return known[path], None
    before, _, weight = path.rpartition("/")
    if before in known:
        return known[before], weight
    raise unknown_layer(model, path)


def _walk(model: Model, inside: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Layer]]:
    for layer in model.layers:
        yield (*inside, layer.name), layer
        if isinstance(layer, Model):
            yield from _walk(layer, (*inside, layer.name))
