"""`pellucid predict`: what a saved model says about images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid import Model, load_model
from pellucid.data.images import read_image
from pellucid.errors import ArgumentError


def predict(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    images: Annotated[list[Path], typer.Argument(help="Image files: PNG, JPEG, BMP, GIF or WebP.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every class's probability.")] = False,
    invert: Annotated[bool, typer.Option(help="Swap dark and light first: for dark digits on white paper.")] = False,
) -> None:
    """Say for each image the class and its probability. Images are scaled to the model's input and to 0..1."""
    model = load_model(file, compile=False)
    rows, columns, channels = _image_input(model)
    pixels = np.stack([read_image(path, size=(rows, columns), channels=channels) for path in images])
    x = pixels.astype(np.float32) / 255
    answers = model.predict(1 - x if invert else x)
    assert isinstance(answers, np.ndarray)
    for path, answer in zip(images, answers.reshape(len(images), -1), strict=True):
        typer.echo(_as_json(path, answer) if as_json else _as_text(path, answer))


def _image_input(model: Model) -> tuple[int, int, int]:
    """Rows, columns and channels of the model's input."""
    shapes = [tensor.shape for tensor in model.inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][-1] not in (1, 3) or None in shapes[0][1:]:
        raise ArgumentError(f"{model.name} takes inputs of shape {shapes}, not one image of 1 or 3 channels")
    _, rows, columns, channels = shapes[0]
    return int(rows or 0), int(columns or 0), int(channels or 0)


def _as_text(path: Path, answer: np.ndarray) -> str:
    if len(answer) == 1:
        return f"{path}: {answer[0]:.4f}"
    order = np.argsort(answer)[::-1]
    others = ", ".join(f"{index} {answer[index]:.4f}" for index in order[1:3])
    return f"{path}: class {order[0]}, probability {answer[order[0]]:.4f} (next: {others})"


def _as_json(path: Path, answer: np.ndarray) -> str:
    best = int(answer.argmax())
    return json.dumps({"image": str(path), "class": best, "probabilities": [float(value) for value in answer]})
