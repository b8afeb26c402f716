"""How products of matrices, sums along axes, and what only moves numbers, are written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from pellucid.conversion.onnx.sizes import Item
from pellucid.conversion.onnx.writer import Value, Writer, to_first, to_last
from pellucid.graph import Node, movement, ops
from pellucid.graph.ops import Shape


def matmul(writer: Writer, item: Item) -> Value:
    """MatMul, behind a transposition of the last two axes where the operation asks for one."""
    item.check_settled()
    op = item.op
    assert isinstance(op, ops.Matmul)
    values = [writer.values[key] for key in item.inputs]
    names = [
        _swapped(writer, item, value) if turned else writer.last(item, value)
        for value, turned in zip(values, (op.transpose_a, op.transpose_b), strict=True)
    ]
    name = writer.node(item, "MatMul", *names)
    if [value.rank for value in values] == [2, 2]:
        writer.awaiting[name] = writer.nodes[-1]
    return Value(name, tuple(item.shapes()))


def _swapped(writer: Writer, item: Item, value: Value) -> str:
    if value.array is not None:
        return writer.constant(value.array.swapaxes(-1, -2))
    axes = [*range(value.rank - 2), value.rank - 1, value.rank - 2]
    return writer.node(item, "Transpose", writer.last(item, value), perm=axes)


def reduction(writer: Writer, item: Item) -> Value:
    """ReduceSum, ReduceMax, or ReduceMean where the sum is divided by how many were summed."""
    item.check_settled()
    op = item.op
    assert isinstance(op, ops.ReduceSum | ops.ReduceMax)
    value = writer.values[item.inputs[0]]
    kind = "ReduceMax" if isinstance(op, ops.ReduceMax) else "ReduceMean" if item in writer.means else "ReduceSum"
    if not op.axes:
        return value
    axes = sorted(value.axis(axis) for axis in op.axes)
    name = writer.reduce(item, kind, writer.as_stored(value), axes, keepdims=True)
    return Value(name, tuple(item.shapes()), value.is_first)


def arg_max(writer: Writer, item: Item) -> Value:
    """ArgMax, as a number of the model's own type."""
    place = writer.node(item, "ArgMax", writer.last(item, writer.values[item.inputs[0]]), axis=-1, keepdims=0)
    return Value(writer.node(item, "Cast", place, to=TensorProto.FLOAT), tuple(item.shapes()))


def one_hot(writer: Writer, item: Item) -> Value:
    """Equal to 0, 1, 2, ...: ONNX's OneHot counts negative numbers from the end."""
    item.check_settled()
    assert isinstance(item.op, ops.OneHot)
    index = writer.last(item, writer.values[item.inputs[0]])
    wide = writer.node(item, "Unsqueeze", index, writer.whole([-1]))
    truth = writer.node(item, "Equal", wide, writer.constant(np.arange(item.op.depth)))
    name = writer.node(item, "Cast", truth, to=TensorProto.FLOAT)
    writer.truths[name] = truth
    return Value(name, tuple(item.shapes()))


def reshape(writer: Writer, item: Item) -> Value:
    """Reshape; sizes that are open stay where they are, or one of them follows from the others."""
    value = writer.values[item.inputs[0]]
    alone = value.is_first and all(shape[1:-1] == (1,) * (value.rank - 2) for shape in value.shapes)
    name = value.name if alone else writer.last(item, value)
    target = _target(item, value.shapes)
    return Value(writer.node(item, "Reshape", name, writer.whole(target)), tuple(item.shapes()))


def _target(item: Item, before: Sequence[Shape]) -> list[int]:
    after = item.shapes()
    target = list(after[0])
    opened = [axis for axis in range(len(target)) if len({shape[axis] for shape in after}) > 1]
    for axis in opened:
        if axis < len(before[0]) and all(a[axis] == b[axis] for a, b in zip(after, before, strict=True)):
            target[axis] = 0
    left = [axis for axis in opened if target[axis] != 0]
    if len(left) > 1:
        raise item.too_open("more than one size of what it reshapes to")
    for axis in left:
        target[axis] = -1
    return target


def broadcast_to(writer: Writer, item: Item) -> Value:
    """Expand; along axes that have their size already, whatever it is, it is asked for 1."""
    value, after = writer.values[item.inputs[0]], item.shapes()
    new = len(after[0]) - value.rank
    target: list[int] = []
    opened: list[int] = []
    for axis in range(len(after[0])):
        sizes = {shape[axis] for shape in after}
        there = axis >= new and all(a[axis] == b[axis - new] for a, b in zip(after, value.shapes, strict=True))
        if not there and len(sizes) > 1:
            opened.append(axis)
        target.append(1 if there else after[0][axis])
    name = writer.last(item, value)
    if not opened:
        return Value(writer.node(item, "Expand", name, writer.whole(target)), tuple(after))
    return Value(writer.node(item, "Expand", name, _sizes(writer, item, target, opened)), tuple(after))


def _sizes(writer: Writer, item: Item, target: list[int], opened: list[int]) -> str:
    """A shape whose open sizes are read from the model's inputs when it runs."""
    after, parts = item.shapes(), []
    for axis, size in enumerate(target):
        if axis not in opened:
            parts.append(writer.whole([size]))
            continue
        wanted = [shape[axis] for shape in after]
        found = [
            (value.name, place)
            for value in writer.inputs
            for place in range(value.rank)
            if [shape[place] for shape in value.shapes] == wanted
        ]
        if not found:
            raise item.too_open("how often it repeats values")
        name, place = found[0]
        shape = writer.node(item, "Shape", name)
        parts.append(writer.node(item, "Slice", shape, writer.whole([place]), writer.whole([place + 1])))
    return writer.node(item, "Concat", *parts, axis=0)


