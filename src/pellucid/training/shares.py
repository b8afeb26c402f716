"""Reading states of which each of several processes has a share, without putting them together."""

from __future__ import annotations

import math

import numpy as np

from pellucid.engines import State
from pellucid.formats.spread import Pieces, Spread, cut
from pellucid.graph.ops import Shape


class Shares:
    """Reads windows of states, all from between the same two steps while nobody trains; each share is copied once."""

    def __init__(self) -> None:
        self._copied: dict[State, Pieces] = {}

    def read(self, state: State, start: int, shape: Shape) -> np.ndarray | Spread:
        """A window of a state: a copy of it, or of what this process has of it, where others have the rest."""
        size = math.prod(shape)
        if not getattr(state, "lies_in_shares", False):
            return state.read(start, size).reshape(shape)
        if state not in self._copied:
            self._copied[state] = state.shares()  # type: ignore[attr-defined]
        return Spread(shape, state.dtype, cut(self._copied[state], start, size))
