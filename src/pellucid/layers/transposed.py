"""Transposed convolution: each input value spreads its filter over the output, where the copies add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Unpack

from pellucid.dispatch import Operand
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ShapeError
from pellucid.frozen import Frozen
from pellucid.geometry import MAX_SIZE, Window
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.channels import spatial_axes
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.weighted_sum import Initial
from pellucid.layers.windowed_sum import SpatialSum
from pellucid.variables import Variable


class Spreading(Frozen):
    """How input values spread a kernel over the output: the settings of a transposed convolution, for each axis."""

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str
    output_padding: tuple[int, ...] | None

    def sums(self, x: Tensor, kernel: Operand, filters: int, what: str) -> Tensor:
        """The sums of all copies of the kernel (spatial..., filters, channels); `what`: as messages begin."""
        crops = [self.crop(axis) for axis in range(len(self.size))]
        axes = zip(x.shape[1:-1], self.strides, self.size, self.dilation, crops, strict=True)
        sizes = [
            (count - 1) * stride + (taps - 1) * dilation + 1 - before - after
            for count, stride, taps, dilation, (before, after) in axes
        ]
        if not all(1 <= size <= MAX_SIZE for size in sizes):
            raise ShapeError(
                f"{what}: a result of the sizes {tuple(sizes)} is impossible, each must be from 1 to {MAX_SIZE}; "
                "change strides, padding or output_padding"
            )
        # What Keras takes off, the operation leaves out; where Keras adds zeros after the end (after < 0), so do we.
        reached = [size + min(after, 0) for size, (_, after) in zip(sizes, crops, strict=True)]
        padding = tuple((before, max(after, 0)) for before, after in crops)
        window = Window(self.size, self.strides, self.dilation, padding)
        y = builder.convolution_input_gradient(x, kernel, (x.shape[0], *reached, filters), window)
        for axis, (size, inside) in enumerate(zip(sizes, reached, strict=True), start=1):
            y = builder.pad_axis(y, axis, 0, size - inside)
        return y

    def crop(self, axis: int) -> tuple[int, int]:
        """How much Keras takes off the full result, before and after; negative where it adds zeros.

        The full result has (inputs - 1) * stride + extent elements. "valid" keeps it, and lengthens it to at least
        inputs * stride; "same" wants inputs * stride elements, or (inputs - 1) * stride + extent % 2 + output_padding.

        Source: keras.src.backend.common.backend_utils.
        """
        extent = (self.size[axis] - 1) * self.dilation[axis] + 1
        stride, extra = self.strides[axis], None if self.output_padding is None else self.output_padding[axis]
        if self.padding == "valid":
            return 0, -(max(extent, stride) - extent if extra is None else extra)
        total = stride + extent - 2 if extra is None else extent + extent % 2 - 2 + extra
        left = min(total // 2 + total % 2, extent - 1)
        return extent - 1 - left, extent - 1 - (total - left)


def below_stride(value: Any, strides: tuple[int, ...], what: str) -> tuple[int, ...] | None:
    """What is added to each axis of the result, below its stride; None leaves it to the padding."""
    if value is None:
        return None
    found = arguments.per_axis("output_padding", value, len(strides), what, minimum=0)
    if any(extra >= stride for extra, stride in zip(found, strides, strict=True)):
        raise ArgumentError(f"{what}: output_padding must be below the stride, got {found} with strides {strides}")
    return found


class TransposedConvolution(SpatialSum):
    """What Conv1DTranspose, Conv2DTranspose and Conv3DTranspose share.

    It is the gradient of a convolution with respect to its input, used forward: from the output back to the input a
    window of the same kernel, strides and dilation would lead. There is no padding "full": "valid" keeps all that any
    input reaches.
    """

    kernel: Variable
    filter_axes: ClassVar = {"kernel": ("spatial", "filters", "channels")}

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        output_padding: int | Sequence[int] | None = None,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: str | Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.filters = arguments.whole_number("filters", filters, self.label)
        self._set_taps(kernel_size, strides, data_format, dilation_rate)
        self.padding = arguments.in_any_case("padding", padding, ("valid", "same"), self.label)
        self.output_padding = below_stride(output_padding, self.strides, self.label)
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (spatial..., filters, channels) and the bias (filters,)."""
        _, channels = self._meet(input_shape)
        self.kernel = self._add_kernel((*self.kernel_size, self.filters, channels))
        self._add_bias((self.filters,))

    def call(self, inputs: Tensor) -> Tensor:
        """Spread, add the bias, activate."""
        return self._summed(inputs, self._sums)

    def _spreading(self) -> Spreading:
        return Spreading(self.kernel_size, self.strides, self.dilation_rate, self.padding, self.output_padding)

    def _sums(self, x: Tensor) -> Tensor:
        return self._spreading().sums(x, self.kernel, self.filters, self.label)

    def size_formulas(self, shapes: Sequence[SymbolicShape]) -> dict[int, str]:
        """See `network.windowed.Resizing`: the filters of all inputs side by side, less what is taken off."""
        found = {}
        for number, axis in enumerate(spatial_axes(self.rank, self.data_format, len(shapes[0]))):
            extent = (self.kernel_size[number] - 1) * self.dilation_rate[number] + 1
            size, stride, off = shapes[0][axis], self.strides[number], sum(self.crop(number))
            spread = f"({size} - 1) · {stride}" if stride > 1 else f"{size} - 1"
            found[axis] = f"{spread} + {extent}" + (f" - {off}" if off > 0 else f" + {-off}" if off else "")
        return found

    def crop(self, axis: int) -> tuple[int, int]:
        """See `Spreading.crop`."""
        return self._spreading().crop(axis)


