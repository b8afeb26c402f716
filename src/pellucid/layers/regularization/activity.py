"""A layer that only adds a penalty on what flows through it to the loss."""

from __future__ import annotations

from typing import Any, Unpack

from pellucid.checks import number
from pellucid.errors import ArgumentError
from pellucid.graph import Tensor
from pellucid.layers import arguments
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import CommonOptions
from pellucid.regularizers import L1L2


class ActivityRegularization(Layer):
    """Pass the input on, and add (l1 * sum of |x| + l2 * sum of x^2) / samples to the loss.

    Args:
        l1: factor of the magnitudes, >= 0: drives activations to exactly 0.
        l2: factor of the squares, >= 0: keeps activations small.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: a factor is negative or not finite, or another `activity_regularizer` is given.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.ActivityRegularization(l1=0.5)])
        >>> model.compile("sgd", "mse")
        >>> x = np.array([[1.0, -2.0], [0.0, 3.0]])
        >>> model.evaluate(x, x, verbose=0)
        1.5

    Source: keras.layers.ActivityRegularization,
        https://keras.io/api/layers/regularization_layers/activity_regularization/
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Unpack[CommonOptions]) -> None:
        super().__init__(**options)
        if self.activity_regularizer is not None:
            raise ArgumentError(f"{self.label}: its penalty is given by l1 and l2; activity_regularizer is for others")
        self.l1, self.l2 = number(self.label, "l1", l1, 0.0), number(self.label, "l2", l2, 0.0)
        self.activity_regularizer = L1L2(self.l1, self.l2)
        self._sums_penalty = arguments.sums_penalty(self.activity_regularizer, self.label)

    def call(self, inputs: Tensor) -> Tensor:
        """Pass."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a layer again."""
        return {name: value for name, value in super().get_config().items() if name != "activity_regularizer"}
