"""`pellucid maps` and `pellucid explain`: what the layers of a saved model answer to an image, and how one value comes
about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.cli.showing import AS_JSON, IMAGE, LAYER, MODEL, OUTPUT, SAMPLE, WIDTH, goes_with, show
from pellucid.errors import ArgumentError, escaped
from pellucid.inspection import arithmetic, feature_maps, partial_maps
from pellucid.inspection import trace as follow
from pellucid.inspection.given import no_position
from pellucid.inspection.image_samples import file_sample, white_of
from pellucid.inspection.map_records import STAGES
from pellucid.inspection.sample_files import ARRAY_FILES
from pellucid.views import (
    arithmetic_figure,
    arithmetic_text,
    maps_figure,
    maps_text,
    partial_maps_figure,
    partial_maps_text,
    trace_figure,
    trace_text,
)

_INVERT = typer.Option(help="Swap dark and light first: for dark digits on white paper.")
_FEW, _MANY = 16, 64  # maps of a layer in a terminal, and in a figure
_LARGEST, _VALUES = 5, 12  # contributions to a value that are told one by one; values of a trace


def maps(
    file: MODEL,
    image: IMAGE,
    layer: Annotated[
        list[str] | None, typer.Option("--layer", "-l", help="Name of a layer; several times for several. All if none.")
    ] = None,
    filter: Annotated[
        int | None, typer.Option(help="The maps of this filter of one layer before they are summed, one per channel.")
    ] = None,
    stage: Annotated[str, typer.Option(help=f"Where in the layers: {', '.join(STAGES)}.")] = STAGES[0],
    scale: Annotated[
        str | None, typer.Option(help="Of a figure: one for each layer (so by default), or for each map: layer, map.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most maps of a layer that are shown.")] = None,
    winners: Annotated[bool, typer.Option("--winners", help="Mark what wins in maximum pooling.")] = False,
    training: Annotated[bool, typer.Option("--training", help="As in a training step: dropout drops.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Of what dropout draws.")] = None,
    sample: SAMPLE = None,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
    invert: Annotated[bool, _INVERT] = False,
) -> None:
    """Show the feature maps of an image, of all layers or of some."""
    goes_with("--seed", seed is not None, "--training, in which dropout draws", training)
    goes_with("--scale", scale is not None, "a figure: -o FILE", output is not None and filter is None)
    model, x = _opened(file, image, sample, invert)
    if filter is not None:
        if layer is None or len(layer) != 1:
            raise ArgumentError("--filter shows the maps of one layer's filter: name the layer with --layer")
        if stage != STAGES[0] or training or winners:
            raise ArgumentError("--filter shows maps before they are summed; --stage, --training and --winners do not")
        partial = partial_maps(model, layer[0], x, filter)
        show(
            partial,
            output,
            as_json,
            lambda width: partial_maps_figure(partial, limit=limit or _MANY, width=width),
            lambda shown: partial_maps_text(partial, width=shown.width, color=shown.color, limit=limit or _FEW),
            width,
        )
        return
    records = feature_maps(model, x, layer, stage=stage, winners=winners, training=training, seed=seed)
    show(
        records,
        output,
        as_json,
        lambda width: maps_figure(records, scale=scale or "layer", limit=limit or _MANY, width=width),
        lambda shown: maps_text(records, width=shown.width, color=shown.color, limit=limit or _FEW),
        width,
    )


def explain(
    file: MODEL,
    image: IMAGE,
    layer: LAYER,
    filter: Annotated[
        int | None, typer.Option(help="Number of the filter; by default that of the largest value.")
    ] = None,
    position: Annotated[
        str | None, typer.Option(help="Place in the map, such as 2,3; by default that of the largest value.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most products that are told one by one.")] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Follow the value back to the pixels, what adds most first.")
    ] = False,
    values: Annotated[
        int | None, typer.Option(min=1, help="With --trace: how many values are taken apart, 12 by default.")
    ] = None,
    sample: SAMPLE = None,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
    invert: Annotated[bool, _INVERT] = False,
) -> None:
    """Show how one value of a layer comes about: every product, every sum."""
    goes_with("--values", values is not None, "--trace", trace)
    model, x = _opened(file, image, sample, invert)
    place, number = _place(model, layer, x, filter, position)
    if trace:
        chain = follow(model, layer, x, place, number, largest=limit or _LARGEST, values=values or _VALUES)
        show(
            chain,
            output,
            as_json,
            lambda width: trace_figure(chain, width=width),
            lambda shown: trace_text(chain, width=shown.width, color=shown.color),
            width,
        )
        return
    record = arithmetic(model, layer, x, place, number)
    show(
        record,
        output,
        as_json,
        lambda width: arithmetic_figure(record, limit=limit or "few", width=width),
        lambda shown: arithmetic_text(record, width=shown.width, color=shown.color, limit=limit or "few"),
        width,
    )


def _opened(file: Path, image: Path, number: int | None, invert: bool) -> tuple[Model, Any]:
    model = load_model(file, compile=False)
    if invert and image.suffix.lower() in ARRAY_FILES:
        raise ArgumentError(f"--invert swaps dark and light of images; {escaped(image)} holds numbers")
    x = file_sample(model, image, number)
    return model, white_of(model) - x if invert else x


def _place(model: Model, layer: str, x: Any, filter: int | None, position: str | None) -> tuple[tuple[int, ...], int]:
    """The place that is meant; where it is not said, that of the largest value."""
    given = None if position is None else _numbers(position)
    if given is not None and filter is not None:
        return given, filter
    maps = np.where(np.isfinite(answer := feature_maps(model, x, layer)[0].maps), answer, -np.inf)
    for name, numbers, sizes in (("filter", filter, maps.shape[-1:]), ("position", given, maps.shape[:-1])):
        several = (numbers,) if isinstance(numbers, int) else numbers
        fits = several is None or (
            len(several) == len(sizes) and all(0 <= n < size for n, size in zip(several, sizes, strict=True))
        )
        if not fits and name == "position":
            raise no_position(layer, sizes, numbers)
        if not fits:
            raise ArgumentError(
                f"{layer} gives {maps.shape[-1]} maps of {maps.shape[:-1]}; there is no {name} {numbers}"
            )
    if given is not None:
        return given, int(maps[given].argmax())
    chosen = maps if filter is None else maps[..., filter : filter + 1]
    *place, number = (int(index) for index in np.unravel_index(int(chosen.argmax()), chosen.shape))
    return tuple(place), number if filter is None else filter


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        raise ArgumentError(f"--position is one whole number per axis of the map, such as 2,3, got {text!r}") from None
