"""Work beside a training that may take a small share of the time, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Share", "between_pictures"]


_MOST_OWED_S = 3.0
"""So long many small costs put it off at most; a large one by as much as it takes."""

_CORES_S = 0.2
"""A picture costs a browser without a GPU 15 to 30 ms of a core (Chromium's trace, eight layers with nine maps each).
At so many seconds times cores about a tenth of the machine goes there, which is ten pictures a second on two cores."""
_FASTEST_S = 1 / 30


def between_pictures(cores: int) -> float:
    """From one picture of a training to the next, at least [s]: the browser that draws them shares the cores with it.

    Example:
        >>> [round(1 / between_pictures(cores)) for cores in (1, 2, 4, 8)]
        [5, 10, 20, 30]
    """
    return max(_FASTEST_S, _CORES_S / cores)


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
