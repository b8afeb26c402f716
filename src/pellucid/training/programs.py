"""The programs of a model: each graph is built and prepared once per engine and purpose, then kept."""

from __future__ import annotations

import gc
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


class _CollectingLater:
    """Inside, Python looks for no garbage: a program is made of objects that all stay until it is whole.

    To look at them again and again took more than half of the time of the first step of a thousand layers, and a larger
    share the more layers there were. What is left over is found when Python looks next.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._was_on = lock(), 0, False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


_LATER = _CollectingLater()


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
                with _LATER:
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
