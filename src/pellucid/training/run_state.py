"""Everything about a training that a kill may not lose, as one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.frozen import Frozen


class Sums(Frozen, eq=False):
    """What loss and metrics have counted so far in an epoch.

    Args:
        drained: sums in float64, by the name of the number that is told and of the sum.
        live: what is still in the engine, float32, likewise.
        steps: made since the last drain.
        counted: in these.
    """

    drained: Mapping[str, Mapping[str, np.ndarray]]
    live: Mapping[str, Mapping[str, np.ndarray]]
    steps: int
    counted: int


class Resumption(Frozen, eq=False):
    """Where a training that was restored goes on.

    Args:
        epoch: which one is under way, from 0.
        batch: the next one of that epoch.
        batches: how many it has, where that is known.
        sums: of loss and metrics so far in that epoch.
        callbacks: what each kept.
    """

    epoch: int
    batch: int
    batches: int | None
    sums: Sums | None
    callbacks: Mapping[str, Any]


class RunState(Frozen, eq=False):
    """A training between two steps: whoever restores it goes on as if nothing had happened.

    On the same engine and instruction set the weights that come of it are the same to the bit. The arrays are copies;
    weights are named by their paths, so that a model that was built anew takes them.

    Args:
        weights: of the model, by path ("inner/conv2d/kernel").
        slots: what the optimiser remembers of each trained weight, by the weight's path and the slot's name.
        sums: of loss and metrics, for the epoch that is under way; None where none was begun.
        step: how many training steps were made.
        epoch: which one is under way, from 0.
        batch: the next one of that epoch.
        batches: how many an epoch has, where that is known.
        optimizer: the name of its class.
        seed: of the model: decides the order of samples and what random layers draw.
        learning_rate: of the optimiser, or the record of its schedule.
        callbacks: what each keeps, by number and class ("1 EarlyStopping"); empty where none were told.
    """

    weights: Mapping[str, np.ndarray]
    slots: Mapping[str, Mapping[str, np.ndarray]]
    sums: Sums | None
    step: int
    epoch: int
    batch: int
    batches: int | None
    optimizer: str
    seed: int
    learning_rate: float | Mapping[str, Any]
    callbacks: Mapping[str, Any]
