"""`pellucid summary`: the table of a saved model's layers."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid import load_model
from pellucid.cli.showing import AS_JSON, MODEL, OUTPUT, WIDTH, show
from pellucid.models.summary import Listed, summary_lines, summary_table
from pellucid.views.figures.table import table_figure


def summary(
    file: MODEL,
    derive: Annotated[bool, typer.Option("--derive", help="Say how each number comes about.")] = False,
    nested: Annotated[bool, typer.Option("--nested", help="Show the layers of models inside too.")] = False,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
) -> None:
    """Print the layers of a saved model, with output shapes and numbers of weights."""
    model = load_model(file, compile=False)
    titles, rows, notes = summary_table(model, Listed(nested=nested, derive=derive))
    record = {"model": model.name, "layers": [dict(zip(titles, row, strict=True)) for row in rows], "notes": notes}
    show(
        record,
        output,
        as_json,
        lambda width: table_figure(f"Model: {model.name}", titles, rows, notes, width=width),
        lambda _: "\n".join(summary_lines(model, listed=Listed(nested=nested, derive=derive))),
        width,
    )
