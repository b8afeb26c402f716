"""Images and their masks moved together while training: mirrored, shifted, turned and scaled as one, lit alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.data.images.affine import affine_map, resampled
from pellucid.data.sources.epochs import Epochs, GivesEpochs
from pellucid.data.sources.source import length_of
from pellucid.random import generator

__all__ = ["MovedTogether", "moved"]

TURNED, SHIFTED, SCALED, LIT, CONTRASTED = 10.0, 0.1, 0.15, 0.1, 0.2  # degrees, shares of a side, of 1, of 255, of 1
DRAWS = 7
WHITE = 255.0


class MovedTogether(Epochs):
    """Batches of images with masks, of which each is moved anew in each epoch; the mask as the image.

    The draws follow from the seed, the epoch, and the image's place in its batch, so that a training that is resumed
    sees what it would have seen.

    Args:
        source: gives images (batch, rows, columns, channels) and numbers of classes (batch, rows, columns).
        white: the largest number that images have, from 0 on; 0 where that is not known, and they are not lit.

    Example:
        >>> class Squares(Epochs):
        ...     def __len__(self):
        ...         return 1
        ...     def batches(self, epoch, *, seed, start=0):
        ...         x = np.zeros((1, 8, 8, 1), np.uint8)
        ...         x[0, :4] = 200
        ...         yield x, (x[..., 0] > 100).astype(np.uint8)
        >>> x, y = next(MovedTogether(Squares()).batches(0, seed=1))
        >>> x.shape, bool(((x[..., 0] > 100) == y).mean() > 0.9)
        ((1, 8, 8, 1), True)
    """

    def __init__(self, source: GivesEpochs, white: float = WHITE) -> None:
        self.source, self.white = source, white

    def __len__(self) -> int:
        """Batches in an epoch."""
        count = length_of(self.source)
        if count is None:
            raise TypeError("nobody knows how many batches there are")
        return count

    def batches(self, epoch: int, *, seed: int, start: int = 0) -> Iterator[Any]:
        """See `Epochs`."""
        for number, (x, y) in enumerate(self.source.batches(epoch, seed=seed, start=start), start):
            draws = generator(seed, (epoch << 32) + number).uniform(-1.0, 1.0, (len(x), DRAWS))
            pairs = [moved(*each, self.white) for each in zip(x, y, draws, strict=True)]
            yield np.stack([image for image, _ in pairs]), np.stack([mask for _, mask in pairs])


def moved(
    image: np.ndarray, mask: np.ndarray, draws: np.ndarray, white: float = WHITE
) -> tuple[np.ndarray, np.ndarray]:
    """An image and its mask, moved by the same draws; what comes in from outside is their mirror image.

    Args:
        image: of 0..white (rows, columns, channels).
        mask: numbers of classes (rows, columns), which stay such: no class is mixed of two.
        draws: seven numbers from -1 to 1: mirror, turn, shifts, scale, light, contrast.
        white: 0 where it is not known: then light and contrast stay.

    Example:
        >>> image = np.arange(4.0).reshape(1, 4, 1)
        >>> both = moved(image, image[..., 0], np.array([1.0, 0, 0, 0, 0, 0, 0]))
        >>> [each.ravel().tolist() for each in both]
        [[3.0, 2.0, 1.0, 0.0], [3.0, 2.0, 1.0, 0.0]]
    """
    mirror, turn, down, right, scale, light, contrast = draws
    if mirror > 0:
        image, mask = image[:, ::-1], mask[:, ::-1]
    rows, columns = mask.shape
    zoom = 1.0 + SCALED * scale
    place = affine_map(
        (rows, columns), TURNED * turn, SHIFTED * down * rows, SHIFTED * right * columns, 0.0, zoom, zoom
    )
    pixels = resampled(image.astype(np.float32), *place, "reflect", 0.0, 1)
    if white:
        mean = pixels.mean(axis=(0, 1), keepdims=True)
        lit = (pixels - mean) * (1.0 + CONTRASTED * contrast) + mean + LIT * white * light
        pixels = lit.clip(0.0, white)
    return pixels.astype(np.float32), resampled(mask[..., np.newaxis], *place, "reflect", 0.0, 0)[..., 0]
