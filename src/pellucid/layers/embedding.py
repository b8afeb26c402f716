"""A table of learned rows: one for each class, each place of a patch, or whatever else is counted."""

from __future__ import annotations

import math
from typing import Unpack

from pellucid import checks
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.weighted_sum import Initial
from pellucid.variables import Variable


class Embedding(Layer):
    """For each whole number its row of a table that is learned: a class as a vector, or the place of a patch.

    A generator of images is told so which class to draw, a vision transformer where each patch stands.

    Args:
        input_dim: how many rows there are; whole numbers from 0 to input_dim - 1 may come in. Others give NaN, which
            training stops at.
        output_dim: length of a row, >= 1.
        embeddings_initializer: name, initialiser, array of the table's shape, or function of a shape.
        embeddings_regularizer: penalty on the table that is added to the loss: name, regulariser or function.
        embeddings_constraint: what the table is projected to after each update: name, constraint or function.
        mask_zero: False. There are no masks here.
        options: name, trainable, weights (the table in a list), input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or `mask_zero` is True.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Embedding(3, 2, weights=[[[0, 1], [2, 3], [4, 5]]])])
        >>> model.predict([[2, 0]], verbose=0).tolist()
        [[[4.0, 5.0], [0.0, 1.0]]]

    Source: keras.layers.Embedding, https://keras.io/api/layers/core_layers/embedding/
    """

    embeddings: Variable

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Initial = "uniform",
        embeddings_regularizer: object = None,
        embeddings_constraint: object = None,
        mask_zero: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.input_dim = arguments.whole_number("input_dim", input_dim, self.label)
        self.output_dim = arguments.whole_number("output_dim", output_dim, self.label)
        self.embeddings_initializer = arguments.initializer(embeddings_initializer, self.label)
        self.embeddings_regularizer = arguments.regularizer(embeddings_regularizer, self.label)
        self.embeddings_constraint = arguments.constraint(embeddings_constraint, self.label)
        self.mask_zero = checks.flag(self.label, "mask_zero", mask_zero)
        if self.mask_zero:
            raise ArgumentError(
                f"{self.label}: mask_zero=True makes a mask, and there are none here: leave it out, and 0 has a row as "
                "any other number"
            )

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the table (input_dim, output_dim)."""
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )

    def call(self, inputs: Tensor) -> Tensor:
        """The row of each number."""
        x, count = inputs, math.prod(inputs.shape)
        table = builder.reshape(self.embeddings.tensor(x.graph), (1, self.input_dim, self.output_dim))
        places = builder.towards_zero(builder.reshape(x, (1, count)))
        rows = builder.reshape(builder.gather_at(table, places), (*x.shape, self.output_dim))
        is_row = builder.greater_equal(places, 0.0) * builder.greater(float(self.input_dim), places)
        return builder.where(builder.reshape(is_row, (*x.shape, 1)), rows, math.nan)
