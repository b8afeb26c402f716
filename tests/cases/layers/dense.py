"""Rows for the fully connected layers."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    row("matmul", "Dense", (4, 5), units=3),
    row("matmul", "Dense", (4, 5), units=3, use_bias=False, activation="tanh"),
    row("matmul", "Dense", (1, 17), units=33, activation="relu"),
    row("matmul", "Dense", (5, 300), units=1, activation="sigmoid"),
    row("matmul", "Dense", (6, 1), units=10, activation="softmax"),
    row("matmul", "Dense", (2, 3, 4, 5), units=7, activation="elu"),
    row("matmul", "EinsumDense", (2, 3, 5), equation="abc,cde->abde", output_shape=(None, 2, 4), bias_axes="de"),
    row("matmul", "EinsumDense", (2, 3, 4, 5), equation="...cd,cde->...e", output_shape=6, activation="tanh"),
    row("matmul", "EinsumDense", (2, 3, 5), equation="ab...,bc->ac...", output_shape=4, bias_axes="c"),
)
