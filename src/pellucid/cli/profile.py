"""`pellucid profile`: where the time of a model goes."""

from __future__ import annotations

import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.cli.showing import AS_JSON, MODEL, WIDTH, show
from pellucid.cli.waiting import waiting_for, waiting_text
from pellucid.errors import ArgumentError
from pellucid.inspection import profile as measure
from pellucid.views import profile_figure, profile_text

RUNS = 20


def profile(
    file: MODEL,
    batch: Annotated[int, typer.Option(min=1, help="Samples in the batch.")] = 32,
    train: Annotated[bool, typer.Option("--train", help="A training step instead of a prediction.")] = False,
    runs: Annotated[
        int | None, typer.Option(min=1, help=f"Times that the batch is computed, {RUNS} by default; the median counts.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", "--figure", help="Draw it into this file: PNG, SVG or PDF.")
    ] = None,
    width: WIDTH = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of images: how long trainings on it wait for images, epoch by epoch.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Measure every kernel call on random samples: its time, its speed, which kernel was chosen and why.

    With --data: train on images, without keeping anything, and tell how much of each epoch is waiting for them.
    """
    if data is not None:
        if train or output is not None or runs is not None or width is not None:
            raise ArgumentError("--data measures epochs, as text or --json; leave --train, --runs, -o and --width out")
        with redirect_stdout(sys.stderr) if as_json else nullcontext():  # what was found in the folder is no JSON
            found = waiting_for(file, data, batch)
        show(found, None, as_json, lambda width: None, lambda shown: waiting_text(found))
        return
    model = load_model(file)
    x = [_samples(model, tensor.shape, batch) for tensor in model.inputs]
    answers = model.predict(_alone(x), batch_size=batch) if train else None
    targets = None if answers is None else _targets(model, answers)
    result = measure(model, _alone(x), None if targets is None else _alone(targets), runs=runs or RUNS)
    show(
        result,
        output,
        as_json,
        lambda width: profile_figure(result, width=width),
        lambda shown: profile_text(result, width=shown.width),
        width,
    )


def _alone(arrays: list[np.ndarray]) -> Any:
    """As models with one input or output take them."""
    return arrays if len(arrays) > 1 else arrays[0]


def _samples(model: Model, shape: tuple[int | None, ...], batch: int) -> np.ndarray:
    sizes = [size for size in shape[1:] if size is not None]
    if len(sizes) < len(shape) - 1:
        raise ArgumentError(
            f"{model.name} takes samples of shape {shape[1:]}, whose sizes are open; "
            "profile it in Python: pellucid.inspection.profile(model, x)"
        )
    return np.random.default_rng(0).random((batch, *sizes), dtype=np.float32)


def _targets(model: Model, answers: np.ndarray | list[np.ndarray]) -> list[np.ndarray]:
    """Targets that each loss accepts: the model's own answers, as numbers of classes where it wants those."""
    listed = answers if isinstance(answers, list) else [answers]
    for objective in model.stepper.plan.objectives if model.stepper else ():
        if objective.loss is not None and "sparse" in objective.loss.name:
            listed[objective.number] = listed[objective.number].argmax(axis=-1)
    return listed
