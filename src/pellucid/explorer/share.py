"""Work beside a training that may take a small share of the time, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["ALONE", "BESIDE", "SLOWLY", "Share", "so_often"]


_MOST_OWED_S = 3.0
"""So long many small costs put it off at most; a large one by as much as it takes."""

_FASTEST_S = 1 / 30
_PICTURE_S = 0.02  # of a core, in a browser that draws without a GPU: eight layers with nine maps each
SLOWLY, ALONE, BESIDE = 0.1, 0.04, 0.0125
"""The part of the machine that goes into pictures: where the training waits for them; as fast as it goes; and where the
filters are shown thirty times a second beside them."""


def so_often(part: float, cores: int) -> float:
    """From one picture of a training to the next, at least [s]: the browser that draws them shares the cores with it.

    Args:
        part: of the machine that may go there.
        cores: it has.

    Example:
        >>> [round(1 / so_often(ALONE, cores)) for cores in (1, 2, 8, 32)]
        [2, 4, 16, 30]
    """
    return max(_FASTEST_S, _PICTURE_S / (part * cores))


class Share:
    """Says when something is due that is done again and again: not too often, and the less often the longer it takes.

    Args:
        least_s: from one time to the next, at least.
        share: of all time goes into it, at most.
        clock: tells the time, in seconds.

    Example:
        >>> now = [0.0]
        >>> share = Share(0.1, 0.05, lambda: now[0])
        >>> with share.spent():
        ...     now[0] += 0.02
        >>> now[0] = 0.3
        >>> share.is_due  # 0.02 s are a twentieth of 0.4 s
        False
        >>> now[0] = 0.43
        >>> share.is_due
        True
        >>> for _ in range(100):
        ...     share.costs(0.01)
        >>> round(share.left_s, 3)
        3.0
    """

    def __init__(self, least_s: float, share: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.least_s, self._share, self._clock = least_s, share, clock
        self._next = -float("inf")

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return self._clock() >= self._next

    @property
    def left_s(self) -> float:
        """Until it is due."""
        return max(0.0, self._next - self._clock())

    def took(self, seconds: float) -> None:
        """Note that it was done now, in so many seconds."""
        self._next = max(self._next, self._clock() + max(self.least_s, seconds / self._share))

    def costs(self, seconds: float) -> None:
        """Note that it goes on to cost something: so many seconds more, and what is put off is put off by as much."""
        owed = seconds / self._share
        now = self._clock()
        self._next = min(max(self._next, now) + owed, now + max(_MOST_OWED_S, owed))

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Inside, it is done."""
        began = self._clock()
        try:
            yield
        finally:
            self.took(self._clock() - began)
