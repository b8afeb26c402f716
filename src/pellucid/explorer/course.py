"""The course of a training: where it is, what it was, and the branches by which it went on from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.explorer.history import History
from pellucid.explorer.moments import Branch, Moment, Moments
from pellucid.explorer.ready import Ready
from pellucid.training.run_state import RunState

__all__ = ["Course"]


class Course:
    """Moments and branches of one model; whoever calls holds the turn.

    Args:
        history: the edits of the model, which go with its moments.

    Attributes:
        moments: what the training was at some of its steps.
        branches: all that there are, by number.
        branch: the number of the one that is under way.
        at: the moment that the model shows; None where it is as the training has brought it.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self.moments, self.branches, self.branch = Moments(), [Branch(0)], 0
        self.at: Moment | None = None

    @property
    def now(self) -> Branch:
        """The branch that is under way."""
        return self.branches[self.branch]

    def step(self, ready: Ready | None) -> int:
        """How many steps have been made, in this branch and before it."""
        return 0 if ready is None else self.now.offset + ready.stepper.iterations

    def shoot(self, ready: Ready, loss: float | None) -> Moment:
        """Keep the training as it is now."""
        return self._add(self.step(ready), loss, ready.stepper.capture())

    def keep_present(self, ready: Ready, loss: float | None) -> None:
        """Whatever the model is now can be gone back to, whether training or somebody's hand has made it so."""
        state, step = ready.stepper.capture(), self.step(ready)
        last = self.at or self.moments.last(self.branch)
        if (
            last is not None
            and step == last.step
            and last.has_weights(state.weights)
            and (self.at is not None or last.state.learning_rate == state.learning_rate)
        ):
            return
        if self.at is not None:
            self._divide(step)
        self._add(step, loss, state)

    def branch_off(self, ready: Ready, loss: float | None) -> None:
        """Go on from the moment that is shown, in a branch of its own."""
        if self.at is not None:
            self._divide(self.at.step)
            self.shoot(ready, loss)

    def use(self, ready: Ready, optimizer: str, batch_size: int | None, loss: float | None) -> str:
        """Go on with another optimiser, which remembers nothing yet, or other batches, in a new epoch.

        Returns:
            a sentence, where that ends an epoch early; "" at the end of one.
        """
        self.keep_present(ready, loss)
        step, (epoch, batch), batches = self.step(ready), ready.stepper.position, ready.stepper.batches
        if step or self.at is not None:
            self._divide(step)
        if optimizer != self.now.optimizer:
            ready.compile(optimizer)
            self.now.offset = step
        self.now.optimizer, self.now.batch_size = optimizer, batch_size
        ready.use(batch_size)
        ready.stepper.position, ready.stepper.epoch = (epoch + (batch > 0), 0), None
        self.shoot(ready, loss)
        of = "" if batches is None else f" of {batches:,}"
        return f"Epoch {epoch + 1} was left after batch {batch:,}{of}; epoch {epoch + 2} begins." if batch else ""

    def put(self, ready: Ready, moment: Moment) -> None:
        """Make the model what it was at a moment."""
        before, self.branch = self.now, moment.branch
        if self.now.optimizer != before.optimizer:
            ready.compile(self.now.optimizer)
        ready.use(self.now.batch_size)
        ready.stepper.restore(moment.state)
        ready.stepper.take_resumption()
        self._history.becomes(moment.edits)
        self.at = None if self.moments.last(moment.branch) is moment else moment

    def undo(self, ready: Ready, before: Any) -> None:
        """Go back to a record of the training; None for the newest moment of the branch."""
        last = self.moments.last(self.branch)
        state = before or (None if last is None else last.state)
        if state is not None:
            ready.stepper.restore(state)
            ready.stepper.take_resumption()
        self.now.curve.cut(self.step(ready))

    def resume(self, ready: Ready, notes: Mapping[str, Any]) -> None:
        """Take over the branches of a record; their moments are gone."""
        self.branches, self.branch, self.moments = notes["branches"], notes["branch"], Moments()
        ready.compile(self.now.optimizer)
        ready.use(self.now.batch_size)

    def _add(self, step: int, loss: float | None, state: RunState) -> Moment:
        return self.moments.add(self.branch, step, loss, state, tuple(self._history.done))

    def _divide(self, step: int) -> None:
        """A new branch, from a step of this one."""
        before = self.now
        made = Branch(len(self.branches), before.number, step, before.optimizer, before.batch_size, before.offset)
        self.branches.append(made)
        self.branch, self.at = made.number, None
