"""Layers that vary the tones and the sharpness of images while training: Keras's, with a draw for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from pellucid.checks import whole
from pellucid.errors import ArgumentError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.random_draws import Augmentation, Factor, Range, limits_of

WHITE, BITS = 255.0, 8
SMALL = 1e-6  # below any spread of a blur, so that none is zero


def to_bytes(x: Tensor, value_range: Range) -> Tensor:
    """Pixels of a range as numbers from 0 to 255."""
    low, high = value_range
    return x if value_range == (0.0, WHITE) else (x - low) * (WHITE / (high - low))


def from_bytes(x: Tensor, value_range: Range) -> Tensor:
    """The other way."""
    low, high = value_range
    return x if value_range == (0.0, WHITE) else x * ((high - low) / WHITE) + low


class RandomInvert(Factor):
    """Images of which some, at random, become their negatives; in training only.

    Args:
        factor: how probable it is for an image, drawn between two limits from 0 to 1; a number f stands for (0, f).
        value_range: smallest and largest value of a pixel: a negative is the largest less the image.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomInvert((1.0, 1.0))([[[[0.0], [55.0]]]], training=True).ravel().tolist()
        [255.0, 200.0]

    Source: keras.layers.RandomInvert.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Invert those that are drawn."""
        drawn = builder.greater(self.drawn(x, self.factor), self.drawn(x, (0.0, 1.0), 1))
        return builder.where(drawn, self.value_range[1] - x, x)


class RandomPosterization(Factor):
    """Images with fewer tones; in training only.

    Args:
        factor: how many of eight bits are kept, a whole number that is drawn from the first of two limits on and below
            the second, or one limit twice; a number f stands for (1, f).
        value_range: smallest and largest value of a pixel.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomPosterization((2, 2))([[[[1.0], [70.0], [255.0]]]], training=True).ravel().tolist()
        [0.0, 64.0, 192.0]

    Source: keras.layers.RandomPosterization.
    """

    bounds = (1.0, 8.0)

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        low, high = self.factor_range("factor", factor)
        if low != int(low) or high != int(high):
            raise ArgumentError(f"{self.label}: factor counts bits, in whole numbers, got {shown(factor)}")
        self.factor = int(low), int(high)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Drop the lower bits."""
        low, high = self.factor
        bits = builder.floor(self.drawn(x, (float(low), float(high)))) if low != high else None
        step = 2.0 ** (BITS - low) if bits is None else builder.power(2.0, BITS - bits)
        tones = builder.floor(builder.clip(to_bytes(x, self.value_range), 0.0, WHITE))
        return from_bytes(builder.floor(tones / step) * step, self.value_range)


class Solarization(Factor):
    """Images whose bright tones are inverted; in training only.

    Args:
        addition_factor: what is added first, of 255, between two limits from 0 to 1; a number f stands for (0, f).
            As in Keras the lower limit is a number of tones, not a share of them.
        threshold_factor: tones from here on are inverted, likewise: 0 inverts all.
        value_range: smallest and largest value of a pixel.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.Solarization()([[[[10.0], [200.0]]]], training=True).ravel().tolist()
        [245.0, 55.0]

    Source: keras.layers.Solarization.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        addition_factor: float | Sequence[float] = 0.0,
        threshold_factor: float | Sequence[float] = 0.0,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.addition_factor = self.factor_range("addition_factor", addition_factor)
        self.threshold_factor = self.factor_range("threshold_factor", threshold_factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Add, then invert what is bright."""
        (low, high), (first, last) = self.addition_factor, self.threshold_factor
        tones = builder.clip(to_bytes(x, self.value_range) + self.drawn(x, (low, high * WHITE)), 0.0, WHITE)
        bright = builder.greater_equal(tones, self.drawn(x, (first, last * WHITE), 1))
        return from_bytes(builder.where(bright, WHITE - tones, tones), self.value_range)


