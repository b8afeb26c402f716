"""`pellucid train`: train a network on a folder of images or a data set, save it, and show what it has learned."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model, schedules, set_random_seed
from pellucid.callbacks import Callback
from pellucid.cli.choices import Choices
from pellucid.cli.engine import ENGINE
from pellucid.cli.networks import MASK_NETWORKS, NETWORKS
from pellucid.cli.one_writer import only_writer
from pellucid.cli.overfitting import overfitting_told
from pellucid.cli.pictures import SAMPLE_NAME, draw_pictures, save_sample, strongest_answer
from pellucid.cli.pixel_images import SHAPE
from pellucid.cli.program import command
from pellucid.cli.recipes import RECIPES
from pellucid.cli.resuming import (
    SETTINGS,
    Settings,
    Wanted,
    find_training,
    folder_for_results,
    forget,
    keeping,
    make_room,
    new_training,
)
from pellucid.cli.same_images import told_apart_by
from pellucid.cli.screen import say, screen
from pellucid.cli.table_images import ON_MISSING, TARGET
from pellucid.cli.tasks import Task, task_of
from pellucid.cli.unused_files import ON_BAD_IMAGE
from pellucid.cli.verdicts import Verdict, judged, verdict_record, verdict_text
from pellucid.engines import get_engine
from pellucid.errors import escaped
from pellucid.inspection import Arithmetic, FilterBank, all_filters
from pellucid.views import arithmetic_text


def train(
    dataset: Annotated[
        str | None,
        typer.Argument(
            help="Folder of images in a sub-folder for each class, or with masks beside them; a table of files or of "
            f"pixels (CSV); arrays (.npz, or a folder of .npy); or {', '.join(RECIPES)}."
        ),
    ] = None,
    run: Annotated[Path | None, typer.Argument(help="With --resume: the folder of the training.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder with the files of the data set; no network is used then.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for model and pictures; pellucid-DATASET by default.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training images.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Equal seeds give equal results, to the bit; 1 by default.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help=f"The network, {', '.join((*NETWORKS, *MASK_NETWORKS))}, or a model file to go on from."),
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Side that images are brought to, in pixels.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Images in a step.")] = None,
    rate: Annotated[float | None, typer.Option(min=1e-9, max=1e3, help="The learning rate at the beginning.")] = None,
    augment: Annotated[
        bool | None, typer.Option("--augment", help="Vary the images while training, so that few go further.")
    ] = None,
    freeze: Annotated[list[str] | None, typer.Option(help="A layer that does not learn; as often as wanted.")] = None,
    on_bad_image: ON_BAD_IMAGE = None,
    target: TARGET = None,
    on_missing: ON_MISSING = None,
    shape: SHAPE = None,
    engine: ENGINE = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training that was interrupted or killed, to the same bits.")
    ] = False,
    verbose: Annotated[int, typer.Option(min=0, max=2, help="0 silent, 1 live line, 2 one line per epoch.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what came of it as JSON; all words go to the error stream.")
    ] = False,
) -> None:
    """Train a network on a folder of images, or on a data set; save it, with pictures of its filters and its mistakes.

    Examples: pellucid train photos; pellucid train photos --model resnet --augment; pellucid train mnist --data FOLDER;
    pellucid train photos --resume; pellucid train --resume FOLDER
    """
    if engine is not None:
        get_engine(engine)  # which says what there is, and what to install, before anything is read
    choices = Choices(
        model, size, batch, rate, augment, tuple(freeze or ()), on_bad_image, engine, tuple(target or ()), shape,
        on_missing,
    )  # fmt: skip
    wanted = Wanted(dataset, run, out, data, epochs, seed, choices)
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        told = _train(wanted, verbose, resume)
    if as_json:
        typer.echo(json.dumps(told, allow_nan=False))


def _train(wanted: Wanted, verbose: int, resume: bool) -> dict[str, Any]:
    """Train, save and show; what came of it, as plain data."""
    settings, kept = find_training(wanted) if resume else new_training(wanted)
    with nullcontext() if resume else folder_for_results(kept.parent), only_writer(kept.parent):
        if not resume:
            make_room(kept)
        return _trained(settings, kept, verbose, resume)


def _trained(settings: Settings, kept: Path, verbose: int, resume: bool) -> dict[str, Any]:
    """What comes of a training; nobody else writes into its folder."""
    set_random_seed(settings.seed)
    folder = kept.parent
    try:
        task = task_of(settings)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_nothing_learned(folder, resume)) from None
    network = task.model
    network.compile(task.optimizer, task.loss, metrics=list(task.metrics), engine=settings.choices.engine or "native")
    say([f"Training {task.what}.", ""])
    network.summary()
    before = all_filters(network, "before training")
    path = folder / "model.keras"
    try:
        images = task.told_apart or told_apart_by(task.data.get("x"), *task.held_out)
        _fit(task, settings.epochs, verbose, keeping(settings, kept, resume, images))
    except KeyboardInterrupt:
        if network.stepper is None or network.stepper.position == (0, 0):
            raise KeyboardInterrupt(_nothing_learned(folder, resume or (kept / SETTINGS).exists())) from None
        network.save(path)
        raise KeyboardInterrupt(
            f"interrupted; the model with what it has learned so far is in {path}; to go on with the training: "
            f"{command('train', '--resume', folder)}"
        ) from None
    network.save(path)
    forget(kept)
    try:
        files, found = _show(task, before, folder)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; the trained model is in {path}, its pictures are not complete") from None
    told = {"model": str(path), "pictures": [str(file) for file in files], "history": _history(network)}
    return told if found is None else {**told, "held out": verdict_record(found)}


def _nothing_learned(folder: Path, can_resume: bool) -> str:
    """What is said where a training is broken off before its first step: what was in its folder is as it was."""
    told = "interrupted before the first step: nothing new has been learned"
    return f"{told}; to go on with the training: {command('train', '--resume', folder)}" if can_resume else told


def _history(network: Model) -> dict[str, list[float | None]]:
    """Loss and metrics of each epoch; None for what is no number."""
    told = {} if network.history is None else network.history.history
    return {name: [float(value) if np.isfinite(value) else None for value in values] for name, values in told.items()}


def _show(task: Task, before: list[FilterBank], folder: Path) -> tuple[list[Path], Verdict | None]:
    """What has been learned: accuracy, pictures, one value down to its products; the pictures, and what is held out."""
    told = task.model.trained_on
    assert told is not None
    say(overfitting_told(task.model))
    if told.kind == "classes":
        _report_accuracy(task)
    found = judged(task.model, task.held_out, told.kind, None, task.names) if task.names is not None else None
    if found is not None:
        typer.echo(f"\n{verdict_text(found, screen(sys.stdout).width)}")
    save_sample(task.sample, folder / SAMPLE_NAME, told.scale if told.takes_files else None)
    value = (
        strongest_answer(task.model, before[0].layer, task.sample) if before and "/" not in before[0].layer else None
    )
    files = draw_pictures(task.model, before, task.sample, value, folder, found)
    if value is not None:
        _explain(value)
    _say_what_is_next(folder, files, task)
    return files, found


def _fit(task: Task, epochs: int, verbose: int, kept_by: list[Callback]) -> None:
    """Train, and say how long it took."""
    start = time.perf_counter()
    typer.echo("")
    task.model.fit(**task.data, epochs=epochs, verbose=verbose, callbacks=[FallingRate(), *kept_by])
    seconds = time.perf_counter() - start
    typer.echo(f"\nTrained {epochs} epoch{'s' * (epochs > 1)} in {seconds:.1f} s.")


class FallingRate(Callback):
    """Lets the learning rate fall in a straight line to zero over the whole training: large steps first, fine ones at
    the end. In a training of one epoch this is worth about half a percent of accuracy."""

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Note where it starts."""
        self.start, self.done = schedules.at(self.model.optimizer.schedule, 0), 0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Set the rate for this step."""
        total = self.params["epochs"] * self.params["steps"]
        self.model.optimizer.learning_rate = self.start * (1 - self.done / total)
        self.done += 1

    def capture(self) -> dict[str, Any]:
        """Where it started, and how many steps were made."""
        return {"start": self.start, "done": self.done}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.start, self.done = state["start"], state["done"]

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Set it back, so that the model is saved with the rate that it was compiled with."""
        self.model.optimizer.learning_rate = self.start


