"""Layers that vary the colours of images while training: Keras's, with a draw for each image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.augmentation import RED_GREEN_BLUE, brightened, contrasted
from pellucid.layers.images import IMAGES
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.random_draws import Factor, Range, limits_of, plain

EITHER_WAY: Range = (-1.0, 1.0)
BRIGHTNESS = (0.2989, 0.587, 0.114)
"""How bright red, green and blue are to the eye. Source: Recommendation ITU-R BT.601."""
TURNED = ((3.0, 1.0, 1.0), (2.0, -1.0, -2.0), (4.0, -1.0, -2.0))
"""Of red, green and blue: at which sixth of the circle of hues they turn, to which side, and from what on."""
SMALL = 1e-7  # that keeps a division from being by zero


class Coloured(Factor):
    """Images of red, green and blue, whose colours are varied."""

    bounds: ClassVar[Range] = (0.0, 1.0)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        super().build(input_shape)
        self._check(input_shape[-1 if self.data_format == "channels_last" else -3])

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Vary images in training, pass them otherwise."""
        images = inputs[IMAGES] if isinstance(inputs, Mapping) else inputs
        self._check(images.shape[-1 if self.data_format == "channels_last" else -3])
        return super().call(inputs, training)

    def _check(self, channels: int | None) -> None:
        if channels not in (None, RED_GREEN_BLUE):
            raise ShapeError(
                f"{self.label} varies colours and takes images of 3 channels ({self.data_format}), got {channels}; "
                "leave it out for images that are grey"
            )


class ColouredByFactor(Coloured):
    """The base of those that have one factor, and a range that results are brought into."""

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


def greyed(x: Tensor) -> Tensor:
    """Images as bright as they were, without colours: (..., 1)."""
    return builder.reduce_sum(x * builder.literal(x.graph, BRIGHTNESS), (x.rank - 1,), keepdims=True)


