"""Layers that bend images while training: slanted, seen in perspective, as if drawn on rubber; Keras's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.checks import fraction
from pellucid.graph import Tensor, builder
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.moving import Moved, grid
from pellucid.layers.random_draws import Range, limits_of, numbers_along, plain
from pellucid.layers.sampling import FILL_MODES

EITHER_WAY: Range = (-1.0, 1.0)
SMALL = 1e-7  # that keeps a division from being by zero
NOISE, OTHER_NOISE = 3, 4


class RandomShear(Moved):
    """Images that are slanted: rows shifted the farther the lower they are, columns likewise; in training only.

    Args:
        x_factor: how far rows are shifted, in rows to the side for each row downwards: between two limits from 0 to 1,
            to the left and to the right; a number f stands for (0, f).
        y_factor: likewise for columns.
        interpolation: "bilinear" or "nearest".
        fill_mode: what comes in: "reflect", "wrap", "nearest", or "constant" for `fill_value`.
        fill_value: where the mode is "constant".
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomShear((1.0, 1.0), fill_mode="constant", seed=1)
        >>> layer(np.arange(1.0, 7.0).reshape(1, 2, 3, 1), training=True)[0, :, :, 0].tolist()
        [[1.0, 2.0, 3.0], [0.0, 4.0, 5.0]]

    Source: keras.layers.RandomShear.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        x_factor: float | Sequence[float] = 0.0,
        y_factor: float | Sequence[float] = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.x_factor = self._either_way("x_factor", x_factor)
        self.y_factor = self._either_way("y_factor", y_factor)

    def _either_way(self, name: str, factor: float | Sequence[float]) -> float | list[float]:
        """A factor as it is kept; (-f, f), as Keras writes f down, is f."""
        if isinstance(factor, list | tuple) and len(factor) == 2:
            low, high = self.factor_range(name, factor, EITHER_WAY)
            factor = high if low == -high else factor
        self.factor_range(name, factor)
        return plain(factor)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Slanted to one side."""
        by_row, by_column = self._slants(x)
        down, across = grid(x)
        return down + by_column * across, across + by_row * down

    def carried(self, x: Tensor, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
        """What `places` makes the points of: two equations."""
        by_row, by_column = self._slants(x)
        rest = 1.0 - by_row * by_column
        rest = builder.where(builder.greater(builder.absolute(rest), SMALL), rest, SMALL)
        return (across - by_row * down) / rest, (down - by_column * across) / rest

    def _slants(self, x: Tensor) -> list[Tensor]:
        """How far rows are shifted for each row, and columns for each column, (batch, 1, 1) each."""
        side = builder.where(builder.greater(self.drawn(x, (0.0, 1.0)), 0.5), -1.0, 1.0)
        return [
            builder.reshape(side * self.drawn(x, self.factor_range("a factor", factor), number), (x.shape[0], 1, 1))
            for factor, number in ((self.x_factor, 1), (self.y_factor, 2))
        ]


class _SometimesMoved(Moved):
    """Images of which some, at random, are moved: with the probability `factor`, itself drawn for each image."""

    bounds = (0.0, 1.0)
    factor: Range
    draws: ClassVar[tuple[int, int]]
    """The numbers of the two draws that decide it."""

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Move those that are drawn."""
        return builder.where(self._is_drawn(x), super().moved(x, interpolation), x)

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """The boxes of those that are drawn."""
        drawn = builder.reshape(self._is_drawn(x), (x.shape[0], 1, 1))
        return builder.where(drawn, super().corners_moved(corners, x), corners)

    def _is_drawn(self, x: Tensor) -> Tensor:
        """1 for each image that is moved, else 0: (batch, 1, 1, 1)."""
        probability, chance = self.draws
        return builder.greater(self.drawn(x, self.factor, probability), self.drawn(x, (0.0, 1.0), chance))


