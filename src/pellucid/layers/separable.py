"""Separable convolution: a depthwise step that looks around, then a pointwise step that mixes the channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Unpack

from pellucid.geometry import PADDINGS, Padding, Window, resolve_padding
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import CommonOptions
from pellucid.layers.channels import on_images
from pellucid.layers.depthwise import depthwise
from pellucid.layers.symbolic import SymbolicShape
from pellucid.layers.weight import Weight
from pellucid.layers.weighted_sum import Initial, WeightedSum


class SeparableConvolution(WeightedSum):
    """What SeparableConv1D and SeparableConv2D share."""

    sees = "window"
    rank: ClassVar[int]
    depthwise_kernel: Weight
    pointwise_kernel: Weight

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: Padding = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        depth_multiplier: int = 1,
        activation: str | Callable[[Tensor], Tensor] | None = None,
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
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.filters = arguments.whole_number("filters", filters, self.label)
        self.kernel_size = arguments.per_axis("kernel_size", kernel_size, self.rank, self.label)
        self.strides = arguments.per_axis("strides", strides, self.rank, self.label)
        self.padding = arguments.padding(padding, self.rank, self.label, PADDINGS)
        self.data_format = arguments.data_format(data_format, self.label)
        self.dilation_rate = arguments.per_axis("dilation_rate", dilation_rate, self.rank, self.label)
        self.depth_multiplier = arguments.whole_number("depth_multiplier", depth_multiplier, self.label)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        self._set_kernel("pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint)

    def window(self, spatial: Sequence[int]) -> Window:
        """How the depthwise kernel slides over an input of these spatial sizes."""
        numbers = {"size": self.kernel_size, "strides": self.strides, "dilation": self.dilation_rate}
        return Window(**numbers, padding=resolve_padding(self.padding, spatial, **numbers))

    def build(self, input_shape: SymbolicShape) -> None:
        """Create both kernels, (spatial..., channels, multiplier) and (1..., channels * multiplier, filters), and the
        bias (filters,)."""
        _, channels = arguments.image_shape(input_shape, self.rank, self.label, self.data_format)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = self._add_kernel(shape, "depthwise_kernel", "depthwise")
        shape = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self._add_kernel(shape, "pointwise_kernel", "pointwise")
        self._add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """Convolve each channel, mix the channels, add the bias, activate."""
        return on_images(inputs, self.rank, self.data_format, self._convolved)

    def _convolved(self, x: Tensor) -> Tensor:
        ones, none = (1,) * self.rank, ((0, 0),) * self.rank
        around = depthwise(x, self.depthwise_kernel.tensor(x.graph), self.window(x.shape[1:-1]))
        mixed = builder.convolution(around, self.pointwise_kernel.tensor(x.graph), Window(ones, ones, ones, none))
        return self._finished(mixed)


class SeparableConv1D(SeparableConvolution):
    """Separable convolution over one axis: a depthwise convolution, then a 1-tap convolution to `filters` maps.

    It has 3·3·1 + 3·8 + 8 weights where a full convolution from 3 to 8 channels has 3·3·8 + 8.

    Args:
        filters: number of feature maps, >= 1.
        kernel_size: taps of the depthwise filters [elements].
        strides: step of the window [elements].
        padding: "valid", "same", "full" or "causal", or amounts (see `Conv1D`).
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [elements].
        depth_multiplier: depthwise filters per channel, >= 1.
        activation: name or function; None means linear.
        use_bias: whether one number per filter is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: name, initialiser, array of the
            weight's shape, or function of a shape.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties on the weights that
            are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        depthwise_constraint, pointwise_constraint, bias_constraint: what the weights are projected to
            after each update.
        options: name, trainable, weights, input_shape (see `Layer`).

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
    """Separable convolution over two axes: images: a depthwise convolution, then a 1-tap convolution to `filters` maps.

    It has 3·3·3·1 + 3·8 + 8 weights where a full convolution from 3 to 8 channels has 3·3·3·8 + 8.

    Args:
        filters: number of feature maps, >= 1.
        kernel_size: taps of the depthwise filters [pixels].
        strides: step of the window [pixels].
        padding: "valid", "same" or "full", or amounts (see `Conv2D`).
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [pixels].
        depth_multiplier: depthwise filters per channel, >= 1.
        activation: name or function; None means linear.
        use_bias: whether one number per filter is added.
        depthwise_initializer, pointwise_initializer, bias_initializer: name, initialiser, array of the
            weight's shape, or function of a shape.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: penalties on the weights that
            are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        depthwise_constraint, pointwise_constraint, bias_constraint: what the weights are projected to
            after each update.
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
