"""`pellucid lint`: what is wrong with a saved model."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import load_model
from pellucid.errors import FileError, escaped
from pellucid.inspection import lint as look
from pellucid.views import lint_text

FOUND = 1  # exit code


def lint(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    data: Annotated[Path | None, typer.Option(help="Samples: a file of NumPy's, .npy or .npz.")] = None,
    initial: Annotated[Path | None, typer.Option(help="The model as it was before its training.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="How many samples are used at most.")] = 1000,
    ignore: Annotated[list[str] | None, typer.Option(help="A kind that is not looked for; several times.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> int:
    """Look for filters that do nothing, do the same or never moved. Exit code 1 when something is found."""
    model = load_model(file, compile=False)
    x = None if data is None else read_arrays(data)
    before = None if initial is None else load_model(initial, compile=False)
    found = look(model, x, initial=before, samples=samples, ignore=ignore or ())
    typer.echo(
        json.dumps(_plain(dataclasses.asdict(found)))
        if as_json
        else lint_text(found, width=shutil.get_terminal_size().columns)
    )
    return 0 if found.is_clean else FOUND


def read_arrays(path: Path) -> Any:
    """The samples in a file of NumPy's; of several arrays that called x, else all by their names.

    Raises:
        FileError: there is no such file, or it holds no arrays of numbers.
    """
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return found
        with found:
            arrays = {name: found[name] for name in found.files}
    except FileNotFoundError:
        raise FileError(f"there is no file {escaped(path)}") from None
    except (ValueError, EOFError, OSError) as error:
        raise FileError(
            f"{escaped(path)} holds no arrays of NumPy's: save the samples with numpy.save({path.stem!r}, x)"
        ) from error
    if not arrays:
        raise FileError(f"{escaped(path)} holds no array; save the samples with numpy.savez(file, x=x)")
    named = [name for name in arrays if name in ("x", "x_test", "x_train")]
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays[min(named)] if named else arrays


def _plain(value: Any) -> Any:
    """As JSON takes it: numbers that are not finite are written in letters."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
