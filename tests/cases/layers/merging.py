"""Rows for the layers that join tensors."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    row("reduction", "Add", (2, 5), (2, 5)),
    row("reduction", "Add", (2, 3, 4, 2), (2, 3, 4, 2), (2, 3, 4, 2)),
    row("movement", "Concatenate", (2, 5), (2, 3)),
    row("movement", "Concatenate", (2, 3, 4, 1), (2, 3, 4, 17), (2, 3, 4, 2)),
    row("movement", "Concatenate", (2, 3, 4, 2), (2, 1, 4, 2), axis=1),
    row("reduction", "Add", (2, 3, 4, 2), (2, 1, 4, 1)),
    row("elementwise", "Subtract", (2, 5), (2, 5)),
    row("elementwise", "Multiply", (2, 3, 4), (2, 3, 4), (2, 3, 1)),
    row("elementwise", "Multiply", (2, 3, 4), (2, 4)),
    row("reduction", "Average", (2, 3, 4), (2, 3, 4), (2, 3, 4)),
    row("selection", "Maximum", (2, 17), (2, 17)),
    row("selection", "Minimum", (2, 17), (2, 17), (2, 17)),
    row("matmul", "Dot", (3, 5), (3, 5), axes=1),
    row("matmul", "Dot", (2, 3, 5), (2, 5, 4), axes=(2, 1)),
    row("matmul", "Dot", (2, 3, 5), (2, 4, 3), axes=(1, 2)),
    row("matmul", "Dot", (2, 3, 5), (2, 3), axes=1),
    row("matmul", "Dot", (2, 3, 4, 5), (2, 5, 2), axes=(3, 1)),
    row("composition", "Dot", (3, 5), (3, 5), axes=-1, normalize=True),
)
