"""Trainings of the command line that are kept while they run, so that they can be resumed (`pellucid train --resume`).

A folder `run` beside the model holds the records of the training and what it was asked for; it goes when the training
has come to its end and the model is saved.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, ClassVar

import typer

from pellucid.callbacks import BackupAndRestore, Callback
from pellucid.cli.choices import Choices
from pellucid.cli.no_folder import no_folder
from pellucid.cli.program import command
from pellucid.cli.recipes import RECIPES, find_recipe
from pellucid.cli.results_folder import apart_from
from pellucid.cli.same_images import check_same
from pellucid.data.folders.class_folders import subfolders
from pellucid.data.pixels.files import are_pixels
from pellucid.data.tables.image_tables import is_table
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.atomic import atomic_write
from pellucid.formats.run_folder import RunFolder
from pellucid.formats.source import read_source
from pellucid.formats.strict_json import encode_json_object, parse_json_object
from pellucid.frozen import Frozen

RUN, SETTINGS, IMAGES = "run", "settings.json", "images"
SECONDS = 0.5  # between two records, at least
SHARE = 0.02  # of the time goes into records, at most
NEVER = 2**62  # batches: the clock decides
FOLDER_EPOCHS = 20


class Wanted(Frozen):
    """What the command line says; None where it says nothing."""

    dataset: str | None
    run: Path | None
    out: Path | None
    data: Path | None
    epochs: int | None
    seed: int | None
    choices: Choices = field(default_factory=Choices)


class Settings(Frozen):
    """What a training was begun with; the data set is a name or the folder of one."""

    dataset: str
    data: Path | None
    epochs: int
    seed: int
    choices: Choices = field(default_factory=Choices)


def new_training(wanted: Wanted) -> tuple[Settings, Path]:
    """A training that begins, and the folder of its records, in which those of an earlier one may be."""
    if wanted.dataset is None:
        raise typer.BadParameter(f"which data set? One of: {', '.join(RECIPES)}", param_hint="DATASET")
    if wanted.run is not None:
        what = f"{escaped(wanted.run)} is one too many: the folder of a training is for --resume, a new one takes --out"
        raise typer.BadParameter(what, param_hint="RUN")
    name, epochs = _named(wanted.dataset)
    folder = wanted.out or _default_folder(name)
    data = None if wanted.data is None else wanted.data.absolute()
    seed = 1 if wanted.seed is None else wanted.seed
    settings = Settings(name, data, wanted.epochs or epochs, seed, wanted.choices)
    return settings, apart_from(Path(name), folder, "--out") / RUN


@contextmanager
def folder_for_results(folder: Path) -> Iterator[None]:
    """A folder that can be written to, made first: that it cannot should not turn out after the training.

    Where the block fails before anything is in it, one that was not there before goes again.

    Raises:
        FileError: it cannot be written to.
    """
    was_there = folder.exists()
    _make_folder(folder)
    try:
        yield
    except BaseException:
        if not was_there:
            with suppress(OSError):  # there is something in it
                folder.rmdir()
        raise


def make_room(kept: Path) -> None:
    """Remove what was there of an earlier training, and say so."""
    if not RunFolder(kept).is_empty:
        typer.echo(f"In {escaped(kept)} there was a training that had been interrupted; a new one begins in its place.")
        forget(kept)


def _named(dataset: str) -> tuple[str, int]:
    """A data set by its name, or a folder by its whole path; and for how many epochs it is trained on."""
    if is_table(dataset) or are_pixels(Path(dataset)):
        return str(Path(dataset).resolve()), FOLDER_EPOCHS
    if dataset in RECIPES or not Path(dataset).is_dir():
        if os.sep in dataset or Path(dataset).suffix or Path(dataset).exists():
            raise no_folder(Path(dataset))
        recipe = find_recipe(dataset)
        return recipe.name, recipe.epochs
    return str(Path(dataset).resolve()), FOLDER_EPOCHS


def _default_folder(dataset: str) -> Path:
    """Where a training goes for want of another place."""
    path = Path(dataset)
    return Path(f"pellucid-{path.name if path.is_dir() or dataset in RECIPES else path.name.partition('.')[0]}")


def _is_of_training(folder: Path) -> bool:
    """Whether a folder is that of a training, rather than one of images with its classes below it."""
    return folder.is_dir() and ((folder / RUN).is_dir() or not subfolders(str(folder)))


def find_training(wanted: Wanted) -> tuple[Settings, Path]:
    """The training that is to be resumed, and the folder of its records.

    Raises:
        FileError: there is none.
        ArgumentError: it was begun with other settings.
    """
    dataset, run = wanted.dataset, wanted.run or wanted.out
    if run is None and dataset is not None and dataset not in RECIPES and _is_of_training(Path(dataset)):
        run, dataset = Path(dataset), None
    if run is None and dataset is not None and dataset not in RECIPES and not Path(dataset).exists():
        raise FileError(
            f"there is no training in {escaped(dataset)}, nor images: nothing was begun there, so there is nothing to "
            f"resume. Begin one with: {command('train', 'DATASET')}"
        )
    if dataset is not None:
        dataset = _named(dataset)[0]
    if run is None:
        if dataset is None:
            raise typer.BadParameter("which training? Give its folder, or the data set", param_hint="DATASET")
        run = _default_folder(dataset)
    kept = run / RUN
    if not (kept / SETTINGS).exists():
        raise FileError(
            f"there is no interrupted training in {escaped(run)}, so there is nothing to resume (one that has come to "
            f"its end leaves none); begin one with: {command('train', dataset or 'DATASET')}"
        )
    settings = _read(kept / SETTINGS)
    for option, given, begun in (("dataset", dataset, settings.dataset), ("--seed", wanted.seed, settings.seed)):
        if given not in (None, begun):
            raise ArgumentError(
                f"the training in {escaped(run)} was begun with {option} {begun}, got {given}; leave it out"
            )
    for name, given in wanted.choices.given.items():
        begun, option = getattr(settings.choices, name), f"--{name.replace('_', '-')}"
        if given != begun:
            how = f"without {option}" if begun in (None, (), False) else f"with {option} {begun}"
            raise ArgumentError(f"the training in {escaped(run)} was begun {how}, got {given}; leave it out")
    data, epochs = wanted.data or settings.data, wanted.epochs or settings.epochs
    _check_epochs(run, epochs)
    return Settings(settings.dataset, data, epochs, settings.seed, settings.choices), kept


def _check_epochs(run: Path, epochs: int) -> None:
    """Raise `ArgumentError` where more epochs have been trained than are wanted: what was learned stays learned."""
    found, _ = RunFolder(run / RUN).read()
    done = (0, 0) if found is None else (found["epoch"], found["batch"])
    if done > (epochs, 0):
        trained = f"{done[0]} epochs" if not done[1] else f"{done[0]} epochs and {done[1]} batches"
        raise ArgumentError(
            f"the training in {escaped(run)} has trained for {trained} already, which is more than --epochs {epochs}; "
            f"give {done[0] + bool(done[1])} or more, or leave it out to train as long as was wanted at first"
        )


def _read(path: Path) -> Settings:
    found = parse_json_object(read_source(path, what="the settings of a training", max_bytes=2**16), name=escaped(path))
    data = found.get("data")
    kinds = {"dataset": str, "epochs": int, "seed": int, "data": str if data is not None else type(None)}
    told = {name: type(value) for name, value in found.items() if name not in ("choices", IMAGES)}
    choices = Choices.of_record(found["choices"]) if "choices" in found else Choices()
    if told != kinds or choices is None or not (found["dataset"] in RECIPES or Path(found["dataset"]).is_absolute()):
        raise FileError(f"{escaped(path)} does not hold the settings of a training; begin it anew")
    return Settings(
        found["dataset"], Path(data) if isinstance(data, str) else None, found["epochs"], found["seed"], choices
    )


def _images_begun_with(path: Path) -> Mapping[str, Any]:
    found = parse_json_object(read_source(path, what="the settings of a training", max_bytes=2**16), name=escaped(path))
    images = found.get(IMAGES)
    return images if isinstance(images, dict) else {}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".pellucid-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FileError(
            f"{escaped(folder)} cannot be written to ({error.strerror}); give another folder with --out"
        ) from error


def forget(kept: Path) -> None:
    """Remove the records of a training that is over."""
    RunFolder(kept).remove()
    with suppress(OSError):
        (kept / SETTINGS).unlink()
        kept.rmdir()


def keeping(settings: Settings, kept: Path, resume: bool, images: Mapping[str, Any]) -> list[Callback]:
    """The callbacks that keep a training, and resume one; its settings are written down.

    Args:
        settings: of the training.
        kept: the folder of its records.
        resume: whether it goes on.
        images: by what its images are told apart, see `told_apart_by`.

    Raises:
        FileError: it goes on, and its images are others than before.
    """
    _make_folder(kept)
    if resume:
        again = command("train", settings.dataset, "--out", kept.parent)
        check_same(_images_begun_with(kept / SETTINGS), images, settings.dataset, again)
    with atomic_write(kept / SETTINGS) as file:
        data = None if settings.data is None else str(settings.data)
        record = {**asdict(settings), "data": data, **({IMAGES: dict(images)} if images else {})}
        file.write(encode_json_object(record, name=SETTINGS))
    backup = BackupAndRestore(kept, save_freq=NEVER, delete_checkpoint=False)
    return [backup, ByTheClock(backup, resume)]


class ByTheClock(Callback):
    """Keeps a training from time to time: twice a second, or less often where that would take much of the time.

    Args:
        backup: keeps it; told before this one.
        resume: whether to say where the training goes on.
    """

    comes_last: ClassVar[bool] = True

    def __init__(self, backup: BackupAndRestore, resume: bool) -> None:
        super().__init__()
        self.backup, self.resume = backup, resume
        self._next = 0.0

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Say where it goes on."""
        self._next = time.monotonic() + SECONDS
        if self.resume:
            epoch, batch = self.model.stepper.position
            if (epoch, batch) == (0, 0):
                typer.echo("Nothing had been kept yet: the training begins at its beginning.\n")
            elif epoch >= self.params["epochs"]:
                typer.echo(f"All {epoch} epochs had been trained.\n")
            else:
                typer.echo(f"Going on with epoch {epoch + 1} of {self.params['epochs']}, batch {batch + 1}.\n")

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep it if it is time."""
        began = time.monotonic()
        if began >= self._next:
            self.backup.keep(logs)
            ended = time.monotonic()
            self._next = ended + max(SECONDS, (ended - began) / SHARE)

    unhurried_hooks = (on_train_batch_end,)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Keep what there is of a training that was interrupted, however short it was."""
        if self.model.stepper.position[0] < self.params["epochs"]:
            self.backup.keep(logs)
