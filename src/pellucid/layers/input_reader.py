"""Layers that make numbers of what comes into a model, before anything is computed: of words above all.

Graphs hold numbers, so such a layer works at the model's door (`training/door.py`). Called on an `Input` of text it
gives the place where its numbers come in, a `ReadInput`; what lies behind that is a network like any other.
"""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

import numpy as np

from pellucid.arraylike import Array
from pellucid.dispatch.arrangement import ONE, Arrangement
from pellucid.dispatch.symbolic import InputShape, SymbolicShape, SymbolicTensor
from pellucid.errors import ArgumentError
from pellucid.graph import Graph, Tensor
from pellucid.layers.base import Layer
from pellucid.layers.input import TEXT, InputLayer, ReadInput
from pellucid.layers.layer_options import LayerOptions


class InputReader(Layer):
    """The base of layers that stand between a model's input and its numbers.

    A subclass says in `read` what its numbers are, and in `shape_read` of what shape.
    """

    reads: ClassVar[str] = "text"
    """What comes in, for messages."""
    example: ClassVar[str] = 'Input((1,), dtype="string")'
    """An input that it reads."""

    input_type: ClassVar[str] = TEXT
    """The type of that input."""

    def __init__(self, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)

    def reads_type(self, dtype: str) -> bool:
        """Whether it reads an input of this type."""
        return dtype == self.input_type

    def read(self, inputs: Any) -> np.ndarray:
        """The numbers that are made of text, or of whatever comes in."""
        raise ArgumentError(f"{self.label} has no read()")

    def shape_read(self, input_shape: SymbolicShape) -> SymbolicShape:
        """The shape of those numbers, batch first."""
        raise ArgumentError(f"{self.label} has no shape_read()")

    def call(self, inputs: Any) -> Any:
        """Text is in no graph."""
        raise ArgumentError(
            f"{self.label} reads {self.reads} and works before anything is computed: let the model begin with it, "
            f"{self.example}, or call it on the data: Dataset.map(lambda x, y: (layer(x), y))"
        )

    def _inferred(self, shape: InputShape) -> tuple[Arrangement, list[Any]]:
        if isinstance(shape, list):
            raise ArgumentError(f"{self.label} reads one input, got {len(shape)}")
        self.ensure_built(shape)
        return ONE, [self.shape_read(tuple(shape))]

    def __call__(self, inputs: Any = (), *further: Any, training: bool | None = None, **others: Any) -> Any:
        """On an `Input` of a model its place in it, on data the numbers, at once."""
        if further or others:
            return super().__call__(inputs, *further, training=training, **others)
        if isinstance(inputs, SymbolicTensor):
            return self._place(inputs)
        if isinstance(inputs, Tensor) or Graph.current() is not None:
            return self.call(inputs)
        found = self.read(inputs)
        return found.view(Array) if found.dtype.kind in "fi" else found

    def _place(self, tensor: SymbolicTensor) -> SymbolicTensor:
        """Where the numbers come into a model."""
        source = tensor.call.layer
        if not isinstance(source, InputLayer) or not self.reads_type(source.given_dtype):
            given = (
                f"an input of {source.given_dtype}" if isinstance(source, InputLayer) else f"what {source.label} gives"
            )
            raise ArgumentError(
                f"{self.label} reads {self.reads}: let the model begin with {self.example}; got {given}"
            )
        _, (shape,) = self._inferred(tensor.shape)
        place = ReadInput(source, self, shape)
        self.calls.append(place.calls[0])
        return place.output
