"""Rows for the layers that disturb training."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    row("movement", "Dropout", (3, 5), rate=0.5),
    row("elementwise", "Dropout", (3, 35), rate=0.5, training=True),
    row("elementwise", "Dropout", (3, 35), rate=0.2, seed=7, training=True),
    row("elementwise", "Dropout", (3, 4, 5, 6), rate=0.3, noise_shape=(None, 1, 1, 6), training=True),
    row("elementwise", "Dropout", (3, 5), rate=0.0, training=True),
    row("elementwise", "Dropout", (3, 5), rate=1.0, training=True),
)
