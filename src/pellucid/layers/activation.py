"""Activation functions as layers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from pellucid import activations
from pellucid.activations.normalising import FAR_BELOW
from pellucid.checks import is_number, is_whole, number
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.errors import ArgumentError, ArgumentTypeError, ShapeError, shown
from pellucid.graph import Tensor, builder
from pellucid.layers import activating, arguments
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.variables import Variable


class Activation(Layer):
    """A function applied to every element (softmax: along the last axis).

    Args:
        activation: name, function or layer; None means linear.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((3,)), layers.Activation("relu")])
        >>> model.predict(np.array([[-1.0, 0.0, 2.0]]), verbose=0).tolist()
        [[0.0, 0.0, 2.0]]

    Source: keras.layers.Activation, https://keras.io/api/layers/core_layers/activation/
    """

    def __init__(self, activation: str | activating.Activation | None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.activation = activating.activation(activation, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn but what an activation that is a layer learns."""
        activating.built(self.activation, lambda: input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """Apply the function."""
        return self.activation(inputs)

    def option(self, name: str) -> Any:
        return activating.described(self.activation) if name == "activation" else super().option(name)


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
        self.max_value = (
            None if max_value is None else _not_below_0(self.label, "max_value", max_value, "max_value of a ReLU layer")
        )
        self.negative_slope = _not_below_0(
            self.label, "negative_slope", negative_slope, "negative_slope of a ReLU layer"
        )
        self.threshold = _not_below_0(self.label, "threshold", threshold, "threshold of a ReLU layer")

    def call(self, inputs: Tensor) -> Tensor:
        """Cut off below the threshold and above the ceiling."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(Layer):
    """x where x >= 0, else `negative_slope` * x.

    Args:
        negative_slope: >= 0.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the slope is negative.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((2,)), layers.LeakyReLU(0.5)]).predict([[-1.0, 2.0]]).tolist()
        [[-0.5, 2.0]]

    Source: keras.layers.LeakyReLU; Maas, Hannun and Ng, ICML 2013.
    """

    def __init__(self, negative_slope: float = 0.3, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.negative_slope = _not_below_0(
            self.label, "negative_slope", negative_slope, "The negative_slope value of a Leaky ReLU layer"
        )

    def call(self, inputs: Tensor) -> Tensor:
        """Flatten what is below 0."""
        return builder.where(builder.greater_equal(inputs, 0.0), inputs, inputs * self.negative_slope)


class ELU(Layer):
    """x where x > 0, else `alpha` * (exp(x) - 1).

    Args:
        alpha: how far down it goes, >= 0.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: alpha is negative.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((2,)), layers.ELU()]).predict([[0.0, 2.0]]).tolist()
        [[0.0, 2.0]]

    Source: keras.layers.ELU; Clevert, Unterthiner and Hochreiter, arXiv 1511.07289.
    """

    def __init__(self, alpha: float = 1.0, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.alpha = number(self.label, "alpha", alpha, 0.0)

    def call(self, inputs: Tensor) -> Tensor:
        """Bend what is below 0."""
        return activations.elu(inputs, self.alpha)


class PReLU(Layer):
    """max(x, 0) - alpha * max(-x, 0), with an alpha for each element of the sample that is learned.

    Args:
        alpha_initializer: name, initialiser, array, or function of a shape.
        alpha_regularizer: penalty on alpha that is added to the loss.
        alpha_constraint: what alpha is projected to after each update.
        shared_axes: axes (counted from 1, without the batch) along which one alpha serves for all: [1, 2] for one per
            channel of an image.
        options: name, trainable, weights, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is unknown, or an axis is not one of the sample.
        ShapeError: an axis that is not shared is open.

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((8, 8, 3)), layers.PReLU(shared_axes=[1, 2])]).count_params()
        3

    Source: keras.layers.PReLU; He et al., Delving deep into rectifiers, arXiv 1502.01852.
    """

    alpha: Variable

    def __init__(
        self,
        alpha_initializer: object = "Zeros",
        alpha_regularizer: object = None,
        alpha_constraint: object = None,
        shared_axes: int | Sequence[int] | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = arguments.initializer(alpha_initializer, self.label)
        self.alpha_regularizer = arguments.regularizer(alpha_regularizer, self.label)
        self.alpha_constraint = arguments.constraint(alpha_constraint, self.label)
        several = list(shared_axes) if isinstance(shared_axes, list | tuple) else [shared_axes]
        self.shared_axes = (
            None
            if shared_axes is None
            else [arguments.whole_number("shared_axes", axis, self.label) for axis in several]
        )

    def build(self, input_shape: SymbolicShape) -> None:
        """Create alpha: the sample's shape, with 1 along the shared axes."""
        sizes = self._sizes(input_shape)
        if None in sizes:
            raise ShapeError(f"{self.label}: axes that are not shared must have known sizes, got {input_shape}")
        self.alpha = self.add_weight(
            [int(size or 1) for size in sizes],
            self.alpha_initializer,
            name="alpha",
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )

    def _sizes(self, shape: SymbolicShape) -> list[int | None]:
        """The shape of alpha for an input of that shape."""
        sizes: list[int | None] = list(shape[1:])
        for axis in self.shared_axes or ():
            if axis > len(sizes):
                raise ArgumentError(f"{self.label}: shared_axes={self.shared_axes} are not all axes of {shape}")
            sizes[axis - 1] = 1
        return sizes

    def call(self, inputs: Tensor) -> Tensor:
        """Flatten what is below 0 by what was learned."""
        if tuple(self._sizes(inputs.shape)) != self.alpha.shape:
            raise ShapeError(
                f"{self.label}: its alpha of shape {self.alpha.shape} was made for another input, got one of shape "
                f"(batch, {', '.join(map(str, inputs.shape[1:]))})"
            )
        return builder.relu(inputs) - builder.relu(-inputs) * self.alpha.tensor(inputs.graph)


