"""`pellucid field` and `pellucid filter`: what one unit of a model sees, and what one filter makes of a photograph.

Each writes to the terminal; with -o it draws a figure, with --json it prints the record.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.cli.showing import AS_JSON, LAYER, MODEL, OUTPUT, SAMPLE, WIDTH, goes_with, show
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.csv_tables import read_tables
from pellucid.inspection import filtered_image, filtered_image_by, receptive_field
from pellucid.inspection.answers import layers_of
from pellucid.inspection.image_samples import file_sample
from pellucid.views import (
    field_figure,
    field_text,
    filtered_figure,
    filtered_text,
    load_image,
)


def field(
    file: MODEL,
    layer: LAYER,
    position: Annotated[str, typer.Option(help="Place in the layer's maps, such as 3,4; by default the middle.")] = "",
    unit: Annotated[int, typer.Option(help="Number of the filter or unit.")] = 0,
    image: Annotated[
        Path | None, typer.Option(help="An image to look at, or a sample in .npy; random samples by default.")
    ] = None,
    sample: SAMPLE = None,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
) -> None:
    """Show what one unit of a layer sees of the input: all that can change it, and how strongly each place does."""
    goes_with("--sample", sample is not None, "--image FILE.npy", image is not None)
    model = load_model(file, compile=False)
    x = None if image is None else file_sample(model, image, sample)
    place = _numbers(position) or _middle(model, layer)
    found = receptive_field(model, layer, place, unit, x)
    show(
        found,
        output,
        as_json,
        lambda width: field_figure(found, width=width),
        lambda shown: field_text(found, width=shown.width, color=shown.color),
        width,
    )


def _middle(model: Model, path: str) -> tuple[int, ...]:
    """The middle of a layer's maps; () for one without places, and where the model leaves their sizes open."""
    for name, layer in layers_of(model):
        shape = layer.output_shape if name == path and layer.calls else None
        if isinstance(shape, tuple) and len(shape) > 2:
            is_first = getattr(layer, "data_format", None) == "channels_first"
            sizes = shape[2:] if is_first else shape[1:-1]
            return () if None in sizes else tuple(size // 2 for size in sizes if size is not None)
    return ()


def filter(
    photo: Annotated[Path, typer.Argument(help="An image file: PNG, JPEG, TIFF, WebP, ...")],
    kernel: Annotated[
        str, typer.Option(help="A kernel's name, such as sobel_x or 'gabor(size=9)', or a file, .npy or .csv.")
    ] = "",
    model: Annotated[Path | None, typer.Option(help="A model file, to take a filter of it instead.")] = None,
    layer: Annotated[str, typer.Option(help="Name of the layer of the model.")] = "",
    number: Annotated[int, typer.Option("--filter", help="Number of the filter of the layer.")] = 0,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
) -> None:
    """Show a photograph, a filter, and the map that the filter gives, side by side."""
    if bool(kernel) == (model is not None):
        both = "--kernel and --model each say which filter; give one of them" if kernel else "say which filter"
        raise ArgumentError(f"{both}: --kernel NAME or --kernel FILE.npy, or --model FILE --layer NAME")
    if model is None:
        if layer or number:
            raise ArgumentError("--layer and --filter belong to a filter of a model; say which: --model FILE")
        found = _by_kernel(photo, kernel)
    else:
        loaded = load_model(model, compile=False)
        found = filtered_image_by(loaded, layer or _first_filters(loaded), file_sample(loaded, photo), number)
    show(
        found,
        output,
        as_json,
        lambda width: filtered_figure(found, width=width),
        lambda shown: filtered_text(found, width=shown.width, color=shown.color),
        width,
    )


def _by_kernel(photo: Path, kernel: str) -> Any:
    image, path = load_image(photo), Path(kernel)
    if path.suffix.lower() == ".npy":
        return filtered_image(image, _array_of(path), path.name)
    if path.suffix.lower() == ".csv":
        return filtered_image(image, _tables_of(path), path.name)
    if path.is_file():
        raise FileError(f"a kernel is read from .npy, as numpy.save writes it, or .csv, a table; got {escaped(kernel)}")
    return filtered_image(image, kernel)


def _array_of(path: Path) -> np.ndarray:
    try:
        weights: np.ndarray = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise FileError(f"there is no file {escaped(path)}") from None
    except (OSError, ValueError, EOFError) as error:
        raise FileError(f"{escaped(path)} holds no array of numbers, as numpy.save writes it ({error})") from error
    return weights


def _tables_of(path: Path) -> np.ndarray:
    """(rows, columns, channels): a table for each channel, as `conversion.save_filter` writes them."""
    tables = read_tables(path)
    if len({table.shape for table in tables}) > 1:
        sizes = ", ".join("x".join(map(str, table.shape)) for table in tables[:4])
        raise FileError(f"{escaped(path)} holds tables of {sizes}; those of one kernel have one size")
    return np.stack(tables, axis=-1)


def _first_filters(model: Model) -> str:
    """The first layer that convolves over an image."""
    for layer in model.layers:
        if getattr(layer, "kernel_size", None) is not None and getattr(layer, "rank", 0) == 2:
            return layer.name
    raise ArgumentError(f"{model.name} has no layer that convolves over images; say which: --layer NAME")


def _numbers(text: str) -> tuple[int, ...]:
    """ "3,4" as (3, 4)."""
    try:
        return tuple(int(part) for part in text.replace(" ", "").split(",") if part)
    except ValueError:
        raise ArgumentError(f"position is whole numbers with commas between, such as 3,4; got {text!r}") from None