def transpose(writer: Writer, item: Item) -> Value:
    """Transpose; the one that brings channels first, or last, only changes how the value is seen."""
    item.check_settled()
    assert isinstance(item.op, movement.Transpose)
    value, permutation = writer.values[item.inputs[0]], list(item.op.permutation)
    rank, shapes = value.rank, tuple(item.shapes())
    if value.array is None and rank > 2 and permutation == to_first(rank) and value.is_first:
        return Value(value.name, shapes)
    if value.array is None and rank > 2 and permutation == to_last(rank) and not value.is_first:
        return Value(value.name, shapes, is_first=True)
    return Value(writer.node(item, "Transpose", writer.last(item, value), perm=permutation), shapes)


def concatenate(writer: Writer, item: Item) -> Value:
    """Concat, channels first where one of the inputs is."""
    item.check_settled()
    assert isinstance(item.op, movement.Concatenate)
    values = [writer.values[key] for key in item.inputs]
    is_first = any(value.is_first for value in values)
    names = [(writer.first if is_first else writer.last)(item, value) for value in values]
    result = Value("", tuple(item.shapes()), is_first)
    name = writer.node(item, "Concat", *names, axis=result.axis(item.op.axis))
    return Value(name, result.shapes, is_first)


def slice_axis(writer: Writer, item: Item) -> Value:
    """Slice; an end that follows from the size is counted from the end."""
    slices = [node.op for node in item.nodes if isinstance(node.op, movement.Slice)]
    value, axis = writer.values[item.inputs[0]], slices[0].axis
    bounds = []
    for ends in ([each.start for each in slices], [each.stop for each in slices]):
        behind = [end - shape[axis] for end, shape in zip(ends, value.shapes, strict=True)]
        if len(set(ends)) == 1:
            bounds.append(ends[0])
        elif len(set(behind)) == 1:
            bounds.append(behind[0] or 2**62)
        else:
            raise item.too_open("which part it takes")
    numbers = ([bounds[0]], [bounds[1]], [value.axis(axis)])
    name = writer.node(item, "Slice", writer.as_stored(value), *map(writer.whole, numbers))
    return Value(name, tuple(item.shapes()), value.is_first)


def pad_axis(writer: Writer, item: Item) -> Value:
    """Pad, with zeros."""
    item.check_settled()
    assert isinstance(item.op, movement.Pad)
    value = writer.values[item.inputs[0]]
    amounts = [0] * (2 * value.rank)
    place = value.axis(item.op.axis)
    amounts[place], amounts[place + value.rank] = item.op.before, item.op.after
    name = writer.node(item, "Pad", writer.as_stored(value), writer.whole(amounts), writer.constant(0.0))
    return Value(name, tuple(item.shapes()), value.is_first)


def gather(writer: Writer, item: Item) -> Value:
    """Gather, with 0 where an index is -1; of an axis whose size is open, Resize where each element is repeated."""
    assert isinstance(item.op, movement.Gather)
    value, indices = writer.values[item.inputs[0]], item.op.indices
    place = value.axis(item.op.axis)
    times = indices.size // value.shape[item.op.axis]
    if not item.is_settled and all(_repeats(node, times) for node in item.nodes):
        scales = [float(times) if axis == place else 1.0 for axis in range(value.rank)]
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        name = writer.node(item, "Resize", writer.as_stored(value), "", writer.constant(scales), **how)
        return Value(name, tuple(item.shapes()), value.is_first)
    item.check_settled()
    name = writer.node(item, "Gather", writer.as_stored(value), writer.whole(np.maximum(indices, 0)), axis=place)
    if (indices < 0).any():
        wide = (indices >= 0).reshape([-1 if axis == place else 1 for axis in range(value.rank)])
        name = writer.node(item, "Where", writer.constant(wide, np.bool_), name, writer.constant(0.0))
    return Value(name, tuple(item.shapes()), value.is_first)


def _repeats(node: Node, times: int) -> bool:
    """Whether each element along the axis is taken so many times in a row."""
    op, size = node.op, node.inputs[0].shape
    assert isinstance(op, movement.Gather)
    return np.array_equal(op.indices, np.repeat(np.arange(size[op.axis]), times))


def scatter_add(writer: Writer, item: Item) -> Value:
    """A product with the matrix that says what goes where."""
    item.check_settled()
    op = item.op
    assert isinstance(op, movement.ScatterAdd)
    value = writer.values[item.inputs[0]]
    matrix = np.zeros((op.indices.size, op.size))
    inside = op.indices >= 0
    matrix[np.flatnonzero(inside), op.indices[inside]] = 1.0
    order = [*(axis for axis in range(value.rank) if axis != op.axis), op.axis]
    name = writer.last(item, value)
    if order != sorted(order):
        name = writer.node(item, "Transpose", name, perm=order)
    name = writer.node(item, "MatMul", name, writer.constant(matrix))
    if order != sorted(order):
        name = writer.node(item, "Transpose", name, perm=list(np.argsort(order)))
    return Value(name, tuple(item.shapes()))


def pack(writer: Writer, item: Item) -> Value:
    """Concat of what is packed and of the zeros between."""
    item.check_settled()
    op, parts, end = item.op, [], 0
    assert isinstance(op, movement.Pack)
    for offset, key in zip(op.offsets, item.inputs, strict=True):
        value = writer.values[key]
        if offset > end:
            parts.append(writer.constant(np.zeros(offset - end)))
        parts.append(writer.node(item, "Reshape", writer.last(item, value), writer.whole([-1])))
        end = offset + int(np.prod(value.shape))
    if op.length > end:
        parts.append(writer.constant(np.zeros(op.length - end)))
    return Value(writer.node(item, "Concat", *parts, axis=0), tuple(item.shapes()))
