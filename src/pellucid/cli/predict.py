"""`pellucid predict`: what a saved model says about images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid import Model
from pellucid.cli.answers import answer_of
from pellucid.cli.engine import ENGINE, loaded_on
from pellucid.cli.image_folders import pages_told
from pellucid.cli.pixel_images import Asked, guessed, pixels_asked
from pellucid.cli.results_folder import apart_from
from pellucid.cli.saying import Saying, is_answer_table
from pellucid.cli.screen import say
from pellucid.cli.unused_files import ON_BAD_IMAGE, left_alone_told, left_out_told, refuse_bad
from pellucid.data.folders.class_folders import READ, photos_in
from pellucid.data.folders.survey import survey
from pellucid.data.images.files import decoded, upright_size
from pellucid.data.images.looks import unlike
from pellucid.data.pixels.files import are_pixels
from pellucid.data.sources.prefetching import prefetched, processors
from pellucid.data.tables.image_tables import files_named, is_table
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.formats.paths import checked_path
from pellucid.inspection.image_samples import image_input, image_sample, knows_its_images, white_of

BATCH = 32


def predict(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    images: Annotated[
        list[Path],
        typer.Argument(
            help="Image files (PNG, JPEG, TIFF, ...), folders of them, tables of files or of pixels, arrays."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every class's probability.")] = False,
    invert: Annotated[bool, typer.Option(help="Swap dark and light first: for dark digits on white paper.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A table (.csv) of answers, or a folder for masks."),
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
    image_input(model)
    is_table = output is not None and is_answer_table(output)
    if output is not None and not is_table and len(model.output_shape) != 4:
        raise ArgumentError(
            f"--output is a table that ends in .csv, or a folder for masks, which {model.name} does not tell"
        )
    if output is not None and not is_table:
        for folder in images:
            apart_from(folder, output, "--output")
    numbered, others = _apart(images)
    if numbered and output is not None and not is_table:
        raise ArgumentError(f"--output FOLDER is for masks of image files, and {escaped(numbered[0])} holds numbers")
    asked = [pixels_asked(path, model.trained_on or guessed(model), None) for path in numbered]
    paths = _readable(list(_files(others)), on_bad_image or "error") if others else []
    if output is not None and not is_table:
        _check_names(paths)
    saying = Saying(model, len(paths) + sum(len(each.x) for each in asked), as_json, output)
    try:
        _of_files(model, paths, invert, saying)
        for each in asked:
            say(each.told, err=True)
            _of_numbers(model, each, invert, saying)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(saying.interrupted) from None
    saying.end()


def _of_files(model: Model, paths: list[Path], invert: bool, saying: Saying) -> None:
    """Say what image files are; threads decode ahead."""
    step = BATCH if None not in image_input(model)[0] else 1  # open: each in its own size

    def read(number: int) -> tuple[np.ndarray, list[str]]:
        sample = image_sample(model, paths[number])
        sample = white_of(model) - sample if invert else sample
        return sample, _doubts(model, paths[number], sample)

    workers = processors()
    some: list[tuple[Path, np.ndarray, list[str]]] = []
    for number, (sample, doubts) in prefetched(read, iter(range(len(paths))), workers, 2 * BATCH):
        some.append((paths[number], sample, doubts))
        if len(some) < step and number < len(paths) - 1:
            continue
        answers = _answers(model, np.stack([each for _, each, _ in some]))
        for (path, _, wonders), numbers in zip(some, answers, strict=True):
            saying.say(str(path), answer_of(model, numbers), wonders)
        some = []


def _of_numbers(model: Model, asked: Asked, invert: bool, saying: Saying) -> None:
    """Say what images are that are kept as numbers."""
    for start in range(0, len(asked.x), BATCH):
        x, names = asked.x[start : start + BATCH], asked.names[start : start + BATCH]
        for name, numbers in zip(names, _answers(model, white_of(model) - x if invert else x), strict=True):
            saying.say(name, answer_of(model, numbers), [])


def _apart(images: list[Path]) -> tuple[list[Path], list[Path]]:
    """Tables of pixels and arrays, and image files and folders of such."""
    numbered = [path for path in images if are_pixels(path)]
    return numbered, [path for path in images if path not in numbered]


def _answers(model: Model, x: np.ndarray) -> np.ndarray:
    """What a model says of images."""
    answers = model.predict(x, verbose=0)
    if not isinstance(answers, np.ndarray):
        raise ArgumentError(f"{model.name} has several outputs; use it in Python: pellucid.load_model(...).predict(x)")
    return answers


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
    """The files, those in the folders, and those that tables name."""
    for path in images:
        if is_table(path):
            yield from map(Path, files_named(path))
            continue
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
