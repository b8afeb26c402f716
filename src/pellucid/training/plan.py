"""What `compile` was told."""

from __future__ import annotations

from pellucid.frozen import Frozen
from pellucid.optimizers import Optimizer
from pellucid.training.objectives import Objective


class Plan(Frozen, eq=False):
    """How a model is to be trained: what `compile` was told."""

    optimizer: Optimizer
    objectives: tuple[Objective, ...]
