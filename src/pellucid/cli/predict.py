"""`pellucid predict`: what a saved model says about images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.data.images import read_image
from pellucid.errors import ArgumentError, escaped
from pellucid.inspection.channels import axes_behind


def predict(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    images: Annotated[list[Path], typer.Argument(help="Image files: PNG, JPEG, BMP, GIF or WebP.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every class's probability.")] = False,
    invert: Annotated[bool, typer.Option(help="Swap dark and light first: for dark digits on white paper.")] = False,
) -> None:
    """Say for each image the class and its probability. Images are scaled to the model's input and to 0..1."""
    model = load_model(file, compile=False)
    sizes, channels, axis = _image_input(model)
    pixels = [_read(path, sizes, channels) for path in images]
    batches = [np.stack(pixels)] if None not in sizes else [each[np.newaxis] for each in pixels]  # open: each its own
    for number, batch in enumerate(batches):
        x = np.moveaxis(batch.astype(np.float32) / 255, -1, axis)
        answers = model.predict(1 - x if invert else x)
        if not isinstance(answers, np.ndarray):
            raise ArgumentError(
                f"{model.name} has several outputs; use it in Python: pellucid.load_model(...).predict(x)"
            )
        for path, answer in zip(images[number:], answers.reshape(len(x), -1), strict=False):
            typer.echo(_as_json(path, answer) if as_json else _as_text(path, answer))


def _image_input(model: Model) -> tuple[tuple[int | None, int | None], int, int]:
    """Rows and columns of the model's input, None where open; its channels, and on which axis they are."""
    shapes = [tensor.shape for tensor in model.inputs]
    if len(shapes) == 1 and len(shapes[0]) == 4:
        _, first, middle, last = shapes[0]
        behind = axes_behind(model.built_network()).get(model.inputs[0].call)
        if last in (1, 3) and behind != 2:
            return (first, middle), last, -1
        if first in (1, 3) and behind != 0:
            return (middle, last), first, 1
    raise ArgumentError(f"{model.name} takes inputs of shape {shapes}, not one image of 1 or 3 channels")


def _read(path: Path, sizes: tuple[int | None, int | None], channels: int) -> np.ndarray:
    """An image in the size that the model wants; where that is open, in its own."""
    if sizes == (None, None):
        return read_image(path, channels=channels)
    rows, columns = sizes
    if rows is None or columns is None:
        own = read_image(path, channels=channels).shape
        rows, columns = rows or own[0], columns or own[1]
    return read_image(path, size=(rows, columns), channels=channels)


def _as_text(path: Path, answer: np.ndarray) -> str:
    if len(answer) == 1:
        return f"{escaped(path)}: {answer[0]:.4f}"
    order = np.argsort(answer)[::-1]
    others = ", ".join(f"{index} {answer[index]:.4f}" for index in order[1:3])
    return f"{escaped(path)}: class {order[0]}, probability {answer[order[0]]:.4f} (next: {others})"


def _as_json(path: Path, answer: np.ndarray) -> str:
    best = int(answer.argmax())
    return json.dumps({"image": str(path), "class": best, "probabilities": [float(value) for value in answer]})
