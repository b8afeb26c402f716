"""`pellucid maps` and `pellucid explain`: what the layers of a saved model answer to an image, and how one value comes
about."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.cli.screen import screen
from pellucid.errors import ArgumentError, escaped
from pellucid.inspection import arithmetic, feature_maps, partial_maps
from pellucid.inspection.image_samples import image_sample
from pellucid.inspection.map_records import STAGES
from pellucid.views import (
    arithmetic_figure,
    arithmetic_text,
    maps_figure,
    maps_text,
    partial_maps_figure,
    partial_maps_text,
    save_figure,
)

_MODEL = typer.Argument(help="A model file, such as model.keras.")
_IMAGE = typer.Argument(help="An image file: PNG, JPEG, BMP, GIF or WebP; it is scaled to the model's input.")
_OUTPUT = typer.Option("-o", "--output", help="Draw it into this file instead: PNG, SVG or PDF.")
_JSON = typer.Option("--json", help="Print the record as JSON.")
_INVERT = typer.Option(help="Swap dark and light first: for dark digits on white paper.")
_FEW = 16  # maps of a layer in a terminal


def maps(
    file: Annotated[Path, _MODEL],
    image: Annotated[Path, _IMAGE],
    layer: Annotated[
        list[str] | None, typer.Option("--layer", "-l", help="Name of a layer; several times for several. All if none.")
    ] = None,
    filter: Annotated[
        int | None, typer.Option(help="The maps of this filter of one layer before they are summed, one per channel.")
    ] = None,
    stage: Annotated[str, typer.Option(help=f"Where in the layers: {', '.join(STAGES)}.")] = STAGES[0],
    scale: Annotated[str, typer.Option(help="Of a figure: one for each layer, or for each map.")] = "layer",
    limit: Annotated[int | None, typer.Option(min=1, help="Most maps of a layer that are shown.")] = None,
    winners: Annotated[bool, typer.Option("--winners", help="Mark what wins in maximum pooling.")] = False,
    training: Annotated[bool, typer.Option("--training", help="As in a training step: dropout drops.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Of what dropout draws.")] = None,
    output: Annotated[Path | None, _OUTPUT] = None,
    as_json: Annotated[bool, _JSON] = False,
    invert: Annotated[bool, _INVERT] = False,
) -> None:
    """Show the feature maps of an image, of all layers or of some."""
    model, x = _opened(file, image, invert)
    shown = screen(sys.stdout)
    if filter is not None:
        if layer is None or len(layer) != 1:
            raise ArgumentError("--filter shows the maps of one layer's filter: name the layer with --layer")
        if stage != STAGES[0] or training or winners:
            raise ArgumentError("--filter shows maps before they are summed; --stage, --training and --winners do not")
        partial = partial_maps(model, layer[0], x, filter)
        text = "" if as_json or output else partial_maps_text(
            partial, width=shown.width, color=shown.color, limit=limit or _FEW
        )  # fmt: skip
        figure = partial_maps_figure(partial, limit=limit or 64) if output else None
        _put(partial, text, figure, output, as_json=as_json)
        return
    records = feature_maps(model, x, layer, stage=stage, winners=winners, training=training, seed=seed)
    text = "" if as_json or output else maps_text(records, width=shown.width, color=shown.color, limit=limit or _FEW)
    figure = maps_figure(records, scale=scale, limit=limit or 64) if output else None
    _put(records, text, figure, output, as_json=as_json)


def explain(
    file: Annotated[Path, _MODEL],
    image: Annotated[Path, _IMAGE],
    layer: Annotated[str, typer.Option("--layer", "-l", help="Name of the layer.")],
    filter: Annotated[
        int | None, typer.Option(help="Number of the filter; by default that of the largest value.")
    ] = None,
    position: Annotated[
        str | None, typer.Option(help="Place in the map, such as 2,3; by default that of the largest value.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most products that the terminal shows.")] = None,
    output: Annotated[Path | None, _OUTPUT] = None,
    as_json: Annotated[bool, _JSON] = False,
    invert: Annotated[bool, _INVERT] = False,
) -> None:
    """Show how one value of a layer comes about: every product, every sum."""
    model, x = _opened(file, image, invert)
    place, number = _place(model, layer, x, filter, position)
    record = arithmetic(model, layer, x, place, number)
    shown = screen(sys.stdout)
    is_text = not (as_json or output)
    text = arithmetic_text(record, width=shown.width, color=shown.color, limit=limit) if is_text else ""
    _put(record, text, arithmetic_figure(record) if output else None, output, as_json=as_json)


def _opened(file: Path, image: Path, invert: bool) -> tuple[Model, np.ndarray]:
    model = load_model(file, compile=False)
    x = image_sample(model, image)
    return model, 1 - x if invert else x


def _put(record: Any, text: str, figure: Any, output: Path | None, *, as_json: bool) -> None:
    """Print a record as text or JSON, or write its figure."""
    if figure is not None and output is not None:
        save_figure(figure, output)
    if as_json:
        typer.echo(record.to_json())
    elif output is not None:
        typer.echo(f"drawn: {escaped(output)}")
    else:
        typer.echo(text)


def _place(
    model: Model, layer: str, x: np.ndarray, filter: int | None, position: str | None
) -> tuple[tuple[int, ...], int]:
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
