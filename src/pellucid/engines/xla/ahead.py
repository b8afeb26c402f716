"""How far Python is ahead of the devices.

A run is handed over while others are under way, so that devices never wait for Python. Were there no bound, Python
would hand over an epoch at once: who pressed Ctrl-C, or wants to know how far the training is, would wait for all of
it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import jax

Array = Any
RUNS = 2
"""So many runs of a program are under way when the next one is prepared."""


class Ahead:
    """What of a program is under way."""

    def __init__(self) -> None:
        self._ends: deque[Array] = deque()

    def handed_over(self, end: Array) -> None:
        """A run was handed over, at whose end that array is there; waits until few enough are under way."""
        self._ends.append(end)
        if len(self._ends) > RUNS:
            jax.block_until_ready(self._ends.popleft())
