"""Layers that vary images while training, in their light and by mirrors: Keras's, with a draw for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from pellucid.checks import is_number, number
from pellucid.errors import ArgumentTypeError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.preprocessing import MASKS
from pellucid.layers.random_draws import Augmentation, Factor, Range, limits_of, numbers_along
from pellucid.layers.records import offer

HORIZONTAL, VERTICAL, BOTH = "horizontal", "vertical", "horizontal_and_vertical"
RED_GREEN_BLUE = 3


class RandomFlip(Augmentation):
    """Images of which every second one, at random, is mirrored; in training only.

    Args:
        mode: "horizontal" for left and right, "vertical" for up and down, "horizontal_and_vertical" for both at once.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> x = np.arange(3.0).reshape(1, 1, 3, 1).repeat(8, axis=0)
        >>> y = layers.RandomFlip("horizontal", seed=2)(x, training=True)
        >>> sorted({tuple(row.ravel().tolist()) for row in y})
        [(0.0, 1.0, 2.0), (2.0, 1.0, 0.0)]

    Source: keras.layers.RandomFlip.
    """

    belongs = (MASKS,)

    def __init__(
        self,
        mode: str = BOTH,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.mode = arguments.one_of("mode", mode, (HORIZONTAL, VERTICAL, BOTH), self.label)

    def mask_varied(self, x: Tensor) -> Tensor:
        """Mirror the masks of those that are drawn."""
        return self.varied(x)

    def varied(self, x: Tensor) -> Tensor:
        """Mirror those that are drawn."""
        mirrored = x
        for axis, modes in ((1, (VERTICAL, BOTH)), (2, (HORIZONTAL, BOTH))):
            mirrored = builder.flip(mirrored, axis) if self.mode in modes else mirrored
        return builder.where(builder.greater_equal(self.drawn(x, (0.0, 1.0)), 0.5), mirrored, x)


def contrasted(x: Tensor, factor: Tensor, value_range: Range) -> Tensor:
    """Images with their differences from the mean of each channel times a factor."""
    mean = builder.reduce_mean(x, (1, 2), keepdims=True)
    return builder.clip((x - mean) * factor + mean, *value_range)


def brightened(x: Tensor, share: Tensor, value_range: Range) -> Tensor:
    """Images with a share of the range added."""
    low, high = value_range
    return builder.clip(x + share * (high - low), low, high)


class RandomContrast(Factor):
    """Images with their differences from the mean of each channel made larger or smaller; in training only.

    Args:
        factor: differences are multiplied by a number from 1 - low to 1 + high, where the factor is (low, high); a
            number f is (0, f), as in Keras.
        value_range: smallest and largest value of a pixel; results are brought into it.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomContrast((0.5, 0.5), seed=1).factor
        (0.5, 0.5)

    Source: keras.layers.RandomContrast.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Stretch around the mean."""
        factor = self.drawn(x, (1.0 - self.factor[0], 1.0 + self.factor[1]))
        return contrasted(x, factor, self.value_range)


class RandomBrightness(Factor):
    """Images that are made brighter or darker; in training only.

    Args:
        factor: from -1 to 1: that share of the range is added; a number f stands for (-f, f).
        value_range: smallest and largest value of a pixel; results are brought into it.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> x = np.full((1, 1, 2, 1), 100.0)
        >>> layers.RandomBrightness((0.2, 0.2), seed=1)(x, training=True).ravel().tolist()
        [151.0, 151.0]

    Source: keras.layers.RandomBrightness.
    """

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Add a share of the range."""
        return brightened(x, self.drawn(x, self.factor), self.value_range)


class RandomErasing(Factor):
    """Images in which a rectangle is painted over; in training only.

    Args:
        factor: how probable it is for an image, drawn between two limits from 0 to 1; a number f stands for (0, f).
        scale: the rectangle's share of the area, likewise.
        fill_value: what it is filled with: a number, three for red, green and blue, or None for noise.
        value_range: smallest and largest value of a pixel: the noise is as wide as the largest.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=7.0, seed=1)
        >>> int((layer(np.zeros((1, 8, 8, 1)), training=True) == 7).sum())
        16

    Source: keras.layers.RandomErasing.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = (0.02, 0.33),
        fill_value: float | Sequence[float] | None = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.scale = self.factor_range("scale", scale)
        self.fill_value = self._filling(fill_value)
        self.value_range = limits_of(self.label, value_range)

    def _filling(self, value: object) -> float | list[float] | None:
        if value is None or is_number(value):
            return None if value is None else number(self.label, "fill_value", value)
        if not isinstance(value, list | tuple) or len(value) != RED_GREEN_BLUE:
            raise ArgumentTypeError(f"{self.label}: fill_value must be a number, three, or None, got {shown(value)}")
        return [number(self.label, "fill_value", each) for each in value]

    def varied(self, x: Tensor) -> Tensor:
        """Paint over what is drawn."""
        rows, columns = self._covered(x, 1), self._covered(x, 2)
        probable = self.drawn(x, self.factor)
        drawn = builder.greater(probable, self.drawn(x, (0.0, 1.0), 1))
        return builder.where(rows * columns * drawn, self._painted(x), x)

    def _covered(self, x: Tensor, axis: int) -> Tensor:
        """1 for the places of an axis that the rectangle covers, else 0."""
        size = x.shape[axis]
        length = builder.sqrt(self.drawn(x, self.scale, 2 * axis)) * float(size)
        start = self.drawn(x, (0.0, 1.0), 2 * axis + 1) * (float(size) - length)
        places = numbers_along(x, size, [size if each == axis else 1 for each in range(4)])
        return builder.greater_equal(places, start) * builder.greater(start + length, places)

    def _painted(self, x: Tensor) -> Tensor | float:
        if self.fill_value is None:
            return builder.random_normal(x.graph, x.shape, self.stream_of(x.graph, 6)) * self.value_range[1]
        if not isinstance(self.fill_value, list):
            return self.fill_value
        channels = x.shape[-1]
        if channels != RED_GREEN_BLUE:
            raise ArgumentTypeError(
                f"{self.label}: three fill_values are for three channels, the images have {channels}"
            )
        return builder.broadcast_to(builder.literal(x.graph, self.fill_value), x.shape)


offer({each.__name__: each for each in (RandomFlip, RandomContrast, RandomBrightness, RandomErasing)})
