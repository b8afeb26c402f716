"""Symbolic tensors: what a layer returns when a model is being described, before any data is there.

A symbolic tensor knows its shape (None for sizes that are open, above all the batch) and the call that made it, so a
model can be read back from its outputs.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, TypeVar

from pellucid.frozen import Frozen
from pellucid.graph import Tensor

T = TypeVar("T")
Structure: TypeAlias = T | list[T]
"""One thing, or a list of them where a layer takes or gives several."""

SymbolicShape: TypeAlias = tuple[int | None, ...]
InputShape: TypeAlias = Structure[SymbolicShape]


class Callee(Protocol):
    """What a network calls: a layer, or a function of tensors."""

    name: str

    @property
    def label(self) -> str:
        """How messages call it."""
        ...

    def emit(self, inputs: Any, training: bool | None = None) -> Structure[Tensor]:
        """Add its operations to the graph of the inputs, a tensor or a list of them, and return the results."""
        ...


class Call(Frozen, eq=False):
    """One use of a layer (or a function) on symbolic tensors; `number` counts the uses of that layer.

    Attributes:
        takes_list: whether the layer was called on a list.
        shape: of the result, or a list of shapes where the layer returns several tensors.
        training: the form that the call asked for; None leaves it to the model.
    """

    layer: Callee
    inputs: tuple[SymbolicTensor, ...]
    takes_list: bool
    number: int
    shape: InputShape
    training: bool | None = None

    @property
    def outputs(self) -> Structure[SymbolicTensor]:
        """What the call returned."""
        if isinstance(self.shape, list):
            return [SymbolicTensor(shape, self, index) for index, shape in enumerate(self.shape)]
        return SymbolicTensor(self.shape, self)


class SymbolicTensor(Frozen, eq=False):
    """A value that will exist when the model is run.

    Attributes:
        shape: sizes, None where open.
        call: the layer call that gives it.
        index: its number among the results of that call.
    """

    shape: SymbolicShape
    call: Call
    index: int = 0

    def __repr__(self) -> str:
        return f"<SymbolicTensor {self.shape} from {self.call.layer.name}>"
