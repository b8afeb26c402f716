"""Convolution layers: Conv1D, Conv2D and Conv3D, one implementation for any number of spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.checks import object_of
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ShapeError
from pellucid.geometry import Padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.channels import to_channels_last, to_format
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.weighted_sum import Initial
from pellucid.layers.windowed_sum import WindowedSum
from pellucid.variables import Variable


class Convolution(WindowedSum):
    """What Conv1D, Conv2D and Conv3D share: everything but the number of spatial axes."""

    kernel: Variable
    filter_axes: ClassVar = {"kernel": ("spatial", "channels", "filters")}

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Padding = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
        activation: str | Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        *,
        padding_mode: str = "zeros",
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.filters = arguments.whole_number("filters", filters, self.label)
        self.groups = arguments.whole_number("groups", groups, self.label)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate, padding_mode)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        if self.filters % self.groups:
            raise ArgumentError(f"{self.label}: groups={self.groups} must divide filters={self.filters}")

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (spatial..., channels / groups, filters) and the bias (filters,)."""
        _, channels = self._meet(input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"{self.label}: groups={self.groups} must divide input channels={channels}; got input {input_shape}"
            )
        self.kernel = self._add_kernel((*self.kernel_size, channels // self.groups, self.filters))
        self._add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """Convolve, add the bias, activate."""
        return self._summed(inputs, self._sums)

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """The convolution alone, before bias and activation. A class of your own may write another, as in Keras.

        Args:
            inputs: in the layer's data format, with one batch axis.
            kernel: (spatial..., channels / groups, filters).

        Raises:
            ArgumentTypeError: the inputs are no tensor.
        """
        object_of(f"{self.label}: convolution_op", inputs, Tensor, "a tensor, as call() has them")
        x, window = self._seen(to_channels_last(inputs, self.data_format))
        return to_format(builder.convolution(x, x.graph.lift(kernel), window, self.groups), self.data_format)

    def _sums(self, x: Tensor) -> Tensor:
        kernel = self.kernel.tensor(x.graph)
        if type(self).convolution_op is Convolution.convolution_op:  # none of the user's own: nothing is turned about
            x, window = self._seen(x)
            return builder.convolution(x, kernel, window, self.groups)
        return to_channels_last(self.convolution_op(to_format(x, self.data_format), kernel), self.data_format)


class Conv1D(Convolution):
    """Convolution over one axis, such as time.

    Each of the `filters` filters slides along the axis and gives one feature map: y[n, o, f] = activation(bias[f] +
    sum over taps k and channels c of x[n, o * stride + k * dilation - before, c] * kernel[k, c, f]).

    Arguments are those of `Conv2D`; different are:

    Args:
        kernel_size: taps of each filter [elements], >= 1.
        strides: step of the window [elements], >= 1.
        padding: "valid", "same", "full" or "causal" (see `geometry.resolve_padding`), or amounts: one number, or a
            pair (before, after) [elements].
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [elements], >= 1.

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit: axes, channels, or shorter than the kernel.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> bump = np.array([0, 1, 0]).reshape(3, 1, 1)
        >>> model = Sequential([layers.Input((8, 1)), layers.Conv1D(1, 3, weights=[bump, [0]])])
        >>> x = np.array([0, 0, 0, 1, 1, 0, 0, 0]).reshape(1, 8, 1)
        >>> model.predict(x, verbose=0).ravel().tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]

    Source: keras.layers.Conv1D, https://keras.io/api/layers/convolution_layers/convolution1d/
    """

    rank = 1


class Conv2D(Convolution):
    """Convolution over two axes: images.

    Each of the `filters` filters slides over rows and columns and gives one feature map: y[n, i, j, f] =
    activation(bias[f] + sum over taps (k, l) and channels c of x[n, i * s + k * d - top, j * s + l * d - left, c] *
    kernel[k, l, c, f]).

    Args:
        filters: number of filters, hence of feature maps, >= 1.
        kernel_size: rows and columns of each filter [pixels]; one number counts for both.
        strides: step of the window [pixels]; one number counts for both.
        padding: "valid", "same" or "full" (see `geometry.resolve_padding`), or amounts: one number for all sides, one
            per axis, or a pair (before, after) per axis.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [pixels]; one number counts for both.
        groups: channels and filters are cut into this many parts that do not see each other.
        activation: name, function, or layer (`PReLU()`, whose weights are then this layer's too); None means linear.
        use_bias: whether one number per filter is added.
        kernel_initializer: name, initialiser, array of the kernel's shape, or function of a shape.
        bias_initializer: likewise.
        kernel_regularizer: penalty on the kernel that is added to the loss: name, regulariser or function.
        bias_regularizer: likewise, on the bias.
        activity_regularizer: likewise, on the output; averaged over the batch.
        kernel_constraint: what the kernel is projected to after each update: name, constraint or function.
        bias_constraint: likewise, for the bias.
        padding_mode: what stands in the padding: "zeros", "reflect" (the input mirrored at its edge, which is not
            repeated), "replicate" (the edge repeated) or "circular" (the input from its other end).
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit: axes, channels, or smaller than the kernel.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.Conv2D(12, kernel_size=3, input_shape=(25, 25, 1))
        >>> model = Sequential([layer])
        >>> layer.kernel.shape, layer.bias.shape, layer.count_params()
        ((3, 3, 1, 12), (12,), 120)

    Source: keras.layers.Conv2D, https://keras.io/api/layers/convolution_layers/convolution2d/
    """

    rank = 2


class Conv3D(Convolution):
    """Convolution over three axes: volumes, or images over time.

    As `Conv2D`, with one more spatial axis: kernels are (depth, rows, columns, channels / groups, filters).

    Arguments are those of `Conv2D`; different are:

    Args:
        kernel_size: taps per axis [voxels]; one number counts for all three.
        strides: step of the window [voxels]; one number counts for all three.
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [voxels]; one number counts for all three.

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit: axes, channels, or smaller than the kernel.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((16, 16, 16, 1)), layers.Conv3D(8, 3)]).output_shape
        (None, 14, 14, 14, 8)

    Source: keras.layers.Conv3D, https://keras.io/api/layers/convolution_layers/convolution3d/
    """

    rank = 3
