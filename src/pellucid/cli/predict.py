"""`pellucid predict`: what a saved model says about images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from pellucid import load_model
from pellucid.errors import ArgumentError, escaped
from pellucid.inspection.image_samples import image_input, image_pixels


def predict(
    file: Annotated[Path, typer.Argument(help="A model file, such as model.keras.")],
    images: Annotated[list[Path], typer.Argument(help="Image files: PNG, JPEG, BMP, GIF or WebP.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with every class's probability.")] = False,
    invert: Annotated[bool, typer.Option(help="Swap dark and light first: for dark digits on white paper.")] = False,
) -> None:
    """Say for each image the class and its probability. Images are scaled to the model's input and to 0..1."""
    model = load_model(file, compile=False)
    sizes, channels, axis = image_input(model)
    pixels = [image_pixels(path, sizes, channels) for path in images]
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


def _as_text(path: Path, answer: np.ndarray) -> str:
    if len(answer) == 1:
        return f"{escaped(path)}: {answer[0]:.4f}"
    order = np.argsort(answer)[::-1]
    others = ", ".join(f"{index} {answer[index]:.4f}" for index in order[1:3])
    return f"{escaped(path)}: class {order[0]}, probability {answer[order[0]]:.4f} (next: {others})"


def _as_json(path: Path, answer: np.ndarray) -> str:
    best = int(answer.argmax())
    return json.dumps({"image": str(path), "class": best, "probabilities": [float(value) for value in answer]})
