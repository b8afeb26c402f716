"""Which engine a command computes on: the option, and a saved model that is put on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid import Model, load_model
from pellucid.engines import ENGINES, get_engine
from pellucid.errors import FileError, escaped

ENGINE = Annotated[
    str | None, typer.Option(help=f"Who computes: {', '.join(ENGINES)}; native (this processor) by default.")
]


def loaded_on(engine: str | None, file: Path) -> Model:
    """A saved model that computes on an engine; what is wrong with the engine is said before the file is read, and
    which file is meant where the folder of a training is given."""
    chosen = None if engine is None else get_engine(engine)
    inside = file / "model.keras"
    if file.is_dir() and inside.is_file():
        raise FileError(f"{escaped(file)} is the folder of a training; its model is {escaped(inside)}: give that")
    model = load_model(file, compile=False)
    if chosen is not None:
        model.runtime.run_on(chosen)
    return model
