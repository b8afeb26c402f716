"""Rows for the pooling layers."""

from __future__ import annotations

from typing import Any

from cases.layers.writing import FIRST, row
from cases.rows import LayerCase
from pellucid.graph.ops import Shape


def _pool(layer: str, shape: Shape, **arguments: Any) -> LayerCase:
    return row("pooling", layer, shape, **arguments)


ROWS = (
    _pool("MaxPooling1D", (2, 9, 3)),
    _pool("MaxPooling1D", (2, 10, 17), pool_size=3, strides=2, padding="same"),
    _pool("MaxPooling1D", (2, 4, 9), pool_size=2, strides=1, data_format=FIRST),
    _pool("MaxPooling2D", (2, 8, 8, 3)),
    _pool("MaxPooling2D", (2, 7, 9, 1), padding="same"),
    _pool("MaxPooling2D", (2, 7, 9, 17), pool_size=(3, 2), strides=(1, 2)),
    _pool("MaxPooling2D", (2, 8, 7, 3), pool_size=3, strides=2, padding="same"),
    _pool("MaxPooling2D", (2, 3, 8, 7), pool_size=2, strides=3, data_format=FIRST),
    _pool("MaxPooling3D", (2, 4, 6, 4, 3)),
    _pool("MaxPooling3D", (1, 5, 4, 5, 2), pool_size=(2, 3, 2), strides=(2, 1, 1), padding="same"),
    _pool("MaxPooling3D", (1, 2, 4, 4, 5), data_format=FIRST),
    _pool("AveragePooling1D", (2, 9, 3)),
    _pool("AveragePooling1D", (2, 10, 17), pool_size=3, strides=2, padding="same"),
    _pool("AveragePooling1D", (2, 4, 9), pool_size=4, strides=2, data_format=FIRST),
    _pool("AveragePooling2D", (2, 8, 8, 3)),
    _pool("AveragePooling2D", (2, 7, 9, 1), padding="same"),
    _pool("AveragePooling2D", (2, 7, 9, 17), pool_size=(3, 2), strides=(1, 2)),
    _pool("AveragePooling2D", (2, 8, 7, 3), pool_size=3, strides=1, padding="same"),
    _pool("AveragePooling2D", (2, 3, 8, 7), pool_size=2, strides=3, data_format=FIRST),
    _pool("AveragePooling3D", (2, 4, 6, 4, 3)),
    _pool("AveragePooling3D", (1, 5, 4, 5, 2), pool_size=(2, 3, 2), strides=(2, 1, 1), padding="same"),
    _pool("AveragePooling3D", (1, 2, 4, 4, 5), data_format=FIRST),
    *(
        _pool(f"Global{kind}Pooling{rank}D", shape, **arguments)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
        for shape, arguments in (
            ((2, *(5, 4, 3)[:rank], 17), {}),
            ((2, *(3, 4, 5)[:rank], 1), {"keepdims": True}),
            ((2, 3, *(3, 1, 4)[:rank]), {"data_format": FIRST}),
            ((2, 3, *(4, 3, 2)[:rank]), {"data_format": FIRST, "keepdims": True}),
        )
    ),
)
