"""Layers that take cells off the edges, or add zeros there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.channels import on_images, spatial_axes
from pellucid.layers.layer_options import LayerOptions

Amounts = int | Sequence[int] | Sequence[Sequence[int]]


class _Edges(Layer):
    """What cropping and padding share: amounts (before, after) for each spatial axis."""

    rank: ClassVar[int]
    data_format: str
    amounts: tuple[tuple[int, int], ...]
    sign: ClassVar[str]

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        arguments.image_shape(input_shape, self.rank, self.label, self.data_format)

    def call(self, inputs: Tensor) -> Tensor:
        """Change the edges of each axis."""
        return on_images(inputs, self.rank, self.data_format, self._changed)

    def size_formulas(self, shapes: Sequence[SymbolicShape]) -> dict[int, str]:
        """See `network.windowed.Resizing`: what comes before, and what after."""
        axes = zip(spatial_axes(self.rank, self.data_format, len(shapes[0])), self.amounts, strict=True)
        return {axis: " ".join(map(str, (shapes[0][axis], self.sign, a, self.sign, b))) for axis, (a, b) in axes}

    def _changed(self, x: Tensor) -> Tensor:
        for axis, (before, after) in enumerate(self.amounts, start=1):
            if before or after:
                x = self._edge(x, axis, before, after)
        return x

    def _edge(self, x: Tensor, axis: int, before: int, after: int) -> Tensor:
        raise TypeError(f"{type(self).__name__} does not say what it does at an edge")


class _Cropping(_Edges):
    sign = "-"
    limit: ClassVar[str] = (
        "Values in `cropping` argument should be smaller than the corresponding spatial dimension of the input"
    )

    def _edge(self, x: Tensor, axis: int, before: int, after: int) -> Tensor:
        if before + after >= x.shape[axis]:
            raise ShapeError(
                f"{self.limit}: cropping {before} and {after} leaves nothing of an axis of {x.shape[axis]}"
            )
        return builder.slice_axis(x, axis, before, x.shape[axis] - after)


class _ZeroPadding(_Edges):
    sign = "+"

    def _edge(self, x: Tensor, axis: int, before: int, after: int) -> Tensor:
        return builder.pad_axis(x, axis, before, after)


class Cropping1D(_Cropping):
    """Cells off the ends of one axis.

    Arguments are those of `Cropping2D`, without data_format; different are:

    Args:
        cropping: how many cells are taken off;
            one number for both ends, or a pair (before, after).

    Raises:
        ArgumentError: an amount is not a whole number >= 0.
        ShapeError: nothing would be left.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 2)), layers.Cropping1D((1, 2))]).output_shape
        (None, 7, 2)

    Source: keras.layers.Cropping1D.
    """

    rank = 1
    limit = "The `cropping` parameter of `Cropping1D` layer must be smaller than the axis"

    def __init__(self, cropping: Amounts = (1, 1), **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.amounts = arguments.amounts("cropping", cropping, self.rank, self.label)
        self.cropping = self.amounts[0]
        self.data_format = "channels_last"


class Cropping2D(_Cropping):
    """Cells off the edges of images.

    Args:
        cropping: how many cells are taken off;
            one number for all sides, one per axis, or ((top, bottom), (left, right)).
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an amount is not a whole number >= 0.
        ShapeError: nothing would be left.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 8, 2)), layers.Cropping2D(((1, 2), (0, 3)))]).output_shape
        (None, 7, 5, 2)

    Source: keras.layers.Cropping2D.
    """

    rank = 2

    def __init__(
        self, cropping: Amounts = ((0, 0), (0, 0)), data_format: str | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.amounts = arguments.amounts("cropping", cropping, self.rank, self.label)
        self.cropping = self.amounts
        self.data_format = arguments.data_format(data_format, self.label)


class Cropping3D(_Cropping):
    """Cells off the edges of volumes.

    Arguments are those of `Cropping2D`; different are:

    Args:
        cropping: how many cells are taken off;
            one number for all sides, one per axis, or three pairs (before, after).
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an amount is not a whole number >= 0.
        ShapeError: nothing would be left.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 8, 6, 2)), layers.Cropping3D(2)]).output_shape
        (None, 6, 4, 2, 2)

    Source: keras.layers.Cropping3D.
    """

    rank = 3

    def __init__(
        self,
        cropping: Amounts = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.amounts = arguments.amounts("cropping", cropping, self.rank, self.label)
        self.cropping = self.amounts
        self.data_format = arguments.data_format(data_format, self.label)


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after one axis.

    Arguments are those of `ZeroPadding2D`; different are:

    Args:
        padding: how many cells are added;
            one number for both ends, or a pair (before, after).
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an amount is not a whole number >= 0.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 2)), layers.ZeroPadding1D((1, 2))]).output_shape
        (None, 13, 2)

    Source: keras.layers.ZeroPadding1D.
    """

    rank = 1

    def __init__(self, padding: Amounts = 1, data_format: str | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.amounts = arguments.amounts("padding", padding, self.rank, self.label)
        self.padding = self.amounts[0]
        self.data_format = arguments.data_format(data_format, self.label)


class ZeroPadding2D(_ZeroPadding):
    """Zeros around images.

    Args:
        padding: how many cells are added;
            one number for all sides, one per axis, or ((top, bottom), (left, right)).
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an amount is not a whole number >= 0.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 8, 2)), layers.ZeroPadding2D((1, 2))]).output_shape
        (None, 12, 12, 2)

    Source: keras.layers.ZeroPadding2D.
    """

    rank = 2

    def __init__(
        self, padding: Amounts = (1, 1), data_format: str | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.amounts = arguments.amounts("padding", padding, self.rank, self.label)
        self.padding = self.amounts
        self.data_format = arguments.data_format(data_format, self.label)


class ZeroPadding3D(_ZeroPadding):
    """Zeros around volumes.

    Arguments are those of `ZeroPadding2D`; different are:

    Args:
        padding: how many cells are added;
            one number for all sides, one per axis, or three pairs (before, after).
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".

    Raises:
        ArgumentError: an amount is not a whole number >= 0.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((10, 8, 6, 2)), layers.ZeroPadding3D(1)]).output_shape
        (None, 12, 10, 8, 2)

    Source: keras.layers.ZeroPadding3D.
    """

    rank = 3

    def __init__(
        self,
        padding: Amounts = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.amounts = arguments.amounts("padding", padding, self.rank, self.label)
        self.padding = self.amounts
        self.data_format = arguments.data_format(data_format, self.label)
