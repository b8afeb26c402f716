"""Normalisation of each sample to length 1."""

from __future__ import annotations

from typing import ClassVar, Unpack

from pellucid.dispatch.symbolic import SymbolicShape
from pellucid.graph import Tensor
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.axes import Axes, places, some_axes
from pellucid.layers.normalization.statistics import to_unit_length

LEAST_LENGTH = 1e-12  # as in Keras


class UnitNormalization(Layer):
    """Divide by the length along some axes: the sum of squares along them becomes 1.

    y = x / max(|x|, 1e-12), where |x| is the root of the sum of x^2 along `axis`, for each place of the other axes by
    itself. What is 0 stays 0.

    Args:
        axis: along which lengths are taken: one (the channels, by default) or several.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: an argument is no axis, or the input has no such axis.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((2,)), layers.UnitNormalization()])
        >>> print(model.predict(np.array([[3.0, 4.0], [0.0, 0.0]]), verbose=0).round(3))
        [[0.6 0.8] [0.  0. ]]

    Source: keras.layers.UnitNormalization, https://keras.io/api/layers/normalization_layers/unit_normalization/
    """

    is_scaling: ClassVar[bool] = True
    """Numbers of any size may come in."""

    def __init__(self, axis: Axes = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.axis = some_axes(axis, self.label)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the axes."""
        places(self.axis, input_shape, self.label)

    def call(self, inputs: Tensor) -> Tensor:
        """Divide by the length."""
        return to_unit_length(inputs, places(self.axis, inputs.shape, self.label), LEAST_LENGTH)
