"""`pellucid explore`: a local page on which a network can be touched."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import explorer, load_model, set_random_seed
from pellucid.cli.data_files import DATA, class_names_of, samples_of
from pellucid.cli.recipes import RECIPES
from pellucid.cli.resuming import Settings
from pellucid.cli.tasks import Task, task_of
from pellucid.data.pixels.files import are_pixels
from pellucid.data.tables.image_tables import is_table
from pellucid.errors import ArgumentError, escaped

EXPOSED = (
    "EXPOSED: whoever can reach this machine and has the address below can see and change the network; what is sent is "
    "not encrypted. Use it in networks that you trust."
)


def explore(
    subject: Annotated[
        str,
        typer.Argument(help=f"A model file, images as `train` takes them, or one of: {', '.join(RECIPES)}."),
    ] = "digits",
    data: DATA = None,
    trained: Annotated[
        bool, typer.Option("--trained", help="Train the network of a data set first, as `pellucid train` does.")
    ] = False,
    lesson: Annotated[
        list[Path] | None, typer.Option(help="A lesson of your own, a file in TOML; several times for several.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another model file for the same samples, which the model is compared with.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="A folder in which the training is kept: the same command goes on where it was, if killed."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page; else its address is printed, and no more.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is; 0 for any that is free.")] = 0,
    exposed_on: Annotated[
        str,
        typer.Option(
            "--exposed-on",
            metavar="ADDRESS",
            help="UNSAFE: answer on this address of the machine, so that whoever has the printed address can use the "
            "page from elsewhere; nothing is encrypted.",
        ),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of the weights that are drawn, and of training.")] = 1,
) -> None:
    """Open a page on which a network can be touched: every map, every filter, every sum; edited and trained.

    Ctrl-C ends it, with exit code 130 as of every command that is interrupted.
    """
    set_random_seed(seed)
    further: dict[str, Any] = {
        "lessons": [explorer.read_lesson(path) for path in lesson or ()],
        "against": None if against is None else load_model(against, compile=False),
        "keep": None if keep is None else str(keep),
    }
    study = _study(subject, data, trained, seed, further)
    study.training.resume()
    try:
        with explorer.serve(study, port=port, exposed_on=exposed_on) as served:
            if exposed_on:
                typer.echo(EXPOSED, err=True)
            typer.echo(f"{study.model.name}: {served.address}\n(Ctrl-C ends it.)")
            if browser:
                webbrowser.open(served.address)
            served.prepare()
            served.wait()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(study.training.ended) from None


def _study(subject: str, data: str | None, trained: bool, seed: int, further: Mapping[str, Any]) -> explorer.Study:
    """What is studied: a model from a file, or the network of a data set or a folder of images."""
    path = Path(subject)
    if subject in RECIPES or path.is_dir() or are_pixels(path) or is_table(path):
        name = subject if subject in RECIPES else str(path.resolve())
        epochs = RECIPES[name].epochs if name in RECIPES else 20
        task = task_of(Settings(name, None if data is None else Path(data).absolute(), epochs, seed))
        if trained:
            task.model.compile(task.optimizer, task.loss, metrics=list(task.metrics))
            task.model.fit(**task.data, epochs=epochs)
        learning = explorer.Learning(task.data, task.held_out, task.optimizer, task.loss, task.metrics)
        return explorer.Study(task.model, _held_out(task), learning, **further)
    if trained:
        raise ArgumentError(f"--trained is for data sets and folders; {escaped(path)} is as it was saved")
    model = load_model(path)
    samples, names = samples_of(data, model), class_names_of(data, model)
    return explorer.study_of(model, *samples, class_names=names, name=str(data), file=path, **further)


def _held_out(task: Task) -> explorer.Samples:
    """The held-out samples of a training."""
    told = task.model.trained_on
    names = () if told is None else told.class_names
    if len(task.held_out) == 2:
        x, y = task.held_out
    else:
        batches, count = [], 0
        for batch in task.held_out[0].batches(0, seed=0):
            batches.append(batch)
            count += len(batch[0])
            if count >= explorer.MOST_SAMPLES:
                break  # the page shows no more, and a folder may hold more than the memory
        x, y = (np.concatenate([batch[part] for batch in batches]) for part in (0, 1))
    return explorer.samples_for(task.model, x, y, tuple(names), f"{task.name}, held out")
