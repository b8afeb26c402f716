"""Layers that move images while training: shifted, nearer or farther, turned, cut out; Keras's.

Along the axes, as in shifts and zooms, each output pixel is a sum over the input's, most of them times zero: two small
matrix products. Where rows and columns mix, as in turns, the pixels beside each place are gathered (`sampling.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.checks import number
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.preprocessing import MASKS, in_proportion, resized
from pellucid.layers.random_draws import Factor, numbers_along, plain
from pellucid.layers.sampling import FILL_MODES, INTERPOLATIONS, pixels_at


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

    belongs = (MASKS,)
    fill_modes: ClassVar[tuple[str, ...]] = FILL_MODES

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
        self.fill_mode = arguments.one_of("fill_mode", fill_mode, self.fill_modes, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
        self.fill_value = number(self.label, "fill_value", fill_value)

    def varied(self, x: Tensor) -> Tensor:
        """The images, seen from other places."""
        return self.moved(x, self.interpolation)

    def mask_varied(self, x: Tensor) -> Tensor:
        """Masks likewise; their numbers are classes, and between two of them there is no third."""
        return self.moved(x, "nearest")

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Images (batch, rows, columns, channels) seen from the places that are drawn for each."""
        return pixels_at(x, *self.places(x), interpolation, self.fill_mode, self.fill_value)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The rows and the columns that are seen at each pixel, (batch, rows, columns) or what broadcasts to it."""
        raise TypeError(f"{type(self).__name__} does not say from where images are seen")

    def shares(self, places: Tensor, size: int, interpolation: str) -> Tensor:
        """How much each of `size` input elements counts at places on their axis: (..., places, size)."""
        if interpolation == "nearest":
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

    def from_lines(self, x: Tensor, rows: Tensor, columns: Tensor, interpolation: str) -> Tensor:
        """Images whose rows and columns come from places (batch, rows) and (batch, columns) of x."""
        count, height, width, channels = x.shape
        x = x - self.fill_value if self.fill_mode == "constant" else x
        down, across = self.shares(rows, height, interpolation), self.shares(columns, width, interpolation)
        y = builder.matmul(down, builder.reshape(x, (count, height, width * channels)))
        new = y.shape[1]
        y = builder.transpose(builder.reshape(y, (count, new, width, channels)), (0, 2, 1, 3))
        y = builder.matmul(across, builder.reshape(y, (count, width, new * channels)))
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

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Shift, all pixels of a line alike."""
        rows, columns = self.places(x)
        return self.from_lines(x, self.flat_lines(rows), self.flat_lines(columns), interpolation)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Those of a shift."""
        _, height, width, _ = x.shape
        down, across = (
            builder.reshape(self.factors(x, factor, number) * float(size), (x.shape[0], 1, 1))
            for number, (size, factor) in enumerate(((height, self.height_factor), (width, self.width_factor)))
        )
        rows, columns = grid(x)
        return rows - down, columns - across

    def flat_lines(self, places: Tensor) -> Tensor:
        """Places of lines as (batch, lines)."""
        return builder.reshape(places, (places.shape[0], places.shape[1] * places.shape[2]))


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

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Zoom around the middle."""
        _, height, width, _ = x.shape
        first = self.factors(x, self.height_factor, 0) + 1.0
        second = first if self.width_factor is None else self.factors(x, self.width_factor, 1) + 1.0
        rows, columns = (
            (numbers_along(x, size, [1, size]) - (size - 1) / 2) * zoom + (size - 1) / 2
            for size, zoom in ((height, first), (width, second))
        )
        return self.from_lines(x, rows, columns, interpolation)


class RandomRotation(Moved):
    """Images that are turned around their middle; in training only.

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

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Those of a turn."""
        count, height, width, _ = x.shape
        angle = builder.reshape(self.drawn(x, self.factor) * (2 * math.pi), (count, 1, 1))
        cosine, sine = builder.cos(angle), builder.sin(angle)
        down, across = grid(x)
        down, across = down - (height - 1) / 2, across - (width - 1) / 2
        rows = sine * across + cosine * down + (height - 1) / 2
        return rows, cosine * across - sine * down + (width - 1) / 2


def grid(x: Tensor) -> tuple[Tensor, Tensor]:
    """The rows (1, rows, 1) and the columns (1, 1, columns) of images."""
    _, height, width, _ = x.shape
    return numbers_along(x, height, [1, height, 1]), numbers_along(x, width, [1, 1, width])


class RandomCrop(Moved):
    """Pieces of images, from a place of each that is drawn; outside of training the middle.

    Outside of training it is the middle in the proportions of the piece, resized. In training that is where an image is
    not larger than the piece on both axes: what a piece at the corner of that middle holds of the image, resized.

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

    always = True

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__("nearest", "bilinear", seed, 0.0, data_format, **options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """The pieces."""
        _, rows, columns, _ = x.shape
        if not (x.graph.training and rows > self.height and columns > self.width):
            x = in_proportion(x, self.height, self.width, corner=x.graph.training)
            return resized(resized(x, 1, self.height, interpolation), 2, self.width, interpolation)
        starts = [
            builder.floor(self.flat(self.drawn(x, (0.0, float(size - piece + 1)), number)))
            for number, (size, piece) in enumerate(((rows, self.height), (columns, self.width)))
        ]
        down, across = (
            numbers_along(x, piece, [1, piece]) + start
            for piece, start in zip((self.height, self.width), starts, strict=True)
        )
        return self.from_lines(x, down, across, interpolation)
