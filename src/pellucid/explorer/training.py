"""The training of a study: in a thread of its own, whatever pages are open; started, paused, sent back and branched.

Whoever changes the model takes its turn (`turns`): the training for the time of some steps, a page for that of an edit.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any

from pellucid.data.sources.prefetching import processors
from pellucid.errors import ArgumentError
from pellucid.explorer.classes import Classes
from pellucid.explorer.course import Course
from pellucid.explorer.curves import Recent
from pellucid.explorer.host import Host
from pellucid.explorer.kept_run import Keeping, notes_of, said_of
from pellucid.explorer.leg import Leg, Made
from pellucid.explorer.pace import PORTION_S, Pace
from pellucid.explorer.ready import NOTHING, Ready, numbers
from pellucid.explorer.share import ALONE, BESIDE, SLOWLY, Share, so_often
from pellucid.training import loop
from pellucid.training.divergence import REMEDY

__all__ = ["FASTEST", "Training"]

FASTEST = 0
"""As the number of steps from picture to picture: as many as there are between two pictures."""
_ENDS_S = 2.0
_WATCHED = 0.03  # of the time, which answering pages may take
_FINE = 16  # of the steps so far this part is one point of the curve, at most
_EXPLODED = 20  # times the first loss: nothing is learned any more


class Training:
    """Trains the model of a study. Every method may be called by any thread.

    Args:
        host: the study.
        keep: a folder in which the training is kept, so that a process that is killed goes on; None for none.

    Attributes:
        course: its moments and branches.
        note: what there is to say, in a sentence; "" for nothing.
        speed: steps from picture to picture; `FASTEST` for as many as there are between two that can be drawn.
        classes: what is mistaken for what.
        told: how often something was told of it; what is read later is as new at least.
        ended: what was said where it ended; "" before.
        pace: how long its steps take.
    """

    def __init__(self, host: Host, keep: str | None = None) -> None:
        self._host, self._keeping, self.course = host, Keeping(keep), Course(host.history)
        self.note, self.speed, self.classes = "", FASTEST, Classes(host.model, host.samples)
        self.told, self.ended = 0, ""
        self._ready: Ready | None = None
        self._leg: Leg | None = None
        self._seen = -1  # the version of the study that the leg knows
        self._left: int | None = 0  # steps to make; None for as many as there are
        self._to_epoch = self._is_early = self._is_stale = False
        self._closed = False
        self._guard = threading.Lock()
        self._wake, self._stirred = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._cores = processors()
        self._pictures, self._numbers = (Share(so_often(ALONE, self._cores), _WATCHED) for _ in range(2))
        self._shots, self._since = Share(0.0, 0.01), 0
        self._recent = Recent()
        self.pace = Pace()

    # What is told.

    @property
    def is_running(self) -> bool:
        """Whether steps are being made, or about to be."""
        return self._left is None or self._left > 0

    @property
    def is_at_rest(self) -> bool:
        """Whether no step is made, and what follows from the last ones is done."""
        return not self.is_running and not self._is_stale

    @property
    def why_not(self) -> str:
        """Why there is nothing to train on, and what to do; "" where there is."""
        return NOTHING if self._host.learning is None else ""

    @property
    def step(self) -> int:
        """How many steps have been made, in this branch and before it."""
        return self.course.step(self._ready)

    @property
    def position(self) -> tuple[int, int, int | None]:
        """The epoch that is under way, the next batch of it, and how many it has, where that is known."""
        if self._ready is None:
            return 0, 0, None
        return (*self._ready.stepper.position, self._ready.stepper.batches)

    @property
    def ready(self) -> Ready:
        """The model, compiled, and its batches.

        Raises:
            ArgumentError: there is nothing to train on.
        """
        if self._ready is None:  # else nobody who asks how it stands waits for the step that is under way
            with self._host.editing():
                if self._ready is None:
                    ready = Ready(self._host.model, self._host.learning)
                    self.course.now.batch_size = ready.batch_size
                    self._ready = ready
        return self._ready

    @property
    def loss(self) -> float | None:
        """The mean loss of the last steps; None where none were made."""
        return self._recent.mean

    # What may be asked for.

    def start(self, steps: int | None = None, *, to_epoch: bool = False) -> None:
        """Train: for so many steps, to the end of the epoch, or on and on.

        Raises:
            ArgumentError: there is nothing to train on, or it does not fit the model.
        """
        with self._host.editing():
            if self._closed:
                return
            self.course.branch_off(self.ready, self.loss)
            self.note = ""
            with self._guard:
                self._left, self._to_epoch = steps, to_epoch
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="pellucid training")
                self._thread.start()
        self._wake.set()
        self._tell()

    def pause(self) -> None:
        """Stop after the step that is under way."""
        with self._guard:
            self._left = 0
        self._wake.set()
        self._stirred.set()

    def set_speed(self, steps: int) -> None:
        """So many steps from picture to picture."""
        self.speed = steps
        self._stirred.set()
        self._tell()

    def rate(self, value: object) -> None:
        """Set the learning rate, from the next step on; raises `ArgumentError` if it cannot be."""
        ready = self.ready
        with self._host.editing():
            ready.set_rate(value)
        self._tell()

    def use(self, chosen: Mapping[str, Any]) -> None:
        """Go on with another "optimizer", which remembers nothing yet, or another "batch_size": in a branch of its own.

        Raises:
            ArgumentError: the training runs, or there are no such ones.
        """
        with self._host.editing():
            ready, now = self.ready, self.course.now
            optimizer, batch_size = chosen.get("optimizer", now.optimizer), chosen.get("batch_size", now.batch_size)
            if (optimizer, batch_size) == (now.optimizer, now.batch_size):
                return
            if self.is_running:
                raise ArgumentError("optimiser and batch size are chosen while the training is paused")
            ready.check(optimizer, batch_size)
            self._end_leg()
            self.note = self.course.use(ready, optimizer, batch_size, self.loss)
        self._tell()

    def go(self, number: int | None) -> None:
        """Show a moment: its weights are those of the model now; None for the latest of the branch that is shown.

        Raises:
            ArgumentError: there is no such moment.
        """
        with self._host.editing():
            course = self.course
            if number is not None:
                course.moments.find(number)
            if self._ready is None:
                return
            self.pause()
            self._end_leg()
            course.keep_present(self._ready, self.loss)
            moment = course.moments.last(course.branch) if number is None else course.moments.find(number)
            assert moment is not None
            course.put(self._ready, moment)
            self._recent = Recent(moment.loss)
            self._changed()
        self._tell()

    def close(self, sentence: str) -> bool:
        """End: keep the training, and tell every page so; whether there is one that may listen."""
        if self._closed:
            return False
        self._closed = True
        self.pause()
        if self._thread is not None:
            self._thread.join(_ENDS_S)
            if not self._thread.is_alive():  # else a step takes longer: what was kept before it stays
                self._end_leg()
                self._keep(always=True)
        self.ended = f"{sentence}{self._keeping.said}"
        self._host.events.tell("stopped", {"sentence": self.ended})
        return self._host.events.are_heard

    def resume(self) -> None:
        """Go on from what was kept, if there is something; the training is paused there.

        Raises:
            ArgumentError: it is of another model.
            FileError: it cannot be read, or the folder not be written to.
        """
        found = self._keeping.read()
        if found is None:
            return
        with self._host.editing():
            ready, notes = self.ready, notes_of(found)
            if notes is not None:
                self.course.resume(ready, notes)
            self._keeping.restore(ready.stepper, found)
            self.course.shoot(ready, self.loss)
            epoch, batch = ready.stepper.position
            self.note = f"Going on from step {self.step}: epoch {epoch + 1}, batch {batch + 1}."
            self._changed()

    def watched(self, seconds: float) -> None:
        """Answering a page took so long: the more that is, the less often there is something new to ask for."""
        self._pictures.costs(seconds)
        self._numbers.costs(seconds)

    # What the thread does.

    def _work(self) -> None:
        while not self._closed:
            self._wake.wait()
            if not self.is_running:
                self._rest()
                self._wake.clear()
                if self.is_running:
                    self._wake.set()
                continue
            try:
                with self._host.editing():
                    if self.is_running:
                        self._advance()
                self._wait()
            except Exception as error:  # a user's own layers and data raise what they like
                self._stop(said_of(error))

    def _rest(self) -> None:
        """What is done where a training has just been paused."""
        with self._host.editing():
            if self._is_stale:
                self._changed()
                if self._leg is not None:
                    self.classes.count(self.step, self._host.version)
                    self._keep(always=True)
            self._is_stale = False
        self._tell()

    def _stop(self, sentence: str) -> None:
        with self._host.editing():
            self.note = sentence
            self.pause()
            self._end_leg()

    def _advance(self) -> None:
        """Some steps, and what follows from them."""
        self.pace.begins()
        leg, ready = self._under_way(), self.ready
        made = leg.make(self._most())
        self.pace.ends(0 if made is None else made.count)
        if made is not None:
            if not math.isfinite(made.loss):
                self._undo(leg, made)
                return
            self._note(made)
        if made is None or leg.is_over:
            self._end_epoch(leg, ready)
        self._beside(made)

    def _under_way(self) -> Leg:
        """The leg that goes on; another one where somebody has changed the model since."""
        if self._leg is not None and self._host.version != self._seen:
            self._end_leg()
        if self._leg is None:
            ready = self.ready
            ready.stepper.callbacks = None  # those of an earlier `fit` have nothing to do with this
            self._leg, self._seen = Leg(ready.stepper, ready.source), self._host.version
            if self.course.moments.last(self.course.branch) is None:
                self.course.shoot(self.ready, self.loss)
        return self._leg

    def _most(self) -> int:
        """How many steps are made before anybody is listened to again."""
        most = max(1, min(int(min(PORTION_S, self._host.live.left_s) / self.pace.step_s), self.step // _FINE))
        with self._guard:
            most = most if self._left is None else min(most, max(self._left, 1))
        return most if self.speed == FASTEST else min(most, max(self.speed - self._since, 1))

    def _note(self, made: Made) -> None:
        self.course.now.curve.add(self.step, made.count, made.loss)
        self._since += made.count
        self._recent.add(made.loss, made.count)
        self._is_stale = True
        first = self.course.now.curve.first
        if first is not None and self.loss is not None and self.loss > _EXPLODED * max(first, 1.0):
            self.note = f"The loss has grown from {first:.4g} to {self.loss:.4g}: {REMEDY}."
        with self._guard:
            if self._left is not None:
                self._left -= made.count

    def _end_epoch(self, leg: Leg, ready: Ready) -> None:
        """What an epoch ends with: its numbers, those of the held-out samples, and the next one begins."""
        results, held = numbers(leg.results()), ready.held_out()
        epoch = ready.stepper.position[0]
        self.course.now.tell({"epoch": epoch + 1, "step": self.step, **results, **held})
        leg.next_epoch()
        if self._left is not None or self._to_epoch or self.classes.is_due:
            self.classes.count(self.step, self._host.version)
        if self._to_epoch:
            self.pause()
        if leg.source.is_spent:
            self.note = loop.SPENT.format(epoch=epoch + 1)
            self.pause()

    def _undo(self, leg: Leg, made: Made) -> None:
        """The loss is no number: say where that began, and go back to before it."""
        stepper = leg.stepper
        said = leg.watch.said(made.epoch, made.loss) or f"the loss is {made.loss}"
        before = stepper.finite
        self._end_leg()
        self.course.undo(self.ready, before)
        self._recent = Recent()
        self.note = f"{said}. The model is as it was before that, after step {self.step}."
        self.pause()
        self._changed()

    def _beside(self, made: Made | None) -> None:
        """Moments, records on the disk, pictures; each as often as its share of the time allows."""
        is_single = self._left is not None and not self._to_epoch
        if is_single or (made is not None and self._leg is not None and self._leg.stepper.position[1] == 0):
            self.course.shoot(self.ready, self.loss)
        elif self._shots.is_due:
            with self._shots.spent():
                self.course.shoot(self.ready, self.loss)
        self._keep()
        self._host.live.show(self.step)
        is_due = self._pictures.is_due if self.speed == FASTEST else self._since >= self.speed
        if is_due:
            self._picture()
            self._is_early = self.speed != FASTEST
        if is_due or self._numbers.is_due:  # a page that hears of both at once asks for both at once
            self._tell()

    def _picture(self) -> None:
        """Let the pages show what the weights are now."""
        part = SLOWLY if self.speed != FASTEST else BESIDE if self._host.live.is_watched else ALONE
        self._pictures.least_s = self._numbers.least_s = so_often(part, self._cores)
        self._pictures.took(0.0)
        self._changed()

    def _wait(self) -> None:
        """Where so many steps make a picture: until the next one is due, while others take their turns."""
        if self._is_early and self.is_running:
            self._stirred.clear()
            self._stirred.wait(self._pictures.left_s)
        self._is_early = False

    def _tell(self) -> None:
        """Let the pages ask for the numbers."""
        self._numbers.took(0.0)
        self.told += 1
        self._host.events.tell("training", {"step": self.step, "running": self.is_running})

    def _changed(self) -> None:
        self._since = 0
        self._host.changed("weights")
        self._seen = self._host.version

    def _keep(self, *, always: bool = False) -> None:
        if self._ready is not None and self.course.at is None:
            self._keeping.keep(self._ready.stepper, self.course.branches, self.course.branch, always=always)

    def _end_leg(self) -> None:
        if self._leg is not None:
            self._leg.end()
            self._leg = None
