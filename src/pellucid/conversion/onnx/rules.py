"""One rule for each operation that a model may hold, or the reason why ONNX has none."""

from __future__ import annotations

from collections.abc import Callable

from pellucid.conversion.onnx import write_elementwise, write_movement, write_windows
from pellucid.conversion.onnx.sizes import Item
from pellucid.conversion.onnx.writer import Value, Writer
from pellucid.graph import movement, ops, windows
from pellucid.graph.ops import Op

RULES: dict[type[Op], Callable[[Writer, Item], Value]] = {
    ops.Elementwise: write_elementwise.elementwise,
    ops.ReduceSum: write_movement.reduction,
    ops.ReduceMax: write_movement.reduction,
    ops.ArgMax: write_movement.arg_max,
    ops.OneHot: write_movement.one_hot,
    ops.Matmul: write_movement.matmul,
    movement.Reshape: write_movement.reshape,
    movement.StopGradient: lambda writer, item: writer.values[item.inputs[0]],
    movement.BroadcastTo: write_movement.broadcast_to,
    movement.Transpose: write_movement.transpose,
    movement.Concatenate: write_movement.concatenate,
    movement.Slice: write_movement.slice_axis,
    movement.Pad: write_movement.pad_axis,
    movement.Gather: write_movement.gather,
    movement.ScatterAdd: write_movement.scatter_add,
    movement.Pack: write_movement.pack,
    windows.Convolution: write_windows.convolution,
    windows.ConvolutionInputGradient: write_windows.transposed_convolution,
    windows.MaxPool: write_windows.max_pool,
    windows.MaxPoolGradient: write_windows.unpooled,
    windows.AveragePool: write_windows.average_pool,
}

LEAVES = (ops.Input, ops.Parameter, ops.Literal, ops.Constant)
"""What has no rule, since the writer itself sees to it: where numbers come from."""

_FUSED = "it is made when an engine prepares a graph, and no model holds it"
_GRADIENT = "it is a gradient, and files hold what a model predicts"
REFUSED: dict[type[Op], str] = {
    ops.RandomUniform: "it draws random numbers when the model predicts, and ONNX's are others",
    movement.GatherAt: "it reads at places that the sample itself decides on, and no rule writes that yet",
    movement.ScatterAddAt: "no layer of a model that predicts makes it",
    ops.Update: "it writes to a state when the model predicts, and a file has none",
    ops.Chain: _FUSED,
    windows.FusedConvolution: _FUSED,
    windows.ConvolutionMaxPool: _FUSED,
    windows.PointwiseDepthwise: _FUSED,
    windows.ConvolutionMaxPoolGradient: _GRADIENT,
    windows.ConvolutionKernelGradient: _GRADIENT,
    windows.MaxUnpool: _GRADIENT,
    windows.MaxPoolSelect: _GRADIENT,
    windows.AveragePoolGradient: _GRADIENT,
}
