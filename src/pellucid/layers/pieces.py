"""A layer that cuts pieces out of images, while training from places that are drawn; Keras's."""

from __future__ import annotations

from typing import Unpack

from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.boxes import cut_and_resized, scaled
from pellucid.layers.layer_options import ImageOptions
from pellucid.layers.moving import Moved
from pellucid.layers.random_draws import numbers_along
from pellucid.layers.resizing import in_proportion, middle, resized


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
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__("nearest", "bilinear", seed, 0.0, data_format, **options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)

    def moved(self, x: Tensor, interpolation: str) -> Tensor:
        """The pieces."""
        if not self._is_drawn(x):
            x = in_proportion(x, self.height, self.width, corner=x.graph.training)
            return resized(resized(x, 1, self.height, interpolation), 2, self.width, interpolation)
        down, across = (
            numbers_along(x, piece, [1, piece]) + start
            for piece, start in zip((self.height, self.width), self._starts(x), strict=True)
        )
        return self.from_lines(x, down, across, interpolation)

    def size_after(self, rows: int, columns: int) -> tuple[int, int]:
        """Those of a piece."""
        return self.height, self.width

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """Seen from the corner of the piece (Keras takes the row off the columns and the column off the rows)."""
        if self._is_drawn(x):
            row, column = (builder.reshape(start, (x.shape[0], 1, 1)) for start in self._starts(x))
            return corners - builder.concatenate([column, row] * 2, axis=2)
        if not x.graph.training:
            return cut_and_resized(corners, x, self.height, self.width)
        (top, _), (left, _) = middle(x, self.height, self.width)
        rows, columns = in_proportion(x, self.height, self.width, corner=True).shape[1:3]
        return scaled(corners, (top, left), (self.height / rows, self.width / columns))

    def _is_drawn(self, x: Tensor) -> bool:
        """Whether there is a choice of pieces, and it is to be made."""
        _, rows, columns, _ = x.shape
        return x.graph.training and rows > self.height and columns > self.width

    def _starts(self, x: Tensor) -> list[Tensor]:
        """The first row and the first column of each piece, (batch, 1) each."""
        return [
            builder.floor(self.flat(self.drawn(x, (0.0, float(size - piece + 1)), number)))
            for number, (size, piece) in enumerate(zip(x.shape[1:3], (self.height, self.width), strict=True))
        ]