def hue_saturation_value(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue from 0 to 1, saturation and value of colours, each (..., 1)."""
    red, green, blue = (builder.slice_axis(x, x.rank - 1, place, place + 1) for place in range(RED_GREEN_BLUE))
    value = builder.reduce_max(x, (x.rank - 1,), keepdims=True)
    span = value - builder.reduce_min(x, (x.rank - 1,), keepdims=True)
    has_colour = builder.greater(span, 0.0)
    divisor = builder.where(has_colour, span, 1.0)
    rest = builder.where(builder.equal(value, green), (blue - red) / divisor + 2.0, (red - green) / divisor + 4.0)
    sixths = builder.where(builder.equal(value, red), (green - blue) / divisor, rest)
    hue = builder.where(has_colour, fraction(sixths * (1.0 / 6.0)), 0.0)
    return hue, builder.where(builder.greater(value, 0.0), span / builder.where(has_colour, value, 1.0), 0.0), value


def fraction(x: Tensor) -> Tensor:
    """What is behind the whole number below."""
    return x - builder.floor(x)


def red_green_blue(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Colours of their hue, saturation and value."""
    sixths = fraction(hue) * 6.0
    channels = [
        value * (1.0 - saturation * (1.0 - builder.clip(builder.absolute(sixths - at) * side - low, 0.0, 1.0)))
        for at, side, low in TURNED
    ]
    return builder.concatenate(channels, value.rank - 1)


def turned(x: Tensor, by: Tensor, value_range: Range) -> Tensor:
    """Colours whose hues are turned by a share of their circle."""
    low, high = value_range
    hue, saturation, value = hue_saturation_value((x - low) / (high - low))
    return builder.clip(red_green_blue(hue + by, saturation, value), 0.0, 1.0) * (high - low) + low


def saturated(x: Tensor, factor: Tensor, value_range: Range) -> Tensor:
    """Colours with their saturation times f / (1 - f): half is as it was."""
    hue, saturation, value = hue_saturation_value(x)
    stronger = builder.clip(saturation * (factor / (1.0 - factor + SMALL)), *value_range)
    return red_green_blue(hue, stronger, value)


class RandomGrayscale(Coloured):
    """Images of which some, at random, lose their colours; in training only.

    Args:
        factor: which share of them, from 0 to 1.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomGrayscale(1.0)([[[[100.0, 0.0, 0.0]]]], training=True).round().tolist()
        [[[[30.0, 30.0, 30.0]]]]

    Source: keras.layers.RandomGrayscale.
    """

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.factor = arguments.fraction("factor", factor, self.label)

    def varied(self, x: Tensor) -> Tensor:
        """Grey those that are drawn."""
        drawn = builder.greater(self.factor, self.drawn(x, (0.0, 1.0)))
        return builder.where(drawn, builder.broadcast_to(greyed(x), x.shape), x)


class RandomColorDegeneration(ColouredByFactor):
    """Images with colours that are weaker, or stronger; in training only.

    Args:
        factor: which share of the way to grey is gone, between two limits from -1 to 1, where numbers below 0 make
            colours stronger; a number f stands for (-f, f), as in Keras.
        value_range: smallest and largest value of a pixel; results are brought into it.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomColorDegeneration((0.5, 0.5))([[[[100.0, 0.0, 0.0]]]], training=True).round().tolist()
        [[[[65.0, 15.0, 15.0]]]]

    Source: keras.layers.RandomColorDegeneration.
    """

    bounds = EITHER_WAY

    def varied(self, x: Tensor) -> Tensor:
        """Mix with grey."""
        return builder.clip(x + (greyed(x) - x) * self.drawn(x, self.factor), *self.value_range)


class RandomHue(ColouredByFactor):
    """Images with other hues; in training only.

    Args:
        factor: how far hues are turned either way, between two limits from 0 to 1, where 1 is half of their circle; a
            number f stands for (0, f).
        value_range: smallest and largest value of a pixel.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomHue((1.0, 1.0))([[[[100.0, 0.0, 0.0]]]], training=True).round(1).tolist()
        [[[[0.0, 100.0, 100.0]]]]

    Source: keras.layers.RandomHue.
    """

    def varied(self, x: Tensor) -> Tensor:
        """Turn hues."""
        side = builder.where(builder.greater(self.drawn(x, (0.0, 1.0)), 0.5), -0.5, 0.5)
        return turned(x, side * self.drawn(x, self.factor, 1), self.value_range)


class RandomSaturation(ColouredByFactor):
    """Images with stronger or weaker colours; in training only.

    Args:
        factor: between two limits from -1 to 1: 0 and less is grey, 0.5 is as it was, 1 as strong as can be; a number f
            stands for (-f, f), as in Keras, so give two, such as (0.3, 0.7), for images that keep colours.
        value_range: saturations are brought into it, as in Keras.
        data_format: "channels_last", the default, or "channels_first".
        seed: see `Dropout`.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> from pellucid import layers
        >>> layers.RandomSaturation((0.0, 0.0))([[[[100.0, 0.0, 0.0]]]], training=True).tolist()
        [[[[100.0, 100.0, 100.0]]]]

    Source: keras.layers.RandomSaturation.
    """

    bounds = EITHER_WAY

    def varied(self, x: Tensor) -> Tensor:
        """Strengthen or weaken colours."""
        return saturated(x, self.drawn(x, self.factor), self.value_range)


class RandomColorJitter(Coloured):
    """Images with other light, contrast, saturation and hue, one after the other; in training only.

    Args:
        value_range: smallest and largest value of a pixel.
        brightness_factor: see `RandomBrightness`; None leaves it.
        contrast_factor: see `RandomContrast`.
        saturation_factor: see `RandomSaturation`.
        hue_factor: see `RandomHue`.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: the images have not three channels.

    Example:
        >>> from pellucid import layers
        >>> jitter = layers.RandomColorJitter(brightness_factor=(0.2, 0.2), saturation_factor=(0.0, 0.0))
        >>> jitter([[[[100.0, 0.0, 0.0]]]], training=True).tolist()
        [[[[151.0, 151.0, 151.0]]]]

    Source: keras.layers.RandomColorJitter.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        brightness_factor: float | Sequence[float] | None = None,
        contrast_factor: float | Sequence[float] | None = None,
        saturation_factor: float | Sequence[float] | None = None,
        hue_factor: float | Sequence[float] | None = None,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.value_range = limits_of(self.label, value_range)
        self.brightness_factor = self._factor("brightness_factor", brightness_factor, EITHER_WAY)
        self.contrast_factor = self._factor("contrast_factor", contrast_factor, self.bounds)
        self.saturation_factor = self._factor("saturation_factor", saturation_factor, EITHER_WAY)
        self.hue_factor = self._factor("hue_factor", hue_factor, self.bounds)

    def _factor(self, name: str, value: float | Sequence[float] | None, bounds: Range) -> float | list[float] | None:
        if value is None:
            return None
        self.factor_range(name, value, bounds)
        return plain(value)

    def varied(self, x: Tensor) -> Tensor:
        """Light, contrast, saturation, hue."""
        if self.brightness_factor is not None:
            limits = self.factor_range("brightness_factor", self.brightness_factor, EITHER_WAY)
            x = brightened(x, self.drawn(x, limits), self.value_range)
        if self.contrast_factor is not None:
            low, high = self.factor_range("contrast_factor", self.contrast_factor)
            x = contrasted(x, self.drawn(x, (1.0 - low, 1.0 + high), 1), self.value_range)
        if self.saturation_factor is not None:
            limits = self.factor_range("saturation_factor", self.saturation_factor, EITHER_WAY)
            x = saturated(x, self.drawn(x, limits, 2), self.value_range)
        if self.hue_factor is None:
            return x
        side = builder.where(builder.greater(self.drawn(x, (0.0, 1.0), 3), 0.5), -0.5, 0.5)
        limits = self.factor_range("hue_factor", self.hue_factor)
        return turned(x, side * self.drawn(x, limits, 4), self.value_range)
