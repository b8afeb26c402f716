"""What `compile` was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.frozen import Frozen
from pellucid.optimizers import Optimizer
from pellucid.training.objectives import Objective
from pellucid.training.reported import Reported

OwnLoss = Callable[..., Any]
"""`compute_loss` of a model, where it is the user's own: emits the loss of a step."""


class Plan(Frozen, eq=False):
    """How a model is to be trained: what `compile` was told, and what its class says itself.

    Args:
        optimizer: makes the steps.
        objectives: what is asked of the outputs.
        told: what is told of a pass over batches.
        own_loss: emits the loss of a step, where the model's class says what it is.
        outputs: how many the model was known to have.
        steps_per_execution: after how many batches callbacks are told.
        arranged: losses and their weights as they were given, where they are not one for each output.
        later: what `compile` was told of outputs that were not known yet; see `Model.compile`.
    """

    optimizer: Optimizer
    objectives: tuple[Objective, ...]
    told: tuple[Reported, ...]
    own_loss: OwnLoss | None = None
    outputs: int = 1
    steps_per_execution: int = 1
    arranged: tuple[Any, Any] | None = None
    later: tuple[Any, ...] | None = None
