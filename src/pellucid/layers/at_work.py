"""Which layers are building or emitting: in which thread, and one at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from pellucid.locks import lock

BUILDING = lock()
"""Held by whoever makes weights: two threads that use a new layer at once get one set of them."""

AT_WORK: ContextVar[tuple[object, ...]] = ContextVar("layers that build or emit", default=())
"""In this thread. Attributes that a layer sets then are its own business; another thread's changes are settings."""


@contextlib.contextmanager
def at_work(layer: object) -> Iterator[None]:
    """Within: the layer builds or emits, in this thread."""
    token = AT_WORK.set((*AT_WORK.get(), layer))
    try:
        yield
    finally:
        AT_WORK.reset(token)
