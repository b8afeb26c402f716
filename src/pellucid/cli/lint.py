"""`pellucid lint`: what is wrong with a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid import load_model
from pellucid.cli.showing import AS_JSON, MODEL, OUTPUT, WIDTH, goes_with, show
from pellucid.inspection import lint as look
from pellucid.inspection.sample_files import read_samples
from pellucid.views import lint_figure, lint_text

FOUND = 1  # exit code
_SAMPLES = 1000


def lint(
    file: MODEL,
    data: Annotated[Path | None, typer.Option(help="Samples: a file of NumPy's, .npy or .npz.")] = None,
    initial: Annotated[Path | None, typer.Option(help="The model as it was before its training.")] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="How many samples are used at most, 1000 by default.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A kind that is not looked for; several times.")] = None,
    output: OUTPUT = None,
    width: WIDTH = None,
    as_json: AS_JSON = False,
) -> int:
    """Look for filters that do nothing, do the same or never moved. Exit code 1 when something is found."""
    goes_with("--samples", samples is not None, "--data FILE", data is not None)
    model = load_model(file, compile=False)
    x = None if data is None else read_samples(data)
    before = None if initial is None else load_model(initial, compile=False)
    found = look(model, x, initial=before, samples=samples or _SAMPLES, ignore=ignore or ())
    show(
        found,
        output,
        as_json,
        lambda width: lint_figure(found, width=width),
        lambda shown: lint_text(found, width=shown.width),
        width,
    )
    return 0 if found.is_clean else FOUND
