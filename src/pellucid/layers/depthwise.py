"""Depthwise convolution: each channel has filters of its own, and no filter sees another channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.geometry import Padding, Window
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.weighted_sum import Initial
from pellucid.layers.windowed_sum import WindowedSum
from pellucid.variables import Variable


def depthwise(x: Tensor, kernel: Tensor, window: Window) -> Tensor:
    """x (batch, spatial..., channels) with kernel (spatial..., channels, multiplier): groups of one channel."""
    *size, channels, multiplier = kernel.shape
    return builder.convolution(x, builder.reshape(kernel, (*size, 1, channels * multiplier)), window, channels)


class DepthwiseConvolution(WindowedSum):
    """What DepthwiseConv1D and DepthwiseConv2D share."""

    kernel: Variable
    filter_axes: ClassVar = {"kernel": ("spatial", "filters", "filters")}

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Padding = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: str | Activation | None = None,
        use_bias: bool = True,
        depthwise_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        depthwise_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        depthwise_constraint: object = None,
        bias_constraint: object = None,
        *,
        padding_mode: str = "zeros",
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.depth_multiplier = arguments.whole_number("depth_multiplier", depth_multiplier, self.label)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate, padding_mode)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (spatial..., channels, multiplier) and the bias (channels * multiplier,)."""
        _, channels = self._meet(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, channels, self.depth_multiplier), options="depthwise")
        self._add_bias((channels * self.depth_multiplier,))

    def call(self, inputs: Tensor) -> Tensor:
        """Convolve each channel, add the bias, activate."""
        return self._summed(inputs, self._sums)

    def _sums(self, x: Tensor) -> Tensor:
        x, window = self._seen(x)
        return depthwise(x, self.kernel.tensor(x.graph), window)


class DepthwiseConv1D(DepthwiseConvolution):
    """Depthwise convolution over one axis.

    Channel c gives `depth_multiplier` feature maps: y[n, o, c * depth_multiplier + m] = activation(bias[c *
    depth_multiplier + m] + sum over taps k of x[n, o * stride + k * dilation - before, c] * kernel[k, c, m]).

    Arguments are those of `DepthwiseConv2D`; different are:

    Args:
        kernel_size: taps of each filter [elements].
        strides: step of the window [elements].
        padding: "valid", "same", "full" or "causal", or amounts (see `Conv1D`).
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [elements].
        padding_mode: what stands in the padding: "zeros", "reflect", "replicate" or "circular" (see `Conv1D`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.DepthwiseConv1D(3, depth_multiplier=2)
        >>> Sequential([layers.Input((10, 3)), layer]).output_shape, layer.kernel.shape
        ((None, 8, 6), (3, 3, 2))

    Source: keras.layers.DepthwiseConv1D; Chollet, Xception, arXiv 1610.02357.
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConvolution):
    """Depthwise convolution over two axes: images.

    Channel c gives `depth_multiplier` feature maps: y[n, i, j, c * depth_multiplier + m] = activation(bias[c *
    depth_multiplier + m] + sum over taps (k, l) of x[n, i * s + k * d - top, j * s + l * d - left, c] *
    kernel[k, l, c, m]).

    Args:
        kernel_size: taps of each filter [pixels].
        strides: step of the window [pixels].
        padding: "valid", "same" or "full", or amounts (see `Conv2D`).
        depth_multiplier: filters per channel, >= 1.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [pixels].
        activation: name, function, or layer (`PReLU()`, whose weights are then this layer's too); None means linear.
        use_bias: whether one number per filter is added.
        depthwise_initializer, bias_initializer: name, initialiser, array of the weight's shape, or function of a shape.
        depthwise_regularizer, bias_regularizer: penalties on the weights that are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        depthwise_constraint, bias_constraint: what the weights are projected to after each update.
        padding_mode: what stands in the padding: "zeros", "reflect", "replicate" or "circular" (see `Conv2D`).
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.DepthwiseConv2D(3, depth_multiplier=2)
        >>> Sequential([layers.Input((8, 8, 3)), layer]).output_shape, layer.kernel.shape
        ((None, 6, 6, 6), (3, 3, 3, 2))

    Source: keras.layers.DepthwiseConv2D; Chollet, Xception, arXiv 1610.02357.
    """

    rank = 2
