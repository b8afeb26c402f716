"""Rows for the layers that disturb training, or add to its loss."""

from __future__ import annotations

from cases.layers.writing import FIRST, row

ROWS = (
    row("movement", "Dropout", (3, 5), rate=0.5),
    row("elementwise", "Dropout", (3, 35), rate=0.5, training=True),
    row("elementwise", "Dropout", (3, 35), rate=0.2, seed=7, training=True),
    row("elementwise", "Dropout", (3, 4, 5, 6), rate=0.3, noise_shape=(None, 1, 1, 6), training=True),
    row("elementwise", "Dropout", (3, 5), rate=0.0, training=True),
    row("elementwise", "Dropout", (3, 5), rate=1.0, training=True),
    row("movement", "SpatialDropout1D", (3, 4, 5), rate=0.5),
    row("elementwise", "SpatialDropout1D", (3, 4, 17), rate=0.4, training=True),
    row("movement", "SpatialDropout2D", (2, 4, 3, 5), rate=0.5),
    row("elementwise", "SpatialDropout2D", (2, 4, 3, 17), rate=0.4, training=True),
    row("elementwise", "SpatialDropout2D", (2, 5, 4, 3), rate=0.4, data_format=FIRST, seed=3, training=True),
    row("movement", "SpatialDropout3D", (2, 2, 3, 2, 5), rate=0.5),
    row("elementwise", "SpatialDropout3D", (2, 2, 3, 2, 17), rate=0.4, training=True),
    row("elementwise", "SpatialDropout3D", (2, 5, 2, 3, 2), rate=0.4, data_format=FIRST, training=True),
    row("movement", "AlphaDropout", (3, 5), rate=0.5),
    row("elementwise", "AlphaDropout", (3, 35), rate=0.5, training=True),
    row("elementwise", "AlphaDropout", (3, 4, 6), rate=0.2, noise_shape=(None, 1, 6), seed=5, training=True),
    row("movement", "GaussianDropout", (3, 5), rate=0.5),
    row("composition", "GaussianDropout", (3, 35), rate=0.5, training=True),
    row("composition", "GaussianDropout", (2, 3, 4, 5), rate=0.01, seed=9, training=True),
    row("movement", "GaussianNoise", (3, 5), stddev=0.5),
    row("composition", "GaussianNoise", (3, 35), stddev=1.0, training=True),
    row("composition", "GaussianNoise", (2, 3, 4, 5), stddev=0.1, seed=9, training=True),
    row("movement", "ActivityRegularization", (3, 5), l1=0.1, l2=0.2),
)
