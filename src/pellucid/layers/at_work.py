"""Which layers are building or emitting: in which thread, and one at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import NamedTuple, Protocol

from pellucid.locks import lock

BUILDING = lock()
"""Held by whoever makes weights: two threads that use a new layer at once get one set of them."""


class Named(Protocol):
    """A layer: weights are called after it."""

    @property
    def name(self) -> str: ...


AT_WORK: ContextVar[tuple[Named, ...]] = ContextVar("layers that build or emit", default=())
"""In this thread, those inside others behind them. Attributes that a layer sets then are its own business; another
thread's changes are settings."""


def place_of(layer: Named) -> str:
    """Where a layer stands that makes weights now: in which others, as the paths of Keras's weights begin."""
    around = {id(each): each for each in AT_WORK.get() if each is not layer}  # a model that builds is at work twice
    return "/".join(each.name for each in (*around.values(), layer))


@contextlib.contextmanager
def at_work(layer: Named) -> Iterator[None]:
    """Within: the layer builds or emits, in this thread."""
    token = AT_WORK.set((*AT_WORK.get(), layer))
    try:
        yield
    finally:
        AT_WORK.reset(token)


class Chain(NamedTuple):
    """Stands for a chain that is not made yet while its layers are built: they are called after it."""

    name: str


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Within: what makes weights stands in no other layer."""
    token = AT_WORK.set(())
    try:
        yield
    finally:
        AT_WORK.reset(token)
