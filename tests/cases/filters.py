"""Every kind of layer that has filters, as tests of single filters take them in hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pellucid
from pellucid import Model, Sequential, layers

Make = Callable[[], layers.Layer]
KINDS: dict[str, tuple[Make, tuple[int, ...], str | None]] = {
    "Conv1D": (lambda: layers.Conv1D(4, 3), (9, 2), None),
    "Conv2D": (lambda: layers.Conv2D(4, 3, strides=2), (9, 9, 2), None),
    "Conv2D channels first": (lambda: layers.Conv2D(4, 3, data_format="channels_first"), (2, 9, 9), None),
    "Conv2D groups": (lambda: layers.Conv2D(4, 3, groups=2), (9, 9, 2), None),
    "Conv2D many": (lambda: layers.Conv2D(64, 3, padding="same"), (6, 6, 128), None),  # a pass of its own
    "Conv3D": (lambda: layers.Conv3D(4, 2), (5, 5, 5, 2), None),
    "Dense": (lambda: layers.Dense(4), (7,), None),
    "Dense no bias": (lambda: layers.Dense(4, use_bias=False), (7,), None),
    "Dense over axes": (lambda: layers.Dense(4), (3, 7), None),
    "DepthwiseConv1D": (lambda: layers.DepthwiseConv1D(3, depth_multiplier=2), (9, 2), None),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), (9, 9, 2), None),
    "SeparableConv1D": (lambda: layers.SeparableConv1D(4, 3), (9, 2), None),
    "SeparableConv2D": (lambda: layers.SeparableConv2D(4, 3), (9, 9, 2), "pointwise_kernel"),
    "SeparableConv2D around": (
        lambda: layers.SeparableConv2D(4, 3, depth_multiplier=2),
        (9, 9, 2),
        "depthwise_kernel",
    ),
    "Conv1DTranspose": (lambda: layers.Conv1DTranspose(4, 3), (9, 2), None),
    "Conv2DTranspose": (lambda: layers.Conv2DTranspose(4, 3, strides=2), (5, 5, 2), None),
    "Conv3DTranspose": (lambda: layers.Conv3DTranspose(4, 2), (4, 4, 4, 2), None),
    "LocallyConnected1D": (lambda: layers.LocallyConnected1D(4, 3), (9, 2), None),
    "LocallyConnected2D": (lambda: layers.LocallyConnected2D(4, 3), (6, 6, 2), None),
}


def trained(
    layer: layers.Layer, shape: tuple[int, ...], optimizer: Any = "sgd", seed: int = 0
) -> tuple[Model, Callable[[], None]]:
    """A model of one layer, and what trains it further."""
    pellucid.set_random_seed(seed)
    model = Sequential([layers.Input(shape), layer])
    model.compile(optimizer, "mse")
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(6, *shape)), rng.normal(size=(6, *model.output_shape[1:]))
    return model, lambda: model.fit(x, y, epochs=2, batch_size=3, verbose=0) and None
