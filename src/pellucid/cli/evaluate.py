"""`pellucid evaluate`: how good a saved model is, what it takes for what, and its worst mistakes as pictures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid import Model
from pellucid.cli.class_folders import to_evaluate
from pellucid.cli.engine import ENGINE, loaded_on
from pellucid.cli.image_folders import pages_told
from pellucid.cli.mask_folders import masked_to_test
from pellucid.cli.new_images import judged_apart
from pellucid.cli.pixel_images import answers_beside, digests_of, guessed, pixels_asked
from pellucid.cli.recipes import RECIPES
from pellucid.cli.results_folder import apart_from
from pellucid.cli.screen import say, screen
from pellucid.cli.table_images import ON_MISSING, TARGET, of_tables_alone, usable
from pellucid.cli.unused_files import MOST_NAMED, ON_BAD_IMAGE, left_alone_told, left_out_told, refuse_bad
from pellucid.cli.verdicts import (
    Verdict,
    forget_pictures,
    judged,
    mistakes_told,
    verdict_figures,
    verdict_record,
    verdict_text,
)
from pellucid.data.folders.class_folders import class_folders, photos_in, spelled, unwrapped
from pellucid.data.folders.image_sets import ImageSet
from pellucid.data.folders.named_files import classes_by_name
from pellucid.data.folders.survey import Survey, survey
from pellucid.data.images.reading import TrainedOn
from pellucid.data.pixels.files import are_pixels
from pellucid.data.sources.epochs import Epochs
from pellucid.data.tables.image_tables import is_table
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.paths import checked_path, made_folder
from pellucid.inspection import confusion
from pellucid.views import save_figure


def evaluate(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    dataset: Annotated[
        str, typer.Argument(help=f"A folder with a sub-folder for each class, or: {', '.join(RECIPES)}.")
    ],
    data: Annotated[Path | None, typer.Option(help="Folder with the files of the data set.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for pictures of what is taken for what, and mistakes.")
    ] = None,
    on_bad_image: ON_BAD_IMAGE = None,
    target: TARGET = None,
    on_missing: ON_MISSING = None,
    engine: ENGINE = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Say how good a model is on images whose classes are known: which it gets right, and what it takes for what."""
    model = loaded_on(engine, file)
    if output is not None:
        apart_from(Path(dataset), output, "--output")
    if dataset in RECIPES:
        _, (x, y) = RECIPES[dataset].load(data)
        found: Verdict = confusion(model, x, y, RECIPES[dataset].class_names, batch_size=128)
    else:
        found = _of_folder(model, Path(dataset), on_bad_image or "error", tuple(target or ()), on_missing)
    if as_json:
        typer.echo(json.dumps(verdict_record(found), allow_nan=False))
    else:
        typer.echo(verdict_text(found, screen(sys.stdout).width))
        mistakes = mistakes_told(found)
        typer.echo("\n".join(["", *mistakes] if mistakes else []), nl=bool(mistakes))
    if output is not None:
        _draw(found, checked_path(output, "a folder"))


def _of_folder(
    model: Model, folder: Path, on_bad_image: str, columns: Sequence[str] = (), on_missing: str | None = None
) -> Verdict:
    told = model.trained_on or guessed(model)
    if are_pixels(folder):
        return _of_pixels(model, told, folder, columns, on_missing or "error")
    told.require_files()
    if is_table(folder):
        return _of_table(model, told, folder, on_bad_image, columns, on_missing or "error")
    option = of_tables_alone(columns, on_missing)
    if option:
        raise ArgumentError(f"{option}, and {escaped(folder)} is none; leave it out")
    if told.kind in ("labels", "numbers"):
        raise ArgumentError(f"{model.name} tells {told.kind}; give a table (CSV) of files with what is true of each")
    folder = Path(unwrapped(folder))
    if told.kind == "masks":
        return _of_masks(model, told, folder, on_bad_image)
    names = told.class_names or None
    part = to_evaluate(folder, names)
    if part != folder:
        say([f"Of {escaped(folder)} the part {escaped(part.relative_to(folder))} is looked at."], err=True)
        folder = part
    named = None if class_folders(folder) else classes_by_name(folder, names)
    if named is None:
        _check_classes(model, folder, names)
    listed = named or photos_in(folder, class_names=names)
    seen = survey(listed.files)
    refuse_bad(seen.bad, on_bad_image)
    say([*left_out_told(seen.bad), *left_alone_told(folder)], err=True)
    rows = [row for row, path in enumerate(listed.files) if path not in seen.bad]
    if not rows:
        raise FileError(f"{escaped(folder)} has no images that can be read; expected a sub-folder for each class")
    files = [listed.files[row] for row in rows]
    labels = np.array([(listed.labels or ())[row] for row in rows])
    count = len(listed.class_names or ())
    if model.output_shape[-1] not in (count, 1):
        raise ArgumentError(f"{model.name} tells {model.output_shape[-1]} classes, {escaped(folder)} has {count}")
    return _judged(model, told, files, labels, seen, listed.class_names)


