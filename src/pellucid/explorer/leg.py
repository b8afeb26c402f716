"""A leg of a training: steps that follow each other while nobody but the training changes the model."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any

from pellucid.data.sources.source import Batch, Source, Stretch, StretchedSource, length_of, turn_of
from pellucid.errors import DataError
from pellucid.training.divergence import Watch
from pellucid.training.memory import shortage_told
from pellucid.training.meters import Meters
from pellucid.training.portions import Portion
from pellucid.training.run_state import Sums
from pellucid.training.stepper import LocalStepper

__all__ = ["Leg", "Made"]


class Made:
    """Some steps that were made.

    Args:
        count: how many.
        loss: the mean of their losses, samples counted; NaN or infinite where it stopped being a number.
        epoch: in which they were made, from 0.
        batch: how many batches of it have been trained on by now.
    """

    def __init__(self, count: int, loss: float, epoch: int, batch: int) -> None:
        self.count, self.loss, self.epoch, self.batch = count, loss, epoch, batch


class Leg:
    """Makes steps from where a stepper stands: as `fit` makes them, in the same order, to the same bits.

    Args:
        stepper: who makes them; nobody else makes any until `end`.
        source: of the batches.

    Attributes:
        tally: what loss and metrics have counted in the epoch that is under way.
        watch: finds out where a loss stopped being a number.
    """

    def __init__(self, stepper: LocalStepper, source: Source) -> None:
        self.stepper, self.source = stepper, source
        self._open = ExitStack()
        sums, (epoch, batch) = stepper.epoch, stepper.position
        stepper.take_resumption()
        self.tally: Meters = self._open.enter_context(stepper.tally(training=True))
        if batch and isinstance(sums, Sums):
            self.tally.check(sums)
            self.tally.restore(sums)
        stepper.epoch, stepper.batches = self.tally, length_of(source)
        self.watch = Watch(stepper, source)
        self._open.enter_context(self.watch.over(self.tally))
        self._samples = self._samples_before(batch)
        self._begin(epoch, batch)

    def _samples_before(self, batch: int) -> float:
        """How many samples were counted in the epoch that is under way."""
        if not batch:
            return 0.0
        sums = self.tally.capture()
        return float(sum(part["loss"]["count"] for part in (sums.drained, sums.live)))

    def _begin(self, epoch: int, batch: int) -> None:
        stepper, source = self.stepper, self.source
        stepper.position = (epoch, batch)
        stepper.begin_epoch(turn_of(source, epoch))
        self.watch.begins(epoch, batch)
        self._total = self._samples * self._loss() if batch else 0.0
        self._stretches: Generator[Stretch, int, None] | None = None
        self._batches: Iterator[Batch] | None = None
        if isinstance(source, StretchedSource):
            self._stretches = source.stretches(epoch, seed=stepper.seed, start=batch)
        else:
            self._batches = iter(source.batches(epoch, seed=stepper.seed, start=batch))
        self._is_first = True

    def make(self, most: int) -> Made | None:
        """Make steps, at most so many and none beyond the end of the epoch; None where that has been reached.

        Raises:
            DataError: no batch comes, or one that does not fit.
        """
        epoch, batch = self.stepper.position
        content = self._next(most)
        if content is None:
            if not batch:
                raise DataError(f"{self.stepper.runtime.name}: the data have no batches: nothing came out of them")
            return None
        portion = Portion(batch, content)
        self.watch.notes_rate()
        with shortage_told(self.stepper, training=True):
            portion.train(self.stepper, self.tally)
        self.stepper.position = (epoch, portion.end)
        samples = content.rows.size if isinstance(content, Stretch) else len(content)
        self._samples += samples
        total = self._loss() * self._samples
        loss, self._total = (total - self._total) / samples, total
        return Made(portion.end - batch, loss if math.isfinite(total) else self._loss(), epoch, portion.end)

    @property
    def is_over(self) -> bool:
        """Whether all batches of the epoch have been trained on, where their number is known."""
        return self.stepper.batches is not None and self.stepper.position[1] >= self.stepper.batches

    def results(self) -> dict[str, Any]:
        """Loss and metrics of the epoch so far."""
        return self.tally.results()

    def next_epoch(self) -> None:
        """Go on with the epoch behind this one."""
        self.tally.reset()
        self._samples = 0.0
        self._begin(self.stepper.position[0] + 1, 0)

    def end(self) -> None:
        """Give the stepper back; where the epoch was left, the next leg goes on."""
        if isinstance(self.stepper.epoch, Meters):
            self.stepper.epoch = self.tally.capture()
        self._open.close()

    def _next(self, most: int) -> Batch | Stretch | None:
        if self._batches is not None:
            return next(self._batches, None)
        assert self._stretches is not None
        try:
            found = next(self._stretches) if self._is_first else self._stretches.send(most)
        except StopIteration:
            return None
        self._is_first = False
        return found

    def _loss(self) -> float:
        return float(self.tally.results()["loss"])
