"""Tensors, nodes and the graph that holds them: what is to be computed, in order, as data.

A graph grows by `Graph.add`, which applies the operation's shape rule at once. Nodes stand in the order in which they
were added, so every node comes after its inputs. Nothing is computed here.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from pellucid.arraylike import NoNumbers, Sizes, array_of
from pellucid.errors import ArgumentError, GraphError, ShapeError, shown
from pellucid.graph.indexing import taken
from pellucid.graph.ops import (
    Constant,
    Elementwise,
    Literal,
    Matmul,
    Op,
    Parameter,
    Shape,
    Update,
    check_emitted,
    check_shape,
)
from pellucid.warned import asked_by_library


@runtime_checkable
class HasTensor(Protocol):
    """Something that is a tensor in every graph and has values outside of graphs, as the weight of a layer."""

    def numpy(self) -> np.ndarray:
        """A copy of the values."""
        ...

    def tensor(self, graph: Graph) -> Tensor:
        """The tensor that stands for it in a graph."""
        ...


NO_VALUES = "and a tensor has none while a layer is being described; use pellucid.ops"


@dataclass(frozen=True, eq=False)
class Tensor:
    """One result of a node. `graph` is where it lives; `+ - * / **` and unary minus build elementwise nodes.

    The other operand may be a tensor of the same graph, a weight, a number or an array.

    Attributes:
        logits: where this tensor holds probabilities, what they were computed from (see `builder.softmax`): losses
            use it, since log(softmax(x)) computed in one go neither overflows nor loses digits.
        link: the function that made the probabilities from the logits, "softmax" or "sigmoid"; "" elsewhere.
    """

    graph: Graph = field(repr=False)
    node: Node = field(repr=False)
    index: int
    shape: Shape
    logits: Tensor | None = field(default=None, repr=False)
    link: str = field(default="", repr=False)

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def get_shape(self) -> Shape:
        """The shape, as code for TensorFlow asks for it."""
        return self.shape

    _keras_shape = property(get_shape)  # and layers that were written for Keras 1 and 2

    def _combine(self, function: str, *operands: Operand) -> Tensor:
        return self.graph.add(Elementwise(function), *map(self.graph.lift, operands))

    def __add__(self, other: Operand) -> Tensor:
        return self._combine("add", self, other)

    def __radd__(self, other: Operand) -> Tensor:
        return self._combine("add", other, self)

    def __sub__(self, other: Operand) -> Tensor:
        return self._combine("subtract", self, other)

    def __rsub__(self, other: Operand) -> Tensor:
        return self._combine("subtract", other, self)

    def __mul__(self, other: Operand) -> Tensor:
        return self._combine("multiply", self, other)

    def __rmul__(self, other: Operand) -> Tensor:
        return self._combine("multiply", other, self)

    def __truediv__(self, other: Operand) -> Tensor:
        return self._combine("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self._combine("divide", other, self)

    def __pow__(self, other: Operand) -> Tensor:
        return self._combine("power", self, other)

    def __rpow__(self, other: Operand) -> Tensor:
        return self._combine("power", other, self)

    def __neg__(self) -> Tensor:
        return self._combine("negative", self)

    def __matmul__(self, other: Operand) -> Tensor:
        return self.graph.add(Matmul(precision=self.graph.precision), self, self.graph.lift(other))

    def __rmatmul__(self, other: Operand) -> Tensor:
        return self.graph.add(Matmul(precision=self.graph.precision), self.graph.lift(other), self)

    def __gt__(self, other: Operand) -> Tensor:
        return self._combine("greater", self, other)

    def __ge__(self, other: Operand) -> Tensor:
        return self._combine("greater_equal", self, other)

    def __lt__(self, other: Operand) -> Tensor:
        return self._combine("greater", other, self)

    def __le__(self, other: Operand) -> Tensor:
        return self._combine("greater_equal", other, self)

    def __bool__(self) -> bool:
        raise GraphError(
            "a tensor has no value while a layer is being described; choose by ops.where(condition, a, b), not by if"
        )

    def __eq__(self, other: object) -> Any:
        """1 where the elements are equal, else 0, in code of users'; in the library, whether it is the same tensor."""
        if other is None or isinstance(other, str) or asked_by_library():
            return self is other
        return self._combine("equal", self, cast(Any, other))

    def __ne__(self, other: object) -> Any:
        """1 where the elements differ, else 0; see `==`."""
        if other is None or isinstance(other, str) or asked_by_library():
            return self is not other
        return 1.0 - self._combine("equal", self, cast(Any, other))

    __hash__ = object.__hash__

    def __getitem__(self, key: Any) -> Tensor:
        """Parts, as of an array: x[:, 1:3], x[..., 0], x[:, ::2], x[[2, 0]]; see `indexing.taken`."""
        result = self
        for op in taken(self.shape, key):
            result = self.graph.add(op, result)
        return result

    def __iter__(self) -> Iterator[Tensor]:
        return (self[number] for number in range(self.shape[0]))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> str:
        """ "float32": what the native engine computes in."""
        return "float32"

    # An array on the left must leave the operation to the tensor instead of trying each element.
    __array_ufunc__ = None

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in (np.shape, np.ndim):
            return self.shape if function is np.shape else self.rank
        raise GraphError(f"np.{function.__name__} works on values, {NO_VALUES}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise GraphError(f"an array has values, {NO_VALUES}")


Operand = Tensor | HasTensor | float | np.ndarray
"""What can stand beside a tensor in arithmetic."""


@dataclass(frozen=True, eq=False)
class Node:
    """One operation applied to tensors; `name` is the layer or the part of the step that it belongs to."""

    op: Op
    inputs: tuple[Tensor, ...]
    name: str
    outputs: tuple[Tensor, ...] = ()


class Graph:
    """A list of nodes in the order of computation, and names for the results that are wanted.

    Attributes:
        nodes: every node after its inputs.
        outputs: name to tensor.
        training: whether the layers that differ (dropout) emit their training form.
        losses: penalties, each of shape (), that are added to the loss of a model.
        brought: the variables whose values stand in it, each with the state that it lived in then, and where in it.
        described: says which tensor of this graph stands for one of a model's description that a layer's `call` uses
            without being given it; None where nobody knows.
        redirected: nodes from which the gradient goes another way: to which tensors, and how; see `builder.redirect`.
        precision: of the products that are added now, see `ops.Product`; `scope` sets it.

    Example:
        >>> from pellucid.graph.ops import Input
        >>> graph = Graph()
        >>> x = graph.add(Input((2, 3), "x"))
        >>> graph.outputs["y"] = x * 2.0 + 1.0
        >>> [type(node.op).__name__ for node in graph.nodes]
        ['Input', 'Constant', 'Elementwise', 'Constant', 'Elementwise']
    """

    def __init__(self, *, training: bool = False) -> None:
        self.nodes: list[Node] = []
        self.outputs: dict[str, Tensor] = {}
        self.losses: list[Tensor] = []
        self.brought: dict[Any, tuple[Any, Parameter]] = {}
        self.described: Callable[[Any], Tensor] | None = None
        self.redirected: dict[Node, tuple[tuple[Tensor, ...], Callable[[Tensor], Sequence[Tensor | None]]]] = {}
        self.precision = "float32"
        self.training = training
        self._assigned: dict[Parameter, Tensor] = {}
        self._constants: dict[float, Tensor] = {}
        self._leaves: dict[Op, Tensor] = {}
        self._scope = ""
        self._streams = 0

    def states(self) -> dict[str, Any]:
        """The states that variables lived in when it was emitted, by name; the numbers of those that moved follow."""
        for variable, (state, window) in self.brought.items():
            if variable.state is not state:
                state.write(window.offset, variable.numpy())
        return {state.name: state for state, _ in self.brought.values()}

    def next_stream(self) -> int:
        """A number for the next random draw of this graph; graphs that are built alike number alike."""
        self._streams += 1
        return self._streams - 1

    @staticmethod
    def stream_of_seed(seed: int) -> int:
        """The number of a draw that has a seed of its own: apart from all that `next_stream` gives."""
        return 2**31 + seed % 2**31

    @contextlib.contextmanager
    def scope(self, name: str, precision: str = "float32") -> Iterator[None]:
        """Nodes that are added inside carry this name, products this precision; shape errors begin with the name."""
        check_emitted(len(self.nodes))
        outer = self._scope, self.precision
        self._scope, self.precision = name, precision
        token = _current.set(self)
        try:
            yield
        except ShapeError as error:
            if name and not str(error).startswith(name):
                raise ShapeError(f"{name}: {error}") from error
            raise
        finally:
            self._scope, self.precision = outer
            _current.reset(token)

    @staticmethod
    @contextlib.contextmanager
    def outside() -> Iterator[None]:
        """Inside, there is no current graph: arrays are computed at once."""
        token = _current.set(None)
        try:
            yield
        finally:
            _current.reset(token)

    @staticmethod
    def current() -> Graph | None:
        """The graph that a layer is being emitted into, or None: for functions that are given no tensor of it."""
        return _current.get()

    @contextlib.contextmanager
    def mode(self, training: bool | None) -> Iterator[None]:
        """What is emitted inside is in the form for training, or not; None leaves it as it is."""
        outer = self.training
        self.training = outer if training is None else training
        try:
            yield
        finally:
            self.training = outer

    def apply(self, op: Op, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Add a node and return its results; raises `ShapeError` where the inputs do not fit."""
        for tensor in inputs:
            if tensor.graph is not self:
                raise ShapeError(f"{type(op).__name__} got a tensor of another graph: build both in one graph")
        shapes = op.output_shapes(*(tensor.shape for tensor in inputs))
        return self._added(Node(op, inputs, self._scope), [check_shape(shape) for shape in shapes])

    def repeat(self, node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Add a node of another graph, on tensors of this one in the place of its own; shapes that are known stay."""
        if any(mine.shape != its.shape for mine, its in zip(inputs, node.inputs, strict=True)):
            with self.scope(node.name):
                return self.apply(node.op, *inputs)
        return self._added(Node(node.op, inputs, node.name), [tensor.shape for tensor in node.outputs])

    def _added(self, node: Node, shapes: Sequence[Shape]) -> tuple[Tensor, ...]:
        outputs = tuple([Tensor(self, node, index, Sizes(shape)) for index, shape in enumerate(shapes)])
        object.__setattr__(node, "outputs", outputs)  # node and tensors refer to each other: set once, here
        self.nodes.append(node)
        return outputs

    def add(self, op: Op, *inputs: Tensor) -> Tensor:
        """`apply` for an operation with one result."""
        (output,) = self.apply(op, *inputs)
        return output

    def constant(self, value: float) -> Tensor:
        """One number as a tensor of shape (); equal numbers share a node."""
        try:
            value = float(value)
        except OverflowError as error:
            raise ArgumentError(f"{shown(value)} is more than a float can hold") from error
        if value not in self._constants:
            self._constants[value] = self.add(Constant(value))
        return self._constants[value]

    def lift(self, value: Operand) -> Tensor:
        """What may stand beside a tensor in arithmetic, as a tensor of this graph."""
        if isinstance(value, Tensor):
            return value
        if isinstance(value, int | float):
            return self.constant(value)
        if hasattr(value, "tensor"):
            return value.tensor(self)
        try:
            array = array_of(value)
        except NoNumbers as error:
            if self.described is not None and hasattr(value, "call"):
                return self.described(value)
            raise ArgumentError(f"beside a tensor stand tensors, weights, numbers and arrays, got {error}") from error
        return self.add(Literal(array)) if array.ndim else self.constant(array.item())

    def leaf(self, op: Op) -> Tensor:
        """The tensor of a leaf operation (an input, a parameter); the same leaf is added once."""
        if op not in self._leaves:
            self._leaves[op] = self.add(op)
        return self._leaves[op]

    def parameter(self, op: Parameter) -> Tensor:
        """A window of the state: its value in this step, or what was assigned to it so far."""
        assigned = self._assigned.get(op)
        return self.leaf(op) if assigned is None else assigned

    def assign(self, op: Parameter, value: Tensor) -> None:
        """Let a window of the state have a new value: for what follows in this graph, and from the next run on."""
        if value.shape != op.shape:
            raise ShapeError(f"a window of shape {op.shape} cannot take a value of shape {value.shape}")
        self._assigned[op] = value

    @property
    def assigned(self) -> dict[Parameter, Tensor]:
        """The values that windows of the state are to have."""
        return dict(self._assigned)

    def emit_assignments(self, besides: Collection[Parameter] = ()) -> None:
        """Add the updates that write assigned values into the state; nothing may be assigned afterwards.

        Args:
            besides: windows whose new values follow from the assigned ones, and are written by somebody else.
        """
        for op, value in self._assigned.items():
            if op not in besides:
                self.apply(Update(op.state, op.offset), value)

    def add_loss(self, penalty: Tensor) -> None:
        """Let a number of shape () be added to the loss."""
        if math.prod(penalty.shape) != 1:
            raise GraphError(f"a penalty is one number, got shape {penalty.shape}; sum it up first")
        self.losses.append(penalty)


_current: ContextVar[Graph | None] = ContextVar("current", default=None)
