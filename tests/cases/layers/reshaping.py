"""Rows for the layers that change the shape."""

from __future__ import annotations

from cases.layers.writing import FIRST, row

ROWS = (
    row("movement", "Flatten", (2, 3, 4, 5)),
    row("movement", "Flatten", (2, 7)),
    row("movement", "Flatten", (2, 3, 4, 5), data_format=FIRST),
)