class Conv1DTranspose(TransposedConvolution):
    """Transposed convolution over one axis.

    y[n, o, f] = activation(bias[f] + sum over inputs i, taps k and channels c with i * stride + k * dilation - before
    = o of x[n, i, c] * kernel[k, f, c]), where `before` elements of the full result are left out ("valid": none).

    Arguments are those of `Conv2DTranspose`; different are:

    Args:
        kernel_size: taps of each filter [elements].
        strides: distance between the places where neighbouring inputs put their filters [elements].
        data_format: "channels_last" (batch, length, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [elements].

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.Conv1DTranspose(4, 3, strides=2, padding="same")
        >>> Sequential([layers.Input((10, 2)), layer]).output_shape
        (None, 20, 4)

    Source: keras.layers.Conv1DTranspose; Dumoulin and Visin, A guide to convolution arithmetic, arXiv 1603.07285.
    """

    rank = 1


class Conv2DTranspose(TransposedConvolution):
    """Transposed convolution over two axes: images grow.

    y[n, o, p, f] = activation(bias[f] + sum over inputs (i, j), taps (k, l) and channels c with i * s + k * d - top = o
    and j * s + l * d - left = p of x[n, i, j, c] * kernel[k, l, f, c]), where `top` rows and `left` columns of the full
    result are left out ("valid": none).

    Args:
        filters: number of filters, hence of feature maps, >= 1.
        kernel_size: taps of each filter [pixels].
        strides: distance between the places where neighbouring inputs put their filters [pixels].
        padding: "valid" keeps all that is reached: (inputs - 1) * stride + max(extent, stride) elements, where extent =
            (kernel_size - 1) * dilation_rate + 1; "same" keeps inputs * stride of them, from the middle.
        output_padding: the size by Keras's other rule, with output_padding below the stride: "valid" then has
            (inputs - 1) * stride + extent + output_padding elements, "same" (inputs - 1) * stride + extent % 2 +
            output_padding. None for the sizes above.
        data_format: "channels_last" (batch, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [pixels].
        activation: name, function, or layer (`PReLU()`, whose weights are then this layer's too); None means linear.
        use_bias: whether one number per filter is added.
        kernel_initializer, bias_initializer: name, initialiser, array of the weight's shape, or function of a shape.
        kernel_regularizer, bias_regularizer: penalties on the weights that are added to the loss.
        activity_regularizer: likewise, on the output; averaged over the batch.
        kernel_constraint, bias_constraint: what the weights are projected to after each update.
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.Conv2DTranspose(4, 3, strides=2, padding="same")
        >>> Sequential([layers.Input((7, 7, 8)), layer]).output_shape
        (None, 14, 14, 4)

    Source: keras.layers.Conv2DTranspose; Dumoulin and Visin, A guide to convolution arithmetic, arXiv 1603.07285.
    """

    rank = 2


class Conv3DTranspose(TransposedConvolution):
    """Transposed convolution over three axes: volumes grow.

    As `Conv2DTranspose`, with one more spatial axis: kernels are (depth, rows, columns, filters, channels).

    Arguments are those of `Conv2DTranspose`; different are:

    Args:
        kernel_size: taps of each filter [voxels].
        strides: distance between the places where neighbouring inputs put their filters [voxels].
        data_format: "channels_last" (batch, depth, rows, columns, channels), the default, or "channels_first".
        dilation_rate: distance between neighbouring taps [voxels].

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input does not fit.

    Example:
        >>> from pellucid import Sequential, layers
        >>> layer = layers.Conv3DTranspose(4, 3, strides=2, padding="same")
        >>> Sequential([layers.Input((4, 4, 4, 2)), layer]).output_shape
        (None, 8, 8, 8, 4)

    Source: keras.layers.Conv3DTranspose; Dumoulin and Visin, A guide to convolution arithmetic, arXiv 1603.07285.
    """

    rank = 3

    def __init__(  # Keras has data_format before output_padding here, and only here
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: int | Sequence[int] | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: str | Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            output_padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **options,
        )
