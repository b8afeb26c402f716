"""Photographs as a model wants them: in its size, with its channels, from 0 to 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pellucid import Model
from pellucid.data.images import read_image
from pellucid.errors import ArgumentError
from pellucid.inspection.channels import axes_behind


def as_input(model: Model, path: Path) -> np.ndarray:
    """An image file as one sample of a model, its channels where the model has them."""
    sizes, channels, axis = image_input(model)
    return np.moveaxis(read_for(path, sizes, channels).astype(np.float32) / 255, -1, axis - 1 if axis > 0 else axis)


def image_input(model: Model) -> tuple[tuple[int | None, int | None], int, int]:
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


def read_for(path: Path, sizes: tuple[int | None, int | None], channels: int) -> np.ndarray:
    """An image in the size that the model wants; where that is open, in its own."""
    if sizes == (None, None):
        return read_image(path, channels=channels)
    rows, columns = sizes
    if rows is None or columns is None:
        own = read_image(path, channels=channels).shape
        rows, columns = rows or own[0], columns or own[1]
    return read_image(path, size=(rows, columns), channels=channels)
