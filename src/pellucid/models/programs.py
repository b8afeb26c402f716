"""The programs of a model: each graph is built and prepared once per engine, purpose and batch size, then kept.

The storages in which the weights live are part of the key: a graph names them, and a weight may still move once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from pellucid.engines import Engine, Program
from pellucid.graph import Graph, verify

MOST = 8  # programs kept: to train, evaluate and predict, on whole and on last batches; each holds memory for a batch


class Programs:
    """Programs by key, the most recently used ones."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Program] = {}

    def get(self, engine: Engine, key: Hashable, build: Callable[[], Graph]) -> Program:
        """The program of a key; built, verified and prepared at its first use."""
        full_key = (engine, key)
        program = self._kept.pop(full_key, None)
        if program is None:
            graph = build()
            verify(graph)
            program = engine.prepare(graph)
            while len(self._kept) >= MOST:
                self._kept.pop(next(iter(self._kept)))
        self._kept[full_key] = program
        return program

    def clear(self) -> None:
        """Forget all programs, since what they compute has changed."""
        self._kept.clear()
