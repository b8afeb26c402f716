"""A layer that is applied to every step of a sequence by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from pellucid.dispatch.arrangement import mapped
from pellucid.dispatch.symbolic import InputShape
from pellucid.errors import ShapeError
from pellucid.graph import Tensor, builder
from pellucid.layers import records
from pellucid.layers.base import Layer
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.normalization.spectral import held_layer

LEAST_AXES = 3


class TimeDistributed(Layer):
    """Apply a layer to each step of a sequence: to every image of a film, for instance.

    The steps are samples to the layer, all of them at once: it sees (batch x steps, ...). A batch normalisation that is
    trained so takes its means over all steps of the batch, as in tf.keras.

    Args:
        layer: any layer or model, or the record of one as `get_config` writes it.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the layer is none.
        ShapeError: an input has no axis of steps.

    Example:
        >>> from pellucid import Sequential, layers
        >>> film = layers.Input((5, 12, 12, 3))
        >>> Sequential([film, layers.TimeDistributed(layers.Conv2D(8, 3)),
        ...             layers.TimeDistributed(layers.Flatten())]).output_shape
        (None, 5, 800)

    Source: keras.layers.TimeDistributed, https://keras.io/api/layers/recurrent_layers/time_distributed/
    """

    def __init__(self, layer: Layer | Mapping[str, Any], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.layer = held_layer(layer, self.label)

    def build(self, input_shape: InputShape) -> None:
        """Build the layer for one step."""
        self.layer.ensure_built((None, *self._of_steps(input_shape)[2:]))

    def _of_steps(self, shape: InputShape) -> tuple[int | None, ...]:
        """The shape of an input, which has steps."""
        sizes = tuple(shape) if not isinstance(shape, list | dict) else ()
        if len(sizes) < LEAST_AXES:
            raise ShapeError(
                f"{self.label}: expected an input (batch, steps, ...) of at least {LEAST_AXES} axes, got {shape}"
            )
        return sizes

    def call(self, inputs: Tensor, training: bool | None = None) -> Any:
        """All steps of all samples, as a batch of the layer's."""
        self._of_steps(inputs.shape)
        batch, steps = inputs.shape[:2]
        each = self.layer.emit(builder.reshape(inputs, (batch * steps, *inputs.shape[2:])), training)
        return mapped(each, lambda y: builder.reshape(y, (batch, steps, *y.shape[1:])))

    def option(self, name: str) -> Any:
        """The layer as its record."""
        return records.serialize(self.layer) if name == "layer" else super().option(name)
