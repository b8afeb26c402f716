"""`pellucid learn`: a page of the book, made on the reader's own layer."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from pellucid import load_model, set_random_seed
from pellucid.cli.data_files import DATA, samples_of
from pellucid.cli.screen import screen
from pellucid.cli.showing import AS_JSON, LAYER
from pellucid.errors import ArgumentError, escaped
from pellucid.formats.atomic import atomic_write
from pellucid.learn import contents, page, page_html, page_notebook

_PAGES, _NOTEBOOKS = (".html", ".htm"), (".ipynb",)


def learn(
    number: Annotated[int | None, typer.Argument(help="Of the question; without it, all are listed.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A model file; by default a small network for digits.")
    ] = None,
    layer: LAYER = "",
    data: DATA = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the page into this file, .html, complete in itself.")
    ] = None,
    notebook: Annotated[
        Path | None, typer.Option(help="Write a notebook, .ipynb, whose last cell makes the page and shows it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="For what is drawn and trained on the page.")] = 0,
    as_json: AS_JSON = False,
) -> None:
    """Answer one of eighteen questions on convolutional networks, with the numbers and pictures of your own layer."""
    if number is None:
        if any((model, layer, data, output, notebook, as_json)):
            raise ArgumentError("learn: say which page is wanted, by the number of its question: pellucid learn 3 ...")
        room = screen(sys.stdout).width
        for line in contents().splitlines():
            typer.echo(textwrap.fill(line, room, subsequent_indent="    "))
        how = "Each has a page: pellucid learn NUMBER [--model FILE --layer NAME --data FILE] [-o page.html]"
        typer.echo("\n" + textwrap.fill(how, room, break_on_hyphens=False))
        return
    _require(output, _PAGES, "a page", "-o")
    _require(notebook, _NOTEBOOKS, "a notebook", "--notebook")
    set_random_seed(seed)
    own = None if model is None else load_model(model)
    x, y = samples_of(data, own)
    file = "" if model is None else str(model)
    made = page(number, own, layer or None, x, y, file=file)
    if output is not None:
        _write(output, page_html(made))
    if notebook is not None:
        _write(notebook, page_notebook(made, _opening(model, layer, data, seed)))
    if as_json:
        typer.echo(made.to_json())
    elif output is None and notebook is None:
        typer.echo(str(made))
    else:
        typer.echo("\n".join(f"written: {escaped(path)}" for path in (output, notebook) if path is not None))


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as written:
        written.write(text.encode("utf-8"))


def _require(path: Path | None, suffixes: tuple[str, ...], what: str, option: str) -> None:
    if path is not None and path.suffix.lower() not in suffixes:
        raise ArgumentError(f"{option} writes {what}: name a file that ends in {suffixes[0]}, got {escaped(path)}")


def _opening(model: Path | None, layer: str, data: str | None, seed: int) -> list[str]:
    """What a notebook begins with: lines that give the model, the layer and the samples."""
    lines = [f"pellucid.set_random_seed({seed})"]
    lines.append(
        f"model, layer = {'None' if model is None else f'pellucid.load_model({str(model)!r})'}, {layer or None!r}"
    )
    if data is None:
        return [*lines, "x = y = None"]
    return [
        *lines,
        "from pellucid.cli.data_files import samples_of",
        f"x, y = samples_of({data!r}, model)",
    ]
