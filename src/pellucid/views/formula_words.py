"""The words of a layer's formula and of its impulse test; for figures, terminal and notebooks alike."""

from __future__ import annotations

import numpy as np

from pellucid.inspection.formula import LayerFormula

__all__ = ["IMPULSE", "impulse_planes", "say_impulse", "title_of"]

IMPULSE = ("an impulse", "the kernel", "what comes out")
"""The names of the three pictures of an impulse test."""


def title_of(record: LayerFormula) -> str:
    """Which layer it is the formula of, and how many weights that has."""
    count, _, why = record.weights.partition(": ")  # "0: picks values, learns none"
    return f"{record.layer} ({record.kind}), weights: {count}{f' ({why})' if why else ''}"


def say_impulse(record: LayerFormula) -> str:
    """What the impulse test says; "" where there is none."""
    if record.response is None:
        return ""
    which = f"filter {record.filter}, input channel {record.channel}"
    match record.is_flipped:
        case True:
            outcome = "the kernel comes out turned by half a turn: it is a cross-correlation"
        case False:
            outcome = "the kernel comes out as it is: it is a true convolution"
        case _:
            outcome = "the kernel is its own mirror image, so nothing can be told"
    return f"Impulse test ({which}, without bias, step by step of one): {outcome}."


def impulse_planes(record: LayerFormula) -> list[np.ndarray]:
    """Impulse, kernel and response as arrays (depth, rows, columns)."""
    assert record.impulse is not None and record.kernel is not None and record.response is not None
    return [
        values.astype(np.float64).reshape((1,) * (3 - values.ndim) + values.shape)
        for values in (record.impulse, record.kernel, record.response)
    ]
