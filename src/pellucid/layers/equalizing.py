"""Layers that spread the tones of images evenly, over all of an image or place by place; Keras's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from pellucid.checks import number, several, whole
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.random_draws import Augmentation, limits_of
from pellucid.layers.toning import WHITE, from_bytes, to_bytes

MOST_BINS = 2**12
TONES = 256
MOST_TILES = 2**7  # down, and across: tables of all are numbered by float32
AXES = (1, 2)


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
        **options: Unpack[ImageOptions],
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


class ContrastLimitedAdaptiveHistogramEqualization(Augmentation):
    """Images whose tones are spread place by place, with no contrast raised beyond a limit (CLAHE).

    An image is divided into tiles. Each has a table of what becomes of its tones, in which no tone counts more than the
    limit; a pixel is looked up in the tables of the four tiles around it, which count by their nearness. It does so in
    training and in use.

    Args:
        value_range: smallest and largest value of a pixel.
        clip_limit: how many times as often as the mean a tone may count; 0 for no limit.
        tile_grid_size: how many tiles there are, (down, across).
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=0.0, tile_grid_size=(1, 1))
        >>> layer(np.arange(100.0, 104.0).reshape(1, 2, 2, 1)).ravel().tolist()
        [63.75, 127.5, 191.25, 255.0]

    Source: keras.layers.ContrastLimitedAdaptiveHistogramEqualization; Zuiderveld, Contrast limited adaptive histogram
    equalization, Graphics Gems IV, 1994.
    """

    always = True

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Sequence[int] = (8, 8),
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(None, data_format, **options)
        self.value_range = limits_of(self.label, value_range)
        self.clip_limit = number(self.label, "clip_limit", clip_limit, 0.0)
        tiles = several(self.label, "tile_grid_size", tile_grid_size, "the number of tiles down and across")
        if len(tiles) != len(AXES):
            raise ArgumentError(f"{self.label}: tile_grid_size must be (down, across), got {shown(tile_grid_size)}")
        self.tile_grid_size = tuple(whole(self.label, "tile_grid_size", each, 1, MOST_TILES) for each in tiles)

    def varied(self, x: Tensor) -> Tensor:
        """Each tone becomes what the tables of the tiles around it say."""
        count, rows, columns, channels = x.shape
        down, across = self.tile_grid_size
        tall, wide = -(-rows // down), -(-columns // across)
        tones = to_bytes(x, self.value_range)
        for axis, whole_tiles in zip(AXES, (tall * down, wide * across), strict=True):
            size = x.shape[axis]
            tones = builder.gather(tones, np.pad(np.arange(size), (0, whole_tiles - size), mode="symmetric"), axis)
        tones = builder.clip(builder.towards_zero(tones), 0.0, WHITE)
        planes = builder.reshape(builder.transpose(tones, (0, 3, 1, 2)), (count * channels, tall * down, wide * across))
        y = self._looked_up(planes, self._tables(planes, tall, wide), tall, wide)
        y = builder.transpose(builder.reshape(y, (count, channels, *y.shape[1:])), (0, 2, 3, 1))
        for axis, size in zip(AXES, (rows, columns), strict=True):
            y = builder.slice_axis(y, axis, 0, size)
        return from_bytes(y, self.value_range)

    def _tables(self, planes: Tensor, tall: int, wide: int) -> Tensor:
        """What becomes of each tone in each tile, (planes, tiles * tones, 1)."""
        (down, across), pixels = self.tile_grid_size, tall * wide
        tiles = builder.transpose(builder.reshape(planes, (planes.shape[0], down, tall, across, wide)), (0, 1, 3, 2, 4))
        tiles = builder.reshape(tiles, (planes.shape[0] * down * across, pixels))
        ones = builder.broadcast_to(builder.literal(planes.graph, np.ones((1, 1, 1))), (*tiles.shape, 1))
        counted = builder.reshape(builder.scatter_add_at(ones, tiles, TONES), (tiles.shape[0], TONES))
        if self.clip_limit:
            limited = builder.minimum(counted, self.clip_limit * pixels / TONES)
            counted = limited + builder.reduce_sum(counted - limited, (1,), keepdims=True) * (1.0 / TONES)
        below = builder.matmul(counted, builder.literal(planes.graph, np.triu(np.ones((TONES, TONES)))))
        fewest = builder.slice_axis(below, 1, 0, 1)
        rest = float(pixels) - fewest
        rest = builder.where(builder.equal(rest, 0.0), 1.0, rest)
        spread = builder.clip((below - fewest) * WHITE / rest, 0.0, WHITE)
        return builder.reshape(spread, (planes.shape[0], down * across * TONES, 1))

    def _looked_up(self, planes: Tensor, tables: Tensor, tall: int, wide: int) -> Tensor:
        """Pixels between the answers of the tables of four tiles."""
        (down, across), shape = self.tile_grid_size, planes.shape
        total = None
        for row, row_share in _tiles_beside(down, tall):
            for column, column_share in _tiles_beside(across, wide):
                tile = (row[:, np.newaxis] * across + column) * float(TONES)
                places = builder.reshape(planes + tile, (shape[0], shape[1] * shape[2]))
                said = builder.reshape(builder.gather_at(tables, places), shape)
                part = said * (row_share[:, np.newaxis] * column_share)
                total = part if total is None else total + part
        assert total is not None
        return total


def _tiles_beside(tiles: int, size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The tiles before and behind each pixel of an axis, by their middles, and how much each counts."""
    places = (np.arange(tiles * size) - size / 2) / size
    first = np.floor(places)
    beyond = places - first
    return [
        (np.clip(first, 0, tiles - 1), 1.0 - beyond),
        (np.clip(first + 1, 0, tiles - 1), beyond),
    ]


def half_to_even(x: Tensor) -> Tensor:
    """Rounded to whole numbers; halves to the even one, as NumPy and Keras round."""
    down = builder.floor(x)
    rest = x - down
    is_odd = down - builder.floor(down * 0.5) * 2.0
    up = builder.greater(rest, 0.5) + builder.equal(rest, 0.5) * is_odd
    return down + up
