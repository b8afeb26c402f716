"""Symbolic tensors: what a layer returns when a model is being described, before any data is there.

A symbolic tensor knows its shape (None for sizes that are open, above all the batch) and the call that made it, so a
model can be read back from its outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.layers.base import Layer

SymbolicShape = tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Call:
    """One use of a layer on symbolic tensors; `number` counts the uses of that layer."""

    layer: Layer
    inputs: tuple[SymbolicTensor, ...]
    takes_list: bool
    number: int


@dataclass(frozen=True, eq=False)
class SymbolicTensor:
    """A value that will exist when the model is run.

    Attributes:
        shape: sizes, None where open.
        call: the layer call that gives it.
    """

    shape: SymbolicShape
    call: Call

    def __repr__(self) -> str:
        return f"<SymbolicTensor {self.shape} from {self.call.layer.name}>"
