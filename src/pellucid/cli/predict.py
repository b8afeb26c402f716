"""`pellucid predict`: what a saved model says about images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.cli.image_folders import ENDINGS
from pellucid.data.folders import list_images
from pellucid.errors import ArgumentError, FileError, escaped
from pellucid.inspection.image_samples import image_input, image_sample

BATCH = 32


def predict(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    images: Annotated[
        list[Path], typer.Argument(help="Image files (PNG, JPEG, BMP, GIF or WebP), or folders of them.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every class's probability.")] = False,
    invert: Annotated[bool, typer.Option(help="Swap dark and light first: for dark digits on white paper.")] = False,
) -> None:
    """Say for each image the class and its probability.

    Images are read as those that the model was trained on, where its file says how; else they are scaled to the model's
    input and to 0..1.
    """
    model = load_model(file, compile=False)
    sizes, _, _ = image_input(model)
    paths = list(_files(images))
    step = BATCH if None not in sizes else 1  # open: each in its own size
    for start in range(0, len(paths), step):
        some = paths[start : start + step]
        x = np.stack([image_sample(model, path) for path in some])
        answers = model.predict(_white(model) - x if invert else x, verbose=0)
        if not isinstance(answers, np.ndarray):
            raise ArgumentError(
                f"{model.name} has several outputs; use it in Python: pellucid.load_model(...).predict(x)"
            )
        for path, answer in zip(some, answers.reshape(len(x), -1), strict=True):
            typer.echo(_as_json(model, path, answer) if as_json else _as_text(model, path, answer))


def _files(images: list[Path]) -> Iterator[Path]:
    """The files, and those in the folders."""
    for path in images:
        if not path.is_dir():
            yield path
            continue
        found = list_images(path, has_classes=False, extensions=ENDINGS, hidden=False).files
        if not found:
            raise FileError(f"{escaped(path)} has no images in it; their names end in {', '.join(ENDINGS)}")
        yield from map(Path, found)


def _white(model: Model) -> np.float32:
    """The largest value of a pixel as the model takes it."""
    return np.float32(1.0 if model.trained_on is None else 255 * model.trained_on.scale)


def _name(model: Model, number: int) -> str:
    return str(number) if model.trained_on is None else model.trained_on.name_of(number)


def _as_text(model: Model, path: Path, answer: np.ndarray) -> str:
    if len(answer) == 1:
        return f"{escaped(path)}: {answer[0]:.4f}"
    order = np.argsort(answer)[::-1]
    others = ", ".join(f"{_name(model, index)} {answer[index]:.4f}" for index in order[1:3])
    best = _name(model, order[0])
    return f"{escaped(path)}: class {best}, probability {answer[order[0]]:.4f} (next: {others})"


def _as_json(model: Model, path: Path, answer: np.ndarray) -> str:
    best = int(answer.argmax())
    told = {"image": str(path), "class": best, "probabilities": [float(value) for value in answer]}
    names = () if model.trained_on is None else model.trained_on.class_names
    if len(names) == len(answer):
        told |= {"name": names[best], "names": list(names)}
    return json.dumps(told)
