"""`pellucid evaluate`: how good a saved model is, what it takes for what, and its worst mistakes as pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.cli.image_folders import ENDINGS
from pellucid.cli.pictures import confusion_figures
from pellucid.cli.recipes import RECIPES
from pellucid.cli.screen import screen
from pellucid.data.folders import list_images
from pellucid.data.image_sets import ImageSet, bad_images
from pellucid.data.reading import Reading, TrainedOn
from pellucid.data.survey import survey
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.inspection import Confusion, confusion
from pellucid.inspection.image_samples import image_input
from pellucid.views import confusion_text, save_figure


def evaluate(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    dataset: Annotated[
        str, typer.Argument(help=f"A folder with a sub-folder for each class, or: {', '.join(RECIPES)}.")
    ],
    data: Annotated[Path | None, typer.Option(help="Folder with the files of the data set.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for pictures of what is taken for what, and mistakes.")
    ] = None,
    on_bad_image: Annotated[str, typer.Option(help='Images that cannot be read: "error" or "skip".')] = "error",
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Say how good a model is on images whose classes are known: which it gets right, and what it takes for what."""
    model = load_model(file, compile=False)
    if dataset in RECIPES:
        _, (x, y) = RECIPES[dataset].load(data)
        found = confusion(model, x, y, RECIPES[dataset].class_names, batch_size=128)
    else:
        found = _of_folder(model, Path(dataset), on_bad_image)
    if as_json:
        typer.echo(json.dumps(_record(found), allow_nan=False))
    else:
        typer.echo(confusion_text(found, width=screen(sys.stdout).width))
        _say_mistakes(found)
    if output is not None:
        _draw(found, checked_path(output, "a folder"))


def _of_folder(model: Model, folder: Path, on_bad_image: str) -> Confusion:
    told = model.trained_on or _guessed(model)
    names = told.class_names or None
    if names is not None and any((folder / part).is_dir() for part in ("val", "valid", "validation", "test")):
        part = next(part for part in ("val", "valid", "validation", "test") if (folder / part).is_dir())
        folder = folder if part in names else folder / part
    listed = list_images(folder, class_names=names, extensions=ENDINGS, hidden=False)
    seen = survey(listed.files)
    if seen.bad and on_bad_image != "skip":
        raise bad_images(dict(seen.bad), "Mend or remove them, or leave such files out with --on-bad-image skip")
    rows = [row for row, path in enumerate(listed.files) if path not in seen.bad]
    if not rows:
        raise FileError(f"{escaped(folder)} has no images that can be read; expected a sub-folder for each class")
    files = [listed.files[row] for row in rows]
    labels = np.array([(listed.labels or ())[row] for row in rows])
    count = len(listed.class_names or ())
    if model.output_shape[-1] not in (count, 1):
        raise ArgumentError(f"{model.name} tells {model.output_shape[-1]} classes, {escaped(folder)} has {count}")
    images = ImageSet(files, labels, told.reading).map(lambda x, y: (x.astype(np.float32) * np.float32(told.scale), y))
    return confusion(model, images, class_names=listed.class_names, names=files)


def _guessed(model: Model) -> TrainedOn:
    """How images are read for a model whose file does not say it: 0..1, as `predict` does."""
    (rows, columns), channels, axis = image_input(model)
    if rows is None or columns is None or axis != -1:
        raise ArgumentError(f"{model.name} does not say how large its images are, so folders cannot be read for it")
    return TrainedOn(Reading(rows, columns, channels), 1 / 255)


def _record(found: Confusion) -> dict[str, Any]:
    shares = {"recall": found.recalls, "precision": found.precisions}
    return {
        "samples": found.samples,
        "accuracy": found.accuracy,
        "classes": list(found.class_names),
        "confusion": found.counts.tolist(),
        **{name: [None if np.isnan(share) else float(share) for share in values] for name, values in shares.items()},
        "mistakes": [
            {
                "number": each.number, "file": each.name, "true": found.class_names[each.true],
                "predicted": found.class_names[each.predicted], "probability": each.probability,
            }
            for each in found.mistakes
        ],
    }  # fmt: skip


def _say_mistakes(found: Confusion) -> None:
    if found.mistakes:
        typer.echo("\nThe mistakes of which it is surest:")
    for each in found.mistakes[:5]:
        true, said = (escaped(found.class_names[number]) for number in (each.true, each.predicted))
        name = escaped(each.name) if each.name else f"sample {each.number}"
        typer.echo(f"  {name} is {true}, called {said} with {100 * each.probability:.0f}%")


def _draw(found: Confusion, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in confusion_figures(found).items():
        save_figure(figure, folder / name)
        typer.echo(f"drawn: {escaped(folder / name)}")
