"""The vocabulary: every operation that a graph may hold, each with its shape rule.

An operation is plain data. How it is differentiated stands in `gradients`, how it is computed in the engines. All
numbers are of one type, the engine's own (float32 on native, float64 on reference); indices such as class labels are
whole numbers of that type. Windowed operations (convolution, pooling) stand in `windows`.
"""

from __future__ import annotations

import math
from dataclasses import field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pellucid.errors import ShapeError
from pellucid.frozen import Frozen

Shape = tuple[int, ...]
MAX_ELEMENTS = 2**40


def check_shape(shape: Shape) -> Shape:
    """Return `shape` if a tensor of it can exist: sizes >= 1 and at most 2^40 elements; raise `ShapeError` if not."""
    if any(size < 1 for size in shape):
        raise ShapeError(f"every size of a shape must be at least 1, got {shape}")
    if math.prod(shape) > MAX_ELEMENTS:
        raise ShapeError(f"shape {shape} has {math.prod(shape):.3g} elements; the most that is supported is 2^40")
    return shape


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape that results when NumPy's broadcasting rule is applied; raises `ShapeError` if it cannot be.

    Example:
        >>> broadcast_shapes((8, 5, 5, 3), (3,), ())
        (8, 5, 5, 3)
    """
    rank = max(map(len, shapes), default=0)
    result = []
    for sizes in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True):
        wide = {size for size in sizes if size != 1} or {1}
        if len(wide) > 1:
            raise ShapeError(f"shapes {' and '.join(map(str, shapes))} cannot be combined element by element")
        result.append(wide.pop())
    return tuple(result)


class Op(Frozen):
    """One operation with its settings; the tensors that it works on are the inputs of its `Node`."""

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """The shapes of the results for inputs of the given shapes; raises `ShapeError` where they do not fit."""
        raise TypeError(f"{type(self).__name__} has no shape rule")

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        """Additions and multiplications that the definition takes; one per output element unless said otherwise."""
        return sum(math.prod(shape) for shape in outputs)


class Leaf(Op):
    """An operation without inputs whose result has a fixed shape."""

    shape: Shape

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (self.shape,)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return 0


class Input(Leaf):
    """An array that is handed in for each run, by name."""

    name: str


class Parameter(Leaf):
    """A window of the state: `shape` elements of the flat array `state`, from element `offset` on."""

    state: str
    offset: int


def _read_only(values: npt.ArrayLike, dtype: type[np.generic]) -> np.ndarray:
    array = np.array(values, dtype)
    array.flags.writeable = False
    return array


class Literal(Leaf, eq=False):  # it holds an array: nobody has to compare arrays
    """An array of constants, float64; read-only."""

    shape: Shape = field(init=False)
    values: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _read_only(self.values, np.float64))
        object.__setattr__(self, "shape", self.values.shape)


class RandomUniform(Leaf):
    """Uniform numbers in [0, 1), drawn anew in each step; `stream` tells this draw from the others of the model."""

    stream: int


class Constant(Op):
    """One number, shape ()."""

    value: float

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return 0


class Update(Op):
    """Write the input into the state, from element `offset` of the flat array `state` on. No result.

    Takes effect after everything in the same run has read the old values.
    """

    state: str
    offset: int

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ()


ARITY = {
    name: arity
    for arity, names in (
        (1, "negative absolute exp log sqrt tanh sigmoid relu erf log1p expm1 sin cos floor"),
        (2, "add subtract multiply divide power maximum minimum greater greater_equal equal"),
        (3, "where"),
    )
    for name in names.split()
}
"""Functions that work element by element, with the number of their operands. Comparisons give 1 or 0."""


class Elementwise(Op):
    """One function of `ARITY`, applied element by element with NumPy's broadcasting."""

    function: str

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (broadcast_shapes(*inputs),)


class Step(Frozen):
    """One function in a `Chain`: `operands` number the chain's inputs first, then the results of earlier steps."""

    function: str
    operands: tuple[int, ...]


class Chain(Op):
    """Several elementwise functions in one pass over memory; made by `passes.fuse_elementwise`, never by a layer.

    Every result named in `results` (numbers of steps) has the shape `shape`; inputs broadcast to it. Behind the results
    come the sums over all axes but the last; the axes stay, with size 1. `sums` numbers what is summed as operands of
    steps are numbered, since inputs of the full shape can be summed too.
    """

    shape: Shape
    steps: tuple[Step, ...]
    results: tuple[int, ...]
    sums: tuple[int, ...] = ()

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        if broadcast_shapes(self.shape, *inputs) != self.shape:
            raise ShapeError(f"inputs of shapes {inputs} do not broadcast to {self.shape}")
        sums = ((*(1 for _ in self.shape[:-1]), *self.shape[-1:]),) * len(self.sums)
        return (*((self.shape,) * len(self.results)), *sums)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(self.shape) * (len(self.steps) + len(self.sums))


class _Reduction(Op):
    """Combine all elements along `axes`; the axes stay, with size 1."""

    axes: tuple[int, ...]

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        (shape,) = inputs
        if any(not 0 <= axis < len(shape) for axis in self.axes):
            raise ShapeError(f"axes {self.axes} are not all axes of shape {shape}")
        return (tuple(1 if axis in self.axes else size for axis, size in enumerate(shape)),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return math.prod(inputs[0])


class ReduceSum(_Reduction):
    """The sum along `axes`."""


class ReduceMax(_Reduction):
    """The maximum along `axes`."""


class ArgMax(Op):
    """The index of the (first) maximum along the last axis, which goes."""

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return (inputs[0][:-1],)


class OneHot(Op):
    """A new last axis of length `depth`: 1 where its index equals the input, else 0."""

    depth: int

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((*inputs[0], self.depth),)


class Matmul(Op):
    """The product of two matrices, each transposed first where its flag is set.

    The last two axes are the matrices; further axes before them are a batch, and must be the same on both sides.
    """

    transpose_a: bool = False
    transpose_b: bool = False

    def output_shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        a, b = inputs
        if len(a) < 2 or len(b) < 2:
            raise ShapeError(f"a product of matrices needs at least two axes each, got {a} and {b}")
        if a[:-2] != b[:-2]:
            raise ShapeError(f"a product of batches of matrices needs equal axes before the last two, got {a} and {b}")
        rows, inner = a[:-3:-1] if self.transpose_a else a[-2:]
        inner_b, columns = b[:-3:-1] if self.transpose_b else b[-2:]
        if inner != inner_b:
            raise ShapeError(f"a product of matrices needs equal inner sizes, got {inner} and {inner_b}")
        return ((*a[:-2], rows, columns),)

    def flops(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return 2 * math.prod(outputs[0]) * inputs[0][-2 if self.transpose_a else -1]


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
            raise ShapeError(f"{inputs[0]} cannot be reshaped to {self.shape}: the number of elements differs")
        return (self.shape,)


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
            raise ShapeError(f"to be joined along axis {axis}, shapes must agree elsewhere; got {list(inputs)}")
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
        object.__setattr__(self, "indices", _read_only(self.indices, np.int64))

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
