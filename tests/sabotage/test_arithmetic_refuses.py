"""A calculation that is not what the engine computed is not shown, whatever the engine does otherwise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sabotage.broken import (
    BrokenEngine,
    Sabotage,
    first_of_the_batch,
    flipped_kernel,
    mixed_groups,
    neighbour_gathered,
    padding_counts,
    padding_wins,
    reversed_parts,
    shifted_padding,
    without_dilation,
)

from pellucid import Sequential, layers
from pellucid.errors import EngineError
from pellucid.graph import movement, ops, windows
from pellucid.graph.ops import Op
from pellucid.inspection import arithmetic
from pellucid.layers import Layer

CASES: dict[str, tuple[Callable[[], Layer], type[Op], Callable[..., np.ndarray]]] = {
    "flipped": (lambda: layers.Conv2D(4, 3), windows.Convolution, flipped_kernel),
    "shifted": (lambda: layers.Conv2D(4, 3, padding="same"), windows.Convolution, shifted_padding),
    "not dilated": (lambda: layers.Conv2D(4, 3, dilation_rate=2), windows.Convolution, without_dilation),
    "groups mixed": (lambda: layers.Conv2D(4, 3, groups=2), windows.Convolution, mixed_groups),
    "a step of two": (lambda: layers.SeparableConv2D(4, 3), windows.Convolution, flipped_kernel),
    "reflected beside": (
        lambda: layers.Conv2D(4, 3, padding="same", padding_mode="reflect"), movement.Gather, neighbour_gathered
    ),
    "replicated in another order": (
        lambda: layers.Conv2D(4, 3, padding=((2, 1), (0, 0)), padding_mode="replicate"),
        movement.Concatenate,
        reversed_parts,
    ),
    "padding in a mean": (lambda: layers.AveragePooling2D(3, 1, "same"), windows.AveragePool, padding_counts),
    "padding in a maximum": (lambda: layers.MaxPooling2D(3, 1, "same"), windows.MaxPool, padding_wins),
    "one matrix for all": (lambda: layers.LocallyConnected2D(2, 3), ops.Matmul, first_of_the_batch),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_was_not_computed_is_not_shown(case: str) -> None:
    """The sound engine's value is explained; the broken one's is refused, with both numbers."""
    make, operation, wrong = CASES[case]
    rng = np.random.default_rng(0)
    layer = make()
    model = Sequential([layers.Input((6, 6, 2)), layer])
    model.set_weights([rng.uniform(0.2, 1.0, weight.shape) for weight in model.weights])
    sample = -rng.uniform(0.2, 1.0, (6, 6, 2))  # so that a zero would be the largest
    place = tuple(size - 1 for size in model.output_shape[1:-1])
    assert arithmetic(model, layer.name, sample, place, 1).agrees
    engine = BrokenEngine(Sabotage(case, (), {operation: wrong}))
    with pytest.raises(EngineError, match=r"the calculation leads to .*, the engine computed .* is not shown"):
        arithmetic(model, layer.name, sample, place, 1, engine=engine)
