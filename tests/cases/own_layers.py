"""Layers as users write them, for tests of what their own layers may do."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid import layers
from pellucid.graph import builder

X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
"""Six samples for them."""


class Affine(layers.Layer):
    """As Keras code writes it, `super().build` and `self.built` included."""

    def __init__(self, units: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")
        super().build(input_shape)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        y = builder.matmul(inputs, self.w) + self.b
        return y * 2.0 if training else y


class Residual(layers.Layer):
    """Layers inside a layer: one as an attribute, two in a list, one that is made in `build`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = layers.Dense(5, activation="relu")
        self.more = [layers.Dense(5), Affine(5)]

    def build(self, input_shape: Any) -> None:
        self.gain = self.add_weight((1,), "ones", name="gain")
        self.last = layers.Dense(input_shape[-1])

    def call(self, inputs: Any) -> Any:
        y = self.first(inputs)
        for layer in self.more:
            y = layer(y)
        return inputs + self.last(y) * self.gain
