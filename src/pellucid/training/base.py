"""What a stepper is: somebody who makes steps of a compiled network. `fit` knows no more than this.

There is one for this machine (`stepper`); one for many has the same methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pellucid.data.source import Batch
from pellucid.training.run_state import RunState


class Stepper(Protocol):
    """Trains and tests one network.

    Attributes:
        position: the epoch that is under way and the next batch of it; the loop counts.
    """

    position: tuple[int, int]

    @property
    def plan(self) -> Any:
        """How to train it: what `compile` was told (`stepper.Plan`)."""
        ...

    @property
    def seed(self) -> int:
        """Decides the order of samples."""
        ...

    def anew(self) -> Stepper:
        """One with the same plan that has made no step: the network has changed."""
        ...

    def train(self, batch: Batch) -> None:
        """One training step; `results(training=True)` tells of it what held before its update."""
        ...

    def test(self, batch: Batch) -> None:
        """Loss and metrics of one batch, without training; see `results(training=False)`."""
        ...

    def results(self, *, training: bool) -> dict[str, Any]:
        """Loss and metrics by name, of all batches since the last reset."""
        ...

    def reset(self, *, training: bool) -> None:
        """Begin with loss and metrics anew."""
        ...

    def capture(self, callbacks: Mapping[str, Any] | None = None) -> RunState:
        """The training as it is between two steps."""
        ...

    def restore(self, state: RunState) -> None:
        """Go on from a record, whoever made it."""
        ...

    def take_kept_by_callbacks(self) -> Mapping[str, Any]:
        """What callbacks kept in the record that was restored, once."""
        ...
