"""Locally connected layers: a filter of its own at each place, the contrast to the shared weights of convolution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Unpack

import numpy as np

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ShapeError, shown
from pellucid.geometry import Window, output_length
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import reserve
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.weighted_sum import Initial
from pellucid.layers.windowed_sum import WindowedSum
from pellucid.variables import Variable


class LocallyConnected(WindowedSum):
    """What LocallyConnected1D and LocallyConnected2D share."""

    kernel: Variable
    filter_axes: ClassVar = {"kernel": ("places", "inputs", "filters")}
    _spatial: list[int]

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: str | Activation | None = None,
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
        self._set_window(kernel_size, strides, "valid", data_format)
        self.padding = arguments.in_any_case("padding", padding, ("valid", "same"), self.label)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.implementation = arguments.whole_number("implementation", implementation, self.label)
        if self.implementation != 1:
            raise ArgumentError(
                f"{self.label}: implementation must be 1 (Keras 2's others keep the kernel in other shapes), got "
                f"{shown(implementation)}"
            )

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (places, taps * channels, filters) and the bias (places..., filters)."""
        spatial, channels = self._meet(input_shape)
        self._spatial = [size for size in spatial if size is not None]
        if len(self._spatial) < self.rank:
            raise ShapeError(f"{self.label}: all sizes must be known, since each place has weights; got {input_shape}")
        try:
            places = self.window(self._spatial).output_shape(self._spatial)
        except ShapeError as error:
            raise ShapeError(f"{self.label}: {error}; got input {input_shape}") from error
        self.kernel = self._add_kernel((math.prod(places), math.prod(self.kernel_size) * channels, self.filters))
        self._add_bias((*places, self.filters))

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply what each place sees with the filters of that place, add the bias, activate."""
        return self._summed(inputs, self._sums)

    def _sums(self, x: Tensor) -> Tensor:
        """s[n, p, f] = sum over i of patches[n, p, i] * kernel[p, i, f], as one product of matrices for each place."""
        batch, *spatial, channels = x.shape
        if spatial != self._spatial:
            raise ShapeError(
                f"{self.label} has weights for each place of {tuple(self._spatial)}, got an input of {tuple(spatial)}; "
                "use another layer, with weights of its own, for this input"
            )
        window = self.window(spatial)
        places = window.output_shape(spatial)
        for axis, size in enumerate(spatial):
            x = builder.gather(x, _positions(window, axis, size), axis + 1)
        pairs = [size for pair in zip(places, window.size, strict=True) for size in pair]
        seen = builder.reshape(x, (batch, *pairs, channels))
        of_places, of_taps, last = range(1, 2 * self.rank, 2), range(2, 2 * self.rank + 1, 2), 2 * self.rank + 1
        # The order within a patch is Keras 2's: taps, then channels; with channels_first channels, then taps.
        patch = (*of_taps, last) if self.data_format == "channels_last" else (last, *of_taps)
        patches = builder.transpose(seen, (*of_places, 0, *patch))
        patches = builder.reshape(patches, (math.prod(places), batch, window.taps * channels))
        sums = builder.matmul(patches, self.kernel.tensor(x.graph))
        return builder.reshape(builder.transpose(sums, (1, 0, 2)), (batch, *places, self.filters))


def _positions(window: Window, axis: int, size: int) -> np.ndarray:
    """For each place along an axis, and for each tap there, the element that is read; -1 outside."""
    taps, stride, padding = window.size[axis], window.strides[axis], window.padding[axis]
    places = output_length(size, window=taps, stride=stride, padding=padding)
    reserve(32 * places * taps)
    source = np.array([window.source(axis, place, tap) for place in range(places) for tap in range(taps)])
    return np.where((source >= 0) & (source < size), source, -1)


class LocallyConnected1D(LocallyConnected):
    """As `Conv1D`, but with weights of its own at each place.

    y[n, o, f] = activation(bias[o, f] + sum over taps k and channels c of x[n, o * stride + k - before, c] *
    kernel[o, k * channels + c, f]).

    What convolution learns once and uses everywhere is learned here for each place apart: many more weights, and no
    equivariance to shifts. The kernel is Keras 2's (its implementation 1): (places, taps * channels, filters), with
    channels_first (places, channels * taps, filters); the bias is (places, filters) in either format.

    Arguments are those of `LocallyConnected2D`; different are:

    Args:
        kernel_size: taps of each filter [elements].
        strides: step of the window [elements].
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".

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
    """As `Conv2D`, but with weights of its own at each place.

    y[n, i, j, f] = activation(bias[i, j, f] + sum over taps (k, l) and channels c of x[n, i * s + k - top,
    j * s + l - left, c] * kernel[i * columns + j, (k * taps + l) * channels + c, f]), where the result has so many
    columns, and a row of the window so many taps.

    What convolution learns once and uses everywhere is learned here for each place apart: many more weights, and no
    equivariance to shifts. The kernel is Keras 2's (its implementation 1): (places, taps * channels, filters), with
    channels_first (places, channels * taps, filters); the bias is (rows, columns, filters) in either format.

    Args:
        filters: number of feature maps, >= 1.
        kernel_size: taps of each filter [pixels].
        strides: step of the window [pixels].
        padding: "valid", or "same" (which Keras 2 has with other implementations only).
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        activation: name, function, or layer (`PReLU()`, whose weights are then this layer's too); None means linear.
        use_bias: whether one number per place and filter is added.
        kernel_initializer, bias_initializer: name, initialiser, array of the weight's shape, or function of a shape.
        kernel_regularizer, bias_regularizer: penalties on the weights that are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        kernel_constraint, bias_constraint: what the weights are projected to after each update.
        implementation: 1. Keras 2's 2 and 3 compute the same from kernels of other shapes.
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
