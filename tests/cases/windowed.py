"""Rows for the operations of `graph.windows`: convolution with its gradients, and pooling with its own.

Each geometry feeds every operation of its kind, so all passes of a convolution see the same corners.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cases.rows import Operand, OperationCase
from pellucid.geometry import Window
from pellucid.graph import windows
from pellucid.graph.ops import Shape


@dataclass(frozen=True)
class Geometry:
    """An input (batch, spatial..., channels), how a window slides over it, and what a convolution makes of it."""

    name: str
    x: Shape
    size: tuple[int, ...]
    filters: int = 1
    strides: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    padding: tuple[tuple[int, int], ...] = ()
    groups: int = 1

    @property
    def window(self) -> Window:
        """The window, with 1, 1 and no padding where nothing is said."""
        ones = (1,) * len(self.size)
        return Window(self.size, self.strides or ones, self.dilation or ones, self.padding or ((0, 0),) * len(ones))

    @property
    def kernel(self) -> Shape:
        """The shape of the kernel."""
        return (*self.size, self.x[-1] // self.groups, self.filters)

    @property
    def y(self) -> Shape:
        """The shape of the convolution."""
        return (self.x[0], *self.window.output_shape(self.x[1:-1]), self.filters)

    @property
    def pooled(self) -> Shape:
        """The shape of the pooling."""
        return (*self.y[:-1], self.x[-1])


_SAME = ((1, 1), (1, 1))

CONVOLUTIONS = (
    Geometry("1-D", (2, 9, 3), (3,), 4),
    Geometry("1-D strided, after only", (3, 10, 1), (4,), 5, strides=(3,), padding=((0, 2),)),
    Geometry("1-D causal, dilated", (2, 11, 2), (3,), 3, dilation=(2,), padding=((4, 0),)),
    Geometry("1-D full", (2, 5, 3), (4,), 2, padding=((3, 3),)),
    Geometry("1-D, 17 in, 33 out", (2, 7, 17), (3,), 33),
    Geometry("2-D 3x3 valid", (2, 8, 7, 3), (3, 3), 4),
    Geometry("2-D 3x3 same", (2, 7, 6, 4), (3, 3), 8, padding=_SAME),
    Geometry("2-D 2x2 same, uneven", (2, 5, 4, 2), (2, 2), 3, padding=((0, 1), (0, 1))),
    Geometry("2-D 4x3 uneven and strided", (2, 9, 10, 3), (4, 3), 5, strides=(2, 3), padding=((1, 2), (0, 1))),
    Geometry("2-D 1x1", (2, 5, 6, 17), (1, 1), 33),
    Geometry("2-D 1x1 strided", (2, 7, 6, 3), (1, 1), 4, strides=(2, 2)),
    Geometry("2-D 1x1 padded", (1, 3, 4, 3), (1, 1), 2, padding=_SAME),
    Geometry("2-D one channel, one filter", (1, 6, 6, 1), (3, 3), 1),
    Geometry("2-D one channel, 32 filters", (2, 9, 9, 1), (3, 3), 32),
    Geometry("2-D 17 in, 1 out", (2, 6, 6, 17), (3, 3), 1, padding=_SAME),
    Geometry("2-D 32 in, 64 out", (2, 8, 8, 32), (3, 3), 64),
    Geometry("2-D 65 filters", (1, 5, 7, 16), (3, 3), 65, padding=_SAME),
    Geometry("2-D dilated", (2, 9, 10, 3), (3, 3), 4, dilation=(2, 3), padding=((2, 2), (3, 3))),
    Geometry("2-D stride beyond the kernel", (2, 11, 9, 2), (2, 2), 3, strides=(4, 3)),
    Geometry("2-D kernel as large as the input", (3, 5, 4, 2), (5, 4), 7),
    Geometry("2-D two groups", (2, 7, 7, 4), (3, 3), 6, padding=_SAME, groups=2),
    Geometry("2-D three groups, odd sizes", (2, 6, 5, 9), (3, 2), 15, groups=3),
    Geometry("2-D depthwise", (2, 8, 7, 17), (3, 3), 17, padding=_SAME, groups=17),
    Geometry("2-D depthwise, two filters each", (2, 7, 7, 5), (3, 3), 10, strides=(2, 2), groups=5),
    Geometry("2-D depthwise, 64 channels, dilated", (1, 9, 9, 64), (3, 3), 64, dilation=(2, 2), groups=64),
    Geometry("2-D one row", (2, 1, 12, 3), (1, 5), 4, padding=((0, 0), (2, 2))),
    Geometry("2-D one pixel, 3x3 around it", (4, 1, 1, 5), (3, 3), 6, padding=_SAME),
    Geometry("2-D padding wider than the kernel", (1, 3, 3, 2), (2, 2), 3, padding=((3, 2), (2, 4))),
    Geometry("2-D 5x5, 20 filters", (2, 12, 12, 1), (5, 5), 20),
    Geometry("3-D", (2, 5, 4, 6, 2), (3, 2, 3), 3),
    Geometry("3-D same, strided", (1, 5, 6, 5, 3), (3, 3, 3), 4, strides=(2, 1, 2), padding=((1, 1), (1, 1), (1, 1))),
    Geometry("3-D two groups, dilated", (2, 5, 6, 5, 4), (2, 3, 2), 6, dilation=(2, 1, 3), groups=2),
)

POOLINGS = (
    Geometry("1-D", (2, 9, 3), (2,), strides=(2,)),
    Geometry("1-D overlapping, padded", (2, 10, 5), (3,), strides=(2,), padding=((0, 1),)),
    Geometry("2-D 2x2", (2, 8, 6, 4), (2, 2), strides=(2, 2)),
    Geometry("2-D 2x2, odd sizes", (2, 7, 5, 17), (2, 2), strides=(2, 2)),
    Geometry("2-D 3x3 overlapping", (2, 7, 8, 3), (3, 3)),
    Geometry("2-D 3x3 same", (2, 7, 8, 3), (3, 3), strides=(2, 2), padding=((1, 1), (0, 1))),
    Geometry("2-D 2x3, one channel", (1, 5, 7, 1), (2, 3), strides=(1, 2)),
    Geometry("2-D dilated", (2, 7, 7, 2), (2, 2), dilation=(3, 2)),
    Geometry("2-D gaps between windows", (2, 9, 9, 5), (2, 2), strides=(3, 4)),
    Geometry("2-D whole map", (3, 4, 5, 33), (4, 5)),
    Geometry("2-D 1x1", (2, 3, 4, 2), (1, 1)),
    Geometry("2-D 64 channels", (2, 6, 6, 64), (2, 2), strides=(2, 2)),
    Geometry("3-D", (2, 4, 6, 4, 3), (2, 2, 2), strides=(2, 2, 2)),
    Geometry(
        "3-D overlapping, padded", (1, 4, 3, 5, 2), (3, 2, 3), strides=(2, 1, 2), padding=((1, 1), (0, 1), (1, 1))
    ),
)

_TWO = ((2, 2), (2, 2))

DEPTHWISE = (
    Geometry("rows of 14, 33 channels", (1, 5, 14, 33), (3, 3), 33, padding=_SAME, groups=33),
    Geometry("rows of 3, 16 channels", (2, 4, 3, 16), (3, 3), 16, padding=_SAME, groups=16),
    Geometry("5x5, every other row of 9", (1, 9, 17, 16), (5, 5), 16, strides=(2, 2), padding=_TWO, groups=16),
    Geometry("8 images of 31 channels", (8, 10, 15, 31), (3, 3), 31, padding=_SAME, groups=31),
    Geometry("8 images of 32 channels", (8, 12, 13, 32), (3, 3), 32, padding=_SAME, groups=32),
    Geometry("8 images, stride 2", (8, 12, 14, 32), (3, 3), 32, strides=(2, 2), padding=((0, 1), (0, 1)), groups=32),
    Geometry("8 images, 5x5, rows apart", (8, 13, 12, 32), (5, 5), 32, (), (2, 1), ((4, 4), (2, 2)), 32),
    Geometry("an image in bands", (1, 60, 24, 80), (3, 3), 80, padding=_SAME, groups=80),
)
"""Of planes, with channels that fill vectors and that do not, few and many, for windows of all widths."""

LARGE = (
    Geometry("first layer of MNIST", (8, 28, 28, 1), (3, 3), 32),
    Geometry("second layer of MNIST", (3, 26, 26, 32), (3, 3), 64),
    Geometry("1x1, many channels", (4, 15, 13, 96), (1, 1), 130),
    Geometry("depthwise", (4, 31, 30, 96), (3, 3), 96, padding=_SAME, groups=96),
    Geometry("strided, 7x7", (2, 41, 39, 3), (7, 7), 48, strides=(2, 2), padding=((3, 3), (2, 3))),
    Geometry("four groups", (3, 17, 18, 64), (3, 3), 68, padding=_SAME, groups=4),
    Geometry("long", (2, 3001, 5), (9,), 24, padding=((4, 4),)),
    Geometry("volumes", (2, 7, 9, 8, 16), (3, 3, 3), 32, padding=((1, 1), (1, 1), (1, 1))),
)
"""Large enough for kernels to tile, and for threads to share: for exact comparison only."""


def _convolution_rows(case: Geometry) -> list[OperationCase]:
    x, kernel, y = Operand(case.x), Operand(case.kernel), Operand(case.y)
    settings = (case.window, case.groups)
    bias = Operand((case.filters,))
    rows = {
        "forward": (windows.Convolution(*settings), (x, kernel)),
        "input gradient": (windows.ConvolutionInputGradient(*settings, case.x), (y, kernel)),
        "kernel gradient": (windows.ConvolutionKernelGradient(*settings, case.kernel), (x, y)),
        "with bias": (windows.FusedConvolution(*settings, relu=False), (x, kernel, bias)),
        "with bias and relu": (windows.FusedConvolution(*settings, relu=True), (x, kernel, bias)),
        "with bias and relu up to 1": (windows.FusedConvolution(*settings, relu=True, ceiling=1.0), (x, kernel, bias)),
    }
    halves = tuple(min(2, size) for size in case.y[1:-1])
    pooling = Window(halves, halves, (1,) * len(halves), ((0, 0),) * len(halves))
    for places in (True, False):
        op = windows.ConvolutionMaxPool(
            *settings, places, pooling, places, ceiling=1.0 if case.groups > 1 else math.inf
        )
        rows["pooled, with places" if places else "pooled"] = op, (x, kernel, bias)
    taken = Operand((case.x[0], *pooling.output_shape(case.y[1:-1]), case.filters), "label")
    grad = Operand(taken.shape)
    for of_input in (True, False):
        op = windows.ConvolutionMaxPoolGradient(*settings, pooling, case.x, case.kernel, of_input)
        rows[f"pooled, gradients {of_input}"] = op, (x, taken, grad, *[kernel] * of_input)
    return [OperationCase(f"convolution {case.name}, {what}", "convolution", *row) for what, row in rows.items()]


def _depthwise_rows(case: Geometry) -> list[OperationCase]:
    """A depthwise convolution of a 1x1 convolution from fewer channels."""
    inputs = max(1, case.filters // 3)
    operands = [(*case.x[:-1], inputs), (1, 1, inputs, case.filters), (case.filters,), case.kernel, (case.filters,)]
    point = Window((1, 1), (1, 1), (1, 1), ((0, 0), (0, 0)))
    rows = {
        "plain": (windows.FusedConvolution(point, 1, False), windows.FusedConvolution(case.window, case.groups, False)),
        "up to 1": (
            windows.FusedConvolution(point, 1, True, 1.0),
            windows.FusedConvolution(case.window, case.groups, True, 1.0),
        ),
    }
    return [
        OperationCase(
            f"pointwise and depthwise {case.name}, {what}",
            "convolution",
            windows.PointwiseDepthwise(*pair),
            tuple(map(Operand, operands)),
        )
        for what, pair in rows.items()
    ]


def _pooling_rows(case: Geometry) -> list[OperationCase]:
    x, y, taken = Operand(case.x), Operand(case.pooled), Operand(case.pooled, "pooled")
    places = Operand(case.pooled, "label")  # some name taps that lie outside, or that the window does not have
    rows = {
        "max pool": (windows.MaxPool(case.window), (x,)),
        "max pool gradient": (windows.MaxPoolGradient(case.window), (x, taken, y)),
        "max pool select": (windows.MaxPoolSelect(case.window), (x, taken, x)),
        "max unpool": (windows.MaxUnpool(case.window, case.x), (places, y)),
        "average pool": (windows.AveragePool(case.window), (x,)),
        "average pool gradient": (windows.AveragePoolGradient(case.window, case.x), (y,)),
    }
    return [OperationCase(f"{what} {case.name}", "pooling", *row) for what, row in rows.items()]


# The gradients of the forward pass are the other two passes.
LARGE_CONVOLUTIONS = tuple(_convolution_rows(case)[number] for case in LARGE for number in (0, 4, 6))

WINDOWED: tuple[OperationCase, ...] = (
    *(row for case in CONVOLUTIONS for row in _convolution_rows(case)),
    *(row for case in DEPTHWISE for row in _depthwise_rows(case)),
    *(row for case in POOLINGS for row in _pooling_rows(case)),
)
