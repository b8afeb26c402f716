"""What layers that vary images make of one image, again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.arraylike import array_that
from pellucid.calls import explained
from pellucid.checks import several, whole
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.frozen import Frozen
from pellucid.inspection.record import Record
from pellucid.layers import Layer, Rescaling
from pellucid.layers.random_draws import Augmentation
from pellucid.models import Model
from pellucid.random import check_seed

__all__ = ["Variations", "variations"]

MOST = 64


class Variations(Frozen, Record, eq=False):
    """One image, and what became of it.

    Attributes:
        layers: the names of the layers that it went through.
        image: as it was, (rows, columns, channels).
        varied: what became of it, (variations, rows, columns, channels).

    Example:
        >>> Variations(("mirrored",), np.zeros((4, 4, 1)), np.zeros((3, 4, 4, 1))).varied.shape
        (3, 4, 4, 1)
    """

    layers: tuple[str, ...]
    image: np.ndarray
    varied: np.ndarray


@explained
def variations(varying: Model | Layer | Sequence[Layer], image: Any, count: int = 11, seed: int = 1) -> Variations:
    """What a model's varying layers make of one image while it trains.

    Args:
        varying: a model, of which those of its layers are taken that vary images; or such layers. Nothing of them is
            touched.
        image: (rows, columns, channels), as the model takes it.
        count: how many variations, up to 64.
        seed: others with another.

    Raises:
        ArgumentError: nothing varies images, or a number is out of range.
        ShapeError: it is no image.

    Example:
        >>> from pellucid import layers
        >>> found = variations(layers.RandomFlip("horizontal", name="mirrored"), np.eye(4)[..., None], count=3)
        >>> found.layers, found.varied.shape
        (('mirrored',), (3, 4, 4, 1))
    """
    count, seed = whole("variations", "count", count, 1, MOST), check_seed(seed)
    chosen = list(_varying(varying))
    if not chosen:
        raise ArgumentError("variations: none of the layers varies images; those that do are called Random...")
    with np.errstate(over="ignore"):  # too large for float32 is infinite
        pixels = array_that("variations: the image", image).astype(np.float32)
    if pixels.ndim != 3:
        raise ShapeError(f"variations takes one image (rows, columns, channels), got shape {pixels.shape}")
    x: Any = np.repeat(pixels[np.newaxis], count, axis=0)
    for number, layer in enumerate(chosen):
        again = type(layer).from_config({**layer.get_config(), "name": f"{layer.name}_again"})
        if isinstance(again, Augmentation):
            again.seed, again._seed_of_draws = (seed * 1009 + number) % 2**31, 0
        x = again(x, training=True)
    return Variations(tuple(layer.name for layer in chosen), pixels, np.asarray(x))


def _varying(given: Model | Layer | Sequence[Layer]) -> Iterator[Layer]:
    """The layers that vary images, and those between them that scale them."""
    if not isinstance(given, Model):
        layers = [given] if isinstance(given, Layer) else several("variations", "varying", given, "layers")
        for layer in layers:
            if not isinstance(layer, Layer):
                raise ArgumentTypeError(f"variations takes a model or layers that vary images, got {shown(layer)}")
        yield from layers
        return
    places = [place for place, layer in enumerate(given.layers) if isinstance(layer, Augmentation)]
    for place, layer in enumerate(given.layers):
        if places and place <= places[-1] and isinstance(layer, Augmentation | Rescaling):
            yield layer
