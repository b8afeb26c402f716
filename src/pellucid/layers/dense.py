"""The fully connected layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Unpack

from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer, LayerOptions
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
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.units = arguments.whole_number("units", units, self.label)
        self.activation = arguments.activation(activation, self.label)
        self.use_bias = arguments.flag("use_bias", use_bias, self.label)
        self.kernel_initializer = arguments.initializer(kernel_initializer, self.label)
        self.bias_initializer = arguments.initializer(bias_initializer, self.label)

    def build(self, *input_shapes: SymbolicShape) -> None:
        """Create the kernel (inputs, units) and the bias (units,)."""
        (shape,) = input_shapes
        if len(shape) < 2 or shape[-1] is None:
            raise ShapeError(f"{self.label}: expected an input (batch, ..., features) of known features, got {shape}")
        self.kernel = self.add_weight("kernel", (shape[-1], self.units), self.kernel_initializer)
        self.bias = self.add_weight("bias", (self.units,), self.bias_initializer) if self.use_bias else None

    def call(self, *inputs: Tensor) -> Tensor:
        """Multiply, add the bias, activate."""
        (x,) = inputs
        rows = builder.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
        y = builder.matmul(rows, self.kernel.tensor(x.graph))
        if self.bias is not None:
            y = y + self.bias.tensor(x.graph)
        return self.activation(builder.reshape(y, (*x.shape[:-1], self.units)))
