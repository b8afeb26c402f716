"""The fully connected layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Unpack

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import CommonOptions, Layer
from pellucid.layers.convolution import Initial
from pellucid.layers.symbolic import SymbolicShape
from pellucid.layers.weight import Weight


class Dense(Layer):
    """Each of `units` outputs is a weighted sum of all inputs: y = activation(x kernel + bias).

    An input with more than two axes is treated along its last one.

    Args:
        units: number of outputs, >= 1.
        activation: name or function; None means linear.
        use_bias: whether one number per unit is added.
        kernel_initializer: name, initialiser, array of the kernel's shape (inputs, units), or function of a shape.
        bias_initializer: likewise, for (units,).
        kernel_regularizer: penalty on the kernel that is added to the loss: name, regulariser or function.
        bias_regularizer: likewise, on the bias.
        activity_regularizer: likewise, on the output; averaged over the batch.
        kernel_constraint: what the kernel is projected to after each update: name, constraint or function.
        bias_constraint: likewise, for the bias.
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown.
        ShapeError: the input has no batch axis or an open last axis.

    Example:
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
        >>> model.layers[0].kernel.shape, model.count_params()
        ((4, 3), 15)

    Source: keras.layers.Dense, https://keras.io/api/layers/core_layers/dense/
    """

    kernel: Weight
    bias: Weight | None

    def __init__(
        self,
        units: int,
        activation: str | Callable[[Tensor], Tensor] | None = None,
        use_bias: bool = True,
        kernel_initializer: Initial = "glorot_uniform",
        bias_initializer: Initial = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = arguments.whole_number("units", units, self.label)
        self.activation = arguments.activation(activation, self.label)
        self.use_bias = arguments.flag("use_bias", use_bias, self.label)
        self.kernel_initializer = arguments.initializer(kernel_initializer, self.label)
        self.bias_initializer = arguments.initializer(bias_initializer, self.label)
        self.kernel_regularizer = arguments.regularizer(kernel_regularizer, self.label)
        self.bias_regularizer = arguments.regularizer(bias_regularizer, self.label)
        self.kernel_constraint = arguments.constraint(kernel_constraint, self.label)
        self.bias_constraint = arguments.constraint(bias_constraint, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (inputs, units) and the bias (units,)."""
        shape = input_shape
        if not isinstance(shape, tuple) or len(shape) < 2 or shape[-1] is None:
            raise ShapeError(f"{self.label}: expected an input (batch, ..., features) of known features, got {shape}")
        self.sees = "everything" if len(shape) == 2 else "point"
        self.kernel = self.add_weight(
            (shape[-1], self.units),
            self.kernel_initializer,
            name="kernel",
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = self._bias_weight() if self.use_bias else None

    def _bias_weight(self) -> Weight:
        return self.add_weight(
            (self.units,),
            self.bias_initializer,
            name="bias",
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
        )

    def call(self, inputs: Tensor) -> Tensor:
        """Multiply, add the bias, activate."""
        x = inputs
        rows = builder.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
        y = builder.matmul(rows, self.kernel.tensor(x.graph))
        if self.bias is not None:
            y = y + self.bias
        return self.activation(builder.reshape(y, (*x.shape[:-1], self.units)))
