"""A layer that spreads the tones of images evenly while training; Keras's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from pellucid.checks import whole
from pellucid.graph import Tensor, builder
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.random_draws import Augmentation, limits_of
from pellucid.layers.toning import WHITE, from_bytes, to_bytes

MOST_BINS = 2**12


class Equalization(Augmentation):
    """Images whose tones are spread so that each is about as frequent, channel by channel; in training only.

    As in Keras the tones of a channel are counted over all images of a batch, and predictions see images as they are.

    Args:
        value_range: smallest and largest value of a pixel.
        bins: how many tones are told apart.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.Equalization()([[[[10.0], [11.0], [12.0]]]], training=True).ravel().tolist()
        [0.0, 128.0, 255.0]

    Source: keras.layers.Equalization.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(None, data_format, **options)
        self.value_range = limits_of(self.label, value_range)
        self.bins = whole(self.label, "bins", bins, 1, MOST_BINS)

    def varied(self, x: Tensor) -> Tensor:
        """Each tone becomes the share of tones that are not brighter."""
        count, rows, columns, channels = x.shape
        tones = builder.transpose(to_bytes(x, self.value_range), (3, 0, 1, 2))
        tones = builder.reshape(tones, (channels, count * rows * columns))
        bins = builder.towards_zero(tones * float(self.bins - 1) / WHITE)
        bins = builder.clip(bins, 0.0, float(self.bins - 1))
        ones = builder.broadcast_to(builder.literal(x.graph, np.ones((1, 1, 1))), (*bins.shape, 1))
        counted = builder.reshape(builder.scatter_add_at(ones, bins, self.bins), (channels, self.bins))
        upwards = builder.literal(x.graph, np.triu(np.ones((self.bins, self.bins))))
        spread = builder.gather_at(builder.reshape(self._table(counted, upwards), (channels, self.bins, 1)), bins)
        several = builder.greater(builder.reduce_sum(builder.greater(counted, 0.0), (1,), keepdims=True), 1.5)
        y = builder.where(several, builder.reshape(spread, tones.shape), tones)
        y = builder.transpose(builder.reshape(y, (channels, count, rows, columns)), (1, 2, 3, 0))
        return from_bytes(y, self.value_range)

    def _table(self, counted: Tensor, upwards: Tensor) -> Tensor:
        """What becomes of each tone: from the darkest that occurs, which is 0, to the brightest, which is 255."""
        below = builder.matmul(counted, upwards)
        total = builder.reduce_max(below, (1,), keepdims=True)
        fewest = builder.reduce_min(builder.where(builder.greater(below, 0.0), below, total), (1,), keepdims=True)
        shares = (below - fewest) * WHITE / builder.maximum(total - fewest, 1.0)
        return builder.clip(half_to_even(shares), 0.0, WHITE)


def half_to_even(x: Tensor) -> Tensor:
    """Rounded to whole numbers; halves to the even one, as NumPy and Keras round."""
    down = builder.floor(x)
    rest = x - down
    is_odd = down - builder.floor(down * 0.5) * 2.0
    up = builder.greater(rest, 0.5) + builder.equal(rest, 0.5) * is_odd
    return down + up
