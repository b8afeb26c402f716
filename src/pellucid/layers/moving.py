"""Layers that move images while training: shifted, nearer or farther, turned, cut out; Keras's.

Along the axes, as in shifts and zooms, each output pixel is a sum over the input's, most of them times zero: two small
matrix products. Where rows and columns mix, as in turns, the pixels beside each place are gathered (`sampling.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.boxes import BOXES, around, refused
from pellucid.layers.images import MASKS
from pellucid.layers.layer_options import ImageOptions
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

    belongs = (MASKS, BOXES)
    fill_modes: ClassVar[tuple[str, ...]] = FILL_MODES

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: int | None,
        fill_value: float,
        data_format: str | None,
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.fill_mode = arguments.one_of("fill_mode", fill_mode, self.fill_modes, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
        self.fill_value = arguments.filling(
            fill_value, self.label, 'fill_mode="constant"', self.fill_mode == "constant"
        )

    def varied(self, x: Tensor) -> Tensor:
        """The images, seen from other places."""
        return self.moved(x, self.interpolation)

    def mask_varied(self, x: Tensor) -> Tensor:
        """Masks likewise; their numbers are classes, and between two of them there is no third."""
        return self.moved(x, "nearest")

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Images (batch, rows, columns, channels) seen from the places that are drawn for each."""
        return pixels_at(x, self.places(x), interpolation, self.fill_mode, self.fill_value)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The rows and the columns that are seen at each pixel, (batch, rows, columns) or what broadcasts to it."""
        raise TypeError(f"{type(self).__name__} does not say from where images are seen")

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """The upright boxes around what becomes of the corners."""
        return around(corners, lambda across, down: self.carried(x, across, down))

    def carried(self, x: Tensor, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
        """Where points come to lie: the opposite of `places`.

        Args:
            x: the images.
            across: the columns of points, (batch, points, 4).
            down: their rows.
        """
        raise refused(self.label, "does not say where bounding boxes come to lie")

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
        **options: Unpack[ImageOptions],
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
        down, across = self._shifts(x)
        rows, columns = grid(x)
        return rows - down, columns - across

    def carried(self, x: Tensor, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
        """Shifted."""
        by_rows, by_columns = self._shifts(x)
        return across + by_columns, down + by_rows

    def _shifts(self, x: Tensor) -> list[Tensor]:
        """How far down and to the right each image is shifted [pixels], (batch, 1, 1) each."""
        return [
            builder.reshape(self.factors(x, factor, number) * float(size), (x.shape[0], 1, 1))
            for number, (size, factor) in enumerate(
                zip(x.shape[1:3], (self.height_factor, self.width_factor), strict=True)
            )
        ]

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
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor_range("height_factor", height_factor)
        if width_factor is not None:
            self.factor_range("width_factor", width_factor)
        self.height_factor = plain(height_factor)
        self.width_factor = None if width_factor is None else plain(width_factor)

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """Zoom around the middle."""
        rows, columns = (
            (numbers_along(x, size, [1, size]) - (size - 1) / 2) * zoom + (size - 1) / 2
            for size, zoom in zip(x.shape[1:3], self._zooms(x), strict=True)
        )
        return self.from_lines(x, rows, columns, interpolation)

    def carried(self, x: Tensor, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
        """Farther from the middle, or nearer to it."""
        rows, columns = (
            (place - (size - 1) / 2) / builder.reshape(zoom, (x.shape[0], 1, 1)) + (size - 1) / 2
            for place, size, zoom in zip((down, across), x.shape[1:3], self._zooms(x), strict=True)
        )
        return columns, rows

    def _zooms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """How many pixels lie where one lies then, down and across, (batch, 1) each."""
        first = self.factors(x, self.height_factor, 0) + 1.0
        return first, first if self.width_factor is None else self.factors(x, self.width_factor, 1) + 1.0


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
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor = self.factor_range("factor", factor)

    def places(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Those of a turn."""
        cosine, sine = self._turn(x)
        down, across = grid(x)
        return turned(x, down, across, cosine, sine)

    def carried(self, x: Tensor, across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
        """Turned the other way round than where pixels come from."""
        cosine, sine = self._turn(x)
        rows, columns = turned(x, down, across, cosine, -sine)
        return columns, rows

    def _turn(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of the angles, (batch, 1, 1) each."""
        angle = builder.reshape(self.drawn(x, self.factor) * (2 * math.pi), (x.shape[0], 1, 1))
        return builder.cos(angle), builder.sin(angle)


def turned(x: Tensor, down: Tensor, across: Tensor, cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns turned around the middle of images."""
    _, height, width, _ = x.shape
    down, across = down - (height - 1) / 2, across - (width - 1) / 2
    rows = sine * across + cosine * down + (height - 1) / 2
    return rows, cosine * across - sine * down + (width - 1) / 2


def grid(x: Tensor) -> tuple[Tensor, Tensor]:
    """The rows (1, rows, 1) and the columns (1, 1, columns) of images."""
    _, height, width, _ = x.shape
    return numbers_along(x, height, [1, height, 1]), numbers_along(x, width, [1, 1, width])
