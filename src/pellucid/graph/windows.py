"""The operations that slide a window: convolution and pooling, with their gradients, in any number of axes.

Activations are (batch, spatial..., channels), kernels (spatial..., channels in / groups, channels out). Convolution is
bilinear in input and kernel, so the gradient of each of the three convolution operations is one of the other two.
"""

from __future__ import annotations

import math

from pellucid.errors import ShapeError
from pellucid.geometry import Window
from pellucid.graph.ops import Op, Product, Shape


class ConvolutionOp(Product):
    """The settings that the three operations share."""

    window: Window
    groups: int

    def _output_shape(self, x: Shape, kernel: Shape) -> Shape:
        if len(x) != self.window.rank + 2 or len(kernel) != self.window.rank + 2:
            raise ShapeError(
                f"a convolution over {self.window.rank} axes needs an input of {self.window.rank + 2} axes "
                f"(batch, spatial..., channels), got {x} with a kernel of {kernel}"
            )
        channels, filters = x[-1], kernel[-1]
        if channels % self.groups or filters % self.groups:
            raise ShapeError(f"groups={self.groups} must divide {channels} input channels and {filters} filters")
        if kernel[-2] != channels // self.groups or kernel[:-2] != self.window.size:
            raise ShapeError(
                f"expected a kernel of {(*self.window.size, channels // self.groups, filters)} "
                f"for {channels} input channels in {self.groups} groups, got {kernel}"
            )
        return (x[0], *self.window.output_shape(x[1:-1]), filters)

    def _flops(self, output: Shape, kernel: Shape) -> int:
        return 2 * math.prod(output) * math.prod(kernel[:-1])


