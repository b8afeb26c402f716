"""Layers that move images while training: shifted, nearer or farther, turned, cut out; Keras's.

A graph has no places that depend on numbers: each output pixel is a sum over the input's, most of them times zero.
Along the axes, as in shifts and zooms, these are two small matrix products. A turn needs one per row, so that its cost
grows with the fourth power of the side: it is for images of up to some 128 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

from pellucid.checks import number
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.preprocessing import resized
from pellucid.layers.random_draws import Factor, numbers_along, plain
from pellucid.layers.records import offer

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("bilinear", "nearest")
MOST_AT_ONCE = 2**22  # numbers that the rows of a turned image are summed from at once


class Moved(Factor):
    """Images whose pixels come from other places. What lies outside follows from `fill_mode`.

    Args:
        fill_mode: "reflect" for (d c b a | a b c d | d c b a), "wrap" for (a b c d | a b c d | a b c d), "nearest" for
            (a a a a | a b c d | d d d d), or "constant" for `fill_value`.
        interpolation: "bilinear" or "nearest".
        seed: see `Noise`.
        fill_value: outside, where the mode is "constant".
        data_format: the order of axes.
        options: see `Layer`.
    """

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: int | None,
        fill_value: float,
        data_format: str | None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.fill_mode = arguments.one_of("fill_mode", fill_mode, FILL_MODES, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
        self.fill_value = number(self.label, "fill_value", fill_value)

    def shares(self, places: Tensor, size: int) -> Tensor:
        """How much each of `size` input elements counts at places on their axis: (..., places, size)."""
        if self.interpolation == "nearest":
            places = builder.floor(places + 0.5)
        if self.fill_mode == "nearest":
            places = builder.clip(places, 0.0, float(size - 1))
        inputs = numbers_along(places, size, [1] * places.rank + [size])
        places = builder.reshape(places, (*places.shape, 1))
        copies = {
            "reflect": (inputs, -1.0 - inputs, 2.0 * size - 1.0 - inputs),
            "wrap": (inputs, inputs - float(size), inputs + float(size)),
        }.get(self.fill_mode, (inputs,))
        total = builder.relu(1.0 - builder.absolute(places - copies[0]))
        for copy in copies[1:]:
            total = total + builder.relu(1.0 - builder.absolute(places - copy))
        return total

    def from_places(self, x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """Images whose rows and columns come from places (batch, rows) and (batch, columns) of x."""
        count, height, width, channels = x.shape
        x = x - self.fill_value if self.fill_mode == "constant" else x
        y = builder.matmul(self.shares(rows, height), builder.reshape(x, (count, height, width * channels)))
        new = y.shape[1]
        y = builder.transpose(builder.reshape(y, (count, new, width, channels)), (0, 2, 1, 3))
        y = builder.matmul(self.shares(columns, width), builder.reshape(y, (count, width, new * channels)))
        y = builder.transpose(builder.reshape(y, (count, y.shape[1], new, channels)), (0, 2, 1, 3))
        return y + self.fill_value if self.fill_mode == "constant" else y

    def factors(self, x: Tensor, factor: float | Sequence[float], number: int) -> Tensor:
        """A factor for each image, (batch, 1)."""
        return self.flat(self.drawn(x, self.factor_range("a factor", factor), number))

    def flat(self, draw: Tensor) -> Tensor:
        """One number for each image, as (batch, 1)."""
        return builder.reshape(draw, (draw.shape[0], 1))


class RandomTranslation(Moved):
    """Images that are shifted; in training only.

    Args:
        height_factor: by which share of the height, from -1 to 1, positive numbers downwards: a number f stands for
            (-f, f), or two limits.
        width_factor: likewise, positive numbers to the right.
        fill_mode: what comes in: "reflect", "wrap", "nearest", or "constant" for `fill_value`.
        interpolation: "bilinear" or "nearest".
        seed: see `Dropout`.
        fill_value: where the mode is "constant".
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomTranslation(0.0, (0.25, 0.25), fill_mode="constant", seed=1)
        >>> layer(np.arange(1.0, 5.0).reshape(1, 1, 4, 1), training=True).ravel().tolist()
        [0.0, 1.0, 2.0, 3.0]

    Source: keras.layers.RandomTranslation.
    """

    def __init__(
        self,
        height_factor: float | Sequence[float],
        width_factor: float | Sequence[float],
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor_range("height_factor", height_factor)
        self.factor_range("width_factor", width_factor)
        self.height_factor, self.width_factor = plain(height_factor), plain(width_factor)

    def varied(self, x: Tensor) -> Tensor:
        """Shift."""
        _, height, width, _ = x.shape
        rows, columns = (
            numbers_along(x, size, [1, size]) - self.factors(x, factor, number) * float(size)
            for number, (size, factor) in enumerate(((height, self.height_factor), (width, self.width_factor)))
        )
        return self.from_places(x, rows, columns)


class RandomZoom(Moved):
    """Images that are seen from nearer or farther; in training only.

    Args:
        height_factor: above -1 and up to 1: negative numbers zoom in, positive ones out; a number f stands for (-f, f),
            or two limits.
        width_factor: likewise; None keeps the proportions.
        fill_mode: what comes in: "reflect", "wrap", "nearest", or "constant" for `fill_value`.
        interpolation: "bilinear" or "nearest".
        seed: see `Dropout`.
        fill_value: where the mode is "constant".
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomZoom((-0.5, -0.5), (-0.5, -0.5), seed=1)
        >>> layer(np.arange(5.0).reshape(1, 1, 5, 1), training=True).ravel().tolist()
        [1.0, 1.5, 2.0, 2.5, 3.0]

    Source: keras.layers.RandomZoom.
    """

    bounds = (-1.0 + 1e-6, 1.0)

    def __init__(
        self,
        height_factor: float | Sequence[float],
        width_factor: float | Sequence[float] | None = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor_range("height_factor", height_factor)
        if width_factor is not None:
            self.factor_range("width_factor", width_factor)
        self.height_factor = plain(height_factor)
        self.width_factor = None if width_factor is None else plain(width_factor)

    def varied(self, x: Tensor) -> Tensor:
        """Zoom around the middle."""
        _, height, width, _ = x.shape
        first = self.factors(x, self.height_factor, 0) + 1.0
        second = first if self.width_factor is None else self.factors(x, self.width_factor, 1) + 1.0
        rows, columns = (
            (numbers_along(x, size, [1, size]) - (size - 1) / 2) * zoom + (size - 1) / 2
            for size, zoom in ((height, first), (width, second))
        )
        return self.from_places(x, rows, columns)


class RandomRotation(Moved):
    """Images that are turned around their middle; in training only.

    The cost grows with the fourth power of the side, so turn after resizing, to some 128 pixels or less.

    Args:
        factor: by which share of a full turn, from -1 to 1, positive numbers against the clock; a number f stands for
            (-f, f), or two limits.
        fill_mode: what comes in: "reflect", "wrap", "nearest", or "constant" for `fill_value`.
        interpolation: "bilinear" or "nearest".
        seed: see `Dropout`.
        fill_value: where the mode is "constant".
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown or out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomRotation((0.25, 0.25), interpolation="nearest", seed=1)
        >>> layer(np.arange(4.0).reshape(1, 2, 2, 1), training=True)[0, :, :, 0].tolist()
        [[1.0, 3.0], [0.0, 2.0]]

    Source: keras.layers.RandomRotation.
    """

    def __init__(
        self,
        factor: float | Sequence[float],
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor = self.factor_range("factor", factor)

    def varied(self, x: Tensor) -> Tensor:
        """Turn, some rows at a time."""
        count, height, width, channels = x.shape
        angle = builder.reshape(self.drawn(x, self.factor) * (2 * math.pi), (count, 1, 1))
        cosine, sine = builder.cos(angle), builder.sin(angle)
        x = x - self.fill_value if self.fill_mode == "constant" else x
        flat = builder.reshape(x, (count, height, width * channels))
        across = numbers_along(x, width, [1, 1, width]) - (width - 1) / 2
        step = max(1, MOST_AT_ONCE // (count * width * width * channels))
        parts = []
        for start in range(0, height, step):
            some = min(step, height - start)
            down = numbers_along(x, some, [1, some, 1]) + (start - (height - 1) / 2)
            rows = sine * across + cosine * down + (height - 1) / 2
            columns = cosine * across - sine * down + (width - 1) / 2
            parts.append(self._turned(flat, rows, columns, (height, width, channels)))
        y = parts[0] if len(parts) == 1 else builder.concatenate(parts, 1)
        return y + self.fill_value if self.fill_mode == "constant" else y

    def _turned(self, flat: Tensor, rows: Tensor, columns: Tensor, shape: tuple[int, int, int]) -> Tensor:
        """Pixels from places (batch, some rows, columns) of images that lie as (batch, rows, columns * channels)."""
        height, width, channels = shape
        count, some, across = rows.shape
        from_rows = self.shares(builder.reshape(rows, (count, some * across)), height)
        lines = builder.reshape(builder.matmul(from_rows, flat), (count, some * across, width, channels))
        from_columns = self.shares(builder.reshape(columns, (count, some * across)), width)
        weighted = lines * builder.reshape(from_columns, (count, some * across, width, 1))
        return builder.reshape(builder.reduce_sum(weighted, (2,)), (count, some, across, channels))


class RandomCrop(Moved):
    """Pieces of images, from a place of each that is drawn; outside of training the middle.

    Where an image is not larger than the piece on both axes, its middle in the proportions of the piece is resized.

    Args:
        height: rows of a piece.
        width: columns of a piece.
        seed: see `Dropout`.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range.

    Example:
        >>> import numpy as np
        >>> from pellucid import layers
        >>> layer = layers.RandomCrop(1, 2, seed=3)
        >>> pieces = layer(np.arange(4.0).reshape(1, 1, 4, 1).repeat(2, axis=1), training=True)
        >>> bool(pieces[0, 0, 1, 0] == pieces[0, 0, 0, 0] + 1), layer.compute_output_shape((None, 2, 4, 1))
        (True, (None, 1, 2, 1))

    Source: keras.layers.RandomCrop.
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__("nearest", "nearest", seed, 0.0, data_format, **options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)

    def call(self, inputs: Tensor) -> Tensor:
        """Cut out in training, take the middle otherwise."""
        return self.disturbed(inputs)

    def varied(self, x: Tensor) -> Tensor:
        """The pieces."""
        _, rows, columns, _ = x.shape
        if not (x.graph.training and rows > self.height and columns > self.width):
            return middle(x, self.height, self.width)
        starts = [
            builder.floor(self.flat(self.drawn(x, (0.0, float(size - piece + 1)), number)))
            for number, (size, piece) in enumerate(((rows, self.height), (columns, self.width)))
        ]
        places = (
            numbers_along(x, piece, [1, piece]) + start
            for piece, start in zip((self.height, self.width), starts, strict=True)
        )
        return self.from_places(x, *places)


def middle(x: Tensor, height: int, width: int) -> Tensor:
    """The middle of images in the proportions of a size, brought to that size."""
    _, rows, columns, _ = x.shape
    for axis, wanted in ((1, int(columns * height / width)), (2, int(rows * width / height))):
        size = max(min(x.shape[axis], wanted), 1)
        start = (x.shape[axis] - size) // 2
        x = builder.slice_axis(x, axis, start, start + size)
    return resized(resized(x, 1, height, "bilinear"), 2, width, "bilinear")


offer({each.__name__: each for each in (RandomTranslation, RandomZoom, RandomRotation, RandomCrop)})