def _report_accuracy(task: Task) -> None:
    x, *y = task.held_out
    size = 128 if y else None  # batches come as they are
    results = task.model.evaluate(x, y[0] if y else None, batch_size=size, verbose=0, return_dict=True)
    assert isinstance(results, dict)
    accuracy = results["accuracy"]
    right = round(accuracy * task.samples)
    counted = f"{right:,} right, {task.samples - right:,} wrong"
    say([f"Accuracy on {task.samples:,} held-out images: {accuracy:.4f} ({counted})."])


def _explain(value: Arithmetic) -> None:
    """Show how one value comes about: the strongest answer of the first layer to a held-out image."""
    view = screen(sys.stdout)
    told = f"One value, down to the last product: where {value.layer} answers most strongly to a held-out image."
    say(["", told, ""])
    typer.echo(arithmetic_text(value, width=view.width, color=view.color))


def _say_what_is_next(folder: Path, files: list[Path], task: Task) -> None:
    typer.echo("\nLook at:")
    for path in files:
        typer.echo(f"  {escaped(path)}")
    model = folder / "model.keras"
    typer.echo(f"The model is in {escaped(model)}. Try:")
    other = command("train", task.name, *task.target, *task.shape, "--seed", 2, "--out", f"{folder}-2")
    shown = ("--data", task.name) if task.name in RECIPES else ()
    told = task.model.trained_on
    to_predict = (folder / SAMPLE_NAME,) if told is None or told.takes_files else (task.name,)
    lines = [command("evaluate", model, task.name, *task.target)] if task.names is not None else []
    for line in (
        command("summary", model),
        *lines,
        command("predict", model, *to_predict),
        f"{command('learn', 1, '--model', model)}     (what its filters are; `pellucid learn` lists the questions)",
        f"{command('explore', model, *shown)}     (a page on which it can be touched)",
        f"{other}     (other filters, as good a network)",
    ):
        typer.echo(f"  {escaped(line)}")
