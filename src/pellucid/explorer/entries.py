"""The inputs of a model under study: how each is called, what shape it has, and whether it is a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.frozen import Frozen
from pellucid.inspection.image_samples import picture_axes
from pellucid.inspection.map_records import FeatureMaps
from pellucid.inspection.seen import input_paths
from pellucid.models import Model

__all__ = ["Entry", "entries_of"]


class Entry(Frozen):
    """One of the inputs of a model.

    Args:
        id: of its box: "input", or the name of its input layer where there are several.
        number: which one, from 0.
        shape: of a sample.
        size: rows, columns and channels of one that is a picture; None for others.
        axis: on which a picture has its channels, of a batch of samples.
        brightness: what is black and what is white in it: 0 and 1, 0 and 255, -1 and 1.
    """

    id: str
    number: int
    shape: tuple[int, ...]
    size: tuple[int, int, int] | None
    axis: int
    brightness: tuple[float, float]


def entries_of(model: Model, samples: Sequence[np.ndarray]) -> tuple[Entry, ...]:
    """The inputs of a model that is built, for samples of these, (samples, ...) each.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((8, 6, 1)), layers.Conv2D(4, 3)])
        >>> entry, = entries_of(model, [np.zeros((2, 8, 6, 1))])
        >>> entry.id, entry.size, entry.brightness
        ('input', (8, 6, 1), (0.0, 1.0))
    """
    found = []
    for number, (name, part) in enumerate(zip(input_paths(model), samples, strict=True)):
        picture, shape = picture_axes(model, number), list(part.shape[1:])
        axis, size = -1, None
        if picture is not None:
            _, channels, axis = picture
            del shape[-1 if axis < 0 else axis - 1]
            size = shape[0], shape[1], channels
        brightness = FeatureMaps(name, "Input", np.asarray(part[0], np.float32)).brightness
        found.append(Entry(name, number, part.shape[1:], size, axis, brightness))
    return tuple(found)
