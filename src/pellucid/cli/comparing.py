"""`pellucid compare` and `pellucid report`: two models side by side, and one model on a page."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pellucid import load_model
from pellucid.cli.data_files import DATA, samples_of
from pellucid.cli.showing import AS_JSON, MODEL, OUTPUT, WIDTH, goes_with, show
from pellucid.errors import ArgumentError, escaped
from pellucid.formats.atomic import atomic_write
from pellucid.inspection import compare as compared
from pellucid.views import comparison_figure, comparison_text, report_html

_PAGES = (".html", ".htm")
_SAMPLES = 256


def compare(
    a: Annotated[Path, typer.Argument(help="A model file, such as first.keras.")],
    b: Annotated[Path, typer.Argument(help="Another one, for the same samples.")],
    data: DATA = None,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", "-l", help="A layer of both, or NAME=OTHER; several times for several."),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=2, help="How many samples are used at most, 256 by default.")
    ] = None,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
) -> None:
    """Show which filter of one model is which of another, and how alike they are; without data, by weights alone."""
    goes_with("--samples", samples is not None, "--data FILE", data is not None)
    one, two = load_model(a, compile=False), load_model(b, compile=False)
    x, _ = samples_of(data, one)
    pairs = None if not layer else [tuple(name.split("=", 1)) if "=" in name else name for name in layer]
    found = compared(one, two, x, layers=pairs, samples=samples or _SAMPLES)
    names = (a.stem, b.stem) if a.stem != b.stem else (str(a), str(b))
    found = replace(found, a=names[0], b=names[1])
    show(
        found,
        output,
        as_json,
        lambda width: comparison_figure(found, width=width),
        lambda shown: comparison_text(found, width=shown.width, color=shown.color),
        width,
    )


def report(
    file: MODEL,
    data: DATA = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The page that is written.")] = Path("report.html"),
) -> None:
    """Write one page on a model, complete in itself: filters, what they look for, mistakes, what is wrong with it."""
    if output.suffix.lower() not in _PAGES:
        raise ArgumentError(f"a report is a page: name a file that ends in .html, got {escaped(output)}")
    model = load_model(file)
    told = _tell if sys.stderr.isatty() else None
    page = report_html(model, *samples_of(data, model), title=f"{model.name}: {file.name}", on_section=told)
    with atomic_write(output) as written:
        written.write(page.encode("utf-8"))
    typer.echo(f"written: {escaped(output)}, {len(page) / 1e6:.1f} MB")


def _tell(heading: str, number: int, count: int) -> None:
    """Which part of a report is being made: on a deep network some take seconds."""
    typer.echo(f"{number} of {count}: {heading} ...", err=True)
