"""The fully connected layer."""

from __future__ import annotations

import math
from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.activating import Activation
from pellucid.layers.layer_options import CommonOptions
from pellucid.layers.weighted_sum import Initial, WeightedSum
from pellucid.variables import Variable


class Dense(WeightedSum):
    """Each of `units` outputs is a weighted sum of all inputs: y = activation(x kernel + bias).

    An input with more than two axes is treated along its last one.

    Args:
        units: number of outputs, >= 1.
        activation: name, function, or layer (`PReLU()`, whose weights are then this layer's too); None means linear.
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

    kernel: Variable
    filter_axes: ClassVar = {"kernel": ("inputs", "filters")}

    def __init__(
        self,
        units: int,
        activation: str | Activation | None = None,
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
        self._set_end(activation, use_bias, bias_initializer, bias_regularizer, bias_constraint)
        self._set_kernel("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the kernel (inputs, units) and the bias (units,)."""
        shape = input_shape
        if not isinstance(shape, tuple) or len(shape) < 2 or shape[-1] is None:
            raise ShapeError(f"{self.label}: expected an input (batch, ..., features) of known features, got {shape}")
        self.kernel = self._add_kernel((shape[-1], self.units))
        self._add_bias((self.units,))

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Multiply, add the bias, activate; the same in training, of which Keras tells this layer too."""
        x = inputs
        kernel = self.kernel.tensor(x.graph)
        if x.shape[-1] != kernel.shape[0]:
            raise arguments.for_others(self.label, kernel.shape[0], "features", x.shape[-1], -1)
        rows = builder.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))
        y = builder.matmul(rows, kernel)
        return self.activation(builder.reshape(self._with_bias(y), (*x.shape[:-1], self.units)))
