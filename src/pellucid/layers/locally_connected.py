"""Locally connected layers: a filter of its own at each place, the contrast to the shared weights of convolution."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import ClassVar, Unpack

from pellucid.errors import ArgumentError, ShapeError
from pellucid.geometry import Window, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import CommonOptions
from pellucid.layers.channels import on_images
from pellucid.layers.symbolic import SymbolicShape
from pellucid.layers.weight import Weight
from pellucid.layers.weighted_sum import Initial, WeightedSum


class LocallyConnected(WeightedSum):
    """What LocallyConnected1D and LocallyConnected2D share."""

    sees = "window"
    rank: ClassVar[int]
    kernel: Weight

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        use_bias: bool = True,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        implementation: int = 1,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.filters = arguments.whole_number("filters", filters, self.label)
        self.kernel_size = arguments.per_axis("kernel_size", kernel_size, self.rank, self.label)
        self.strides = arguments.per_axis("strides", strides, self.rank, self.label)
        self.padding = arguments.one_of("padding", padding, ("valid", "same"), self.label)
        self.data_format = arguments.data_format(data_format, self.label)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        if implementation != 1:
            raise ArgumentError(
                f"{self.label}: implementation must be 1 (Keras 2's others keep the kernel in other shapes), got "
                f"{implementation!r}"
            )
        self.implementation = 1

    def window(self, spatial: Sequence[int]) -> Window:
        """How the window slides over an input of these spatial sizes."""
        numbers = {"size": self.kernel_size, "strides": self.strides, "dilation": (1,) * self.rank}
        return Window(**numbers, padding=resolve_padding(self.padding, spatial, **numbers))

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (places, taps * channels, filters) and the bias (places..., filters)."""
        spatial, channels = arguments.image_shape(input_shape, self.rank, self.label, self.data_format)
        known = [size for size in spatial if size is not None]
        if len(known) < self.rank:
            raise ShapeError(f"{self.label}: all sizes must be known, since each place has weights; got {input_shape}")
        try:
            places = self.window(known).output_shape(known)
        except ShapeError as error:
            raise ShapeError(f"{self.label}: {error}; got input {input_shape}") from error
        self.kernel = self._add_kernel((math.prod(places), math.prod(self.kernel_size) * channels, self.filters))
        self._add_bias((*places, self.filters))

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply what each place sees with the filters of that place, add the bias, activate."""
        return on_images(inputs, self.rank, self.data_format, self._connected)

    def _connected(self, x: Tensor) -> Tensor:
        """y[n, p, f] = sum over i of patches[n, p, i] * kernel[p, i, f], as one product of matrices for each place."""
        batch, *spatial, channels = x.shape
        window = self.window(spatial)
        places = window.output_shape(spatial)
        flat = builder.reshape(x, (batch, math.prod(spatial) * channels))
        seen = builder.gather(flat, self._sources(window, spatial, channels), 1)
        patches = builder.reshape(seen, (batch, math.prod(places), window.taps * channels))
        sums = builder.matmul(builder.transpose(patches, (1, 0, 2)), self.kernel.tensor(x.graph))
        return self._finished(builder.reshape(builder.transpose(sums, (1, 0, 2)), (batch, *places, self.filters)))

    def _sources(self, window: Window, spatial: Sequence[int], channels: int) -> list[int]:
        """For each place, tap and channel the element of the flat input; -1 for padding.

        The order within a patch is Keras 2's: taps, then channels; with channels_first channels, then taps.
        """
        first = self.data_format == "channels_first"
        taps = list(itertools.product(*map(range, window.size)))
        order = (
            [(tap, channel) for channel in range(channels) for tap in taps]
            if first
            else [(tap, channel) for tap in taps for channel in range(channels)]
        )
        return [
            self._source(window, spatial, place, tap) * channels + channel
            if self._source(window, spatial, place, tap) >= 0
            else -1
            for place in itertools.product(*map(range, window.output_shape(spatial)))
            for tap, channel in order
        ]

    @staticmethod
    def _source(window: Window, spatial: Sequence[int], place: Sequence[int], tap: Sequence[int]) -> int:
        """The number of the position that a tap of a window reads, row by row; -1 outside."""
        number = 0
        for axis, size in enumerate(spatial):
            index = window.source(axis, place[axis], tap[axis])
            if not 0 <= index < size:
                return -1
            number = number * size + index
        return number


class LocallyConnected1D(LocallyConnected):
    """As `Conv1D`, but with weights of its own at each place: over one axis.

    What convolution learns once and uses everywhere is learned here for each place apart: many more weights, and no
    equivariance to shifts.

    Args:
        filters: number of feature maps, >= 1.
        kernel_size: taps of each filter [elements].
        strides: step of the window [elements].
        padding: "valid" or "same".
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".
        activation: name or function; None means linear.
        use_bias: whether one number per place and filter is added.
        kernel_initializer, bias_initializer: name, initialiser, array of the weight's shape, or function of a shape.
        kernel_regularizer, bias_regularizer: penalties on the weights that are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        kernel_constraint, bias_constraint: what the weights are projected to after each update.
        implementation: 1.
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit, or has an open size.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.LocallyConnected1D(4, 3)
        >>> model = Sequential([layers.Input((10, 3)), layer])
        >>> layer.kernel.shape, layer.bias.shape
        ((8, 9, 4), (8, 4))

    Source: keras.layers.LocallyConnected1D of Keras 2 (Keras 3 has none).
    """

    rank = 1


class LocallyConnected2D(LocallyConnected):
    """As `Conv2D`, but with weights of its own at each place: over two axes: images.

    What convolution learns once and uses everywhere is learned here for each place apart: many more weights, and no
    equivariance to shifts.

    Args:
        filters: number of feature maps, >= 1.
        kernel_size: taps of each filter [pixels].
        strides: step of the window [pixels].
        padding: "valid" or "same".
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        activation: name or function; None means linear.
        use_bias: whether one number per place and filter is added.
        kernel_initializer, bias_initializer: name, initialiser, array of the weight's shape, or function of a shape.
        kernel_regularizer, bias_regularizer: penalties on the weights that are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        kernel_constraint, bias_constraint: what the weights are projected to after each update.
        implementation: 1.
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit, or has an open size.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.LocallyConnected2D(4, 3)
        >>> model = Sequential([layers.Input((6, 6, 1)), layer])
        >>> layer.kernel.shape, layer.bias.shape
        ((16, 9, 4), (4, 4, 4))

    Source: keras.layers.LocallyConnected2D of Keras 2 (Keras 3 has none).
    """

    rank = 2