class Softmax(Layer):
    """Positive numbers that add up to 1 along an axis, or along several together: exp(x) / sum of exp(x).

    Args:
        axis: along which to normalise, or a list of axes; the last by default.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an axis is the batch, or beyond the input.
        ShapeError: a mask does not fit.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> layers.Softmax()(np.zeros((1, 3)), mask=np.array([[1, 0, 1]])).tolist()
        [[0.5, 0.0, 0.5]]
        >>> model = Sequential([layers.Input((2,)), layers.Softmax()])
        >>> model.predict(np.array([[1.0, 1.0]]), verbose=0).tolist()
        [[0.5, 0.5]]

    Source: keras.layers.Softmax, https://keras.io/api/layers/activation_layers/softmax/
    """

    def __init__(self, axis: int | Sequence[int] = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        several = list(axis) if isinstance(axis, list | tuple) else [axis]
        if not several or not all(map(is_whole, several)):
            raise ArgumentTypeError(f"{self.label}: axis must be a whole number or a list of them, got {shown(axis)}")
        self.axes = [int(item) for item in several]  # type: ignore[arg-type]
        self.axis = self.axes if isinstance(axis, list | tuple) else self.axes[0]

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Normalise along the axes, over what a mask shows.

        Args:
            inputs: of any shape.
            mask: what counts, above 0.5; of the shape of the inputs, or what broadcasts to it. All else becomes 0.
        """
        axes, rank = self.axes, inputs.rank
        if any(not -rank < axis < rank or axis % rank == 0 for axis in axes):
            raise ArgumentError(
                f"{self.label}: axis={shown(self.axis)} is not an axis of samples of shape {inputs.shape[1:]}"
            )
        along = axes if len(axes) > 1 else axes[0]
        if mask is None:
            return activations.softmax(inputs, along)
        if mask.rank > rank or any(
            size not in (1, inputs.shape[rank - mask.rank + at]) for at, size in enumerate(mask.shape)
        ):
            raise ShapeError(
                f"{self.label}: a mask has the shape of the inputs, {inputs.shape}, or 1, got {mask.shape}"
            )
        counts = builder.greater(mask, 0.5)
        return builder.where(counts, activations.softmax(builder.where(counts, inputs, -FAR_BELOW), along), 0.0)


def _not_below_0(label: str, name: str, value: Any, what: str) -> float:
    """A number >= 0; `what` says in words which one it is."""
    if value is None or (is_number(value) and value < 0):
        # The ceiling may be None: then there is none, and this is not asked.
        wrong = "a negative value" if name == "max_value" else "None or a negative value"
        kind = ArgumentTypeError if value is None else ArgumentError
        raise kind(f"{label}: {what} cannot be {wrong}, got {shown(value)}")
    return number(label, name, value, 0.0)
