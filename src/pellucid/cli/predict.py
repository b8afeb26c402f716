"""`pellucid predict`: what a saved model says about images."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pellucid import Model
from pellucid.cli.answers import Answer, answer_of
from pellucid.cli.engine import ENGINE, loaded_on
from pellucid.cli.image_folders import pages_told
from pellucid.cli.pixel_images import guessed, pixels_asked
from pellucid.cli.screen import say
from pellucid.cli.unused_files import ON_BAD_IMAGE, left_alone_told, left_out_told, refuse_bad
from pellucid.data.folders import READ, photos_in
from pellucid.data.images import decoded, upright_size
from pellucid.data.looks import unlike
from pellucid.data.pixels.files import are_pixels
from pellucid.data.survey import survey
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.inspection.image_samples import image_input, image_sample, knows_its_images, white_of

BATCH = 32


def predict(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    images: Annotated[
        list[Path],
        typer.Argument(help="Image files (PNG, JPEG, TIFF, ...), folders of them, tables of pixels, arrays."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every class's probability.")] = False,
    invert: Annotated[bool, typer.Option(help="Swap dark and light first: for dark digits on white paper.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for masks, of models that tell classes of places.")
    ] = None,
    on_bad_image: ON_BAD_IMAGE = None,
    engine: ENGINE = None,
) -> None:
    """Say for each image the class and its probability; or what is where, or numbers, as the model was trained.

    Images are read as those that the model was trained on, where its file says how; else they are scaled to the model's
    input and to 0..1, or 0..255 where it begins with a Rescaling of bytes. An image that looks unlike all that the
    model was trained on is told.
    """
    model = loaded_on(engine, file)
    sizes, _, _ = image_input(model)
    if output is not None and len(model.output_shape) != 4:
        raise ArgumentError(f"--output is for models that tell the class of each place; {model.name} tells none")
    numbered, others = _apart(images)
    paths = _readable(list(_files(others)), on_bad_image or "error") if others else []
    if output is not None:
        _check_names(paths)
    step = BATCH if None not in sizes else 1  # open: each in its own size
    for start in range(0, len(paths), step):
        some = paths[start : start + step]
        x = np.stack([image_sample(model, path) for path in some])
        for path, sample, numbers in zip(some, x, _answers(model, x, invert), strict=True):
            _say(model, path, answer_of(model, numbers), _doubts(model, path, sample), as_json, output)
    for path in numbered:
        asked = pixels_asked(path, model.trained_on or guessed(model))
        say(asked.told, err=True)
        for start in range(0, len(asked.x), BATCH):
            x = asked.x[start : start + BATCH]
            for name, numbers in zip(asked.names[start : start + BATCH], _answers(model, x, invert), strict=True):
                _say(model, Path(name), answer_of(model, numbers), [], as_json, output)


def _apart(images: list[Path]) -> tuple[list[Path], list[Path]]:
    """Tables of pixels and arrays, and image files and folders of such."""
    return [path for path in images if are_pixels(path)], [path for path in images if not are_pixels(path)]


def _answers(model: Model, x: np.ndarray, invert: bool) -> np.ndarray:
    """What a model says of images."""
    answers = model.predict(white_of(model) - x if invert else x, verbose=0)
    if not isinstance(answers, np.ndarray):
        raise ArgumentError(f"{model.name} has several outputs; use it in Python: pellucid.load_model(...).predict(x)")
    return answers


def _say(model: Model, path: Path, answer: Answer, doubts: list[str], as_json: bool, output: Path | None) -> None:
    told: dict[str, Any] = {"image": str(path), **answer.record}
    if output is not None:
        mask = answer.save_mask(path, checked_path(output, "a folder"))
        told["mask"] = str(mask)
    if as_json:
        typer.echo(json.dumps(told | ({"unlike": doubts} if doubts else {}), allow_nan=False))
        return
    drawn = f"; mask: {escaped(told['mask'])}" if output is not None else ""
    typer.echo(f"{escaped(path)}: {answer.text}{drawn}")
    for doubt in doubts:
        typer.echo(f"  {escaped(path.name)} is unlike what {model.name} was trained on: {doubt}", err=True)


def _doubts(model: Model, path: Path, sample: np.ndarray) -> list[str]:
    """How an image differs from all that the model was trained on, in sentences."""
    if not knows_its_images(model) or model.trained_on.looks is None:
        return []
    size = decoded(checked_path(path, "an image"), upright_size)
    return unlike(model.trained_on.looks, sample / model.trained_on.scale, size)


def _check_names(paths: list[Path]) -> None:
    """Masks are called as their images are: raise `ArgumentError` where one would take the place of another."""
    name, count = Counter(path.stem for path in paths).most_common(1)[0]
    if count > 1:
        raise ArgumentError(
            f"--output: {count} images are called {escaped(name)}, and their masks would replace each other; predict "
            "such images apart, each into a folder of its own"
        )


def _readable(paths: list[Path], on_bad_image: str) -> list[Path]:
    """The files that are images; raises `FileError` with all others, or tells them where they are to be left out."""
    found = survey([str(path) for path in paths])
    bad = found.bad
    say(pages_told(found.pages), err=True)
    if len(paths) == 1 and on_bad_image == "error":
        return paths  # reading it tells what is wrong
    refuse_bad(bad, on_bad_image)
    say(left_out_told(bad), err=True)
    return [path for path in paths if str(path) not in bad]


def _files(images: list[Path]) -> Iterator[Path]:
    """The files, and those in the folders."""
    for path in images:
        if not path.is_dir():
            yield path
            continue
        found = photos_in(path, has_classes=False).files
        others = left_alone_told(path)
        if not found:
            why = " ".join(["", *others])
            raise FileError(f"{escaped(path)} has no images in it; their names end in {', '.join(READ)}.{why}")
        say(others, err=True)
        yield from map(Path, found)