def _of_pixels(model: Model, told: TrainedOn, path: Path, columns: Sequence[str], on_missing: str) -> Verdict:
    """Of images that are kept as numbers; of the part to test with, where the file says which."""
    asked = pixels_asked(path, told, columns, on_missing)
    if asked.labels is None:
        raise FileError(
            f"{asked.owner} has no labels, so nothing can be right or wrong; `pellucid predict` tells what they are"
        )
    answers = answers_beside(asked, asked.form, told)
    say(asked.told, err=True)

    def judge(places: Sequence[int]) -> Verdict:
        some = list(places)
        named = [asked.names[place] for place in some]
        return judged(model, (asked.x[some], answers.targets[some]), told.kind, answers.names, named)

    return _judged_of_new(told, digests_of(asked.x), judge)


def _of_table(
    model: Model, told: TrainedOn, path: Path, on_bad_image: str, columns: Sequence[str], on_missing: str
) -> Verdict:
    """Of the images that a table holds out, if it says which; else of all."""
    if told.kind == "masks":
        raise ArgumentError(f"{model.name} tells the class of each place; give a folder of images with masks")
    table, seen = usable(path, on_bad_image, told, columns, on_missing)
    say([*table.told, *left_out_told(seen.bad)], err=True)
    table = table.to_test()
    return _judged(model, told, table.files, table.targets, seen, None)


def _judged(
    model: Model, told: TrainedOn, files: Sequence[str], targets: np.ndarray, seen: Survey, names: Sequence[str] | None
) -> Verdict:
    """How good a model is on files; how good on those that are new to it is said first."""

    def judge(places: Sequence[int]) -> Verdict:
        some = [files[place] for place in places]
        images = ImageSet(some, targets[list(places)], told.reading)
        return judged(model, (_scaled(images, told),), told.kind, names, some)

    say(pages_told(seen.pages), err=True)
    return _judged_of_new(told, [seen.digests[file] for file in files], judge)


def _judged_of_new(told: TrainedOn, digests: Sequence[str], judge: Callable[[Sequence[int]], Verdict]) -> Verdict:
    """How good a model is on all images; how good on those that it was not trained on is said first."""
    known = () if told.files is None else told.files.digests
    found, sentences = judged_apart(told.kind, digests, known, judge)
    say(sentences, err=True)
    return found


def _check_classes(model: Model, folder: Path, names: Sequence[str] | None) -> None:
    """Raise `FileError` where a folder has images of classes that the model cannot tell: all of them would be wrong."""
    if names is None:
        return
    known = {spelled(name) for name in names}
    others = [name for name in photos_in(folder).class_names or () if spelled(name) not in known]
    there = {spelled(name) for name in class_folders(folder)}
    lacking = [name for name in names if spelled(name) not in there]
    if lacking and len(lacking) < len(names):
        raise FileError(
            f"{escaped(folder)} has no sub-folder {escaped(', '.join(lacking[:MOST_NAMED]))}, of which {model.name} "
            "tells; where there are no images of a class, make an empty folder for it"
        )
    found = photos_in(folder, class_names=others)
    strange = [others[number] for number in sorted(set(found.labels or ()))]
    if strange:
        raise FileError(
            f"{escaped(folder)}: {escaped(', '.join(strange))} is none of the classes that {model.name} tells: "
            f"{escaped(', '.join(names))}. Move those {len(found.files):,} images elsewhere to "
            "evaluate the others"
        )
    if lacking:
        raise FileError(
            f"{escaped(folder)} has none of the sub-folders that {model.name} tells: "
            f"{escaped(', '.join(names[:MOST_NAMED]))}; expected one for each class, with its images in it"
        )


def _scaled(images: ImageSet, told: TrainedOn) -> Epochs:
    return images.map(lambda x, y: (x.astype(np.float32) * np.float32(told.scale), y))


def _of_masks(model: Model, told: TrainedOn, folder: Path, on_bad_image: str) -> Verdict:
    """Of images with masks; of those that are held out, where the folder says which."""
    files, numbers, seen = masked_to_test(folder, told, on_bad_image)
    say(left_out_told(seen.bad), err=True)
    return _judged(model, told, files, numbers, seen, None)


def _draw(found: Verdict, folder: Path) -> None:
    made_folder(folder, "give another with --output")
    figures = verdict_figures(found)
    forget_pictures(folder, figures)
    for name, figure in figures.items():
        save_figure(figure, folder / name)
        typer.echo(f"drawn: {escaped(folder / name)}")
