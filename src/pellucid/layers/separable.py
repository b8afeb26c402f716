"""Separable convolution: a depthwise step that looks around, then a pointwise step that mixes the channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.geometry import Padding, Window
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.depthwise import depthwise
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.weighted_sum import Initial
from pellucid.layers.windowed_sum import WindowedSum
from pellucid.variables import Variable


class SeparableConvolution(WindowedSum):
    """What SeparableConv1D and SeparableConv2D share."""

    depthwise_kernel: Variable
    pointwise_kernel: Variable
    filter_axes: ClassVar = {
        "pointwise_kernel": ("spatial", "channels", "filters"),
        "depthwise_kernel": ("spatial", "filters", "filters"),
    }

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Padding = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        depth_multiplier: int = 1,
        activation: str | Activation | None = None,
        use_bias: bool = True,
        depthwise_initializer: Initial = "glorot_uniform",
        pointwise_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        depthwise_regularizer: object = None,
        pointwise_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        depthwise_constraint: object = None,
        pointwise_constraint: object = None,
        bias_constraint: object = None,
        *,
        padding_mode: str = "zeros",
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.filters = arguments.whole_number("filters", filters, self.label)
        self.depth_multiplier = arguments.whole_number("depth_multiplier", depth_multiplier, self.label)
        self._set_window(kernel_size, strides, padding, data_format, dilation_rate, padding_mode)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        self._set_kernel("pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create both kernels, (spatial..., channels, multiplier) and (1..., channels * multiplier, filters), and the
        bias (filters,)."""
        _, channels = self._meet(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add_kernel(shape, "depthwise_kernel", "depthwise")
        shape = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self._add_kernel(shape, "pointwise_kernel", "pointwise")
        self._add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """Convolve each channel, mix the channels, add the bias, activate."""
        return self._summed(inputs, self._sums)

    def _sums(self, x: Tensor) -> Tensor:
        ones, none = (1,) * self.rank, ((0, 0),) * self.rank
        x, window = self._seen(x)
        around = depthwise(x, self.depthwise_kernel.tensor(x.graph), window)
        return builder.convolution(around, self.pointwise_kernel.tensor(x.graph), Window(ones, ones, ones, none))


class SeparableConv1D(SeparableConvolution):
    """Separable convolution over one axis: a depthwise convolution, then a convolution of one tap.

    z[n, o, c * depth_multiplier + m] = sum over taps k of x[n, o * stride + k * dilation - before, c] *
    depthwise_kernel[k, c, m]; y[n, o, f] = activation(bias[f] + sum over j of z[n, o, j] * pointwise_kernel[0, j, f]).
    From 3 to 8 channels with 3 taps that is 3·3 + 3·8 + 8 weights, where `Conv1D` has 3·3·8 + 8.

    Arguments are those of `SeparableConv2D`; different are:

    Args:
        kernel_size: taps of the depthwise filters [elements].
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
        >>> Sequential([layers.Input((10, 3)), layers.SeparableConv1D(8, 3)]).count_params()
        41

    Source: keras.layers.SeparableConv1D; Chollet, Xception, arXiv 1610.02357.
    """

    rank = 1


class SeparableConv2D(SeparableConvolution):
    """Separable convolution over two axes, images: a depthwise convolution, then a convolution of one tap.

    z[n, i, j, c * depth_multiplier + m] = sum over taps (k, l) of x[n, i * s + k * d - top, j * s + l * d - left, c] *
    depthwise_kernel[k, l, c, m]; y[n, i, j, f] = activation(bias[f] + sum over p of z[n, i, j, p] *
    pointwise_kernel[0, 0, p, f]). From 3 to 8 channels with 3 x 3 taps that is 3·3·3 + 3·8 + 8 weights, where `Conv2D`
    has 3·3·3·8 + 8.

    Args:
        filters: number of feature maps, >= 1.
        kernel_size: taps of the depthwise filters [pixels].
        strides: step of the window [pixels].
        padding: "valid", "same" or "full", or amounts (see `Conv2D`).
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [pixels].
        depth_multiplier: depthwise filters per channel, >= 1.
        activation: name, function, or layer (`PReLU()`, whose weights are then this layer's too); None means linear.
        use_bias: whether one number per filter is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: name, initialiser, array of the
            weight's shape, or function of a shape.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties on the weights that
            are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        depthwise_constraint, pointwise_constraint, bias_constraint: what the weights are projected to
            after each update.
        padding_mode: what stands in the padding: "zeros", "reflect", "replicate" or "circular" (see `Conv2D`).
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((8, 8, 3)), layers.SeparableConv2D(8, 3)]).count_params()
        59

    Source: keras.layers.SeparableConv2D; Chollet, Xception, arXiv 1610.02357.
    """

    rank = 2
