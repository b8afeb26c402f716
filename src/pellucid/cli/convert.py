"""`pellucid convert`, `pellucid export` and `pellucid inspect`: files of other systems in, out, and looked into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid import conversion, formats, load_model
from pellucid.conversion.doors import EXPORTS
from pellucid.conversion.table import by_content
from pellucid.errors import ArgumentError

ReportOption = Annotated[bool, typer.Option("--report", help="Print what became of each array.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def convert(
    source: Annotated[Path, typer.Argument(help="A file of a model, or of weights with --onto.")],
    target: Annotated[Path, typer.Argument(help="The file to write; its ending says the format.")],
    onto: Annotated[Path | None, typer.Option(help="The model that the weights belong to: a model file.")] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="Who takes what, with --onto: layer1.0.conv1=stem; several times.")
    ] = None,
    report: ReportOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read a model from one file and write it to another, of another format."""
    model = None if onto is None else load_model(onto, compile=False)
    done = conversion.convert(source, target, onto=model, names=_names(name) if name else None)
    typer.echo(done.to_json() if as_json else done.text(short=not report))


def _names(pairs: list[str]) -> dict[str, str]:
    parted = [pair.partition("=") for pair in pairs]
    wrong = [pair for pair, (_, sign, target) in zip(pairs, parted, strict=True) if not sign or not target]
    if wrong:
        raise ArgumentError(f"--name is a module of the file, '=' and a layer: layer1.0.conv1=stem; got {wrong[0]!r}")
    return {source: target for source, _, target in parted}


def export(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    to: Annotated[str, typer.Option(help="torch: a module's code and its weights. onnx: one file.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; beside by default.")] = None,
    opset: Annotated[int | None, typer.Option(help="onnx: the version of its operations; 17 by default.")] = None,
    report: ReportOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a model for running it in another system."""
    if to not in EXPORTS:
        raise ArgumentError(f"--to is {' or '.join(EXPORTS)}, got {to!r}")
    target = file.with_suffix(EXPORTS[to]) if output is None else output
    done = conversion.export(load_model(file, compile=False), target, to, opset_version=opset)
    typer.echo(done.to_json() if as_json else done.text(short=not report))


def inspect(
    file: Annotated[Path, typer.Argument(help="A file of a model or of weights, of any format.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show what is in a file, without building a model of it: layers, arrays, what the file says of itself."""
    row = by_content(file)
    if row is not None and not row.can:
        row.function("load", file)  # which says what to do instead
    found = formats.open(file)
    typer.echo(found.to_json() if as_json else found.text())
