"""Rows for attention of one head; more heads are called with several arguments (see `WITHOUT_ROW`)."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    row("composition", "Attention", (2, 3, 4), (2, 5, 4)),
    row("composition", "Attention", (2, 3, 4), (2, 5, 7), (2, 5, 4), use_scale=True),
    row("composition", "Attention", (1, 2, 2), (1, 3, 2), use_scale=True, score_mode="concat"),
    row("composition", "Attention", (2, 2, 3, 4), (2, 2, 5, 4)),
    row("composition", "AdditiveAttention", (2, 3, 4), (2, 5, 4)),
    row("composition", "AdditiveAttention", (2, 3, 4), (2, 5, 6), (2, 5, 4), use_scale=False),
)
