"""What a model says of one image, in words and as plain data: a class, a class for each place, labels, numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pellucid import Model
from pellucid.data.images.files import decoded, upright_size
from pellucid.data.images.resampling import resized_pixels
from pellucid.data.masks.coding import COLORED, Coding
from pellucid.errors import DataError, FileError, escaped
from pellucid.formats.atomic import atomic_write
from pellucid.formats.paths import checked_path
from pellucid.frozen import Frozen

MOST_NAMED = 5


class Answer(Frozen, eq=False):
    """What a model says of an image.

    Attributes:
        text: in words.
        record: as plain data.
        classes: the number of the class at each place (rows, columns), where it tells that.
        coding: what values those numbers have in masks.
    """

    text: str
    record: dict[str, Any]
    classes: np.ndarray | None = None
    coding: Coding | None = None

    def save_mask(self, image: Path, folder: Path) -> Path:
        """Write the classes as a mask beside an image: as large as that, with the values that masks had in training.

        Raises:
            FileError: the folder cannot be written to.
        """
        from PIL import Image

        assert self.classes is not None
        width, height = decoded(checked_path(image, "an image"), upright_size)
        numbers = resized_pixels(self.classes[..., np.newaxis], (height, width), "nearest")[..., 0].astype(np.int64)
        values = np.array(self.coding.values if self.coding is not None else range(256))[numbers]
        if values.max() >= COLORED:
            values = np.stack([values >> 16 & 255, values >> 8 & 255, values & 255], axis=-1)
        kind = np.uint8 if values.max() <= 255 else np.uint16
        path = folder / f"{image.stem}_mask.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as file:
                Image.fromarray(values.astype(kind)).save(file, format="PNG")
        except OSError as error:
            raise FileError(f"{escaped(path)} cannot be written: {error.strerror or error}") from error
        return path


def answer_of(model: Model, numbers: np.ndarray) -> Answer:
    """What a model's numbers for one image say.

    Args:
        model: whose they are.
        numbers: its output, without the batch axis.

    Raises:
        DataError: there is a NaN among them, by which no class is the largest.
    """
    if np.isnan(numbers).any():
        raise DataError(
            f"{model.name} answers with NaN, which is no number, so it says nothing; its weights may have grown out of "
            "all bounds: train it again with a lower rate"
        )
    kind = "classes" if model.trained_on is None else model.trained_on.kind
    if numbers.ndim == 3:
        return _places(model, numbers)
    values = numbers.reshape(-1)
    if kind == "numbers":
        return _numbers(model, values)
    return _labels(model, values) if kind == "labels" else _classes(model, values)


def name_of(model: Model, number: int) -> str:
    """The name of a class, or its number."""
    return str(number) if model.trained_on is None else model.trained_on.name_of(number)


def _classes(model: Model, answer: np.ndarray) -> Answer:
    """One class, with its probability and the next ones."""
    best = int(answer.argmax())
    told = {"class": best, "probabilities": [float(value) for value in answer]}
    names = () if model.trained_on is None else model.trained_on.class_names
    if len(names) == len(answer):
        told |= {"name": names[best], "names": list(names)}
    if len(answer) == 1:
        return Answer(f"{answer[0]:z.4f}", told)
    order = np.argsort(answer)[::-1]
    others = ", ".join(f"{name_of(model, index)} {answer[index]:.4f}" for index in order[1:3])
    text = f"class {name_of(model, order[0])}, probability {answer[order[0]]:.4f} (next: {others})"
    return Answer(text, told)


def _places(model: Model, answer: np.ndarray) -> Answer:
    """The share of the places that each class has; of one number for each place, 1 stands for the class."""
    classes = answer.argmax(axis=-1) if answer.shape[-1] > 1 else (answer[..., 0] > 0.5).astype(np.int64)
    count = max(answer.shape[-1], 2)
    shares = np.bincount(classes.ravel(), minlength=count) / classes.size
    order = [int(number) for number in np.argsort(-shares, kind="stable") if shares[number] > 0]
    text = ", ".join(f"{name_of(model, number)} {shares[number]:.1%}" for number in order[:MOST_NAMED])
    names = [name_of(model, number) for number in range(count)]
    told = {"names": names, "shares": [float(share) for share in shares]}
    return Answer(f"{text} of its places", told, classes, None if model.trained_on is None else model.trained_on.coding)


def _numbers(model: Model, answer: np.ndarray) -> Answer:
    """Each number under its name."""
    names = [name_of(model, number) for number in range(len(answer))]
    text = ", ".join(f"{name} {value:.5g}" for name, value in zip(names, answer, strict=True))
    return Answer(text, {"names": names, "numbers": [float(value) for value in answer]})


def _labels(model: Model, answer: np.ndarray) -> Answer:
    """The labels that are more probable than not, and the others' probabilities in JSON."""
    names = [name_of(model, number) for number in range(len(answer))]
    order = np.argsort(-answer, kind="stable")
    said = [int(number) for number in order if answer[number] >= 0.5]
    told = {"labels": [names[k] for k in said], "names": names, "probabilities": [float(value) for value in answer]}
    if said:
        return Answer(", ".join(f"{names[k]} {answer[k]:.4f}" for k in said), told)
    return Answer(f"none of its labels (nearest: {names[order[0]]} {answer[order[0]]:.4f})", told)
