"""What the loops hand to a stepper at once: a batch, or a stretch of batches where nobody asks in between; and who is
told of them when."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from pellucid.callbacks.base import PACE
from pellucid.data.sources.source import Batch, Source, Stretch, StretchedSource
from pellucid.frozen import Frozen
from pellucid.training.base import Stepper

UNTOLD_PACE = 0.2  # seconds: Ctrl-C is still answered within half a second


class Portion(Frozen, eq=False):
    """Batches that are trained or tested with one call.

    Args:
        first: the number of the first one in its epoch.
        content: that batch, or several.
    """

    first: int
    content: Batch | Stretch

    @property
    def end(self) -> int:
        """The number of the batch behind it."""
        return self.first + (len(self.content) if isinstance(self.content, Stretch) else 1)

    def train(self, stepper: Stepper, tally: Any) -> None:
        """Make a training step on each batch."""
        if isinstance(self.content, Stretch):
            stepper.train_many(self.content, tally)
        else:
            stepper.train(self.content, tally)

    def test(self, stepper: Stepper, tally: Any) -> None:
        """Count loss and metrics of each batch."""
        if isinstance(self.content, Stretch):
            stepper.test_many(self.content, tally)
        else:
            stepper.test(self.content, tally)


def portions(
    source: Source, epoch: int, *, seed: int, start: int = 0, group: int | None = None, pace: float = PACE
) -> Iterator[Portion]:
    """The batches of an epoch, as many at once as take about `pace` seconds, by what the last ones took: so soon Ctrl-C
    is answered, and the line of progress moves.

    Args:
        source: of the batches.
        epoch, seed, start: see `Source.batches`.
        group: no portion goes beyond a multiple of so many batches, since somebody is told there; None: nobody is.
        pace: so long a portion may take [seconds].

    Example:
        >>> import numpy as np
        >>> from pellucid.data.sources.arrays import ArraySource
        >>> source = ArraySource({"x0": np.arange(8)}, batch_size=1, shuffle=False)
        >>> found = list(portions(source, 0, seed=0, group=3))
        >>> found[-1].end, all(portion.first // 3 == (portion.end - 1) // 3 for portion in found)
        (8, True)
    """
    if group == 1 or not isinstance(source, StretchedSource):
        for number, batch in enumerate(source.batches(epoch, seed=seed, start=start), start):
            yield Portion(number, batch)
        return
    stretches = source.stretches(epoch, seed=seed, start=start)
    stretch = next(stretches, None)
    while stretch is not None:
        begin = time.perf_counter()
        portion = Portion(start, stretch)
        yield portion
        took, start = time.perf_counter() - begin, portion.end
        most = max(1, int(pace * len(stretch) / max(took, 1e-6)))
        try:
            stretch = stretches.send(most if group is None else min(most, group - start % group))
        except StopIteration:
            return


class Telling:
    """Tells callbacks of batches: of each group of them, now and then, or never.

    Args:
        begin: the hook that is called with the number of a group's first batch; not where they are told now and then.
        end: the hook that is called with the number of the last one, and with logs.
        logs: makes these.
        each: whether somebody wants to hear of each group.
        now_and_then: whether somebody does not mind hearing every `PACE` seconds only.
        group: batches in a group.

    Attributes:
        group: where portions have to end; None where it makes no difference.
        pace: how long they may take [seconds]: `PACE`, or longer where nobody is told of them.
    """

    def __init__(
        self,
        begin: Callable[[int], None],
        end: Callable[[int, Any], None],
        logs: Callable[[], Any],
        *,
        each: bool,
        now_and_then: bool,
        group: int,
    ) -> None:
        self._begin, self._end, self._logs = begin, end, logs
        self.group = group if each else None
        self._now_and_then, self._next = now_and_then, 0.0
        self._is_open = False
        self.pace = PACE if each or now_and_then else UNTOLD_PACE

    def before(self, portion: Portion) -> None:
        """Say that a group begins, where one does."""
        if self.group is not None and not self._is_open:
            self._begin(portion.first)
            self._is_open = True

    def after(self, portion: Portion) -> None:
        """Say that a group has ended, where one has, or that it is time."""
        if self.group is not None:
            if portion.end % self.group == 0:
                self._tell(portion)
        elif self._now_and_then and time.perf_counter() >= self._next:
            self._tell(portion)
            self._next = time.perf_counter() + PACE

    def finish(self, last: Portion) -> None:
        """Say that the last group has ended, if it is smaller than the others; under the number that it would have had,
        as in Keras."""
        if self._is_open and self.group is not None:
            self._is_open = False
            self._end(last.end - 1 + (-last.end) % self.group, self._logs())

    def _tell(self, portion: Portion) -> None:
        self._is_open = False
        self._end(portion.end - 1, self._logs())
