"""What `compile` was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.frozen import Frozen
from pellucid.optimizers import Optimizer
from pellucid.training.objectives import Objective

OwnLoss = Callable[..., Any]
"""`compute_loss` of a model, where it is the user's own: emits the loss of a step."""


class Plan(Frozen, eq=False):
    """How a model is to be trained: what `compile` was told, and what its class says itself.

    Args:
        optimizer: makes the steps.
        objectives: what is asked of the outputs.
        own_loss: emits the loss of a step, where the model's class says what it is.
        outputs: how many the model was known to have.
    """

    optimizer: Optimizer
    objectives: tuple[Objective, ...]
    own_loss: OwnLoss | None = None
    outputs: int = 1
