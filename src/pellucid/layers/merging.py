"""Layers that join several tensors into one, where a model branches and meets again."""

from __future__ import annotations

from functools import reduce
from operator import add as plus
from typing import Unpack

from pellucid.errors import ArgumentError, ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers.base import Layer, LayerOptions
from pellucid.layers.symbolic import InputShape, SymbolicShape


def _several(layer: Layer, shapes: InputShape) -> list[SymbolicShape]:
    """The shapes of the tensors to be joined, at least two of equally many axes."""
    if not isinstance(shapes, list) or len(shapes) < 2:
        raise ArgumentError(f"{layer.label} joins at least two tensors; call it on a list of them")
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeError(f"{layer.label}: tensors to be joined need equally many axes, got {[*shapes]}")
    return shapes


class Add(Layer):
    """The sum of several tensors of one shape, element by element.

    Args:
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors.
        ShapeError: the shapes differ.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((4,))
        >>> Model(x, layers.Add()([x, layers.Dense(4)(x)])).output_shape
        (None, 4)

    Source: keras.layers.Add, https://keras.io/api/layers/merging_layers/add/
    """

    joins = True

    def __init__(self, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)

    def build(self, input_shape: InputShape) -> None:
        """Nothing to learn; checks the shapes."""
        input_shapes = _several(self, input_shape)
        if len(set(input_shapes)) > 1:
            raise ShapeError(f"{self.label}: tensors to be added need one shape, got {[*input_shapes]}")

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Add up."""
        return reduce(plus, inputs)


class Concatenate(Layer):
    """Several tensors one after the other along an axis; by default their channels.

    Args:
        axis: along which to join; not the batch.
        options: name, trainable (see `Layer`).

    Raises:
        ArgumentError: called on fewer than two tensors, or the axis is the batch.
        ShapeError: the shapes differ elsewhere than along the axis.

    Example:
        >>> from pellucid import Input, Model, layers
        >>> x = Input((8, 8, 1))
        >>> small, large = layers.Conv2D(4, 3, padding="same")(x), layers.Conv2D(2, 5, padding="same")(x)
        >>> Model(x, layers.Concatenate()([small, large])).output_shape
        (None, 8, 8, 6)

    Source: keras.layers.Concatenate, https://keras.io/api/layers/merging_layers/concatenate/
    """

    joins = True

    def __init__(self, axis: int = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ArgumentError(f"{self.label}: axis must be a whole number, got {axis!r}")
        self.axis = axis

    def build(self, input_shape: InputShape) -> None:
        """Nothing to learn; checks axis and shapes."""
        input_shapes = _several(self, input_shape)
        rank = len(input_shapes[0])
        if not -rank < self.axis < rank or self.axis == 0:
            raise ArgumentError(f"{self.label}: axis={self.axis} is not an axis of samples of {input_shapes[0][1:]}")

    def call(self, inputs: list[Tensor]) -> Tensor:
        """Join."""
        return builder.concatenate(inputs, self.axis)
