"""Rows for the convolution layers."""

from __future__ import annotations

from typing import Any

from cases.layers.writing import FIRST, row
from cases.rows import LayerCase
from pellucid.graph.ops import Shape


def _conv(layer: str, shape: Shape, filters: int, kernel_size: object, **arguments: Any) -> LayerCase:
    return row("convolution", layer, shape, filters=filters, kernel_size=kernel_size, **arguments)


ROWS = (
    _conv("Conv1D", (2, 9, 3), 4, 3),
    _conv("Conv1D", (2, 9, 3), 4, 3, strides=2, padding="same"),
    _conv("Conv1D", (2, 10, 2), 3, 4, padding="same"),
    _conv("Conv1D", (2, 10, 1), 3, 2, padding="full"),
    _conv("Conv1D", (2, 10, 4), 2, 3, padding="causal", dilation_rate=2),
    _conv("Conv1D", (2, 10, 4), 2, 3, padding="causal", strides=3),
    _conv("Conv1D", (3, 7, 17), 17, 3, groups=17, use_bias=False),
    _conv("Conv1D", (2, 3, 9), 4, 3, data_format=FIRST, padding="same", activation="tanh"),
    _conv("Conv1D", (2, 4, 11), 6, 3, data_format=FIRST, groups=2, strides=2),
    _conv("Conv1D", (1, 1, 1), 1, 1),
    _conv("Conv2D", (2, 8, 8, 1), 12, 3),
    _conv("Conv2D", (2, 8, 8, 1), 32, 3, activation="relu"),
    _conv("Conv2D", (2, 7, 5, 3), 8, 3, padding="same"),
    _conv("Conv2D", (2, 7, 5, 3), 8, (3, 2), padding="same", activation="relu"),
    _conv("Conv2D", (2, 6, 9, 2), 4, (2, 4), padding="same", strides=(2, 3)),
    _conv("Conv2D", (2, 6, 9, 2), 4, 4, padding="same"),
    _conv("Conv2D", (2, 9, 11, 17), 5, 3, strides=2),
    _conv("Conv2D", (2, 9, 11, 3), 17, 3, strides=(1, 2), padding="same"),
    _conv("Conv2D", (1, 5, 4, 3), 2, 3, padding="full"),
    _conv("Conv2D", (2, 9, 8, 2), 3, 3, dilation_rate=2),
    _conv("Conv2D", (2, 9, 8, 2), 3, (2, 3), dilation_rate=(3, 2), padding="same"),
    _conv("Conv2D", (2, 6, 6, 4), 6, 3, groups=2, activation="sigmoid"),
    _conv("Conv2D", (2, 6, 6, 17), 17, 3, groups=17, padding="same"),
    _conv("Conv2D", (2, 6, 6, 3), 9, 2, groups=3, strides=2, use_bias=False),
    _conv("Conv2D", (2, 5, 5, 16), 16, 1),
    _conv("Conv2D", (2, 5, 5, 4), 8, 1, strides=2, padding="same", activation="leaky_relu"),
    _conv("Conv2D", (2, 3, 7, 6), 4, 3, data_format=FIRST),
    _conv("Conv2D", (2, 1, 8, 9), 5, (3, 4), data_format=FIRST, padding="same", strides=2, activation="relu"),
    _conv("Conv2D", (2, 6, 7, 7), 4, 3, data_format=FIRST, groups=2, dilation_rate=2),
    _conv("Conv2D", (2, 4, 4, 3), 10, 4, activation="softmax"),
    _conv("Conv2D", (1, 28, 28, 1), 20, 5, activation="sigmoid"),
    _conv("Conv3D", (2, 5, 5, 5, 1), 3, 3),
    _conv("Conv3D", (1, 5, 6, 4, 3), 4, (2, 3, 2), padding="same", strides=(1, 2, 2)),
    _conv("Conv3D", (1, 6, 6, 6, 2), 2, 2, dilation_rate=(2, 1, 3), activation="relu"),
    _conv("Conv3D", (1, 4, 4, 4, 4), 6, 3, groups=2, padding="same"),
    _conv("Conv3D", (1, 2, 4, 5, 4), 3, 3, data_format=FIRST, padding="full", use_bias=False),
)
