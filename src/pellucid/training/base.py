"""What a stepper is: somebody who makes steps of a compiled network. `fit` knows no more than this.

There is one for this machine (`stepper`); one for many has the same methods.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pellucid.callbacks import Callback
from pellucid.data.sources.source import Batch, Stretch
from pellucid.training.run_state import Resumption, RunState, Sums


class Tally(Protocol):
    """What loss and metrics have counted in one pass over batches; each pass has its own, whatever runs beside it."""

    def results(self) -> dict[str, Any]:
        """Loss and metrics by name, of all batches so far."""
        ...

    def reset(self) -> None:
        """Begin anew."""
        ...

    def capture(self) -> Sums:
        """A record of it."""
        ...

    def restore(self, sums: Sums) -> None:
        """Go on from a record."""
        ...


class Stepper(Protocol):
    """Trains and tests one network.

    Attributes:
        position: the epoch that is under way and the next batch of it; the loop counts.
        batches: how many the epoch has, where that is known; the loop says so.
        callbacks: those that are told of its steps now; what they keep is a part of the record.
        epoch: what has been counted in the epoch that is under way, or the record of it once the training has ended.
        finite: the training before the step at which the loss of the last `fit` stopped being a number; else None.
    """

    finite: RunState | None
    epoch: Any
    position: tuple[int, int]
    batches: int | None
    callbacks: Callback | None

    @property
    def plan(self) -> Any:
        """How to train it: what `compile` was told (`plan.Plan`, which a model that is not trained does not import)."""
        ...

    @property
    def optimizer(self) -> Any:
        """That of the plan, telling of this training. Several models that were compiled with it share what it knows."""
        ...

    @property
    def seed(self) -> int:
        """Decides the order of samples."""
        ...

    def begin_training(self) -> None:
        """A training begins with its first epoch; samples come in other orders than in the one before."""
        ...

    def anew(self) -> Stepper:
        """One with the same plan for the network, which has changed; what the optimiser remembers stays."""
        ...

    @property
    def rests(self) -> bool:
        """Whether the model is trained in another way since (`rest`)."""
        ...

    def rest(self, made: int) -> None:
        """The model is trained in another way from now on; how many steps this optimiser made stays known."""
        ...

    def begin_epoch(self, turn: int) -> None:
        """Tell the layers that do something else in other epochs how often the data were gone through before."""
        ...

    def tally(self, *, training: bool) -> AbstractContextManager[Tally]:
        """For one pass over batches, from zero: lent as long as the context is open."""
        ...

    def train(self, batch: Batch, tally: Any) -> None:
        """One training step; the tally counts what held before its update."""
        ...

    def test(self, batch: Batch, tally: Any) -> None:
        """Loss and metrics of one batch, without training."""
        ...

    def train_many(self, stretch: Stretch, tally: Any) -> None:
        """A training step on each batch of a stretch, one after the other: the same numbers, sooner."""
        ...

    def test_many(self, stretch: Stretch, tally: Any) -> None:
        """Loss and metrics of each batch of a stretch, without training."""
        ...

    def finish(self) -> None:
        """What the optimiser does when a training ends: weights may become the average of what they were."""
        ...

    def capture(self, *, in_shares: bool = False) -> RunState:
        """The training as it is between two steps; `in_shares`: of what lies on the devices of several processes, what
        is on this one's, to be written in shards."""
        ...

    def restore(self, state: RunState | Mapping[str, Any] | str | os.PathLike[str]) -> None:
        """Go on from a record, whoever made it, from what a file holds of one, or from such a file."""
        ...

    def take_resumption(self) -> Resumption | None:
        """Where the record that was restored goes on, once; None if none was restored since the last `fit`."""
        ...
