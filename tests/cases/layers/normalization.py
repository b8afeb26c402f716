"""Rows for the normalisation layers.

Some forms have no row, since no difference quotient shows their gradient, which takes parts of them for constants:
batch renormalisation and spectral normalisation in training. `tests/conformance/test_keras_normalization.py` has them.
"""

from __future__ import annotations

from typing import Any

from cases.layers.writing import row
from cases.rows import LayerCase
from pellucid.graph.ops import Shape


def _norm(layer: str, shape: Shape, **arguments: Any) -> LayerCase:
    """Means, variances, a root and a quotient one after the other."""
    return row("composition", layer, shape, **arguments)


_BATCH = tuple(
    _norm("BatchNormalization", shape, training=training, **arguments)
    for training in (False, True)
    for shape, arguments in (
        ((5, 7), {}),
        ((1, 4), {"epsilon": 0.1}),
        ((4, 17), {"scale": False, "momentum": 0.5}),
        ((3, 6, 5), {"center": False}),
        ((3, 5, 6), {"axis": 1, "scale": False, "center": False}),
        ((2, 4, 5, 3), {}),
        ((1, 3, 3, 33), {"momentum": 0.0}),
        ((2, 3, 4, 5), {"axis": 1, "epsilon": 0.5}),
        ((2, 3, 4, 5), {"axis": -2}),
        ((2, 2, 3, 2, 4), {"momentum": 1.0}),
        ((2, 4, 2, 3, 2), {"axis": 1}),
    )
)

_BY_SAMPLE = (
    _norm("BatchNormalization", (4, 3), renorm=True, renorm_clipping={"rmax": 2.0}),
    _norm("LayerNormalization", (3, 8)),
    _norm("LayerNormalization", (1, 1)),
    _norm("LayerNormalization", (2, 5, 17), center=False),
    _norm("LayerNormalization", (2, 3, 4, 5), epsilon=0.1),
    _norm("LayerNormalization", (2, 3, 4, 5), axis=[1, 2, 3]),
    _norm("LayerNormalization", (2, 3, 4, 5), axis=1, scale=False),
    _norm("LayerNormalization", (2, 3, 4, 5), axis=(-3, -1)),
    _norm("LayerNormalization", (2, 3, 4, 5), axis=[1, -1], center=False, scale=False),
    _norm("LayerNormalization", (2, 6), rms_scaling=True),
    _norm("LayerNormalization", (2, 2, 3, 2, 4), axis=[2, 3], training=True),
    _norm("GroupNormalization", (3, 32)),
    _norm("GroupNormalization", (2, 8), groups=2),
    _norm("GroupNormalization", (2, 5, 6), groups=3, center=False),
    _norm("GroupNormalization", (2, 4, 5, 6), groups=2),
    _norm("GroupNormalization", (2, 4, 5, 6), groups=1, scale=False),
    _norm("GroupNormalization", (2, 4, 5, 6), groups=-1, epsilon=0.1),
    _norm("GroupNormalization", (2, 6, 3, 4), groups=2, axis=1),
    _norm("GroupNormalization", (2, 3, 6, 4), groups=3, axis=-2, training=True),
    _norm("GroupNormalization", (1, 2, 3, 2, 4), groups=4),
    _norm("RMSNormalization", (3, 8)),
    _norm("RMSNormalization", (2, 3, 4, 5), epsilon=0.1),
    _norm("RMSNormalization", (2, 3, 4, 5), axis=[2, 3]),
    _norm("RMSNormalization", (2, 3, 4, 5), axis=1, training=True),
    _norm("UnitNormalization", (3, 8)),
    _norm("UnitNormalization", (2, 3, 4, 5)),
    _norm("UnitNormalization", (2, 3, 4, 5), axis=1),
    _norm("UnitNormalization", (2, 3, 4, 5), axis=[1, 2, 3], training=True),
)


def _spectral(held: str, shape: Shape, family: str, power_iterations: int, **config: Any) -> LayerCase:
    """The layer that is held stands in the row as a record, so that each use of the row makes its own."""
    name = f"SpectralNormalization({held}, power_iterations={power_iterations}) on {shape}"
    record = {"class_name": held, "config": config}
    arguments = {"layer": record, "power_iterations": power_iterations}
    return LayerCase(name, family, "SpectralNormalization", (shape,), arguments)


_WRAPPED = (
    _spectral("Dense", (3, 5), "matmul", 1, units=4),
    _spectral("Conv2D", (2, 6, 5, 2), "convolution", 3, filters=3, kernel_size=2),
)

ROWS: tuple[LayerCase, ...] = (*_BATCH, *_BY_SAMPLE, *_WRAPPED)