class RandomPerspective(_SometimesMoved):
    """Images of which some, at random, are seen in perspective: corners shifted each by itself; in training only.

    Args:
        factor: how probable it is for an image, drawn between two limits from 0 to 1; a number f stands for (0, f).
        scale: from 0 to 1: corners are shifted by up to half of that share of their distance from the first corner.
        interpolation: "bilinear" or "nearest".
        fill_value: what lies outside.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomPerspective((1.0, 1.0), scale=0.5, seed=1)
        >>> y = layer(np.ones((4, 6, 6, 1)), training=True)
        >>> y.shape, bool((y[:, 0, 0] == 1).all())
        ((4, 6, 6, 1), True)

    Source: keras.layers.RandomPerspective.
    """

    draws = (4, 5)

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__("constant", interpolation, seed, fill_value, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.scale = fraction(self.label, "scale", scale)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Those of a perspective."""
        scale_down, scale_across, by_row, by_column = perspective(x, *self._shifts(x))
        down, across = grid(x)
        divisor = by_column * across + by_row * down + 1.0
        divisor = builder.where(builder.greater(builder.absolute(divisor), SMALL), divisor, SMALL)
        return down * scale_down / divisor, across * scale_across / divisor

    def carried(self, x: Tensor, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
        """What `places` makes the points of: the equations are linear in the inverse of their divisor."""
        scale_down, scale_across, by_row, by_column = perspective(x, *self._shifts(x))
        across, down = across / scale_across, down / scale_down
        rest = 1.0 - by_column * across - by_row * down
        rest = builder.where(builder.greater(builder.absolute(rest), SMALL), rest, SMALL)
        return across / rest, down / rest

    def _shifts(self, x: Tensor) -> list[Tensor]:
        half = self.scale / 2
        return [
            builder.reshape(self.drawn(x, (1.0 - half, 1.0 + half), number), (x.shape[0], 1, 1)) for number in range(4)
        ]


def perspective(
    x: Tensor, right: Tensor, bottom: Tensor, corner_right: Tensor, corner_bottom: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What is seen at each pixel where three corners of an image are elsewhere.

    The first corner stays at (0, 0). With that the eight equations of a map of planes can be solved one by one: those
    of the first corner say that nothing is added, those of the corners on the edges that the edges stay.

    Args:
        x: (batch, rows, columns, channels).
        right: where the upper right corner is, as a share of the last column, (batch, 1, 1).
        bottom: where the lower left corner is, as a share of the last row.
        corner_right: where the lower right corner is, as a share of the last column.
        corner_bottom: likewise, of the last row.

    Returns:
        four numbers of each image: row r is seen from row r * the first / d and column c from c * the second / d, where
        d is 1 + the third * r + the fourth * c.

    Source: Heckbert, Fundamentals of texture mapping and image warping, 1989, section 2.2.
    """
    _, height, width, _ = x.shape
    last_row, last_column = float(max(height - 1, 1)), float(max(width - 1, 1))
    by_row = (corner_right / right - 1.0) / (corner_bottom * last_row)
    by_column = (corner_bottom / bottom - 1.0) / (corner_right * last_column)
    return by_row * last_row + 1.0 / bottom, by_column * last_column + 1.0 / right, by_row, by_column


class RandomElasticTransform(_SometimesMoved):
    """Images of which some, at random, are bent as if they were drawn on rubber; in training only.

    Args:
        factor: how probable it is for an image, drawn between two limits from 0 to 1; a number f stands for (0, f).
        scale: how strongly they are bent, drawn between two limits from 0 to 1; a number s stands for (0, s).
        interpolation: "bilinear" or "nearest".
        fill_mode: what comes in: "reflect", "mirror", "wrap", "nearest", or "constant" for `fill_value`.
        fill_value: where the mode is "constant".
        value_range: smallest and largest value of a pixel; results are brought into it.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomElasticTransform((1.0, 1.0), seed=1)
        >>> bool((layer(np.ones((4, 6, 6, 1)), training=True).round(5) == 1).all())
        True

    Source: keras.layers.RandomElasticTransform; Simard, Steinkraus and Platt, Best practices for convolutional neural
    networks, ICDAR 2003.
    """

    draws = (1, 2)
    moves_no_boxes = "bends lines, and says not where bounding boxes come to lie"
    fill_modes: ClassVar[tuple[str, ...]] = (*FILL_MODES, "mirror")

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.scale = self.factor_range("scale", scale)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Bend those that are drawn."""
        y = self.moved(x, self.interpolation)
        return y if y is x else builder.clip(y, *self.value_range)

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Shift each pixel by noise that was blurred."""
        return super().moved(x, interpolation) if self.scale[1] and self.factor[1] else x

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Those of bent lines."""
        strength = builder.reshape(self.drawn(x, self.scale), (x.shape[0], 1, 1))
        _, height, width, _ = x.shape
        down, across = (
            place + self._noise(x, number, strength) * strength * (0.1 * max(height, width))
            for place, number in zip(grid(x), (NOISE, OTHER_NOISE), strict=True)
        )
        return down, across

    def _noise(self, x: Tensor, number: int, strength: Tensor) -> Tensor:
        """Normal numbers that are blurred as widely as they are large: (batch, rows, columns)."""
        count, height, width, _ = x.shape
        widest = 0.05 * min(height, width)
        sigma = strength * widest
        noise = builder.random_normal(x.graph, (count, height, width), self.stream_of(x.graph, number)) * sigma
        most = math.floor(3 * widest * self.scale[1])
        return builder.matmul(blur(noise, height, sigma, most), builder.matmul(noise, blur(noise, width, sigma, most)))


def blur(x: Tensor, size: int, sigma: Tensor, most: int) -> Tensor:
    """The matrices (batch, size, size) that blur lines of zeros around numbers; a blur ends at three sigmas.

    Args:
        x: any tensor of the graph.
        size: of a line.
        sigma: how wide the blur is [pixels], (batch, 1, 1).
        most: the whole number of pixels in three of the widest sigma.
    """
    places = numbers_along(x, size, [1, size, 1]) - numbers_along(x, size, [1, 1, size])
    beside = numbers_along(x, 2 * most + 1, [1, 1, 2 * most + 1]) - float(most)
    weights, total = (
        builder.exp(builder.square(distance / (sigma + SMALL)) * -0.5)
        * builder.greater_equal(builder.floor(sigma * 3.0), builder.absolute(distance))
        for distance in (places, beside)
    )
    return weights / builder.reduce_sum(total, (2,), keepdims=True)
