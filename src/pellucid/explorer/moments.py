"""The past of a training: what it was at some of its steps, and the branches that went on from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.errors import ArgumentError, shown
from pellucid.explorer.curves import Curve
from pellucid.explorer.history import Edit
from pellucid.frozen import Frozen
from pellucid.training.run_state import RunState

__all__ = ["Branch", "Moment", "Moments"]

MOST_BYTES = 256 * 2**20
MOST, MOST_EPOCHS = 120, 1000


class Moment(Frozen, eq=False):
    """A training between two steps.

    Args:
        number: its own, in the order in which moments were kept.
        branch: the number of the branch that it stands in.
        step: how many steps had been made since the first of all.
        loss: of the last steps before it; None where there were none.
        state: all of it.
        edits: by which its weights had come about, beside training.
    """

    number: int
    branch: int
    step: int
    loss: float | None
    state: RunState
    edits: tuple[Edit, ...] = ()

    @property
    def epoch(self) -> int:
        """Which one was under way, from 0."""
        return self.state.epoch

    @property
    def bytes(self) -> int:
        """What its arrays take."""
        slots = [array for each in self.state.slots.values() for array in each.values()]
        return sum(array.nbytes for array in (*self.state.weights.values(), *slots))

    def has_weights(self, weights: Any) -> bool:
        """Whether these are the weights that the model had then, to the bit."""
        mine = self.state.weights
        return mine.keys() == weights.keys() and all(
            np.array_equal(mine[path], weights[path], equal_nan=True) for path in mine
        )


@dataclass(eq=False)
class Branch:
    """A row of steps with one optimiser: from the beginning, or from a moment of another branch.

    Args:
        number: its own, from 0.
        parent: the number of the branch that it went off from; None for the first.
        begins: at which step.
        optimizer: the name of its class, in small letters; "" for the one that the data came with.
        batch_size: samples in a step; None where batches come as they are.
        offset: how many steps had been made when its optimiser began anew.
        curve: the loss of its steps.
        epochs: what was told at the end of each of its epochs.
    """

    number: int
    parent: int | None = None
    begins: int = 0
    optimizer: str = ""
    batch_size: int | None = None
    offset: int = 0
    curve: Curve = field(default_factory=Curve)
    epochs: list[dict[str, float]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called."""
        came = "" if self.parent is None else f", from step {self.begins} of run {self.parent + 1}"
        return f"run {self.number + 1}{came}"

    def tell(self, epoch: dict[str, float]) -> None:
        """Note what was told at the end of an epoch; where there are many, every second one is let go."""
        self.epochs.append(epoch)
        if len(self.epochs) > MOST_EPOCHS:
            self.epochs = [*self.epochs[:-1:2], epoch]

    def capture(self) -> dict[str, Any]:
        """All of it, as a record of a training keeps it."""
        return {**vars(self), "curve": self.curve.capture(), "epochs": [dict(each) for each in self.epochs]}

    @classmethod
    def of(cls, record: Any) -> Branch:
        """What `capture` gave."""
        curve = Curve()
        curve.restore(record["curve"])
        return cls(**{**record, "curve": curve, "epochs": [dict(each) for each in record["epochs"]]})


class Moments:
    """Moments, as many as memory has room for: where there would be more, those go whose neighbours are nearest, so
    that what stays is spread evenly. The first and the last of each branch stay as long as anything can.

    Args:
        most: of them, >= 3.
        most_bytes: that all of them take.
    """

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: list[Moment] = []  # never changed, but another one each time: pages go through it meanwhile
        self._next = 0

    def __iter__(self) -> Iterator[Moment]:
        """All that are there, in the order in which they were kept."""
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    def of(self, branch: int) -> list[Moment]:
        """Those of a branch, the earliest first."""
        return [moment for moment in self._kept if moment.branch == branch]

    def last(self, branch: int) -> Moment | None:
        """The newest of a branch."""
        return next((moment for moment in reversed(self._kept) if moment.branch == branch), None)

    def find(self, number: object) -> Moment:
        """The moment of that number.

        Raises:
            ArgumentError: there is none (any more).
        """
        found = next((moment for moment in self._kept if moment.number == number), None)
        if found is None or isinstance(number, bool):
            raise ArgumentError(f"there is no moment {shown(number)} any more: choose another one")
        return found

    def add(self, branch: int, step: int, loss: float | None, state: RunState, edits: tuple[Edit, ...] = ()) -> Moment:
        """Keep one more; of a step of a branch that is there already, the newer."""
        last = self.last(branch)
        moment = Moment(self._next, branch, step, loss, state, edits)
        self._next += 1
        kept = [each for each in self._kept if each is not last or each.step != step] + [moment]
        most = max(3, min(self._most, self._most_bytes // max(moment.bytes, 1)))
        while len(kept) > most:
            kept.remove(_least(kept))
        self._kept = kept
        return moment


def _least(kept: list[Moment]) -> Moment:
    """The one that is missed least."""
    inner: list[tuple[int, Moment]] = []
    for branch in {moment.branch for moment in kept}:
        mine = [moment for moment in kept if moment.branch == branch]
        for before, moment, after in zip(mine, mine[1:], mine[2:], strict=False):
            inner.append((after.step - before.step, moment))
    return min(inner, key=lambda each: (each[0], each[1].number))[1] if inner else kept[0]
