"""How operations that slide a window are written; all of them want their channels first."""

from __future__ import annotations

from typing import Any

from pellucid.conversion.onnx.sizes import Item
from pellucid.conversion.onnx.writer import Value, Writer
from pellucid.geometry import Window
from pellucid.graph import windows


def _attributes(window: Window) -> dict[str, Any]:
    before, after = ([pair[side] for pair in window.padding] for side in (0, 1))
    return {
        "kernel_shape": list(window.size),
        "strides": list(window.strides),
        "dilations": list(window.dilation),
        "pads": [*before, *after],
    }


def _kernel(writer: Writer, item: Item, value: Value, order: list[int]) -> str:
    """A kernel (spatial..., channels, filters) with its axes in another order."""
    if value.array is not None:
        return writer.constant(value.array.transpose(order))
    return writer.node(item, "Transpose", writer.last(item, value), perm=order)


def convolution(writer: Writer, item: Item) -> Value:
    """Conv, whose kernels are (filters, channels, spatial...)."""
    item.check_settled()
    op = item.op
    assert isinstance(op, windows.Convolution)
    x, kernel = (writer.values[key] for key in item.inputs)
    rank = op.window.rank
    filters = _kernel(writer, item, kernel, [rank + 1, rank, *range(rank)])
    name = writer.node(item, "Conv", writer.first(item, x), filters, group=op.groups, **_attributes(op.window))
    writer.awaiting[name] = writer.nodes[-1]
    return Value(name, tuple(item.shapes()), is_first=True)


def transposed_convolution(writer: Writer, item: Item) -> Value:
    """ConvTranspose, whose kernels are (channels, filters, spatial...)."""
    op = item.op
    assert isinstance(op, windows.ConvolutionInputGradient)
    item.settled(lambda each: isinstance(each, windows.ConvolutionInputGradient) and (each.window, each.groups))
    y, kernel = (writer.values[key] for key in item.inputs)
    window = op.window
    rank = window.rank
    extra = [_extra(window, shape, y.shapes[number]) for number, shape in enumerate(item.shapes())]
    if any(each != extra[0] for each in extra):
        raise item.too_open("where its windows end")
    filters = _kernel(writer, item, kernel, [rank + 1, rank, *range(rank)])
    name = writer.node(
        item,
        "ConvTranspose",
        writer.first(item, y),
        filters,
        group=op.groups,
        output_padding=extra[0],
        **_attributes(window),
    )
    writer.awaiting[name] = writer.nodes[-1]
    return Value(name, tuple(item.shapes()), is_first=True)


def _extra(window: Window, large: tuple[int, ...], small: tuple[int, ...]) -> list[int]:
    """How many elements at the end of each axis no window of the convolution reaches."""
    return [
        size - ((count - 1) * stride + (taps - 1) * step + 1 - before - after)
        for size, count, stride, taps, step, (before, after) in zip(
            large[1:-1], small[1:-1], window.strides, window.size, window.dilation, window.padding, strict=True
        )
    ]


def max_pool(writer: Writer, item: Item) -> Value:
    """MaxPool."""
    item.check_settled()
    assert isinstance(item.op, windows.MaxPool)
    x = writer.first(item, writer.values[item.inputs[0]])
    name = writer.node(item, "MaxPool", x, **_attributes(item.op.window))
    return Value(name, tuple(item.shapes()), is_first=True)


def average_pool(writer: Writer, item: Item) -> Value:
    """AveragePool, in which padding does not count."""
    item.check_settled()
    assert isinstance(item.op, windows.AveragePool)
    attributes = _attributes(item.op.window)
    if set(attributes["dilations"]) == {1}:
        del attributes["dilations"]
    elif writer.opset < 19:
        raise item.refusal("an average over windows with gaps needs opset 19 or later")
    x = writer.first(item, writer.values[item.inputs[0]])
    name = writer.node(item, "AveragePool", x, count_include_pad=0, **attributes)
    return Value(name, tuple(item.shapes()), is_first=True)


def unpooled(writer: Writer, item: Item) -> Value:
    """The gradient of a max pooling, which is also the layer that unpools: MaxPool says where, MaxUnpool puts.

    Where windows overlap, several values may come to one place: they are added by ScatterElements.
    """
    item.check_settled()
    assert isinstance(item.op, windows.MaxPoolGradient)
    window = item.op.window
    axes = zip(window.size, window.strides, item.input_shapes(1)[0][1:-1], strict=True)
    is_plain = set(window.dilation) == {1} and not any(taps > stride and n > 1 for taps, stride, n in axes)
    x, _, values = (writer.values[key] for key in item.inputs)
    images, small = writer.first(item, x), writer.first(item, values)
    attributes = _attributes(window)
    _, places = writer.nodes_of(item, "MaxPool", [images], 2, **attributes)
    del attributes["dilations"]
    shape = writer.node(item, "Shape", images)
    if is_plain:
        name = writer.node(item, "MaxUnpool", small, places, shape, **attributes)
    elif writer.opset >= 16:
        name = _added(writer, item, images, places, small, shape)
    else:
        raise item.refusal("unpooling of windows that overlap, or have gaps, needs opset 16 or later")
    return Value(name, tuple(item.shapes()), is_first=True)


def _added(writer: Writer, item: Item, images: str, places: str, values: str, shape: str) -> str:
    """Zeros, to which values are added at places that count through all the images."""
    flat = writer.whole([-1])
    count = writer.node(item, "Reshape", writer.node(item, "Size", images), writer.whole([1]))
    zeros = writer.node(item, "ConstantOfShape", count)
    rows = [writer.node(item, "Reshape", name, flat) for name in (places, values)]
    total = writer.node(item, "ScatterElements", zeros, *rows, axis=0, reduction="add")
    return writer.node(item, "Reshape", total, shape)
