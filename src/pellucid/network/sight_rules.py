"""How what is seen passes through the operations: one rule for each that moves, joins, adds up or slides a window."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.graph import Node, movement, ops, windows
from pellucid.graph.ops import Shape
from pellucid.network.sight import Atom, Axes, Sight, blind, depends, joined, moved, renamed, slid_over, spread, without

Rule = Callable[[Any, Node, Sequence[Sight]], Sight | None]


def through(node: Node, sights: Sequence[Sight | None]) -> Sight | None:
    """What the result of a node sees; None where nobody can tell."""
    known = [sight for sight in sights if sight is not None]
    if len(known) < len(sights):
        return None
    if all(sight.is_blind for sight in known):
        return blind(node.outputs[0].shape) if node.outputs else None
    rule = RULES.get(type(node.op))
    return None if rule is None else rule(node.op, node, known)


def _elementwise(op: ops.Op, node: Node, sights: Sequence[Sight]) -> Sight | None:
    shape = node.outputs[0].shape
    fitted = [_broadcast(sight, tensor.shape, shape) for sight, tensor in zip(sights, node.inputs, strict=True)]
    return _together(fitted)


def _broadcast(sight: Sight, shape: Shape, target: Shape) -> Sight:
    """As if the tensor had the target's axes: what is repeated is seen from everywhere."""
    new = len(target) - len(shape)
    axes: list[tuple[Atom, ...]] = [(Atom(size),) for size in target[:new]]
    gone: list[Atom] = []
    for atoms, size, wide in zip(sight.axes, shape, target[new:], strict=True):
        gone += atoms if size != wide else ()
        axes.append(atoms if size == wide else (Atom(wide),))
    return replace(without(sight, gone, summed=False), axes=tuple(axes))


def _together(sights: Sequence[Sight]) -> Sight | None:
    """Tensors of equal shapes, element by element; their axes are from here on those of the finest that see."""
    axes: list[tuple[Atom, ...]] = []
    for several in zip(*(sight.axes for sight in sights), strict=True):
        live = [atoms for sight, atoms in zip(sights, several, strict=True) if depends(sight, atoms)]
        axes.append(max(live or list(several), key=len))
    found = [_on_axes(sight, tuple(axes)) for sight in sights]
    known = [sight for sight in found if sight is not None]
    return joined(tuple(axes), known) if len(known) == len(found) else None


def _on_axes(sight: Sight, axes: Axes) -> Sight | None:
    """The sight with other atoms for its axes; None where axes are made up of other pieces."""
    names: dict[Atom, dict[Atom, int]] = {}
    for own, target in zip(sight.axes, axes, strict=True):
        if [atom.size for atom in own] == [atom.size for atom in target]:
            names |= {old: {new: 1} for old, new in zip(own, target, strict=True)}
        elif len(own) == 1 and math.prod(atom.size for atom in target) == own[0].size:
            sizes = [atom.size for atom in target]
            names |= {own[0]: {atom: math.prod(sizes[number + 1 :]) for number, atom in enumerate(target)}}
        elif depends(sight, own):
            return None
    return renamed(replace(sight, axes=axes), names)


def _reduce(op: ops.ReduceSum | ops.ReduceMax, node: Node, sights: Sequence[Sight]) -> Sight:
    (sight,) = sights
    gone = [atom for axis in op.axes for atom in sight.axes[axis]]
    axes = tuple((Atom(1),) if axis in op.axes else atoms for axis, atoms in enumerate(sight.axes))
    return replace(without(sight, gone, summed=True), axes=axes)


def _arg_max(op: ops.ArgMax, node: Node, sights: Sequence[Sight]) -> Sight:
    (sight,) = sights
    return replace(without(sight, sight.axes[-1], summed=True), axes=sight.axes[:-1])


def _one_hot(op: ops.OneHot, node: Node, sights: Sequence[Sight]) -> Sight:
    return replace(sights[0], axes=(*sights[0].axes, (Atom(op.depth),)))


def _matmul(op: ops.Matmul, node: Node, sights: Sequence[Sight]) -> Sight | None:
    a, b = sights
    (row, inner_a), (inner_b, column) = (
        ((-1, -2) if op.transpose_a else (-2, -1)),
        ((-1, -2) if op.transpose_b else (-2, -1)),
    )
    batch, one = a.axes[:-2], Atom(1)
    left = replace(without(a, a.axes[inner_a], summed=True), axes=(*batch, a.axes[row], (one,)))
    right = replace(without(b, b.axes[inner_b], summed=True), axes=(*b.axes[:-2], (one,), b.axes[column]))
    rows, columns = node.outputs[0].shape[-2:]
    shapes = [(*node.outputs[0].shape[:-2], rows, 1), (*node.outputs[0].shape[:-2], 1, columns)]
    wide = [_broadcast(sight, shape, node.outputs[0].shape) for sight, shape in zip((left, right), shapes, strict=True)]
    return _together(wide)


