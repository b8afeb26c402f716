"""Activation functions as layers of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer, LayerOptions
from pellucid.registry import number


class Activation(Layer):
    """A function applied to every element (softmax: along the last axis).

    Args:
        activation: name or function; None means linear.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.Activation("relu")])
        >>> model.predict(np.array([[-1.0, 0.0, 2.0]]), verbose=0).tolist()
        [[0.0, 0.0, 2.0]]

    Source: keras.layers.Activation, https://keras.io/api/layers/core_layers/activation/
    """

    def __init__(self, activation: str | Callable[[Tensor], Tensor] | None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.activation = arguments.activation(activation, self.label)

    def call(self, inputs: Tensor) -> Tensor:
        """Apply the function."""
        return self.activation(inputs)


class ReLU(Layer):
    """max(x, 0), with an optional ceiling, slope below the threshold, and threshold.

    x from `threshold` up stays; below it becomes `negative_slope * (x - threshold)`; nothing exceeds `max_value`.

    Args:
        max_value: the ceiling, >= 0; None for none.
        negative_slope: slope below the threshold, >= 0.
        threshold: where the layer starts to pass, >= 0.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is negative.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.ReLU(max_value=6)])
        >>> model.predict(np.array([[-1.0, 2.0, 8.0]]), verbose=0).tolist()
        [[0.0, 2.0, 6.0]]

    Source: keras.layers.ReLU, https://keras.io/api/layers/activation_layers/relu/
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.max_value = None if max_value is None else number(self.label, "max_value", max_value, 0.0)
        self.negative_slope = number(self.label, "negative_slope", negative_slope, 0.0)
        self.threshold = number(self.label, "threshold", threshold, 0.0)

    def call(self, inputs: Tensor) -> Tensor:
        """Cut off below the threshold and above the ceiling."""
        x = inputs
        if self.threshold == 0 and self.negative_slope == 0:
            y = builder.relu(x)
        else:
            below = (x - self.threshold) * self.negative_slope
            y = builder.where(builder.greater_equal(x, self.threshold), x, below)
        return y if self.max_value is None else builder.minimum(y, self.max_value)


class Softmax(Layer):
    """Positive numbers that add up to 1 along an axis: exp(x) / sum of exp(x).

    Args:
        axis: along which to normalise; the last by default.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the axis is the batch, or beyond the input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.Softmax()])
        >>> model.predict(np.array([[1.0, 1.0]]), verbose=0).tolist()
        [[0.5, 0.5]]

    Source: keras.layers.Softmax, https://keras.io/api/layers/activation_layers/softmax/
    """

    def __init__(self, axis: int = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ArgumentError(f"{self.label}: axis must be a whole number, got {axis!r}")
        self.axis = axis

    def call(self, inputs: Tensor) -> Tensor:
        """Normalise along the axis."""
        x = inputs
        if not -x.rank < self.axis < x.rank or self.axis % x.rank == 0:
            raise ArgumentError(f"{self.label}: axis={self.axis} is not an axis of samples of shape {x.shape[1:]}")
        axis, last = self.axis % x.rank, x.rank - 1
        if axis == last:
            return builder.softmax(x)
        swap = [last if i == axis else axis if i == last else i for i in range(x.rank)]
        return builder.transpose(builder.softmax(builder.transpose(x, swap)), swap)
