"""Layers that disturb training so that a network does not learn its training set by heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from pellucid.errors import ArgumentError
from pellucid.graph import Tensor, builder
from pellucid.graph.ops import RandomUniform
from pellucid.layers import arguments
from pellucid.layers.base import Layer, LayerOptions
from pellucid.layers.symbolic import SymbolicShape


class Dropout(Layer):
    """In training, set each element to 0 with probability `rate` and scale the others by 1 / (1 - rate).

    Outside training the layer does nothing. Which elements are dropped follows from the model's seed, the step and
    the layer's place in the model, never from the number of threads.

    Args:
        rate: probability to drop, 0 to 1.
        noise_shape: shape of the mask, with 1 (or the batch as None) where it is to be shared along an axis; the
            input's shape by default.
        seed: draws the same masks wherever it is used; by default the layer draws masks of its own.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the rate is not in 0..1, or the noise shape does not fit the input.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dropout(0.5)])
        >>> model.predict(np.ones((1, 4)), verbose=0).tolist()
        [[1.0, 1.0, 1.0, 1.0]]

    Source: Srivastava et al., Dropout, JMLR 15 (2014); keras.layers.Dropout.
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.rate = arguments.fraction("rate", rate, self.label)
        if noise_shape is not None and not isinstance(noise_shape, Sequence):
            raise ArgumentError(f"{self.label}: noise_shape is a tuple such as (None, 1, 1, 8), got {noise_shape!r}")
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed = None if seed is None else arguments.whole_number("seed", seed, self.label, minimum=0)

    def build(self, input_shape: SymbolicShape) -> None:
        """Nothing to learn; checks the noise shape."""
        self._mask_shape(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        """Drop in training, pass otherwise."""
        x = inputs
        if not x.graph.training or self.rate == 0:
            return x
        stream = x.graph.next_stream() if self.seed is None else x.graph.stream_of_seed(self.seed)
        mask = tuple(int(size or 1) for size in self._mask_shape(x.shape))
        draw = x.graph.add(RandomUniform(mask, stream))
        scale = 1.0 / (1.0 - self.rate) if self.rate < 1 else 0.0
        return builder.where(builder.greater_equal(draw, self.rate), x * scale, 0.0)

    def _mask_shape(self, shape: SymbolicShape) -> SymbolicShape:
        if self.noise_shape is None:
            return shape
        mask = tuple(size if wanted is None else wanted for wanted, size in zip(self.noise_shape, shape, strict=False))
        if len(self.noise_shape) != len(shape) or any(m not in (1, s) for m, s in zip(mask, shape, strict=True)):
            raise ArgumentError(
                f"{self.label}: noise_shape={self.noise_shape} must have 1 or the input's size on each of the axes of "
                f"{shape}"
            )
        return mask