def _same(op: ops.Op, node: Node, sights: Sequence[Sight]) -> Sight:
    return sights[0]


def _transpose(op: movement.Transpose, node: Node, sights: Sequence[Sight]) -> Sight:
    return replace(sights[0], axes=tuple(sights[0].axes[axis] for axis in op.permutation))


def _broadcast_to(op: movement.BroadcastTo, node: Node, sights: Sequence[Sight]) -> Sight:
    return _broadcast(sights[0], node.inputs[0].shape, op.shape)


def _slice(op: movement.Slice, node: Node, sights: Sequence[Sight]) -> Sight | None:
    return moved(sights[0], op.axis, op.stop - op.start, by=op.start)


def _pad(op: movement.Pad, node: Node, sights: Sequence[Sight]) -> Sight | None:
    return moved(sights[0], op.axis, node.outputs[0].shape[op.axis], by=-op.before)


def _reshape(op: movement.Reshape, node: Node, sights: Sequence[Sight]) -> Sight | None:
    """The atoms in order, dealt out to the new axes; where an axis ends within an atom, that is split into two."""
    (sight,) = sights
    if not sight.is_exact:
        return None
    pieces, axes = [atom for atoms in sight.axes for atom in atoms], []
    for size in op.shape:
        own: list[Atom] = []
        while math.prod(atom.size for atom in own) < size or (size == 1 and not own and pieces and pieces[0].size == 1):
            atom, wanted = pieces.pop(0), size // math.prod(each.size for each in own)
            if atom.size > wanted:
                if atom.size % wanted:
                    return None
                outer, inner = Atom(wanted), Atom(atom.size // wanted)
                sight = renamed(sight, {atom: {outer: inner.size, inner: 1}})
                pieces.insert(0, inner)
                atom = outer
            elif wanted % atom.size:
                return None
            own.append(atom)
        axes.append(tuple(own) or (Atom(1),))
    return replace(sight, axes=tuple(_plain(atoms) for atoms in axes))


def _plain(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """Without the atoms of size 1 that stand beside others."""
    return tuple(atom for atom in atoms if atom.size > 1) or atoms[:1]


def _concatenate(op: movement.Concatenate, node: Node, sights: Sequence[Sight]) -> Sight | None:
    """A tensor with pieces of it around, as padding with edge values makes them; else all are seen along the axis."""
    sizes = [tensor.shape[op.axis] for tensor in node.inputs]
    main = int(np.argmax(sizes))
    others = [tensor.node for number, tensor in enumerate(node.inputs) if number != main]
    if all(_is_piece(other, node.inputs[main].node) for other in others):
        return moved(sights[main], op.axis, sum(sizes), by=-sum(sizes[:main]))
    alike = []
    for sight in sights:
        axes = (*sight.axes[: op.axis], (Atom(sum(sizes)),), *sight.axes[op.axis + 1 :])
        alike.append(replace(without(sight, sight.axes[op.axis], summed=True), axes=axes))
    return _together(alike)


def _is_piece(node: Node, whole: Node) -> bool:
    while isinstance(node.op, movement.Slice | movement.BroadcastTo | movement.Gather) and node is not whole:
        node = node.inputs[0].node
    return node is whole


def _gather(op: movement.Gather, node: Node, sights: Sequence[Sight]) -> Sight | None:
    """Where the elements are taken at even steps; or at even steps of places, with even steps of taps at each."""
    (sight,), count = sights, op.indices.size
    if not depends(sight, sight.axes[op.axis]):
        return moved(sight, op.axis, count)
    if len(sight.axes[op.axis]) > 1:
        return None
    for taps in [n for n in range(1, count + 1) if count % n == 0]:
        table = op.indices.reshape(-1, taps)
        numbers = _even(table)
        if numbers is None:
            continue
        start, stride, step = numbers
        places = moved(sight, op.axis, len(table), by=start, stride=stride)
        return places if places is None or taps == 1 else _with_taps(sight, op.axis, places, taps, step)
    return _inside(op, sight)


def _with_taps(sight: Sight, axis: int, places: Sight, taps: int, step: int) -> Sight:
    """The gathered axis is that of the places times that of the taps."""
    (old,), (place,), tap = sight.axes[axis], places.axes[axis], Atom(taps)
    seen = {
        source: replace(each, steps={**each.steps, tap: sight.seen[source].steps[old] * step})
        if place in each.steps else each
        for source, each in places.seen.items()
    }  # fmt: skip
    found = replace(places, axes=(*places.axes[:axis], (place, tap), *places.axes[axis + 1 :]), seen=seen)
    return slid_over(found, axis)


def _even(table: np.ndarray) -> tuple[int, int, int] | None:
    """start, stride and step with table[p, t] = start + stride * p + step * t wherever that is not -1; None if none."""
    p, t = np.nonzero(table >= 0)
    if not len(p):
        return None
    columns, few = np.stack([np.ones_like(p), p, t], axis=1), np.linspace(0, len(p) - 1, 64).astype(int)
    found = np.rint(np.linalg.lstsq(columns[few], table[p[few], t[few]], rcond=None)[0]).astype(int)
    start, stride, step = map(int, found)
    return (start, stride, step) if (columns @ found == table[p, t]).all() else None


def _inside(op: movement.Gather, sight: Sight) -> Sight | None:
    """Even steps in the middle, anything near the edges: padding that mirrors or repeats the input."""
    indices = op.indices
    middle = indices.size // 2
    stride = int(indices[middle] - indices[middle - 1]) if middle else 1
    start = int(indices[middle] - stride * middle)
    if 2 * int((indices == start + stride * np.arange(indices.size)).sum()) <= indices.size:
        return None
    return moved(sight, op.axis, indices.size, by=start, stride=stride)


def _convolution(op: windows.Convolution, node: Node, sights: Sequence[Sight]) -> Sight | None:
    if not sights[1].is_blind:
        return None
    found = _windowed(op, node, sights[0])
    return None if found is None else _mixed(found, node)


def _mixed(sight: Sight, node: Node) -> Sight:
    """All channels are summed up."""
    axes = (*sight.axes[:-1], (Atom(node.outputs[0].shape[-1]),))
    return replace(without(sight, sight.axes[-1], summed=True), axes=axes)


def _pool(op: windows.MaxPool | windows.AveragePool, node: Node, sights: Sequence[Sight]) -> Sight | None:
    return _windowed(op, node, sights[0])


def _windowed(
    op: windows.Convolution | windows.MaxPool | windows.AveragePool, node: Node, sight: Sight
) -> Sight | None:
    found: Sight | None = sight
    window, outputs = op.window, node.outputs[0].shape
    for axis in range(window.rank):
        if found is None:
            return None
        reach = (window.size[axis] - 1) * window.dilation[axis]
        found = moved(
            slid_over(found, axis + 1), axis + 1, outputs[axis + 1],
            by=-window.padding[axis][0], stride=window.strides[axis], reach=reach,
        )  # fmt: skip
    return found


def _transposed(op: windows.ConvolutionInputGradient, node: Node, sights: Sequence[Sight]) -> Sight | None:
    """With step 1 a window too; with others the number of what is seen differs from element to element: a bound."""
    if not sights[1].is_blind:
        return None
    found: Sight | None = sights[0]
    for axis in range(op.window.rank):
        if found is None:
            return None
        reach = (op.window.size[axis] - 1) * op.window.dilation[axis]
        before, stride, size = op.window.padding[axis][0], op.window.strides[axis], op.shape[axis + 1]
        found = slid_over(found, axis + 1)
        if stride == 1:
            found = moved(found, axis + 1, size, by=before - reach, reach=reach)
        else:
            found = spread(found, axis + 1, size, by=before - reach, by_steps=stride, reach=reach)
    return None if found is None else _mixed(found, node)


RULES: dict[type[ops.Op], Rule] = {
    ops.Elementwise: _elementwise,
    ops.ReduceSum: _reduce,
    ops.ReduceMax: _reduce,
    ops.ArgMax: _arg_max,
    ops.OneHot: _one_hot,
    ops.Matmul: _matmul,
    movement.StopGradient: _same,
    movement.Reshape: _reshape,
    movement.Transpose: _transpose,
    movement.BroadcastTo: _broadcast_to,
    movement.Slice: _slice,
    movement.Pad: _pad,
    movement.Concatenate: _concatenate,
    movement.Gather: _gather,
    windows.Convolution: _convolution,
    windows.ConvolutionInputGradient: _transposed,
    windows.MaxPool: _pool,
    windows.AveragePool: _pool,
}
