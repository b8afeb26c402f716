"""Layers that enlarge: each element repeated, or values between the elements computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from pellucid.data.images.resampling import INTERPOLATIONS
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images, spatial_axes
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.resizing import resized


class _UpSampling(Layer):
    """What the layers that enlarge share."""

    rank: ClassVar[int]
    data_format: str
    factors: tuple[int, ...]
    interpolation: str

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, self.rank, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Enlarge each axis."""
        return on_images(inputs, self.rank, self.data_format, self._enlarged)

    def _enlarged(self, x: Tensor) -> Tensor:
        for axis, factor in enumerate(self.factors, start=1):
            x = resized(x, axis, x.shape[axis] * factor, self.interpolation)
        return x

    def size_formulas(self, shapes: Sequence[SymbolicShape]) -> dict[int, str]:
        """See `network.windowed.Resizing`."""
        axes = spatial_axes(self.rank, self.data_format, len(shapes[0]))
        return {axis: f"{factor} · {shapes[0][axis]}" for axis, factor in zip(axes, self.factors, strict=True)}

    def get_config(self) -> dict[str, Any]:
        """As Keras writes it; an interpolation that Keras does not know only where it is in use."""
        further = {} if self.rank == 2 or self.interpolation == "nearest" else {"interpolation": self.interpolation}
        return super().get_config() | further


class UpSampling1D(_UpSampling):
    """Each element of one axis several times, or values between them.

    Arguments are those of `UpSampling2D`, without data_format; different are:

    Args:
        size: how many times as long the axis becomes, >= 1.
        interpolation: "nearest" (repeat), "bilinear" (straight lines), "bicubic", "lanczos3", "lanczos5".

    Raises:
        ArgumentError: an argument is out of range or unknown.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 3)), layers.UpSampling1D(2)]).output_shape
        (None, 20, 3)

    Source: keras.layers.UpSampling1D.
    """

    rank = 1

    def __init__(self, size: int = 2, *, interpolation: str = "nearest", **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.size = arguments.whole_number("size", size, self.label)
        self.factors, self.data_format = (self.size,), "channels_last"
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)


class UpSampling2D(_UpSampling):
    """Images with more rows and columns.

    Args:
        size: how many times as many rows and columns; one number counts for both.
        data_format: "channels_last", the default, or "channels_first".
        interpolation: "nearest" (repeat), "bilinear", "bicubic", "lanczos3", "lanczos5".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((1, 2, 1)), layers.UpSampling2D((1, 2), interpolation="bilinear")])
        >>> model.predict(np.array([0.0, 1.0]).reshape(1, 1, 2, 1)).ravel().tolist()
        [0.0, 0.25, 0.75, 1.0]

    Source: keras.layers.UpSampling2D, https://keras.io/api/layers/reshaping_layers/up_sampling2d/
    """

    rank = 2

    def __init__(
        self,
        size: int | Sequence[int] = 2,
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.size = self.factors = arguments.per_axis("size", size, 2, self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)


class UpSampling3D(_UpSampling):
    """Volumes with more cells along each axis.

    Arguments are those of `UpSampling2D`; different are:

    Args:
        size: how many times as many cells per axis; one number counts for all three.
        interpolation: "nearest" (repeat), "bilinear" (straight lines along each axis: trilinear), "bicubic",
            "lanczos3", "lanczos5".

    Raises:
        ArgumentError: an argument is out of range or unknown.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((4, 4, 4, 2)), layers.UpSampling3D((1, 2, 2))]).output_shape
        (None, 4, 8, 8, 2)

    Source: keras.layers.UpSampling3D.
    """

    rank = 3

    def __init__(
        self,
        size: int | Sequence[int] = 2,
        data_format: str | None = None,
        *,
        interpolation: str = "nearest",
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.size = self.factors = arguments.per_axis("size", size, 3, self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        self.interpolation = arguments.in_any_case("interpolation", interpolation, INTERPOLATIONS, self.label)
