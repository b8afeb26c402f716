"""Layers that bring images into the form that a network wants: size and range."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import reduce
from typing import Unpack

import numpy as np

from pellucid import config
from pellucid.checks import number
from pellucid.data.resampling import INTERPOLATIONS, count_of_taps, nearest, taps, weights
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import reserve
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images
from pellucid.layers.layer_options import LayerOptions

MOST_PLACES = 2**24  # along an axis that is resized
LONG = 2**12  # elements of an axis that are repeated rather than looked up in a table as long as the axis
FEW_TAPS = 4  # of which the sum is faster than any product
FULL_FROM = 8  # a matrix of which such a part is no zeros is multiplied with: it is not much longer than its band
MOST_TAPS = 12  # that are added one by one; more are gathered at once


def resized(x: Tensor, axis: int, size: int, interpolation: str, *, antialias: bool = False) -> Tensor:
    """x with an axis brought to another length: each element made of the few that lie under its kernel."""
    inputs = x.shape[axis]
    if size == inputs:
        return x
    if size > MOST_PLACES:
        raise ShapeError(f"an axis of {inputs} cannot be resized to {size}: the most that is made is {MOST_PLACES}")
    if interpolation == "nearest":
        if size > LONG and size % inputs == 0:
            return builder.repeat(x, size // inputs, axis)
        reserve(8 * size)
        return builder.gather(x, nearest(inputs, size), axis)
    reserve(16 * count_of_taps(inputs, size, interpolation, antialias=antialias) * size)
    places, counts = taps(inputs, size, interpolation, antialias=antialias)
    behind = (1,) * (x.rank - axis - 1)
    if len(places) > FEW_TAPS and inputs <= FULL_FROM * len(places):
        return _by_matrix(x, axis, weights(inputs, size, interpolation, antialias=antialias))
    if len(places) > MOST_TAPS:
        form = (*x.shape[:axis], len(places), size, *x.shape[axis + 1 :])
        under = builder.reshape(builder.gather(x, places.ravel(), axis), form)
        return builder.reduce_sum(under * counts.reshape(*counts.shape, *behind), [axis])
    parts = [
        builder.gather(x, place, axis) * count.reshape(size, *behind)
        for place, count in zip(places, counts, strict=True)
    ]
    return reduce(operator.add, parts)


def _by_matrix(x: Tensor, axis: int, matrix: np.ndarray) -> Tensor:
    order = [*(i for i in range(x.rank) if i != axis), axis]
    last = builder.transpose(x, order)
    rows = builder.reshape(last, (math.prod(last.shape[:-1]), last.shape[-1]))
    y = builder.matmul(rows, builder.literal(x.graph, matrix))
    y = builder.reshape(y, (*last.shape[:-1], matrix.shape[1]))
    return builder.transpose(y, sorted(range(x.rank), key=order.__getitem__))


class Resizing(Layer):
    """Images of another size.

    Args:
        height: rows of the result.
        width: columns of the result.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: whether the middle of the image is cut to the new proportions first, so that nothing is
            distorted.
        pad_to_aspect_ratio: whether the image is widened to the new proportions first; not together with cropping.
        fill_mode: "constant".
        fill_value: what the padding holds.
        antialias: whether every input pixel counts where the image shrinks.
        data_format: "channels_last", the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((480, 640, 3)), layers.Resizing(64, 64)]).output_shape
        (None, 64, 64, 3)

    Source: keras.layers.Resizing, https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
        self.crop_to_aspect_ratio = arguments.flag("crop_to_aspect_ratio", crop_to_aspect_ratio, self.label)
        self.pad_to_aspect_ratio = arguments.flag("pad_to_aspect_ratio", pad_to_aspect_ratio, self.label)
        self.fill_mode = arguments.one_of("fill_mode", fill_mode, ("constant",), self.label)
        self.fill_value = number(self.label, "fill_value", fill_value)
        self.antialias = arguments.flag("antialias", antialias, self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ArgumentError(f"{self.label}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, 2, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Crop or pad, then resize rows and columns."""
        return on_images(inputs, 2, self.data_format, self._resized)

    def _resized(self, x: Tensor) -> Tensor:
        if self.crop_to_aspect_ratio:
            x = self._cropped(x)
        if self.pad_to_aspect_ratio:
            x = self._padded(x)
        x = resized(x, 1, self.height, self.interpolation, antialias=self.antialias)
        return resized(x, 2, self.width, self.interpolation, antialias=self.antialias)

    def _proportional(self, x: Tensor) -> tuple[int, int]:
        """The rows that the columns of x would need, and the columns that its rows would need."""
        _, rows, columns, _ = x.shape
        return int(columns * self.height / self.width), int(rows * self.width / self.height)

    def _cropped(self, x: Tensor) -> Tensor:
        for axis, wanted in enumerate(self._proportional(x), start=1):
            size = max(min(x.shape[axis], wanted), 1)
            start = (x.shape[axis] - size) // 2
            x = builder.slice_axis(x, axis, start, start + size)
        return x

    def _padded(self, x: Tensor) -> Tensor:
        """Like Keras: as much on both sides, so an odd remainder is left out."""
        amounts = [(wanted - x.shape[axis]) // 2 for axis, wanted in enumerate(self._proportional(x), start=1)]
        for axis, amount in enumerate(amounts, start=1):
            if amount > 0:
                x = builder.pad_axis(x - self.fill_value, axis, amount, amount) + self.fill_value
        return x


class Rescaling(Layer):
    """x * scale + offset: pixels of 0..255 become 0..1 with scale=1/255, or -1..1 with scale=1/127.5, offset=-1.

    Args:
        scale: a number, or one per channel.
        offset: likewise.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: something that is no finite number.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Rescaling(scale=0.5, offset=1)])
        >>> model.predict([[0.0, 255.0]]).tolist()
        [[1.0, 128.5]]

    Source: keras.layers.Rescaling, https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/
    """

    def __init__(
        self, scale: float | Sequence[float], offset: float | Sequence[float] = 0.0, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.scale, self.offset = self._numbers("scale", scale), self._numbers("offset", offset)
        self.data_format = config.image_data_format()

    def _numbers(self, name: str, value: float | Sequence[float]) -> float | list[float]:
        if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim):
            return [number(self.label, name, item) for item in value]
        return number(self.label, name, value.item() if isinstance(value, np.ndarray) else value)

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply and add."""
        return inputs * self._factor(inputs, self.scale) + self._factor(inputs, self.offset)

    def _factor(self, x: Tensor, value: float | list[float]) -> float | np.ndarray:
        if not isinstance(value, list):
            return value
        last = self.data_format == "channels_last" or x.rank < 3
        return np.array(value).reshape((-1,) if last else (-1,) + (1,) * (x.rank - 2))
