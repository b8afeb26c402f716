"""The vocabulary: every operation that a graph may hold, each with its shape rule.

An operation is plain data. How it is differentiated stands in `gradients`, how it is computed in the engines. All
numbers are of one type, the engine's own (float32 on native, float64 on reference); indices such as class labels are
whole numbers of that type. Windowed operations (convolution, pooling) stand in `windows`,
those that only move numbers in `movement`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field

import numpy as np

from pellucid.errors import ShapeError, shown
from pellucid.frozen import Frozen

Shape = tuple[int, ...]
MAX_ELEMENTS = 2**40
MOST_AXES = 32  # what every NumPy has


def check_shape(shape: Shape) -> Shape:
    """Return `shape` if a tensor of it can exist: at most 32 axes, sizes >= 1, at most 2^40 elements.

    Raises:
        ShapeError: none can.
    """
    if len(shape) > MOST_AXES:
        raise ShapeError(f"a tensor has at most {MOST_AXES} axes, got {len(shape)}")
    if any(size < 1 for size in shape):
        raise ShapeError(f"every size of a shape must be at least 1, got {shape}")
    if math.prod(shape) > MAX_ELEMENTS:
        raise ShapeError(f"shape {shown(shape)} has too many elements; the most that is supported is 2^40")
    return shape


LARGEST_TABLE = 2**28
"""How much one table of places or constants may take where somebody else says how long it is [bytes]."""
MOST_NODES = 2**16
"""How many nodes may be emitted in all until a model that somebody else describes is made."""


class _Left:
    """What is left to a description: of memory for tables [bytes], and of nodes; and how large one tensor may be."""

    def __init__(self, table_bytes: int, nodes: int, tensor_bytes: int) -> None:
        self.table_bytes, self.nodes, self.tensor_bytes = table_bytes, nodes, tensor_bytes


_left: ContextVar[_Left | None] = ContextVar("left", default=None)


@contextmanager
def emitting_within(most: int) -> Iterator[None]:
    """Inside, the tables that are made for operations may take so much together [bytes], and each `LARGEST_TABLE`; so
    much may be any tensor of one sample; and no more than `MOST_NODES` are emitted.

    For descriptions that nobody vouches for: a few words can ask for a table that fills the memory, and twenty models,
    each of which calls the one before twice, for a million nodes.
    """
    token = _left.set(_Left(most, MOST_NODES, most))
    try:
        yield
    finally:
        _left.reset(token)


def reserve(needed: int) -> None:
    """Called before a table is made that takes so many bytes; raises `ShapeError` where that is too many."""
    left = _left.get()
    if left is None:
        return
    most = min(LARGEST_TABLE, left.table_bytes)
    if needed > most:
        raise ShapeError(
            f"a table of {needed:,} bytes would have to be made; {most:,} are left of what is accepted (see max_bytes)"
        )
    left.table_bytes -= needed


def count_emitted(nodes: int) -> None:
    """Called after so many nodes were emitted; raises `ShapeError` where that is too many, see `emitting_within`."""
    left = _left.get()
    if left is None:
        return
    check_emitted(nodes)
    left.nodes -= nodes


def check_emitted(nodes: int) -> None:
    """Raises `ShapeError` where so many nodes are too many, while they are emitted."""
    left = _left.get()
    if left is not None and nodes > left.nodes:
        raise ShapeError(f"the model takes more than {MOST_NODES:,} operations to describe, more than is accepted")


def check_sample(shapes: Iterable[Shape], label: str = "") -> None:
    """Called with what a layer or a function makes of one sample; raises `ShapeError` where any of it is too large.

    Nothing of that size is made while a model is described. But who runs it would find out by running out of memory.
    """
    left = _left.get()
    if left is None:
        return
    needed = 4 * max(map(math.prod, shapes), default=0)
    if needed > left.tensor_bytes:
        raise ShapeError(
            f"{label}{': ' if label else ''}what becomes of one sample would take {needed:,} bytes; "
            f"{left.tensor_bytes:,} are accepted (see max_bytes)"
        )


def numbered(count: int) -> np.ndarray:
    """0, 1, ... below count: the places along an axis, once there is memory for them."""
    reserve(8 * count)
    return np.arange(count)


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
            raise ShapeError(f"shapes {' and '.join(map(shown, shapes))} cannot be combined element by element")
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


def read_only(values: np.typing.ArrayLike, dtype: type[np.generic]) -> np.ndarray:
    """A copy that cannot be written to, as what operations hold must be."""
    array = np.array(values, dtype)
    array.flags.writeable = False
    return array


class Literal(Leaf, eq=False):  # it holds an array: nobody has to compare arrays
    """An array of constants, float64; read-only."""

    shape: Shape = field(init=False)
    values: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values, np.float64))
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


class Product(Op):
    """An operation that sums products; `precision` says what their factors may be rounded to, "float32" or "bfloat16".

    Sums are of the engine's own type, and an engine whose factors are exact (reference) has nothing to round.
    """

    precision: str = field(default="float32", kw_only=True)


def precision_of(op: Op) -> str:
    """The precision of an operation: that of its products, or "float32" where it has none."""
    return op.precision if isinstance(op, Product) else "float32"


class Matmul(Product):
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
