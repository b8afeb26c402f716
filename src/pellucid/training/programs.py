"""The programs of a model: each graph is built and prepared once per engine and purpose, then kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from pellucid.engines import BoundProgram
from pellucid.frozen import Frozen
from pellucid.locks import lock

FEW = 8  # to train, evaluate and predict, on whole and on last batches: always kept
MOST = 64
MEMORY_BYTES = 512 * 2**20


class Kept(Frozen, eq=False):
    """A bound program, the memory that it holds for its batch [bytes], and what its maker has to say about it."""

    program: BoundProgram
    memory: int
    about: object = None


class Programs:
    """Bound programs by what they were made from, the most recently used ones.

    Making one takes as long as many runs, so somebody who comes with batches of a few dozen sizes in turn should not
    wait for each; but large programs hold much memory. So up to 64 are kept, fewer (but 8) if they are large.

    Example:
        >>> programs = Programs()
        >>> first = programs.get("a", lambda: Kept(len, 0))
        >>> first is programs.get("a", lambda: Kept(print, 0))
        True
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, Kept] = {}
        self._lock = lock()

    def get(self, key: Hashable, make: Callable[[], Kept]) -> BoundProgram:
        """The program of a key, made at its first use; two threads that want one at once get the same."""
        return self.kept(key, make).program

    def kept(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """The same, with what goes with it."""
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None:
                kept = make()
                self._make_room(kept.memory)
            self._kept[key] = kept
            return kept

    def _make_room(self, memory: int) -> None:
        total = memory + sum(kept.memory for kept in self._kept.values())
        while len(self._kept) >= MOST or (len(self._kept) >= FEW and total > MEMORY_BYTES):
            oldest = self._kept.pop(next(iter(self._kept)))
            total -= oldest.memory

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._kept.clear()
