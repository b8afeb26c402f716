"""Functions between the layers of a model, `x + y` or `ops.tanh(x)`: as layers, so that they are looked at as those."""

from __future__ import annotations

from typing import Any

from pellucid.dispatch.symbolic import Operation
from pellucid.graph import Tensor
from pellucid.layers import Layer
from pellucid.variables import Variable

__all__ = ["as_layer"]


class _Function(Layer):
    """A function as a layer, under its name; what it reads of variables are its weights."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(name=operation.name)
        self.operation = operation

    @property
    def weights(self) -> list[Variable]:
        """The variables among its arguments."""
        return list(self.operation.variables)

    def emit(self, inputs: Any, training: bool | None = None) -> Tensor | list[Tensor]:
        """Call the function on tensors of a graph."""
        return self.operation.emit(inputs, training)


def as_layer(operation: Operation) -> Layer:
    """A layer that does what a function does, of a class that is called as the function: "Add".

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((4,))
        >>> model = Model(x, layers.Dense(4)(x) + x)
        >>> as_layer(model.built_network().calls[-1].layer).label
        'Add "add"'
    """
    made: Layer = type(operation.kind, (_Function,), {})(operation)
    return made
