"""How long a step of a training takes, so that whoever waits for one can be told."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["PORTION_S", "Pace"]

PORTION_S = 0.05
"""So long steps are made before anybody is listened to again."""


class Pace:
    """Measures steps, some at a time.

    Args:
        clock: tells the time, in seconds.

    Attributes:
        step_s: how long one of the last took [s].

    Example:
        >>> now = [0.0]
        >>> pace = Pace(lambda: now[0])
        >>> pace.begins()
        >>> now[0] = 6.0
        >>> pace.under_way_s  # the first one, which goes on
        6.0
        >>> now[0] = 8.0
        >>> pace.ends(4); pace.step_s, pace.under_way_s
        (2.0, 2.0)
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.step_s, self._clock = PORTION_S, clock
        self._began: float | None = None

    @property
    def under_way_s(self) -> float:
        """How long a step takes, that which is under way counted as far as it is [s]."""
        began = self._began
        return self.step_s if began is None else max(self.step_s, self._clock() - began)

    def begins(self) -> None:
        """Some steps begin."""
        self._began = self._clock()

    def ends(self, count: int) -> None:
        """So many were made; 0 for none."""
        if self._began is not None and count:
            self.step_s = max((self._clock() - self._began) / count, 1e-6)
        self._began = None
