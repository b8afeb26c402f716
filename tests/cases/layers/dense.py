"""Rows for the fully connected layer."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    row("matmul", "Dense", (4, 5), units=3),
    row("matmul", "Dense", (4, 5), units=3, use_bias=False, activation="tanh"),
    row("matmul", "Dense", (1, 17), units=33, activation="relu"),
    row("matmul", "Dense", (5, 300), units=1, activation="sigmoid"),
    row("matmul", "Dense", (6, 1), units=10, activation="softmax"),
    row("matmul", "Dense", (2, 3, 4, 5), units=7, activation="elu"),
)
