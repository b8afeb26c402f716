"""Rows for the activation layers."""

from __future__ import annotations

from cases.layers.writing import row

ROWS = (
    *(
        row("composition", "Activation", (3, 7), activation=name)
        for name in ("relu", "tanh", "sigmoid", "softmax", "softplus", "silu", "log_softmax", None)
    ),
    row("composition", "ReLU", (3, 4, 5)),
    row("composition", "ReLU", (3, 17), max_value=1.0),
    row("composition", "ReLU", (3, 17), negative_slope=0.1, threshold=0.4),
    row("composition", "ReLU", (3, 17), max_value=1.0, negative_slope=0.3, threshold=0.5),
    row("composition", "Softmax", (4, 6)),
    row("composition", "Softmax", (2, 3, 5)),
    row("composition", "Softmax", (2, 3, 4, 5), axis=1),
    row("composition", "Softmax", (2, 3, 4, 5), axis=-2),
    row("composition", "Softmax", (2, 3, 4, 5), axis=(1, 2)),
    row("composition", "LeakyReLU", (3, 17)),
    row("composition", "LeakyReLU", (3, 4, 5), negative_slope=1.5),
    row("composition", "ELU", (3, 17), alpha=0.5),
    row("composition", "PReLU", (3, 17)),
    row("composition", "PReLU", (2, 4, 5, 3), shared_axes=(1, 2), alpha_initializer="ones"),
)
