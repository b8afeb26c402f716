"""How a command shows what it found: as text, as a figure in a file, as JSON; and the options that say so."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli.screen import Screen, screen
from pellucid.errors import ArgumentError, escaped
from pellucid.inspection.record import plain_data
from pellucid.views import save_figure

MODEL = Annotated[Path, typer.Argument(help="A model file, such as model.keras.")]
LAYER = Annotated[str, typer.Option("--layer", "-l", help='Name of the layer; "inner/conv2d" in a model inside.')]
OUTPUT = Annotated[Path | None, typer.Option("-o", "--output", help="Draw it into this file: PNG, SVG or PDF.")]
AS_JSON = Annotated[bool, typer.Option("--json", help="Print the record as JSON.")]
WIDTH = Annotated[
    int | None, typer.Option(help="With -o: how wide the figure is, in hundredths of an inch; at least 320.")
]
SAMPLE = Annotated[int | None, typer.Option(min=0, help="Which of the samples in a file of NumPy's, counted from 0.")]
IMAGE = Annotated[
    Path, typer.Argument(help="An image file, scaled to the model's input, or samples: .npy or .npz of NumPy's.")
]


def goes_with(option: str, is_given: bool, other: str, is_there: bool) -> None:
    """Raise `ArgumentError` where an option is given that means nothing without another, or without a word.

    Example:
        >>> goes_with("--seed", True, "--training, in which dropout draws", False)
        Traceback (most recent call last):
        ...
        pellucid.errors.ArgumentError: --seed goes with --training, in which dropout draws; give both or neither
    """
    if is_given and not is_there:
        raise ArgumentError(f"{option} goes with {other}; give both or neither")


def show(
    record: Any,
    output: Path | None,
    as_json: bool,
    figure: Callable[..., Any],
    text: Callable[[Screen], str],
    width: int | None = None,
) -> None:
    """Draw a record where a file is named, print it as JSON where that is wanted, as text where neither is.

    Args:
        record: or data of which JSON can be made.
        output: the file.
        as_json: whether JSON is printed.
        figure: makes the figure, of a `width`; None for as wide as it is by default.
        text: writes the text for a screen.
        width: of the figure [1/100 inch], where it is said.
    """
    goes_with("--width", width is not None, "a figure: -o FILE", output is not None)
    if output is not None:
        save_figure(figure(width=width), output)
    if as_json:
        typer.echo(json.dumps(plain_data(record), allow_nan=False))
    elif output is not None:
        typer.echo(f"drawn: {escaped(output)}")
    else:
        typer.echo(text(screen(sys.stdout)))
