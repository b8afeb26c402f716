"""Normalisation by the root mean square of each sample, without taking off a mean."""

from __future__ import annotations

from typing import ClassVar, Unpack

from pellucid.checks import number
from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.graph import Tensor, builder
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.axes import Axes, along, check_sizes, known_sizes, places, some_axes
from pellucid.layers.normalization.statistics import reciprocal_root
from pellucid.variables import Variable


class RMSNormalization(Layer):
    """Divide by the root mean square along some axes, then multiply by a learned factor at each place of them.

    y = scale * x / sqrt(mean(x^2) + epsilon), with the mean along `axis`, for each place of the other axes by itself.
    As `LayerNormalization` without mean and offset, which costs less and often serves as well.

    Args:
        axis: along which to normalise: one (the channels, by default) or several. `scale` has the sizes of these axes
            and stands along them; Keras's stands along the last ones, whatever `axis` says, so results differ for
            axes that are not the last.
        epsilon: added to the mean square, >= 0, so that zeros are not divided by 0.
        options: name, trainable, weights (scale), input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is out of range or unknown, or the input has no such axis.
        ShapeError: a size along `axis` is open, or differs from that of the layer's first input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.RMSNormalization()])
        >>> print(model.predict(np.array([[1.0, 7.0], [-30.0, 40.0]]), verbose=0).round(3))
        [[ 0.2    1.4  ] [-0.849  1.131]]

    Source: Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019, arXiv 1910.07467, equation 4;
        keras.layers.RMSNormalization.
    """

    is_scaling: ClassVar[bool] = True
    """Numbers of any size may come in."""

    scale: Variable

    def __init__(self, axis: Axes = -1, epsilon: float = 1e-6, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.axis = some_axes(axis, self.label)
        self.epsilon = number(self.label, "epsilon", epsilon, 0.0)

    def build(self, input_shape: SymbolicShape) -> None:
        """Create the factor, of the sizes of `axis`."""
        axes = places(self.axis, input_shape, self.label)
        sizes = known_sizes(axes, input_shape, self.label)
        self.scale = self.add_weight(sizes, "ones", name="scale")

    def call(self, inputs: Tensor) -> Tensor:
        """Divide by the root mean square, multiply by the factor."""
        x = inputs
        axes = places(self.axis, x.shape, self.label)  # the input may have more axes than the first one had
        check_sizes(x, axes, self.scale.shape, self.label)
        mean_square = builder.reduce_mean(builder.square(x), axes, keepdims=True)
        factor = along(self.scale.tensor(x.graph), axes, x.shape)
        return x * reciprocal_root(mean_square + self.epsilon) * factor
