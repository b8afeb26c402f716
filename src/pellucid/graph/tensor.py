"""Tensors, nodes and the graph that holds them: what is to be computed, in order, as data.

A graph grows by `Graph.add`, which applies the operation's shape rule at once. Nodes stand in the order in which they
were added, so every node comes after its inputs. Nothing is computed here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pellucid.errors import ShapeError
from pellucid.graph.ops import Constant, Elementwise, Op, Shape, check_shape


@dataclass(frozen=True, eq=False)
class Tensor:
    """One result of a node. `graph` is where it lives; `+ - * /` and unary minus build elementwise nodes.

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

    def _combine(self, function: str, *operands: Tensor | float) -> Tensor:
        tensors = [item if isinstance(item, Tensor) else self.graph.constant(item) for item in operands]
        return self.graph.add(Elementwise(function), *tensors)

    def __add__(self, other: Tensor | float) -> Tensor:
        return self._combine("add", self, other)

    def __radd__(self, other: float) -> Tensor:
        return self._combine("add", other, self)

    def __sub__(self, other: Tensor | float) -> Tensor:
        return self._combine("subtract", self, other)

    def __rsub__(self, other: float) -> Tensor:
        return self._combine("subtract", other, self)

    def __mul__(self, other: Tensor | float) -> Tensor:
        return self._combine("multiply", self, other)

    def __rmul__(self, other: float) -> Tensor:
        return self._combine("multiply", other, self)

    def __truediv__(self, other: Tensor | float) -> Tensor:
        return self._combine("divide", self, other)

    def __rtruediv__(self, other: float) -> Tensor:
        return self._combine("divide", other, self)

    def __neg__(self) -> Tensor:
        return self._combine("negative", self)


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
        self.training = training
        self._constants: dict[float, Tensor] = {}
        self._leaves: dict[Op, Tensor] = {}
        self._scope = ""
        self._streams = 0

    def next_stream(self) -> int:
        """A number for the next random draw of this graph; graphs that are built alike number alike."""
        self._streams += 1
        return self._streams - 1

    @staticmethod
    def stream_of_seed(seed: int) -> int:
        """The number of a draw that has a seed of its own: apart from all that `next_stream` gives."""
        return 2**31 + seed % 2**31

    @contextlib.contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Nodes that are added inside carry this name; shape errors are prefixed with it."""
        outer, self._scope = self._scope, name
        try:
            yield
        except ShapeError as error:
            if name and not str(error).startswith(name):
                raise ShapeError(f"{name}: {error}") from error
            raise
        finally:
            self._scope = outer

    def apply(self, op: Op, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Add a node and return its results; raises `ShapeError` where the inputs do not fit."""
        for tensor in inputs:
            if tensor.graph is not self:
                raise ShapeError(f"{type(op).__name__} got a tensor of another graph: build both in one graph")
        shapes = op.output_shapes(*(tensor.shape for tensor in inputs))
        node = Node(op, inputs, self._scope)
        outputs = tuple(Tensor(self, node, index, check_shape(shape)) for index, shape in enumerate(shapes))
        object.__setattr__(node, "outputs", outputs)  # node and tensors refer to each other: set once, here
        self.nodes.append(node)
        return outputs

    def add(self, op: Op, *inputs: Tensor) -> Tensor:
        """`apply` for an operation with one result."""
        (output,) = self.apply(op, *inputs)
        return output

    def constant(self, value: float) -> Tensor:
        """One number as a tensor of shape (); equal numbers share a node."""
        value = float(value)
        if value not in self._constants:
            self._constants[value] = self.add(Constant(value))
        return self._constants[value]

    def leaf(self, op: Op) -> Tensor:
        """The tensor of a leaf operation (an input, a parameter); the same leaf is added once."""
        if op not in self._leaves:
            self._leaves[op] = self.add(op)
        return self._leaves[op]
