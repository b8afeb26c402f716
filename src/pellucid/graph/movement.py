"""Operations that put numbers elsewhere: reshape, transpose, join, cut, pad, gather, pack.

Nothing is computed but the sums of numbers that meet in one place (`ScatterAdd`).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from pellucid.errors import ShapeError, shown
from pellucid.graph.ops import Op, Shape, broadcast_shapes, read_only


class _Movement(Op):
    """An operation that moves numbers and computes none."""

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return 0


class Alias(_Movement):
    """An operation whose result is its input's memory, seen differently."""


class Reshape(Alias):
    """The same elements in the same order under another shape."""

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        if math.prod(inputs[0]) != math.prod(self.shape):
            raise ShapeError(f"{inputs[0]} cannot be reshaped to {shown(self.shape)}: the number of elements differs")
        return (self.shape,)


def runs(old: Shape, new: Shape) -> list[tuple[range, range]]:
    """The shortest runs of axes of two shapes that hold as many elements, in order: what becomes what in a `Reshape`.

    Example:
        >>> runs((3, 4, 5), (12, 5))
        [(range(0, 2), range(0, 1)), (range(2, 3), range(1, 2))]
    """
    runs, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        first, second = i, j
        i, j = min(i + 1, len(old)), min(j + 1, len(new))
        while math.prod(old[first:i]) != math.prod(new[second:j]):
            if math.prod(old[first:i]) < math.prod(new[second:j]):
                i += 1
            else:
                j += 1
        runs.append((range(first, i), range(second, j)))
    return runs


class StopGradient(Alias):
    """The input, through which no gradient flows back."""

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (inputs[0],)


class BroadcastTo(_Movement):
    """Repeat the input along axes of size 1 (and along new leading axes) until it has `shape`."""

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        if broadcast_shapes(inputs[0], self.shape) != self.shape:
            raise ShapeError(f"{inputs[0]} does not broadcast to {self.shape}")
        return (self.shape,)


class Transpose(_Movement):
    """Axis `i` of the result is axis `permutation[i]` of the input."""

    permutation: tuple[int, ...]

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        if sorted(self.permutation) != list(range(len(inputs[0]))):
            raise ShapeError(f"{self.permutation} is not an order of the axes of {inputs[0]}")
        return (tuple(inputs[0][axis] for axis in self.permutation),)


class Concatenate(_Movement):
    """The inputs one after the other along `axis`."""

    axis: int

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        axis = self.axis
        rests = {shape[:axis] + shape[axis + 1 :] for shape in inputs}
        if len(rests) != 1 or len({len(shape) for shape in inputs}) != 1:
            raise ShapeError(
                f"to be joined along axis {axis} requires inputs with matching shapes except for the concatenation "
                f"axis, got {list(inputs)}"
            )
        first = inputs[0]
        return ((*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :]),)


class Slice(_Movement):
    """Elements `start` to `stop` (exclusive) along `axis`."""

    axis: int
    start: int
    stop: int

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        (shape,) = inputs
        if not 0 <= self.start < self.stop <= shape[self.axis]:
            raise ShapeError(f"elements {self.start} to {self.stop} do not lie on axis {self.axis} of {shape}")
        return ((*shape[: self.axis], self.stop - self.start, *shape[self.axis + 1 :]),)


class Pad(_Movement):
    """Zeros before and after the input along `axis`."""

    axis: int
    before: int
    after: int

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        (shape,) = inputs
        length = shape[self.axis] + self.before + self.after
        return ((*shape[: self.axis], length, *shape[self.axis + 1 :]),)


class _Indexed(Op, eq=False):
    """What `Gather` and `ScatterAdd` share: `indices` along `axis`, whole numbers, -1 for nowhere; read-only."""

    axis: int
    indices: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "indices", read_only(self.indices, np.int64))

    def _check(self, shape: Shape, size: int) -> None:
        """Raise `ShapeError` unless all indices lie on an axis of `size` elements."""
        if not 0 <= self.axis < len(shape):
            raise ShapeError(f"axis {self.axis} is not an axis of shape {shape}")
        if self.indices.ndim != 1 or not self.indices.size:
            raise ShapeError(f"indices are a list of at least one number, got an array of shape {self.indices.shape}")
        low, high = int(self.indices.min()), int(self.indices.max())
        if low < -1 or high >= size:
            raise ShapeError(
                f"indices along an axis of {size} elements are 0 to {size - 1}, or -1 for nowhere; got {low} to {high}"
            )


class Gather(_Indexed, eq=False):
    """Element `i` along `axis` is element `indices[i]` of the input, or 0 where the index is -1."""

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        (shape,) = inputs
        self._check(shape, shape[self.axis] if 0 <= self.axis < len(shape) else 0)
        return ((*shape[: self.axis], self.indices.size, *shape[self.axis + 1 :]),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return 0


class ScatterAdd(_Indexed, eq=False):
    """Element `i` of the input along `axis` is added to element `indices[i]` of the result; -1 goes nowhere.

    The result has `size` elements along the axis; those to which nothing is added are 0. The adjoint of `Gather`.
    """

    size: int

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        (shape,) = inputs
        self._check(shape, self.size)
        if shape[self.axis] != self.indices.size:
            raise ShapeError(f"{self.indices.size} indices do not fit axis {self.axis} of shape {shape}")
        return ((*shape[: self.axis], self.size, *shape[self.axis + 1 :]),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[0])


EXACT = 2**24
"""As far as float32 counts one by one."""


def _counted(values: Shape, places: Shape) -> tuple[Shape, Shape]:
    """The axes before and after the one along which rows are counted by `places`."""
    if len(values) < 2 or len(places) != 2 or places[0] != values[0]:
        raise ShapeError(f"places (batch, count) are for rows of (batch, rows, ...), got {places} for {values}")
    return values[:1], values[2:]


class GatherAt(_Movement):
    """Row `i` of each sample is its row `places[i]`, the second input (batch, count); 0 where that is no row.

    Where `Gather` knows its indices when the graph is made, these are numbers of the graph.
    """

    axis: ClassVar[int] = 1

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        before, behind = _counted(*inputs)
        if inputs[0][1] > EXACT:
            raise ShapeError(f"places are float32 numbers, which tell {EXACT:,} rows apart, got {inputs[0][1]:,}")
        return ((*before, inputs[1][1], *behind),)


class ScatterAddAt(Op):
    """Row `i` of each sample is added to row `places[i]` of `size` rows; the adjoint of `GatherAt`.

    What leads to no row goes nowhere; rows to which nothing is added are 0.
    """

    size: int
    axis: ClassVar[int] = 1

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        before, behind = _counted(*inputs)
        if inputs[1][1] != inputs[0][1]:
            raise ShapeError(f"places {inputs[1]} must have one number for each row of {inputs[0]}")
        return ((*before, self.size, *behind),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[0])


class Pack(_Movement):
    """The inputs, flattened, at the given offsets of one flat array of `length` elements; gaps are zero."""

    offsets: tuple[int, ...]
    length: int
    alignment: ClassVar[int] = 16

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        end = 0
        for offset, shape in zip(self.offsets, inputs, strict=True):
            if offset < end:
                raise ShapeError(f"packed arrays overlap at element {offset}")
            end = offset + math.prod(shape)
        if end > self.length:
            raise ShapeError(f"packed arrays need {end} elements, the result has {self.length}")
        return ((self.length,),)
