"""Layers that bring images into the form that a network wants: size and range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Unpack

import numpy as np

from pellucid import config
from pellucid.checks import number
from pellucid.data.images.resampling import INTERPOLATIONS
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.boxes import (
    scaled,
)
from pellucid.layers.channels import on_images
from pellucid.layers.images import ImageLayer
from pellucid.layers.layer_options import ImageOptions, LayerOptions
from pellucid.layers.resizing import in_proportion, resized, widened

ROUNDING = 1e-6  # pixels: by so much a whole number may be missed


class Resizing(ImageLayer):
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
        **options: Unpack[ImageOptions],
    ) -> None:
        super().__init__(**options)
        self.height = arguments.whole_number("height", height, self.label)
        self.width = arguments.whole_number("width", width, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
        self.crop_to_aspect_ratio = arguments.flag("crop_to_aspect_ratio", crop_to_aspect_ratio, self.label)
        self.pad_to_aspect_ratio = arguments.flag("pad_to_aspect_ratio", pad_to_aspect_ratio, self.label)
        self.fill_mode = arguments.one_of("fill_mode", fill_mode, ("constant",), self.label)
        self.fill_value = arguments.filling(
            fill_value, self.label, "pad_to_aspect_ratio=True", self.pad_to_aspect_ratio
        )
        self.antialias = arguments.flag("antialias", antialias, self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ArgumentError(f"{self.label}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other")

    def of_images(self, x: Tensor) -> Tensor:
        """Crop or pad, then resize rows and columns."""
        return on_images(x, 2, self.data_format, lambda images: self._resized(images, self.interpolation))

    def of_masks(self, x: Tensor) -> Tensor:
        """Likewise, but by the nearest pixel: numbers of masks are classes."""
        return on_images(x, 2, self.data_format, lambda masks: self._resized(masks, "nearest"))

    def _resized(self, x: Tensor, interpolation: str) -> Tensor:
        if self.crop_to_aspect_ratio:
            x = in_proportion(x, self.height, self.width)
        if self.pad_to_aspect_ratio:
            x = widened(x, self.height, self.width, self.fill_value)
        x = resized(x, 1, self.height, interpolation, antialias=self.antialias)
        return resized(x, 2, self.width, interpolation, antialias=self.antialias)

    def size_after(self, rows: int, columns: int) -> tuple[int, int]:
        """Those of the result."""
        return self.height, self.width

    def of_boxes(self, boxes: Tensor, labels: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """See `ImageLayer`; boxes that only fill up a batch, all 0 or all -1, are 0 then, as in Keras."""
        after, labels = super().of_boxes(boxes, labels, x)
        fills = [builder.reduce_min(builder.equal(boxes, value), (2,), keepdims=True) for value in (0.0, -1.0)]
        return builder.where(builder.maximum(*fills), 0.0, after), labels

    def corners_moved(self, corners: Tensor, x: Tensor) -> Tensor:
        """Stretched with the image; where its middle is cut or it is widened, by whole pixels of the result."""
        _, rows, columns, _ = x.shape
        down, across = self.height / rows, self.width / columns
        if not (self.crop_to_aspect_ratio or self.pad_to_aspect_ratio):
            return scaled(corners, (0.0, 0.0), (down, across))
        scale, sign = (max(down, across), -1) if self.crop_to_aspect_ratio else (min(down, across), 1)
        left, top = (
            sign * math.floor(abs(size - old * scale) / 2 + ROUNDING)
            for size, old in ((self.width, columns), (self.height, rows))
        )
        return scaled(corners, (0.0, 0.0), (scale, scale)) + builder.literal(x.graph, [float(left), float(top)] * 2)


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

    is_scaling: ClassVar[bool] = True
    """Numbers of any size may come in."""

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