class Convolution(ConvolutionOp):
    """y[n, o, f] = sum over taps k and channels c of x[n, o * stride + k * dilation - before, c] * kernel[k, c, f].

    Inputs: x, kernel. This is the cross-correlation that every framework calls convolution: the kernel is not flipped.
    """

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (self._output_shape(*inputs),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return self._flops(outputs[0], inputs[1])


class FusedConvolution(ConvolutionOp):
    """`Convolution`, plus a bias per filter, then max(., 0) and min(., ceiling) where `relu` is set.

    Inputs: x, kernel, bias. Made by `passes.fuse_convolution`.
    """

    relu: bool
    ceiling: float = math.inf

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, kernel, bias = inputs
        if bias != kernel[-1:]:
            raise ShapeError(f"expected a bias of {kernel[-1:]}, got {bias}")
        return (self._output_shape(x, kernel),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return self._flops(outputs[0], inputs[1]) + (1 + self.relu) * math.prod(outputs[0])


class ConvolutionMaxPool(ConvolutionOp):
    """`MaxPool` of a `FusedConvolution`, whose own result is not kept; made by `pooling.fuse_pooling`.

    Inputs: x, kernel, bias. Outputs: the largest value in each window of `pooling`; with `places` also, for each,
    the number of the first tap that holds it, among all taps of the window in row-major order.
    """

    relu: bool
    pooling: Window
    places: bool
    ceiling: float = math.inf

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, kernel, bias = inputs
        if bias != kernel[-1:]:
            raise ShapeError(f"expected a bias of {kernel[-1:]}, got {bias}")
        pooled = MaxPool(self.pooling).output_shapes(self._output_shape(x, kernel))
        return pooled * (2 if self.places else 1)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        results = self._output_shape(*inputs[:2])
        pooled = math.prod(outputs[0]) * self.pooling.taps
        return self._flops(results, inputs[1]) + (1 + self.relu) * math.prod(results) + pooled


class PointwiseDepthwise(Op):
    """A depthwise `FusedConvolution` of a 1x1 `FusedConvolution`, whose own result is not kept.

    Inputs: x, kernel, bias, depthwise kernel, depthwise bias. Made by `passes.fuse_pointwise`.
    """

    pointwise: FusedConvolution
    depthwise: FusedConvolution

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return self.depthwise.output_shapes(*self.pointwise.output_shapes(*inputs[:3]), *inputs[3:])

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        between = self.pointwise.output_shapes(*inputs[:3])
        return self.pointwise.flops(inputs[:3], between) + self.depthwise.flops((*between, *inputs[3:]), outputs)


class ConvolutionInputGradient(ConvolutionOp):
    """The gradient of a `Convolution` with respect to its input, of shape `shape`. Inputs: grad_output, kernel.

    This is also the forward pass of a transposed convolution.
    """

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        grad_output, kernel = inputs
        if self._output_shape(self.shape, kernel) != grad_output:
            raise ShapeError(f"{grad_output} is not the shape of a convolution of {self.shape} with {kernel}")
        return (self.shape,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return self._flops(inputs[0], inputs[1])


class ConvolutionKernelGradient(ConvolutionOp):
    """The gradient of a `Convolution` with respect to its kernel, of shape `shape`. Inputs: x, grad_output."""

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, grad_output = inputs
        if self._output_shape(x, self.shape) != grad_output:
            raise ShapeError(f"{grad_output} is not the shape of a convolution of {x} with {self.shape}")
        return (self.shape,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return self._flops(inputs[1], self.shape)


class ConvolutionMaxPoolGradient(ConvolutionOp):
    """The gradients of a `ConvolutionMaxPool` of an input and a kernel of shapes `shape` and `kernel`.

    Inputs: x, places, grad_output, and the kernel where `of_input` is set. Outputs: the gradient of the kernel, then
    that of the input where `of_input` is set. Made by `pooling.fuse_pooling_gradients`.
    """

    pooling: Window
    shape: Shape
    kernel: Shape
    of_input: bool

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, places, grad_output, *kernel = inputs
        pooled = MaxPool(self.pooling).output_shapes(self._output_shape(self.shape, self.kernel))
        if x != self.shape or (places, grad_output) != pooled * 2 or kernel != [self.kernel] * self.of_input:
            raise ShapeError(f"{inputs} are not the shapes of a pooled convolution of {self.shape} with {self.kernel}")
        return (self.kernel, self.shape)[: 1 + self.of_input]

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return self._flops(self._output_shape(self.shape, self.kernel), self.kernel) * len(outputs)


class PoolOp(Op):
    """The settings that the pooling operations share; each channel is pooled by itself."""

    window: Window

    def _output_shape(self, x: Shape) -> Shape:
        if len(x) != self.window.rank + 2:
            raise ShapeError(
                f"pooling over {self.window.rank} axes needs an input of {self.window.rank + 2} axes "
                f"(batch, spatial..., channels), got {x}"
            )
        return (x[0], *self.window.output_shape(x[1:-1]), x[-1])


class MaxPool(PoolOp):
    """The largest value in each window; padding never wins. Input: x."""

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (self._output_shape(*inputs),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(outputs[0]) * self.window.taps


class MaxPoolGradient(PoolOp):
    """The gradient of a `MaxPool`: each value goes to the first tap that holds its window's maximum.

    Inputs: x, y, grad_output, where y is the result of the pooling.
    """

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, y, grad_output = inputs
        if not self._output_shape(x) == y == grad_output:
            raise ShapeError(f"{grad_output} is not the shape of a pooling of {x}")
        return (x,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[1]) * self.window.taps


class MaxUnpool(PoolOp):
    """The gradient of a max pooling of an input of shape `shape`: each value goes to the tap of its window that won.

    Inputs: places, grad_output, where `places` is as `ConvolutionMaxPool` gives it.
    """

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        places, grad_output = inputs
        if not self._output_shape(self.shape) == places == grad_output:
            raise ShapeError(f"{places} and {grad_output} are not the shape of a pooling of {self.shape}")
        return (self.shape,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[0]) * self.window.taps


class MaxPoolSelect(PoolOp):
    """From each window of `values`, the element where x has the first tap that holds the window's maximum.

    Inputs: x, y, values, where y is the result of the pooling of x and `values` has the shape of x. The adjoint of
    `MaxPoolGradient`.
    """

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        x, y, values = inputs
        if values != x or self._output_shape(x) != y:
            raise ShapeError(
                f"expected values of shape {x} and a pooling of {self._output_shape(x)}, got {values}, {y}"
            )
        return (y,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[1]) * self.window.taps


class AveragePool(PoolOp):
    """The mean of each window over the taps that lie inside the input: padding does not count, as in Keras."""

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (self._output_shape(*inputs),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(outputs[0]) * self.window.taps


class AveragePoolGradient(PoolOp):
    """The gradient of an `AveragePool` whose input has the shape `shape`. Input: grad_output."""

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        if self._output_shape(self.shape) != inputs[0]:
            raise ShapeError(f"{inputs[0]} is not the shape of a pooling of {self.shape}")
        return (self.shape,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[0]) * self.window.taps
