"""Layers that change the shape and no number."""

from __future__ import annotations

import math
from typing import Unpack

from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.base import Layer, LayerOptions
from pellucid.layers.channels import to_channels_last


class Flatten(Layer):
    """All numbers of a sample in one row: (batch, rows, columns, channels) gives (batch, rows * columns * channels).

    Args:
        data_format: "channels_last", the default, or "channels_first": then channels are moved last before flattening,
            so that the same weights fit behind either format.
        options: name, trainable, input_shape (see `Layer`).

    Example:
        >>> from pellucid import Sequential, layers
        >>> Sequential([layers.Input((5, 5, 3)), layers.Flatten()]).output_shape
        (None, 75)

    Source: keras.layers.Flatten, https://keras.io/api/layers/reshaping_layers/flatten/
    """

    def __init__(self, data_format: str | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.data_format = arguments.data_format(data_format, self.label)

    def call(self, inputs: Tensor) -> Tensor:
        """Put all axes but the batch into one."""
        x = inputs
        if x.rank > 2:
            x = to_channels_last(x, self.data_format)
        return builder.reshape(x, (x.shape[0], math.prod(x.shape[1:])))
