"""`pellucid summary`: the table of a saved model's layers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid import load_model


def summary(file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")]) -> None:
    """Print the layers of a saved model, with output shapes and numbers of weights."""
    load_model(file, compile=False).summary(print_fn=typer.echo)