class AutoContrast(Augmentation):
    """Images whose darkest tone of each channel becomes black and whose brightest becomes white, also when predicting.

    Args:
        value_range: smallest and largest value of a pixel.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.AutoContrast()([[[[100.0], [110.0], [120.0]]]]).ravel().tolist()
        [0.0, 127.5, 255.0]

    Source: keras.layers.AutoContrast.
    """

    always = True

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(None, data_format, **options)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Stretch each channel of each image; one that is flat stays as it is."""
        low, high = (reduce(x, (1, 2), keepdims=True) for reduce in (builder.reduce_min, builder.reduce_max))
        varies = builder.greater(high, low)
        share = (x - low) / builder.where(varies, high - low, 1.0)
        first, last = self.value_range
        return builder.where(varies, share * (last - first) + first, x)


class RandomSharpness(Factor):
    """Images that are blurred or sharpened; in training only.

    Args:
        factor: between two limits from 0 to 1: 0 is blurred, 0.5 as it was, 1 sharpened; a number f stands for (0, f).
        value_range: smallest and largest value of a pixel; results are brought into it.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomSharpness((0.5, 0.5))([[[[10.0], [20.0]]]], training=True).ravel().tolist()
        [10.0, 20.0]

    Source: keras.layers.RandomSharpness.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.value_range = limits_of(self.label, value_range)

    def varied(self, x: Tensor) -> Tensor:
        """Go towards the mean of the neighbours, or away from it."""
        lines = neighbours(x, 1, 3)
        around = sum_of(neighbours(sum_of(lines), 2, 3))
        smooth = (around + x * 4.0) * (1.0 / 13.0)
        factor = self.drawn(x, self.factor) * 2.0
        return builder.clip(x + (smooth - x) * (1.0 - factor), *self.value_range)


class RandomGaussianBlur(Factor):
    """Images of which some, at random, are blurred; in training only.

    Args:
        factor: how probable it is for an image, drawn between two limits from 0 to 1; a number f stands for (0, f).
        kernel_size: how many pixels are mixed, across and down; one odd number for both.
        sigma: how wide the blur is [pixels], drawn between two limits from 0 to 1; a number s stands for (0, s).
        value_range: smallest and largest value of a pixel; results are brought into it.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> from pellucid import layers
        >>> blur = layers.RandomGaussianBlur((1.0, 1.0), kernel_size=(3, 1), sigma=(0.5, 0.5))
        >>> blur([[[[0.0], [100.0], [0.0]]]], training=True).round().ravel().tolist()
        [11.0, 79.0, 11.0]

    Source: keras.layers.RandomGaussianBlur.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        kernel_size: int | Sequence[int] = 3,
        sigma: float | Sequence[float] = 1.0,
        value_range: Sequence[float] = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = self.factor_range("factor", factor)
        self.kernel_size = self._odd(kernel_size)
        self.sigma = self.factor_range("sigma", sigma)
        self.value_range = limits_of(self.label, value_range)

    def _odd(self, value: object) -> tuple[int, int]:
        sizes = value if isinstance(value, list | tuple) and len(value) == 2 else (value, value)
        across, down = (whole(self.label, "kernel_size", size, 1) for size in sizes)
        if across % 2 == 0 or down % 2 == 0:
            raise ArgumentError(f"{self.label}: kernel_size is odd, so that it has a middle, got {shown(value)}")
        return across, down

    def varied(self, x: Tensor) -> Tensor:
        """Blur those that are drawn."""
        drawn = builder.greater(self.drawn(x, self.factor), self.drawn(x, (0.0, 1.0), 1))
        across, down = self.kernel_size
        y = self._blurred(self._blurred(x, 2, across, 2), 1, down, 3)
        return builder.clip(builder.where(drawn, y, x), *self.value_range)

    def _blurred(self, x: Tensor, axis: int, size: int, number: int) -> Tensor:
        size = min(size, SEEN)
        sigma = self.drawn(x, self.sigma, number) + SMALL
        weights = [builder.exp(builder.square((place - (size - 1) / 2) / sigma) * -0.5) for place in range(size)]
        parts = [part * weight for part, weight in zip(neighbours(x, axis, size), weights, strict=True)]
        return sum_of(parts) / sum_of(weights)


SEEN = 31
"""Pixels that a blur can mix along one axis: farther than 15, of a sigma of 1 at most, a weight is 0 in float32."""


def neighbours(x: Tensor, axis: int, size: int) -> list[Tensor]:
    """The images seen from so many places along an axis, zeros around them; the middle one is x."""
    wide = builder.pad_axis(x, axis, size // 2, size // 2)
    return [builder.slice_axis(wide, axis, start, start + x.shape[axis]) for start in range(size)]


def sum_of(tensors: Sequence[Tensor]) -> Tensor:
    """All of them added."""
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total
