"""Layers that add to, or multiply by, normally distributed numbers in training."""

from __future__ import annotations

import math
from typing import Unpack

from pellucid.graph import Tensor, builder
from pellucid.layers import arguments
from pellucid.layers.layer_options import LayerOptions
from pellucid.layers.regularization.noise import Noise, checked_rate


class GaussianDropout(Noise):
    """In training, multiply each element by a random number of mean 1 and standard deviation sqrt(rate / (1 - rate)).

    So mean and variance are those that `Dropout` of this rate leaves behind, but nothing is lost. Outside training the
    layer does nothing.

    Args:
        rate: as of `Dropout`, from 0 to below 1.
        seed: draws the same numbers wherever it is used; by default the layer draws numbers of its own.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the rate is not in 0..1, or is 1.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((10000,)), layers.GaussianDropout(0.2)], seed=1)
        >>> y = model(np.ones((1, 10000)), training=True)
        >>> round(float(y.mean()), 1), round(float(y.std()), 1)
        (1.0, 0.5)

    Source: Srivastava et al., Dropout, JMLR 15 (2014), section 10; keras.layers.GaussianDropout.
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(seed, **options)
        self.rate = checked_rate(rate, self.label, below_one=True)

    @property
    def is_active(self) -> bool:
        """Whether the factors differ from 1."""
        return self.rate > 0

    def disturbed(self, x: Tensor) -> Tensor:
        """Multiply."""
        noise = builder.random_normal(x.graph, x.shape, self.stream(x.graph))
        return x * (noise * math.sqrt(self.rate / (1.0 - self.rate)) + 1.0)


class GaussianNoise(Noise):
    """In training, add to each element a random number of mean 0 and standard deviation `stddev`.

    Outside training the layer does nothing.

    Args:
        stddev: 0 to 1, in units of the input.
        seed: draws the same numbers wherever it is used; by default the layer draws numbers of its own.
        options: name, trainable, input_shape (see `Layer`).

    Raises:
        ArgumentError: the standard deviation is not in 0..1.

    Example:
        >>> import numpy as np
        >>> from pellucid import Sequential, layers
        >>> model = Sequential([layers.Input((10000,)), layers.GaussianNoise(0.5)], seed=1)
        >>> y = model(np.ones((1, 10000)), training=True)
        >>> round(float(y.mean()), 1), round(float(y.std()), 1)
        (1.0, 0.5)

    Source: Bishop, Training with Noise is Equivalent to Tikhonov Regularization, Neural Computation 7 (1995);
        keras.layers.GaussianNoise.
    """

    def __init__(self, stddev: float, seed: int | None = None, **options: Unpack[LayerOptions]) -> None:
        super().__init__(seed, **options)
        self.stddev = arguments.fraction("stddev", stddev, self.label)

    @property
    def is_active(self) -> bool:
        """Whether the noise differs from 0."""
        return self.stddev > 0

    def disturbed(self, x: Tensor) -> Tensor:
        """Add."""
        return x + builder.random_normal(x.graph, x.shape, self.stream(x.graph)) * self.stddev
