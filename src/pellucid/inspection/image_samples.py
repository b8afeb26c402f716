"""Image files as samples of a model: in its size, with its channels, where it has them."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from pellucid.data.images import read_image
from pellucid.errors import ArgumentError
from pellucid.inspection.channels import axes_behind
from pellucid.inspection.running import one_sample
from pellucid.models import Model

__all__ = ["Sample", "image_input", "image_pixels", "image_sample", "sample_of"]


Sample = npt.ArrayLike | str | os.PathLike[str]
"""One sample: numbers of the shape that a model wants, without a batch axis, or the path of an image file."""


def sample_of(model: Model, x: Sample) -> np.ndarray:
    """A sample, or an image file, as a batch of one, checked against the model's input."""
    return one_sample(model, image_sample(model, x) if isinstance(x, str | os.PathLike) else x)


def image_sample(model: Model, path: str | os.PathLike[str]) -> np.ndarray:
    """An image file as a sample of a model, float32, scaled to the model's size where that is not open.

    It is read as the images that the model was trained on, where the model knows that (`Model.trained_on`); else its
    values are 0..1.

    Args:
        model: a built model.
        path: PNG, JPEG, BMP, GIF or WebP.

    Raises:
        ArgumentError: the model does not take one image of 1 or 3 channels.
        FileError: there is no such file, or no image in it.
    """
    sizes, channels, axis = image_input(model)
    told = model.trained_on
    if told is not None and told.reading.shape == (*sizes, channels):
        pixels = told.sample(path)
    else:
        pixels = image_pixels(path, sizes, channels).astype(np.float32) / 255
    return np.moveaxis(pixels, -1, axis if axis < 0 else axis - 1)


def image_input(model: Model) -> tuple[tuple[int | None, int | None], int, int]:
    """Rows and columns of the model's input, None where open; its channels, and on which axis they are."""
    model.require_built()
    shapes = [tensor.shape for tensor in model.inputs]
    if len(shapes) == 1 and len(shapes[0]) == 4:
        _, first, middle, last = shapes[0]
        behind = axes_behind(model.built_network()).get(model.inputs[0].call)
        if last in (1, 3) and behind != 2:
            return (first, middle), last, -1
        if first in (1, 3) and behind != 0:
            return (middle, last), first, 1
    raise ArgumentError(f"{model.name} takes inputs of shape {shapes}, not one image of 1 or 3 channels")


def image_pixels(path: str | os.PathLike[str], sizes: tuple[int | None, int | None], channels: int) -> np.ndarray:
    """An image (rows, columns, channels) of bytes in the size that the model wants; where that is open, in its own."""
    if sizes == (None, None):
        return read_image(path, channels=channels)
    rows, columns = sizes
    if rows is None or columns is None:
        own = read_image(path, channels=channels).shape
        rows, columns = rows or own[0], columns or own[1]
    return read_image(path, size=(rows, columns), channels=channels)
