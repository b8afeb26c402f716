"""Rows for the layers that join tensors."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    row("reduction", "Add", (2, 5), (2, 5)),
    row("reduction", "Add", (2, 3, 4, 2), (2, 3, 4, 2), (2, 3, 4, 2)),
    row("movement", "Concatenate", (2, 5), (2, 3)),
    row("movement", "Concatenate", (2, 3, 4, 1), (2, 3, 4, 17), (2, 3, 4, 2)),
    row("movement", "Concatenate", (2, 3, 4, 2), (2, 1, 4, 2), axis=1),
)
