"""Rows for the pooling layers."""

from __future__ import annotations

from typing import Any

from cases.layers.writing import FIRST, row
from cases.rows import LayerCase
from pellucid.graph.ops import Shape


def _pool(layer: str, shape: Shape, **arguments: Any) -> LayerCase:
    return row("pooling", layer, shape, **arguments)


def _norm(layer: str, shape: Shape, **arguments: Any) -> LayerCase:
    """Powers, sums and roots one after the other; for p = 1 a sum of magnitudes."""
    return row("pooling" if arguments.get("p") == 1 else "composition", layer, shape, **arguments)


def _unpool(layer: str, y: Shape, x: Shape, **arguments: Any) -> LayerCase:
    """Only where windows overlap is anything computed: sums of the values that fall on one place."""
    return row("pooling" if "strides" in arguments else "movement", layer, y, x, **arguments)


_WINDOWED = (
    _pool("MaxPooling1D", (2, 9, 3)),
    _pool("MaxPooling1D", (2, 10, 17), pool_size=3, strides=2, padding="same"),
    _pool("MaxPooling1D", (2, 4, 9), pool_size=2, strides=1, data_format=FIRST),
    _pool("MaxPooling2D", (2, 8, 8, 3)),
    _pool("MaxPooling2D", (2, 7, 9, 1), padding="same"),
    _pool("MaxPooling2D", (2, 8, 7, 3), pool_size=3, strides=2, padding=1),
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
    _pool("AveragePooling2D", (2, 7, 9, 2), pool_size=(3, 2), padding=((2, 1), (1, 0))),
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

_ADAPTIVE = tuple(
    _pool(f"Adaptive{kind}Pooling{layer}", shape, **arguments)
    for kind in ("Max", "Average")
    for layer, shape, arguments in (
        ("1D", (2, 12, 3), {"output_size": 4}),
        ("1D", (2, 11, 17), {"output_size": 4}),
        ("1D", (2, 3, 7), {"output_size": (10,), "data_format": FIRST}),
        ("1D", (3, 1, 2), {"output_size": 1}),
        ("2D", (2, 8, 6, 3), {"output_size": (4, 3)}),
        ("2D", (2, 7, 9, 5), {"output_size": 4}),
        ("2D", (2, 8, 7, 17), {"output_size": (2, 3)}),
        ("2D", (2, 3, 5, 8), {"output_size": (7, 1), "data_format": FIRST}),
        ("3D", (2, 4, 6, 4, 2), {"output_size": 2}),
        ("3D", (1, 5, 4, 7, 3), {"output_size": (3, 2, 4)}),
        ("3D", (1, 2, 3, 5, 4), {"output_size": (2, 5, 3), "data_format": FIRST}),
    )
)

_NORMS = (
    _norm("LpPooling1D", (2, 9, 3)),
    _norm("LpPooling1D", (2, 10, 17), pool_size=3, strides=2, padding="same", p=1),
    _norm("LpPooling1D", (2, 4, 9), pool_size=2, strides=1, data_format=FIRST, p=3.5),
    _norm("LpPooling1D", (2, 4, 3), pool_size=15, padding="same"),
    _norm("LpPooling2D", (2, 8, 8, 3)),
    _norm("LpPooling2D", (2, 7, 9, 1), padding="same", p=1),
    _norm("LpPooling2D", (2, 7, 9, 17), pool_size=(3, 2), strides=(1, 2), p=3),
    _norm("LpPooling2D", (2, 8, 7, 3), pool_size=3, strides=2, padding="same"),
    _norm("LpPooling2D", (2, 3, 8, 7), pool_size=2, strides=3, data_format=FIRST, p=1.5),
    _norm("LpPooling3D", (2, 4, 6, 4, 3)),
    _norm("LpPooling3D", (1, 5, 4, 5, 2), pool_size=(2, 3, 2), strides=(2, 1, 1), padding="same", p=1),
    _norm("LpPooling3D", (1, 2, 4, 4, 5), data_format=FIRST, p=4),
    *(
        _norm(f"GlobalLpPooling{rank}D", shape, **arguments)
        for rank in (1, 2, 3)
        for shape, arguments in (
            ((2, *(5, 4, 3)[:rank], 17), {}),
            ((2, *(3, 4, 5)[:rank], 1), {"keepdims": True, "p": 1}),
            ((2, 3, *(3, 1, 4)[:rank]), {"data_format": FIRST, "p": 2.5}),
            ((2, 3, *(4, 3, 2)[:rank]), {"data_format": FIRST, "keepdims": True, "p": 3}),
        )
    ),
)

_UNPOOLING = (
    _unpool("MaxUnpooling1D", (2, 4, 3), (2, 9, 3)),
    _unpool("MaxUnpooling1D", (2, 5, 17), (2, 10, 17), pool_size=3, strides=2, padding="same"),
    _unpool("MaxUnpooling1D", (2, 4, 8), (2, 4, 9), pool_size=2, strides=1, data_format=FIRST),
    _unpool("MaxUnpooling2D", (2, 4, 4, 3), (2, 8, 8, 3)),
    _unpool("MaxUnpooling2D", (2, 4, 5, 1), (2, 7, 9, 1), padding="same"),
    _unpool("MaxUnpooling2D", (2, 5, 4, 17), (2, 7, 9, 17), pool_size=(3, 2), strides=(1, 2)),
    _unpool("MaxUnpooling2D", (2, 3, 3, 2), (2, 3, 8, 7), pool_size=2, strides=3, data_format=FIRST),
    _unpool("MaxUnpooling3D", (2, 2, 3, 2, 3), (2, 4, 6, 4, 3)),
    _unpool("MaxUnpooling3D", (1, 2, 3, 5, 2), (1, 4, 3, 5, 2), pool_size=2, strides=(2, 1, 1), padding="same"),
    _unpool("MaxUnpooling3D", (1, 2, 2, 2, 2), (1, 2, 4, 4, 5), data_format=FIRST),
)

ROWS = (*_WINDOWED, *_ADAPTIVE, *_NORMS, *_UNPOOLING)
